// A clock that stands still until a test moves it.

import type { GateClock } from "../../src/durable/gate.ts";

/** Lets everything run that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

interface Timer {
  due: number;
  callback: () => void;
}

/** Timers in the order of their due times. */
export class FakeClock implements GateClock {
  /** How long each timer was set for, in the order of setting. */
  readonly waits: number[] = [];
  #now = 0;
  /** In the order in which they fall due. */
  readonly #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  timer(ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + ms, callback };
    this.waits.push(ms);
    this.#timers.splice(this.#timers.findLastIndex(({ due }) => due <= timer.due) + 1, 0, timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  /** Timers that are set and not due yet. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Moves on by so many milliseconds, calling back what falls due on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#timers[0]; next && next.due <= until; next = this.#timers[0]) {
      this.#now = next.due;
      this.#timers.shift();
      next.callback();
      await settle();
    }
    this.#now = until;
  }

  /** Moves on until no timer is left. */
  async runAll(): Promise<void> {
    await settle();
    for (let next = this.#timers[0]; next; next = this.#timers[0]) await this.advance(next.due - this.#now);
  }
}
