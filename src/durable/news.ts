// Lets readers of the event log wait until something happens.

/** Readers are woken at most this often: each wake-up of each reader is a call, and a busy search has news all the time. */
const GATHER_MS = 250;

/** Wakes whoever waits. */
export class News {
  readonly #waiting = new Set<() => void>();
  #told = Number.NEGATIVE_INFINITY;
  #later: ReturnType<typeof setTimeout> | undefined;

  /** Something has happened. Whoever waits hears of it now, or within a moment when there was news just before. */
  tell(): void {
    if (this.#waiting.size === 0 || this.#later !== undefined) return;
    // A clock that was put back must not make them wait for it.
    const wait = Math.min(GATHER_MS, this.#told + GATHER_MS - Date.now());
    if (wait <= 0) this.#wake();
    else this.#later = setTimeout(() => this.#wake(), wait);
  }

  /** Resolves at the next news, or after `waitMs` milliseconds. */
  next(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      this.#waiting.add(done);
    });
  }

  #wake(): void {
    this.#later = undefined;
    this.#told = Date.now();
    for (const wake of [...this.#waiting]) wake();
  }
}
