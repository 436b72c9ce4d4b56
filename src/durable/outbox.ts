// A job's outbox: its summary, sent to the tenant's registry until the registry has the latest. What was given up may arrive all
// the same, after newer news; then the latest is sent once more, and a job is not deleted before it is known.

import type { JobSummary } from "../wire/job.ts";
import { inTime } from "./in-time.ts";
import type { JobStore } from "./job-store.ts";

/** What changes within so many milliseconds is told together: a small job ends before it is told that it runs. */
const GATHER_MS = 1_000;
/** A registry that has not answered by then is taken for one that cannot be reached. */
export const REGISTRY_TIMEOUT_MS = 10_000;

/** Sends summaries, one at a time. */
export class Outbox {
  readonly #store: JobStore;
  readonly #latest: () => JobSummary;
  readonly #send: (summary: JobSummary) => Promise<void>;
  readonly #onOutdated: () => void;
  /** Sent, given up, and perhaps still on the way. */
  readonly #late = new Set<Promise<void>>();
  #sending: Promise<boolean> | undefined;
  #soon: ReturnType<typeof setTimeout> | undefined;

  /** `onOutdated` is called when the registry may have gone back to old news: `deliver` is to be called again. */
  constructor(
    store: JobStore,
    latest: () => JobSummary,
    send: (summary: JobSummary) => Promise<void>,
    onOutdated: () => void,
  ) {
    this.#store = store;
    this.#latest = latest;
    this.#send = send;
    this.#onOutdated = onOutdated;
  }

  /** Sends the summary in a moment, with what changes until then; whoever must know that it was sent calls `deliver`. */
  soon(): void {
    // What cannot be sent now is sent when the slice ends.
    this.#soon ??= setTimeout(() => void this.deliver().catch(() => {}), GATHER_MS);
  }

  /** Sends the summary now if it has changed since it was acknowledged; false when that did not work, or took too long. */
  deliver(): Promise<boolean> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#sending ??= this.#deliverLatest().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** Resolves when nothing that was sent can arrive any more. */
  async settled(): Promise<void> {
    await this.#sending;
    await Promise.all(this.#late);
  }

  async #deliverLatest(): Promise<boolean> {
    for (;;) {
      // Anew each time: the job may have moved on while its tenant was told.
      const summary = this.#latest();
      const text = JSON.stringify(summary);
      if (text === this.#store.announced()) return true;
      const sending = this.#send(summary);
      try {
        await inTime(sending, REGISTRY_TIMEOUT_MS, "the registry does not answer");
        this.#store.setAnnounced(text);
      } catch {
        this.#giveUp(sending);
        return false;
      }
    }
  }

  #giveUp(sending: Promise<void>): void {
    const end = sending
      .then(() => {
        this.#store.setAnnounced("");
        this.#onOutdated();
      })
      // It did not arrive, or that it did cannot be written down: the next news replaces it.
      .catch(() => {})
      .finally(() => this.#late.delete(end));
    this.#late.add(end);
  }
}
