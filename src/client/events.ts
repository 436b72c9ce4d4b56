// A job's event log as one unbroken sequence: the stream while it holds, pages of the log whenever it does not.
//
// Owns: the last `seq` handed out, so that no event comes twice and none is left out.
// Does not own: what the events mean.

import type { EventPage, JobEvent, JobStatus } from "../wire/job.ts";
import { jobEventOf } from "./decode.ts";
import { CultivarError, UnexpectedAnswerError } from "./errors.ts";
import { backoffMs } from "./retry.ts";
import { readSse } from "./sse.ts";
import { isTerminalEvent, isTerminalStatus } from "./status.ts";
import type { Transport } from "./transport.ts";

/** Longest silence of a stream; the service sends heartbeats far more often. */
const STREAM_IDLE_MS = 60_000;
/** Failures in a row, of stream and pages both, before giving up. */
const MAX_FAILURES = 5;

/** Where events come from. */
export interface EventSource {
  /** Opens the stream after `since`; aborting `connection` closes it. */
  stream(since: number, connection: AbortController): Promise<Response>;
  /** A page of the log after `since`. */
  page(since: number, signal: AbortSignal): Promise<EventPage>;
  status(signal: AbortSignal): Promise<JobStatus>;
}

/** Options of {@link followEvents}. */
export interface FollowOptions {
  /** Events with this `seq` or a lower one are left out. Default 0: all. */
  since?: number;
  signal?: AbortSignal;
}

/** Where the reader is: shared by the two ways of reading. */
interface Cursor {
  last: number;
  ended: boolean;
}

/**
 * Yields events in the order of `seq`, each once, and ends after the terminal event (protocol §2.4), or when the job
 * is in a final status and its log is read out. Reconnects from the last `seq` when the stream breaks.
 * @throws the abort reason; an error that cannot pass (401, 404); the sixth passing error in a row
 */
export async function* followEvents(
  source: EventSource,
  transport: Transport,
  options: FollowOptions = {},
): AsyncGenerator<JobEvent, void, undefined> {
  const controller = new AbortController();
  const forward = () => controller.abort(options.signal?.reason);
  if (options.signal?.aborted) forward();
  options.signal?.addEventListener("abort", forward, { once: true });
  const cursor: Cursor = { last: options.since ?? 0, ended: false };
  try {
    yield* untilEnded(source, transport, cursor, controller.signal);
  } finally {
    options.signal?.removeEventListener("abort", forward);
    controller.abort();
  }
}

async function* untilEnded(
  source: EventSource,
  transport: Transport,
  cursor: Cursor,
  signal: AbortSignal,
): AsyncGenerator<JobEvent, void, undefined> {
  let failures = 0;
  let quiet = 0;
  for (;;) {
    const before = cursor.last;
    yield* fromStream(source, cursor, signal);
    if (cursor.ended) return;
    let asked: number | undefined;
    try {
      yield* fromPages(source, cursor, signal);
      if (!cursor.ended && isTerminalStatus(await source.status(signal))) {
        // Events written between the last page and the final status.
        yield* fromPages(source, cursor, signal);
        return;
      }
      failures = 0;
    } catch (error) {
      failures = cursor.last > before ? 1 : failures + 1;
      if (!(error instanceof CultivarError) || !error.retryable || failures > MAX_FAILURES) throw error;
      asked = error.retryAfterMs;
    }
    if (cursor.ended) return;
    quiet = cursor.last > before ? 1 : quiet + 1;
    await transport.sleep(asked ?? backoffMs(quiet, transport.random()), signal);
  }
}

/** Reads the stream until it breaks, for whatever reason: the pages then tell what can be told. */
async function* fromStream(
  source: EventSource,
  cursor: Cursor,
  signal: AbortSignal,
): AsyncGenerator<JobEvent, void, undefined> {
  const connection = new AbortController();
  const close = () => connection.abort(signal.reason);
  signal.addEventListener("abort", close, { once: true });
  try {
    const response = await source.stream(cursor.last, connection);
    const body = response.body;
    if (!body || !response.headers.get("content-type")?.startsWith("text/event-stream")) return;
    for await (const message of readSse(body, STREAM_IDLE_MS)) {
      const event = accept(cursor, jobEventOf(parseData(message.data)));
      if (event) yield event;
      if (cursor.ended) return;
    }
  } catch {
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", close);
    connection.abort();
  }
}

async function* fromPages(
  source: EventSource,
  cursor: Cursor,
  signal: AbortSignal,
): AsyncGenerator<JobEvent, void, undefined> {
  for (;;) {
    const before = cursor.last;
    for (const item of (await source.page(before, signal)).events) {
      const event = accept(cursor, item);
      if (event) yield event;
      if (cursor.ended) return;
    }
    if (cursor.last === before) return;
  }
}

/** Takes an event unless it was seen; notes whether it is the last. */
function accept(cursor: Cursor, event: JobEvent | undefined): JobEvent | undefined {
  if (!event || event.seq <= cursor.last) return undefined;
  cursor.last = event.seq;
  cursor.ended = isTerminalEvent(event.type);
  return event;
}

function parseData(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new UnexpectedAnswerError("An event of the stream is not JSON", { cause });
  }
}
