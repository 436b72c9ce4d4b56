// A job's event log as a stream of server-sent events (protocol §2.3): a greeting, the frames that the job makes, heartbeats.

import type { FramePage } from "../durable/event-feed.ts";

/** How long one look at the log waits for news; then a heartbeat goes out. */
const WAIT_MS = 15_000;

/** Reads the log: what comes after `since`, waiting up to `waitMs` for it. */
export type ReadFrames = (since: number, waitMs: number) => Promise<FramePage | null>;

/** The stream of all events after `since`, ending after the last one of a job that has ended. */
export function eventStream(since: number, read: ReadFrames): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let cursor = since;
  let ended = false;
  // Nothing is read ahead for a reader that does not take it.
  const strategy = { highWaterMark: 0 };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const data = {
          type: "prompt.learning.stream.connected",
          cursor,
          heartbeat_interval_seconds: WAIT_MS / 1000,
        };
        controller.enqueue(encoder.encode(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`));
      },
      async pull(controller) {
        if (ended) return controller.close();
        const page = await read(cursor, WAIT_MS);
        if (!page) return controller.close();
        cursor = page.next_seq;
        ended = page.ended;
        controller.enqueue(page.frames.byteLength > 0 ? page.frames : encoder.encode(": heartbeat\n\n"));
      },
    },
    strategy,
  );
}
