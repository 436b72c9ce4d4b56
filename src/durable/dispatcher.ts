// Gets an order answered: waits at the gate, sends it to a lane, and tries again with backoff where that can help.
// Owns attempts. Does not own: what an order is, the journal, the budget.
// Invariant: no more orders are with a lane than it has slots, and no more in flight in all than the gate lets in. A lane is an
// object that costs to wake, so one is asked only while all before it are full; one that could not be reached is asked last.

import { MAX_ATTEMPTS, SLOTS_PER_LANE } from "../config/limits.ts";
import { type AttemptUsage, addUsage, backoffMs } from "../inference/attempt.ts";
import type { Attempt } from "../rollouts/order.ts";
import { type Gate, SuspendedError } from "./gate.ts";

/** Faults of the platform do not use up attempts, but nothing may go on for ever. */
const MAX_PLATFORM_FAULTS = 20;

/** The code of an attempt whose lane could not be reached. */
const LANE_FAULT = "lane_fault";

/** How an order ended. `wasted` is what its attempts without an answer spent. */
export type Settled<T> = (
  | { kind: "answer"; value: T }
  | { kind: "failure"; code: string; message: string }
) & {
  wasted: AttemptUsage;
};

/** Attempts at a question that were made and led to nothing. They are counted on from slice to slice: each may take longer than one. */
export interface Tries {
  attempts: number;
}

const NOTHING: AttemptUsage = { prompt_tokens: 0, completion_tokens: 0, llm_calls: 0, usd: 0 };

/** A lane, and how many orders are with it. */
interface Place<Lane> {
  lane: Lane;
  busy: number;
}

/** Sends orders of one kind to a set of lanes. */
export class Dispatcher<Lane> {
  readonly #gate: Gate;
  /** In the order in which they are asked. */
  readonly #lanes: Place<Lane>[];
  readonly #random: () => number;

  /** `random` gives jitter in [0, 1); it never decides what an answer is. */
  constructor(gate: Gate, lanes: readonly Lane[], random: () => number) {
    this.#gate = gate;
    this.#lanes = lanes.map((lane) => ({ lane, busy: 0 }));
    this.#random = random;
  }

  /** The lanes that orders are with. */
  get busy(): Lane[] {
    return this.#lanes.filter(({ busy }) => busy > 0).map(({ lane }) => lane);
  }

  /**
   * Sends until there is an answer or no more attempt is left. @throws SuspendedError when the gate closes first; `onGivenUp` is
   * told then what the attempts had spent. `tries` are those of before, and counts on.
   */
  async run<T>(
    send: (lane: Lane) => Promise<Attempt<T>>,
    onGivenUp: (wasted: AttemptUsage) => void = () => {},
    tries: Tries = { attempts: 0 },
  ): Promise<Settled<T>> {
    let wasted = NOTHING;
    try {
      return await this.#attempts(send, tries, (spent) => {
        wasted = addUsage(wasted, spent);
        return wasted;
      });
    } catch (error) {
      onGivenUp(wasted);
      throw error;
    }
  }

  async #attempts<T>(
    send: (lane: Lane) => Promise<Attempt<T>>,
    tries: Tries,
    waste: (spent: AttemptUsage) => AttemptUsage,
  ): Promise<Settled<T>> {
    let platformFaults = 0;
    let wasted = NOTHING;
    for (;;) {
      const attempt = await this.#once(send);
      if (attempt.kind === "answer") return { kind: "answer", value: attempt.value, wasted };
      if (attempt.spent) wasted = waste(attempt.spent);
      if (attempt.kind === "failure") {
        return { kind: "failure", code: attempt.code, message: attempt.message, wasted };
      }
      if (attempt.platform) platformFaults += 1;
      else tries.attempts += 1;
      const { attempts } = tries;
      if (attempts >= MAX_ATTEMPTS || platformFaults >= MAX_PLATFORM_FAULTS) {
        // Faults of the platform are not counted: the engine reads this, and must read the same whatever went wrong here.
        const made = attempts >= MAX_ATTEMPTS ? attempts : attempts + platformFaults;
        return {
          kind: "failure",
          code: attempt.code,
          message: `${attempt.message} (after ${made} attempts)`,
          wasted,
        };
      }
      // Faults of the platform count here: it must have time to recover before all of them are used up.
      const backoff = backoffMs(attempts + platformFaults, this.#random);
      await this.#gate.pause(Math.max(attempt.retry_after_ms ?? 0, backoff));
    }
  }

  /** @throws SuspendedError of `send`, such as for a limit that is reached */
  async #once<T>(send: (lane: Lane) => Promise<Attempt<T>>): Promise<Attempt<T>> {
    const pass = await this.#gate.enter();
    const place = this.#firstFree();
    place.busy += 1;
    let attempt: Attempt<T> | undefined;
    try {
      attempt = await send(place.lane).catch((error: unknown) => {
        if (error instanceof SuspendedError) throw error;
        return platformFault<T>(error);
      });
      if (attempt.kind === "retry" && attempt.code === LANE_FAULT) this.#askLast(place);
    } finally {
      place.busy -= 1;
      const congested = attempt?.kind === "retry" && attempt.congested;
      pass.release(
        congested ? "congested" : attempt?.kind === "answer" ? "good" : "neutral",
        congested && attempt?.kind === "retry" ? attempt.retry_after_ms : null,
      );
    }
    return attempt;
  }

  #firstFree(): Place<Lane> {
    const place = this.#lanes.find(({ busy }) => busy < SLOTS_PER_LANE);
    if (place === undefined) throw new Error("the gate let in more than the lanes hold");
    return place;
  }

  /** A lane that fails at once is free again at once, and would take all orders before the others. */
  #askLast(place: Place<Lane>): void {
    this.#lanes.splice(this.#lanes.indexOf(place), 1);
    this.#lanes.push(place);
  }
}

/** A call to a lane that threw never reached the task app's answer: the lane was reset, moved or overloaded. */
export function platformFault<T>(error: unknown): Attempt<T> {
  const message = error instanceof Error ? error.message : String(error);
  const kind = { kind: "retry", code: LANE_FAULT, retry_after_ms: null, platform: true } as const;
  return { ...kind, message: `the lane could not be reached: ${message}`, congested: false };
}
