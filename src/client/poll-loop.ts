// The one polling loop: asks until the job ends or time is up, and forgives a few failures in a row.

import type { JobStatus } from "../wire/job.ts";
import { CultivarError } from "./errors.ts";
import { backoffMs } from "./retry.ts";
import { isTerminalStatus } from "./status.ts";
import type { Transport } from "./transport.ts";

/** Default seconds until polling gives up. */
export const POLL_TIMEOUT_SECONDS = 3600;
/** Default seconds between two polls. */
export const POLL_INTERVAL_SECONDS = 5;
/** Failures in a row that are forgiven; the next one is thrown. */
const MAX_POLL_FAILURES = 5;

const MAX_READ_MS = 30_000;
// A last look at the deadline must have time to be answered.
const MIN_READ_MS = 1_000;

/** How a job ended. */
export interface PollOutcome<T> {
  status: JobStatus;
  /** The last answer, whole. */
  payload: T;
}

/** What to poll. */
export interface PollTask<T> {
  read(timeoutMs: number): Promise<T>;
  statusOf(payload: T): JobStatus;
  /** Called after every poll that was answered, the last one too. */
  onStatus?(payload: T): void;
  /** The error to throw when time is up. */
  timedOut(last: T | undefined): Error;
}

/** When to poll. */
export interface PollTiming {
  /** Seconds until giving up; may be Infinity. */
  timeout: number;
  /** Seconds between polls. */
  interval: number;
  signal?: AbortSignal;
}

/** @throws what `timedOut` makes; the abort reason; an error that cannot pass; the sixth passing one in a row. */
export async function pollLoop<T>(
  task: PollTask<T>,
  timing: PollTiming,
  transport: Transport,
): Promise<PollOutcome<T>> {
  checkTiming(timing);
  const deadline = transport.now() + timing.timeout * 1000;
  let last: T | undefined;
  let failures = 0;
  for (;;) {
    let wait = timing.interval * 1000;
    try {
      last = await task.read(Math.max(MIN_READ_MS, Math.min(MAX_READ_MS, deadline - transport.now())));
      failures = 0;
      task.onStatus?.(last);
      const status = task.statusOf(last);
      if (isTerminalStatus(status)) return { status, payload: last };
    } catch (error) {
      failures += 1;
      if (!(error instanceof CultivarError) || !error.retryable || failures > MAX_POLL_FAILURES) throw error;
      wait = error.retryAfterMs ?? Math.max(wait, backoffMs(failures, transport.random()));
    }
    const left = deadline - transport.now();
    if (left <= 0) throw task.timedOut(last);
    await transport.sleep(Math.min(wait, left), timing.signal);
  }
}

function checkTiming({ timeout, interval }: PollTiming): void {
  if (!(timeout > 0)) throw new RangeError(`timeout must be more than 0 seconds, and is ${timeout}`);
  if (!(interval >= 0 && interval < 86_400))
    throw new RangeError(`interval must be 0 to 86400 seconds, and is ${interval}`);
}
