// What the reference's strategy remembers between steps, and what a replay of recorded runs may put in the place of its own.

import type { Candidate, CandidateRecord, HeldOutScore, Seed, StopReason } from "../engine.ts";
import { RANDOM, type RandomSource, type RandomState } from "../random.ts";
import type { Decision } from "./decisions.ts";
import type { EndPhase } from "./ending.ts";
import type { MergeMemory } from "./merge.ts";
import type { EpochState } from "./minibatches.ts";
import { proposalFault } from "./proposal-fault.ts";
import { ASCENDING, type WalkOrder } from "./walk-order.ts";

/** State of a run. Plain data, stored as JSON after every step; an iteration is a step. */
export interface ReferenceState {
  phase: "baseline" | "iteration" | EndPhase;
  random: RandomState;
  /** Iterations done. */
  iteration: number;
  epoch: EpochState;
  /** Every candidate in the order of proposal; the first is the baseline. */
  candidates: CandidateRecord[];
  /** By candidate id, whose turn it is among its components. */
  turns: Record<string, number>;
  /** Texts that the proposer was asked for. */
  asked: number;
  merges: MergeSchedule;
  /** Iterations in a row that brought no new text. */
  idle: number;
  stop: StopReason | null;
  validation: HeldOutScore[];
  test: HeldOutScore[];
}

/** When a merge is tried. */
interface MergeSchedule {
  /** Merges that may be accepted for candidates found so far. */
  due: number;
  accepted: number;
  /** Whether the iteration before accepted a reflection: without one there is no merge. */
  fresh: boolean;
  memory: MergeMemory;
}

/** What a replay may replace. */
export interface ReferencePorts {
  source: RandomSource;
  order: WalkOrder;
  /** Told of every decision as it is made. */
  observe(decision: Decision): void;
  /** What keeps a proposal from being evaluated. */
  fault: typeof proposalFault;
  /** The count of evaluations that ended a recorded run; undefined for a hard budget, which no iteration may overrun. */
  meter?: Meter;
}

/** How the reference counted evaluations: each one that its cache, if it had one, did not answer. */
export interface Meter {
  /** The seeds in the order in which their rewards are added up. */
  ordered(texts: Candidate["texts"], seeds: readonly Seed[]): readonly Seed[];
  /** Minibatches that were evaluated together. */
  minibatches(
    iteration: number,
    evaluated: readonly { texts: Candidate["texts"]; seeds: readonly Seed[] }[],
  ): void;
  /** Pareto seeds of one candidate. */
  scored(iteration: number, texts: Candidate["texts"], seeds: readonly Seed[]): void;
  /** Whether the count has reached its limit. */
  spent(): boolean;
}

/** The product's. */
export const OWN_PORTS: ReferencePorts = {
  source: RANDOM,
  order: ASCENDING,
  observe: () => {},
  fault: proposalFault,
};
