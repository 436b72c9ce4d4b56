// Everything that decides a MIPRO run beside the answers: plain data, made from the config by `miproSettings`.

import type { Seed } from "../engine.ts";
import type { PoolPlan } from "../pool/scoring.ts";
import type { TpeSettings } from "./tpe.ts";

/**
 * How trials follow each other. `parallel`: the trials of one iteration run together on one minibatch. `reference`: one trial after the
 * other, each on a minibatch of its own, with the demo sets, the schedule and the rounded scores of DSPy's MIPROv2.
 */
type MiproStrategy = "parallel" | "reference";

/** One prompt of the program: an instruction to improve, and demos to show. */
export interface StageSettings {
  stage_id: string;
  module_id: string;
  /** Its text's name in `Candidate.texts`. */
  component: string;
  /** Its name in `Candidate.demos` and in the calls of a trace; null for a text that shows none. */
  demo_module: string | null;
  /** What the stage is for, in the user's words; null where nobody says. */
  description: string | null;
  /** Instructions that are used together: the first is the whole text, each further one a line below it; at least 1. */
  instruction_slots: number;
  /** Sets of demos that are shown together; 0 for none. */
  demo_slots: number;
}

/** How sets of demos are made. */
export interface DemoSettings {
  /** The most bootstrapped demos of one set; with `max_labelled` both 0, prompts without demos are searched. */
  max_bootstrapped: number;
  /** The most demos of one set, those with the task app's own answers filling up; 0 for bootstrapped ones only. */
  max_labelled: number;
  /** Sets of each size (`parallel`). */
  sets_per_size: number;
  /** Whether a prompt without demos is tried (`parallel`; the reference always tries it). */
  include_empty: boolean;
  /** The most sets of a stage; in `reference` their number. */
  max_sets: number;
}

/** How instructions are proposed. */
export interface ProposalSettings {
  /** Instructions to propose for each slot at a time; in `reference` the number of instructions, the baseline's included. */
  count: number;
  /** Instructions asked for in one call. */
  per_call: number;
  /** Null for the proposer's own. */
  temperature: number | null;
  /** Null for the job's setting. */
  max_tokens: number | null;
  /** Further attempts at a proposal that cannot be used. */
  retries: number;
  /** Iterations, from 0, before which instructions are proposed. */
  at_iterations: readonly number[];
  /** The most instructions of a slot to choose from, the baseline's included. */
  max_bank: number;
  /** Instructions to the proposer; null for none. */
  metaprompt: string | null;
  /** A specification of the system, as far as it is to be shown; null for none. */
  spec: string | null;
}

/** How instructions are proposed anew while the search runs. */
export interface MetaUpdateSettings {
  every_iterations: number;
  /** Examples of the best candidate that went well, and of those that did not, that the proposer is shown. */
  topk_success: number;
  topk_failure: number;
  /** Seeds on which a new instruction is scored before it is kept; 0 for none. */
  validate_on_batch: number;
  /** The most instructions of a slot that are kept. */
  keep_k: number;
  /** Share of common words from which on two instructions count as one, 0 to 1. */
  dedup_token_overlap: number;
  /** Factor on the temperature for each round. */
  regen_temperature_decay: number;
}

/** The settings of a run. */
export interface MiproSettings {
  strategy: MiproStrategy;
  /** The prompts of the program in the order in which they run. */
  stages: readonly StageSettings[];
  /** Which stage's output goes to which other, by `stage_id`. */
  edges: readonly (readonly [string, string])[];
  /** All texts of the baseline by component, also those that no stage improves. */
  baseline: Readonly<Record<string, string>>;
  /** Names that the prompt may use as `{placeholders}`. */
  placeholders: readonly string[];
  /** What the program does, for the proposer; null where nobody says. */
  program_description: string | null;
  rng_seed: number;
  /** Seeds that demos are taken from. */
  bootstrap_seeds: readonly Seed[];
  /** Seeds of the trials. */
  online_seeds: readonly Seed[];
  /** Of the online seeds, a random part of this size is used; null for all. */
  online_sample: number | null;
  /** Seeds of full evaluations; empty for the online seeds. */
  val_seeds: readonly Seed[];
  /** The adaptive pool of the online seeds; absent for all of them, always. */
  pool?: PoolPlan;
  /** Whether a cheap model may score trials; absent where there is none. */
  proxied?: boolean;
  /** Seeds whose inputs show the proposer what the task is like. */
  reference_seeds: readonly Seed[];
  test_seeds: readonly Seed[];
  /** How many of the best are scored on the test seeds, beside the baseline. */
  test_candidates: number;
  /** Reward from which on a rollout becomes a demo; null for every reward other than 0. */
  few_shot_score_threshold: number | null;
  min_bootstrap_demos: number;
  strict_bootstrap: boolean;
  demos: DemoSettings;
  proposals: ProposalSettings;
  /** Null for none. */
  meta_update: MetaUpdateSettings | null;
  num_iterations: number;
  trials_per_iteration: number;
  /** Trials in all, if fewer than the iterations hold; null for all. */
  num_trials: number | null;
  /** Seeds of one trial; null for the whole pool, and then every trial is a full evaluation. */
  batch_size: number | null;
  /** Trials between two full evaluations. */
  full_eval_every_k: number;
  /** Who chooses trials: the estimator alone, or (`parallel` only) in turn with a model of main effects. */
  sampler: "mixed" | "tpe";
  tpe: TpeSettings;
  /** Mean of a full evaluation that ends the search; null for none. */
  target: number | null;
  /** The job's own limits, which the search is told of only to tell them; absent where there are none. */
  limits?: { max_rollouts: number | null; max_seconds: number | null };
  /** Trials without a better full evaluation after which the search ends; null for none. */
  patience_trials: number | null;
}
