// A counted set of places, first come first served.

import { SuspendedError } from "./gate.ts";

/** Lets at most `size` pieces of work run at a time. */
export class Slots {
  #free: number;
  #closed = false;
  readonly #waiting: { resolve(): void; reject(error: SuspendedError): void }[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /**
   * Runs `work` once there is a place for it, and frees the place whatever happens. @throws SuspendedError when the set is closed
   * before the work has begun
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw closed();
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next.resolve();
      else this.#free += 1;
    }
  }

  /** Hands out no more places and turns away everybody who waits; what runs goes on. */
  close(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(closed());
  }
}

function closed(): SuspendedError {
  return new SuspendedError("there are no more places");
}
