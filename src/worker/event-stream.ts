// A job's event log as server-sent events (protocol §2.3). Each frame carries the event's `seq` as its id, so a reader that
// was cut off goes on with `Last-Event-ID`.

import type { EventsAnswer } from "../durable/job.ts";
import type { JobEvent } from "../wire/job.ts";

/** How long one look at the log waits for news; then a heartbeat goes out. */
const WAIT_MS = 15_000;
const PAGE = 500;

/** Reads the log: events after `since`, waiting up to `waitMs` for the first. */
export type ReadEvents = (since: number, limit: number, waitMs: number) => Promise<EventsAnswer | null>;

/** The stream of all events after `since`, ending after the last one of a job that has ended. */
export function eventStream(since: number, read: ReadEvents): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let cursor = since;
  let ended = false;
  return new ReadableStream({
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
      const page = await read(cursor, PAGE, WAIT_MS);
      if (!page) return controller.close();
      cursor = page.next_seq;
      ended = page.ended;
      const text = page.events.length === 0 ? ": heartbeat\n\n" : page.events.map(frame).join("");
      controller.enqueue(encoder.encode(text));
    },
  });
}

function frame(event: JobEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
