// What GEPA remembers between steps, and the settings it works by. Plain data: stored as JSON after every step.

import type { CandidateRecord, HeldOutScore, Seed, StopReason } from "../engine.ts";
import type { PoolState } from "../pool/pool.ts";
import type { PoolPlan } from "../pool/scoring.ts";
import type { RandomState } from "../random.ts";
import type { MergeMemory } from "./merge.ts";
import type { SamplerState } from "./minibatches.ts";
import type { ModuleSettings } from "./modules.ts";
import type { RaceRules } from "./racing.ts";
import type { ProposerSettings } from "./reflection.ts";
import type { SearchSettings } from "./search-settings.ts";
import type { ParentSelection } from "./selection.ts";

/** Where the run is. Each phase is a step, `generation` as many as it takes. */
type GepaPhase = "baseline" | "population" | "generation" | "proof" | "validation" | "test" | "done";

/** What the generations do that the reference does not. Plain data. */
export interface BreedingSettings extends RaceRules {
  /** How parents are selected; null takes the one that is estimated best. */
  selection: ParentSelection | null;
  /** Share of children that have two parents, as far as there are pairs. */
  crossover_rate: number;
  /** Share of merged children that the proposer rewrites as well. */
  mutation_rate: number;
  /** Mean reward below which a child is not kept; null for none. */
  min_score_threshold: number | null;
  /** Pareto seeds that a child is scored on, drawn anew in every generation; null for all. */
  subsample_size: number | null;
}

/** The breeding of a job that says nothing of it. */
export const DEFAULT_BREEDING: Readonly<BreedingSettings> = {
  selection: null,
  acceptance: null,
  min_local_improvement: 0,
  crossover_rate: 0,
  mutation_rate: 0.3,
  min_score_threshold: null,
  subsample_size: null,
};

/** Everything that decides a GEPA run beside the answers. */
export interface GepaSettings {
  /** Our generations, or the reference's one proposal at a time. */
  strategy: "generational" | "reference";
  /** The texts to improve, by component. */
  baseline: Readonly<Record<string, string>>;
  /** Names that the prompt may use as `{placeholders}`. */
  placeholders: readonly string[];
  /** The modules that the texts belong to; one of all texts when absent. */
  modules?: readonly ModuleSettings[];
  /** How new texts are asked for. */
  proposer: ProposerSettings;
  /** Training seeds that score candidates. */
  pareto_seeds: readonly Seed[];
  /** Training seeds that reflection learns from. */
  feedback_seeds: readonly Seed[];
  minibatch_size: number;
  /** Size of the first population, the baseline included. */
  initial_size: number;
  num_generations: number;
  children_per_generation: number;
  /** Exponent on the number of fronts a candidate sits on when a parent is drawn; 1 is the paper's rule. */
  selection_pressure: number;
  /** Generations without a better mean after which the search ends; 0 never ends it. */
  patience_generations: number;
  /** Rewards within this distance of a seed's best count as ties. */
  pareto_eps: number;
  /** Candidates that may be parents at a time. */
  archive_size: number;
  /** Mean reward that ends the search; null for none. */
  target: number | null;
  rng_seed: number;
  /** How parents are chosen and children judged. */
  search: SearchSettings;
  /** How generations are bred. */
  breeding: BreedingSettings;
  validation_seeds: readonly Seed[];
  /** How many of the best are scored on the validation seeds, beside the baseline. */
  validation_candidates: number;
  test_seeds: readonly Seed[];
  /** With a proxy model: how many of the best are scored by the policy's model before they are ranked; absent without one. */
  proof?: number;
  /** The adaptive pool of Pareto seeds; absent to score candidates on all of them. */
  pool?: PoolPlan;
}

/** State of a GEPA run. */
export interface GepaState {
  phase: GepaPhase;
  random: RandomState;
  sampler: SamplerState;
  /** Generations done. */
  generation: number;
  /** Every candidate in the order of proposal; the first is the baseline. */
  candidates: CandidateRecord[];
  /** Ids of the candidates that may be parents. */
  archive: string[];
  /** By candidate id, how often it has been a parent: picks the component to change next, round robin. */
  turns: Record<string, number>;
  /** By id of a rejected candidate, its rewards as far as it got. */
  partial: Record<string, Record<string, number>>;
  /** By id of a candidate with predicted rewards, the seeds that they are on; absent where no cheap model scores. */
  predicted?: Record<string, Seed[]>;
  /** By candidate id, the feedback seeds it was run on as a parent. */
  paid: Record<string, Seed[]>;
  /** The merges made, and how many. */
  merges: MergeMemory & { made: number };
  /** The adaptive pool; absent without one. */
  pool?: PoolState;
  /** Generations since another candidate became the best. */
  stale: number;
  stop: StopReason | null;
  validation: HeldOutScore[];
  test: HeldOutScore[];
}
