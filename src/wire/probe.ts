// The wire types of a probe: how many calls a deployment really keeps in flight, by each way of making them.

/**
 * A way of making calls. `lanes` and `inline` are the execution modes; `unbounded` is one object that does not count to six, which
 * shows how many calls the platform itself lets one object have waiting.
 */
export type ProbeMode = "lanes" | "inline" | "unbounded";

/** Body of `POST /api/probe`: one measurement. */
export interface ProbeRequest {
  mode: ProbeMode;
  /** Calls to keep in flight, from 1 to 1,000. */
  concurrency: number;
  /** Milliseconds for which the echo holds each call, from 10 to 5,000. Default 500. */
  hold_ms?: number;
  /** Seconds during which calls are started, from 0.1 to 10. Default 3. */
  seconds?: number;
  /** Address of an echo elsewhere. Default: the deployment's own. */
  against?: string;
}

/** What one measurement found. */
export interface ProbeReport {
  mode: ProbeMode;
  concurrency: number;
  hold_ms: number;
  seconds: number;
  /** The mode that jobs use here. */
  execution_mode: "lanes" | "inline";
  /** The most calls that the echo had in flight at a time; 0 where none came back. */
  peak: number;
  /** Calls that were answered. */
  calls: number;
  /** Answered calls per second. */
  per_second: number;
  /** Milliseconds from call to answer; null where none came back. */
  p50_ms: number | null;
  p95_ms: number | null;
  /** Calls that came to nothing. A place whose call did is not used again. */
  errors: number;
  /** What went wrong, the most frequent first. */
  messages: { message: string; count: number }[];
}
