// A clock that stands still until a test moves it.

import type { GateClock } from "../../src/durable/gate.ts";

/** Lets everything run that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** Timers in the order of their due times. */
export class FakeClock implements GateClock {
  /** How long each timer was set for, in the order of setting. */
  readonly waits: number[] = [];
  #now = 0;
  #timers: { due: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  timer(ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + ms, callback };
    this.waits.push(ms);
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
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
    for (let next = this.#next(); next && next.due <= until; next = this.#next()) {
      this.#now = next.due;
      this.#timers = this.#timers.filter((other) => other !== next);
      next.callback();
      await settle();
    }
    this.#now = until;
  }

  /** Moves on until no timer is left. */
  async runAll(): Promise<void> {
    await settle();
    for (let next = this.#next(); next; next = this.#next()) await this.advance(next.due - this.#now);
  }

  #next(): { due: number; callback: () => void } | undefined {
    return [...this.#timers].sort((a, b) => a.due - b.due)[0];
  }
}
