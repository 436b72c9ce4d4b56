// What the slices of a job hand on to each other in the memory of its object: a slice is short, and what is counted over many
// calls must not begin anew with each. It dies with the object, and a job that is resumed gets a new one. Owns the counts.
// Does not own: what follows from them.

import { errorLimits } from "../config/job-limits.ts";
import type { Tries } from "./dispatcher.ts";
import { ErrorWatch } from "./error-watch.ts";
import type { JobFacts } from "./facts.ts";

/** Failed proposals, or judgements, in a row that pause a job. Each was tried several times, and a whole generation is lost with a few. */
const CALLS_IN_A_ROW = 5;

/** Failures, and attempts at questions that have no answer yet. */
export class SliceMemory {
  readonly rollouts: ErrorWatch;
  readonly proposals: ErrorWatch;
  readonly judgements: ErrorWatch;
  readonly #tries = new Map<string, Tries>();

  /** `proven`: whether a rollout of the job was ever answered, and not by a failure. */
  constructor({ config }: Pick<JobFacts, "config">, proven: boolean) {
    const limits = errorLimits(config);
    const calls = { consecutive: limits.consecutive && CALLS_IN_A_ROW, rate: null };
    this.rollouts = new ErrorWatch("rollouts", limits, proven);
    this.proposals = new ErrorWatch("proposals", calls, true);
    // A judge that has never been understood is a matter of its rubric, and no outage.
    this.judgements = new ErrorWatch("judgements", calls, false);
  }

  /** The attempts at a question: they go on where the last slice gave it up. */
  triesAt(key: string): Tries {
    const tries = this.#tries.get(key) ?? { attempts: 0 };
    this.#tries.set(key, tries);
    return tries;
  }

  /** A question has its answer. */
  settled(key: string): void {
    this.#tries.delete(key);
  }
}
