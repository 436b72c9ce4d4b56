// The gate: how many attempts may be in flight, and when the next one starts. Owns the queue. Does not own: what an attempt is,
// retries, how much the other side takes (the pace). Attempts that were in flight together say that once. `Retry-After` closes the
// gate for that long.
// While many wait, starts are spread evenly: attempts that start together are answered together, and then wait for each
// other's handling. A short queue is started at once, because then it is the last answer that counts.

import { Pace } from "./pace.ts";

/** The widest gap between two starts that are only spread, in milliseconds. */
const MAX_SPREAD_MS = 4;
/** How far starts that come late may catch up, in milliseconds. */
const CATCH_UP_MS = 4;
/** Share of the even gap that is kept, so that there is room to catch up after a stall. */
const EVENNESS = 0.9;
/** Starts are spread while more than this many times the limit are waiting. */
const LONG_QUEUE = 2;
/** Weight of the newest attempt in the running mean of how long attempts take. */
const NEWEST = 0.05;

/** Thrown to whoever waits when the gate closes: the slice is over, the job paused or ended. */
export class SuspendedError extends Error {
  readonly code = "suspended";
}

/** What the gate needs of the outside. */
export interface GateClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back after so many milliseconds; returns how to call it off. */
  timer(ms: number, callback: () => void): () => void;
}

/** A place in flight; give it back with how the attempt went. */
export interface Pass {
  release(outcome: "good" | "congested" | "neutral", retryAfterMs?: number | null): void;
}

interface Flight {
  /** How many were in flight when it began, itself among them, without those that are known to have been refused. */
  together: number;
}

interface Waiter {
  resolve(pass: Pass): void;
  reject(error: SuspendedError): void;
}

/** A gate for at most `limit` attempts at a time. */
export class Gate {
  readonly #limit: number;
  readonly #clock: GateClock;
  readonly #waiting: Waiter[] = [];
  readonly #sleeping = new Set<() => void>();
  /** What is in flight, in the order of its start. */
  readonly #flights = new Set<Flight>();
  #head = 0;
  readonly #pace: Pace;
  #inFlight = 0;
  #epoch = 0;
  #blockedUntil = 0;
  #nextStart = 0;
  #meanMs = 0;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor(limit: number, clock: GateClock) {
    this.#limit = limit;
    this.#pace = new Pace(limit);
    this.#clock = clock;
  }

  /** Attempts in flight now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many may be in flight now. */
  get window(): number {
    return this.#pace.window;
  }

  /** Waits for a place, first come first served. @throws SuspendedError when the gate is closed, now or while waiting. */
  enter(): Promise<Pass> {
    if (this.#closed) return Promise.reject(new SuspendedError("the gate is closed"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#admit();
    });
  }

  /** Waits without a place. @throws SuspendedError as `enter`. */
  async pause(ms: number): Promise<void> {
    if (this.#closed) throw new SuspendedError("the gate is closed");
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        cancel();
        reject(new SuspendedError("the gate closed"));
      };
      const cancel = this.#clock.timer(ms, () => {
        this.#sleeping.delete(leave);
        resolve();
      });
      this.#sleeping.add(leave);
    });
  }

  /** Hands out no more places and turns away everybody who waits; what is in flight goes on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer?.();
    for (const leave of [...this.#sleeping]) leave();
    this.#sleeping.clear();
    for (const waiter of this.#waiting.splice(this.#head)) {
      waiter.reject(new SuspendedError("the gate closed"));
    }
  }

  #admit(): void {
    const now = this.#clock.now();
    while (!this.#closed && this.#head < this.#waiting.length && this.#inFlight < this.window) {
      const wait = Math.max(this.#blockedUntil, this.#nextStart) - now;
      if (wait > 0) {
        // Whole milliseconds: the platform's clock stands still until a timer is due, so a shorter wait may never end.
        this.#wakeAfter(Math.ceil(wait));
        return;
      }
      const waiter = this.#waiting[this.#head];
      this.#head += 1;
      this.#inFlight += 1;
      this.#nextStart = Math.max(this.#nextStart, now - CATCH_UP_MS) + this.#gap();
      waiter?.resolve(this.#pass(now));
    }
    if (this.#head === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#head = 0;
    }
  }

  /** The gap to the next start. */
  #gap(): number {
    const { gap } = this.#pace;
    return gap > 0 ? gap : this.#spread();
  }

  #spread(): number {
    if (this.#waiting.length - this.#head < LONG_QUEUE * this.#limit) return 0;
    const gap = (EVENNESS * this.#meanMs) / this.#limit;
    // A gap shorter than the clock's tick cannot be kept, only overshot.
    return gap < 1 ? 0 : Math.min(MAX_SPREAD_MS, gap);
  }

  #wakeAfter(ms: number): void {
    if (this.#cancelTimer || this.#closed) return;
    this.#cancelTimer = this.#clock.timer(ms, () => {
      this.#cancelTimer = undefined;
      this.#admit();
    });
  }

  /** The other side did not take it: those that began after it met one fewer there. */
  #refused(refused: Flight, now: number, retryAfterMs: number, isNews: boolean): void {
    let isLater = false;
    for (const flight of this.#flights) {
      if (isLater) flight.together -= 1;
      if (flight === refused) isLater = true;
    }
    if (isNews) this.#epoch += 1;
    this.#pace.congested({ now, retryAfterMs, together: refused.together, isNews });
  }

  #pass(startedAt: number): Pass {
    const epoch = this.#epoch;
    const flight: Flight = { together: this.#inFlight };
    this.#flights.add(flight);
    let held = true;
    return {
      release: (outcome, retryAfterMs) => {
        if (!held) return;
        held = false;
        this.#inFlight -= 1;
        const now = this.#clock.now();
        this.#meanMs += NEWEST * (now - startedAt - this.#meanMs);
        if (outcome === "good") {
          // One that was started at an earlier pace says nothing of this one.
          const tells = epoch === this.#epoch && this.#head < this.#waiting.length;
          this.#pace.good({ now, tookMs: now - startedAt, together: flight.together }, tells);
        }
        if (outcome === "congested") this.#refused(flight, now, retryAfterMs ?? 0, epoch === this.#epoch);
        this.#flights.delete(flight);
        if (retryAfterMs) this.#blockedUntil = Math.max(this.#blockedUntil, now + retryAfterMs);
        this.#admit();
      },
    };
  }
}
