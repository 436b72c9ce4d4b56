// A job's outbox: its summary, sent to the tenant's registry until the registry has the latest.

import type { JobSummary } from "../wire/job.ts";
import type { JobStore } from "./job-store.ts";

/** Sends summaries, one at a time. */
export class Outbox {
  readonly #store: JobStore;
  readonly #latest: () => JobSummary;
  readonly #send: (summary: JobSummary) => Promise<void>;
  #sending: Promise<boolean> | undefined;

  constructor(store: JobStore, latest: () => JobSummary, send: (summary: JobSummary) => Promise<void>) {
    this.#store = store;
    this.#latest = latest;
    this.#send = send;
  }

  /** Sends the summary if it has changed since it was acknowledged; false when that did not work. */
  deliver(): Promise<boolean> {
    this.#sending ??= this.#deliverLatest().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #deliverLatest(): Promise<boolean> {
    for (;;) {
      // Anew each time: the job may have moved on while its tenant was told.
      const summary = this.#latest();
      const text = JSON.stringify(summary);
      if (text === this.#store.announced()) return true;
      try {
        await this.#send(summary);
        this.#store.setAnnounced(text);
      } catch {
        return false;
      }
    }
  }
}
