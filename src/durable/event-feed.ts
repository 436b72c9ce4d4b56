// The event log as its streaming readers get it: frames of server-sent events (protocol §2.3). Each frame carries the event's `seq`
// as its id, so a reader that was cut off goes on with `Last-Event-ID`. All readers wait for the same events: what they get is
// made once. Owns these pages. Does not own: the log, who reads.

import { type JobEvent, TERMINAL_STATUSES } from "../wire/job.ts";
import type { JobStore } from "./job-store.ts";
import type { News } from "./news.ts";

/** A page ends with the event that brings it to so many characters: so much of the log waits for a reader that is slow. */
const PAGE_CHARS = 64 * 1024;
const PAGE_EVENTS = 100;
/** Pages that are kept for other readers: of those that began with the job, and of some that came back. */
const KEPT_PAGES = 8;

/** A part of the log. */
export interface FramePage {
  /** UTF-8; empty when nothing happened. */
  frames: Uint8Array;
  /** Where the next page begins: after this `seq`. */
  next_seq: number;
  /** Whether no more will come. */
  ended: boolean;
}

/** Feeds the readers of one job's log. */
export class EventFeed {
  readonly #store: JobStore;
  readonly #news: News;
  readonly #encoder = new TextEncoder();
  /** Made of the log as it was when its last event was this. */
  #madeAt = 0;
  readonly #pages = new Map<number, Omit<FramePage, "ended">>();

  constructor(store: JobStore, news: News) {
    this.#store = store;
    this.#news = news;
  }

  /** What comes after `since`. Where that is nothing yet, waits up to `waitMs` milliseconds for it. Null once the job was deleted. */
  async next(since: number, waitMs: number): Promise<FramePage | null> {
    const page = this.#pageNow(since);
    if (page.next_seq > since || page.ended || waitMs <= 0) return page;
    await this.#news.next(waitMs);
    return this.#store.exists() ? this.#pageNow(since) : null;
  }

  /** The rows are gone. */
  forget(): void {
    this.#madeAt = 0;
    this.#pages.clear();
  }

  #pageNow(since: number): FramePage {
    const last = this.#store.lastSeq();
    const page = this.#made(since, last);
    const ended = page.next_seq >= last && TERMINAL_STATUSES.includes(this.#store.standing().status);
    return { ...page, ended };
  }

  #made(since: number, last: number): Omit<FramePage, "ended"> {
    if (last !== this.#madeAt) this.#pages.clear();
    this.#madeAt = last;
    const known = this.#pages.get(since);
    if (known) return known;
    if (this.#pages.size >= KEPT_PAGES) this.#pages.clear();
    const page = this.#make(since);
    this.#pages.set(since, page);
    return page;
  }

  #make(since: number): Omit<FramePage, "ended"> {
    let text = "";
    let next_seq = since;
    for (const event of this.#store.events(since, PAGE_EVENTS, this.#store.facts().job_id).events) {
      text += frame(event);
      next_seq = event.seq;
      if (text.length >= PAGE_CHARS) break;
    }
    return { frames: this.#encoder.encode(text), next_seq };
  }
}

function frame(event: JobEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
