// What a job's limits leave to a step. It counts only what earlier steps spent and tried, so it is the same on every replay of the
// step, in another life and for who verifies the job. Owns nothing, and writes nothing.

import { type JobLimits, jobLimits, limitsSpending } from "../config/job-limits.ts";
import type { Engine } from "../engines/engine.ts";
import { engineFor, proposalsTogether } from "./engines.ts";
import type { JobFacts } from "./facts.ts";
import { modelNamesOf } from "./model-names.ts";
import { type Room, roomFor, Spending } from "./spending.ts";
import type { Sql } from "./sql.ts";

/** What is left to a step. */
export interface StepRoom {
  /** Rollouts that limits on tokens and money leave; null for no limit. */
  room: Room | null;
  /** Candidates that it may still try; undefined where the engine counts for itself, or nothing limits them. */
  trials: number | undefined;
}

/** The limits of a job, step by step. */
export class StepLimits {
  readonly #facts: JobFacts;
  readonly #limits: JobLimits;
  readonly #spending: Spending;
  readonly #engine: Engine<unknown>;

  constructor(facts: JobFacts, sql: Sql) {
    this.#facts = facts;
    this.#limits = jobLimits(facts.config);
    this.#spending = new Spending(sql);
    this.#engine = engineFor(facts);
  }

  /** What is left to a step from this state. */
  before(step: number, state: unknown): StepRoom {
    // With a proxy, a rollout may be any model's, and what proves the best is the dear one's.
    const model = this.#facts.proxy && modelNamesOf(this.#facts).policy;
    const room = limitsSpending(this.#limits)
      ? roomFor(this.#limits, this.#spending.before(step, model), proposalsTogether(this.#facts))
      : null;
    return { room, trials: this.#trialsLeft(state) };
  }

  #trialsLeft(state: unknown): number | undefined {
    const { trials } = this.#limits;
    if (trials === null || this.#facts.algorithm === "mipro") return undefined;
    const tried = Math.max(0, this.#engine.results(state).candidates.length - 1);
    return Math.max(0, trials.most - tried);
  }
}
