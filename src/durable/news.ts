// Lets readers of the event log wait until something happens.

/** Wakes whoever waits. */
export class News {
  readonly #waiting = new Set<() => void>();

  /** Something has happened. */
  tell(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves at the next `tell`, or after `waitMs` milliseconds. */
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
}
