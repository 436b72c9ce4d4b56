// What MIPRO remembers between steps. Plain data: stored as JSON after every step.

import type { Demo, HeldOutScore, Seed, StopReason } from "../engine.ts";
import type { PoolState } from "../pool/pool.ts";
import type { RandomState } from "../random.ts";

/** Where the run is; each is a step, `trials` and those between its iterations as many as it takes. */
type MiproPhase =
  | "baseline"
  | "bootstrap"
  | "proposals"
  | "trials"
  | "full_evaluation"
  | "proof"
  | "test"
  | "done";

/** One instruction to choose from. */
export interface Instruction {
  text: string;
  /** The round of proposals it comes from; -1 for the baseline's. */
  round: number;
  /** No longer offered. */
  retired: boolean;
}

/** What a stage may choose from. A choice is an index, which never changes: entries are added and retired, not removed. */
export interface StageBank {
  /** By instruction slot. The first slot's first entry is the baseline's text, that of the others is "", no line at all. */
  instructions: Instruction[][];
  /** Every demo there is. */
  demos: Demo[];
  /** Positions in `demos`. The first set is empty. */
  demo_sets: number[][];
}

/** A candidate of the search and all that is known of it. */
export interface Combination {
  id: string;
  /** An entry of the bank for each parameter of the space, in its order. */
  choices: number[];
  /** Rewards by seed, of trials and of full evaluations. */
  rewards: Record<string, number>;
  /** Seeds whose reward is predicted from a cheap model's; absent where there are none. */
  proxied?: Seed[];
  /** Mean over the seeds of full evaluations; null before one. */
  full_score: number | null;
  /** Its place among the full evaluations, from 0; null before one. */
  full_order: number | null;
  /** The iteration of its first trial; -1 for the baseline. */
  iteration: number;
}

/** One row of the trial table. */
export interface TrialRow {
  /** From 0, the baseline's. */
  number: number;
  /** From 0; -1 before the first. */
  iteration: number;
  /** `proof`: of a new instruction, beside the trials. */
  kind: "baseline" | "minibatch" | "proof" | "full";
  candidate_id: string;
  choices: number[];
  seeds: Seed[];
  /** Mean reward on its seeds. */
  score: number;
  /** What the sampler was told. */
  value: number;
  /** Whether it made its candidate the best. */
  incumbent: boolean;
  /** The first error, when every rollout failed. */
  error: string | null;
  /** Whether some of its rewards are predicted from a cheap model's; absent where none is. */
  proxied?: boolean;
}

/** An adaptive pool of a search. */
export interface TrialPool {
  /** All seeds it is made of, the reserve aside. */
  all: Seed[];
  now: PoolState;
  /** Whether every trial is a full evaluation, because a minibatch held the first pool. */
  trials_full: boolean;
}

/** What is known of the task. */
export interface Grounding {
  /** What the inputs are like; null before it is asked, and when the answer was no use. */
  dataset: string | null;
  /** By stage, what it is for. */
  roles: (string | null)[];
}

/** An example of what a candidate did. */
export interface ShownExample {
  seed: Seed;
  input: string;
  output: string;
  expected: string | null;
  feedback: string | null;
  reward: number;
}

/** State of a MIPRO run. */
export interface MiproState {
  phase: MiproPhase;
  random: RandomState;
  /** The sampler's two streams. */
  tpe: { startup: RandomState; model: RandomState };
  /** Seeds of trials, and of full evaluations, that this run uses; with an adaptive pool, now. */
  online: Seed[];
  full: Seed[];
  /** The adaptive pool; absent where there is none, and before the baseline. */
  pool?: TrialPool;
  /** Iterations done. */
  iteration: number;
  /** Rounds of proposals done. */
  rounds: number;
  /** Number of the next proposal; makes each a question of its own. */
  proposed: number;
  /** By stage. */
  banks: StageBank[];
  grounding: Grounding;
  /** Examples of the task, for the proposer. */
  examples: ShownExample[];
  /** What is left of the epoch of minibatches, next first. */
  queue: Seed[];
  combinations: Combination[];
  trials: TrialRow[];
  /** Id of the best fully evaluated candidate. */
  incumbent: string | null;
  /** Trials since the last full evaluation, and since the incumbent last changed. */
  since_full: number;
  stale: number;
  stop: StopReason | null;
  test: HeldOutScore[];
}
