// What a recording of DSPy's MIPROv2 holds, and the settings under which the product's engine makes the same run.

import * as z from "zod";
import { autoPlan } from "../../src/engines/mipro/auto.ts";
import type { MiproSettings } from "../../src/engines/mipro/settings.ts";
import { REFERENCE_TPE } from "../../src/engines/mipro/tpe.ts";

const MAX_VALSET = 1_000;
const DEFAULT_SEED = 9;

const Evaluation = z.object({
  kind: z.enum(["eval_full", "eval_minibatch"]),
  ids: z.array(z.number()),
  score: z.number(),
  instructions: z.array(z.string()),
  /** By predictor, the `x` of each demo. */
  demos: z.array(z.array(z.number())),
});
const Hyper = z.object({
  num_trials: z.number(),
  minibatch: z.boolean(),
  minibatch_size: z.number().optional(),
  full_eval_steps: z.number().optional(),
  valset_ids: z.array(z.number()),
  seed: z.number().optional(),
});
const Options = z.looseObject({
  auto: z.enum(["light", "medium", "heavy"]).nullish(),
  num_candidates: z.number().nullish(),
  max_bootstrapped_demos: z.number().optional(),
  max_labeled_demos: z.number().optional(),
  metric_threshold: z.number().nullish(),
  num_trials: z.number().nullish(),
  minibatch: z.boolean().optional(),
  minibatch_size: z.number().optional(),
  minibatch_full_eval_steps: z.number().optional(),
  seed: z.number().nullish(),
});

/** One recorded run. */
export const MiproRun = z.object({
  name: z.string(),
  n_predictors: z.number(),
  n_train: z.number(),
  n_val: z.number(),
  init: Options,
  compile: Options,
  demo_sets: z.record(z.string(), z.array(z.array(z.string()))),
  instructions: z.record(z.string(), z.array(z.string())),
  tips: z.array(z.string()),
  rollout_ids: z.array(z.number()),
  hyper: Hyper.nullish(),
  evaluations: z.array(Evaluation),
  tpe_near_ties_per_model_based_trial: z.array(z.number()).nullish(),
  error: z.string().nullable(),
  trial_logs: z.record(z.string(), z.record(z.string(), z.number())).nullish(),
  best_score: z.number().nullish(),
  best: z.object({ instructions: z.array(z.string()), demos: z.array(z.array(z.string())) }).nullish(),
});
export type MiproRun = z.infer<typeof MiproRun>;

/** The settings of the run. */
export function settingsOf(run: MiproRun): MiproSettings {
  const options = { ...run.init, ...run.compile };
  const { train, val } = splits(run);
  const bootstrapped = options.max_bootstrapped_demos ?? 4;
  const labelled = options.max_labeled_demos ?? 4;
  // What `compile` says comes too late for this.
  const zeroShot = run.init.max_bootstrapped_demos === 0 && run.init.max_labeled_demos === 0;
  // Left out, it is "light"; null stands for settings by hand.
  const size = run.init.auto === undefined ? "light" : run.init.auto;
  const auto = size === null ? undefined : autoPlan(size, run.n_predictors, zeroShot);
  const count = options.num_candidates ?? 0;
  const online = Math.min(auto?.online_sample ?? val.length, val.length);
  const isMinibatched = auto === undefined ? (options.minibatch ?? true) : online > auto.full_up_to;
  const trials = options.num_trials ?? auto?.num_trials ?? 0;
  return {
    strategy: "reference",
    stages: Array.from({ length: run.n_predictors }, (_, i) => ({
      stage_id: String(i),
      module_id: String(i),
      component: String(i),
      demo_module: String(i),
      description: null,
      instruction_slots: 1,
      demo_slots: zeroShot ? 0 : 1,
    })),
    edges: [],
    baseline: Object.fromEntries(Array.from({ length: run.n_predictors }, (_, i) => [String(i), `base${i}`])),
    placeholders: [],
    program_description: null,
    // The reference takes 0 for none.
    rng_seed: run.compile.seed || run.init.seed || DEFAULT_SEED,
    bootstrap_seeds: train,
    online_seeds: val,
    online_sample: auto?.online_sample ?? null,
    val_seeds: [],
    reference_seeds: [],
    test_seeds: [],
    test_candidates: 1,
    few_shot_score_threshold: options.metric_threshold || null,
    min_bootstrap_demos: 0,
    strict_bootstrap: false,
    demos: {
      max_bootstrapped: bootstrapped,
      max_labelled: labelled,
      sets_per_size: 1,
      include_empty: true,
      max_sets: auto?.demo_sets ?? count,
    },
    proposals: {
      count: auto?.instructions ?? count,
      per_call: 1,
      temperature: 1,
      max_tokens: null,
      retries: 0,
      at_iterations: [0],
      max_bank: 128,
      metaprompt: null,
      spec: null,
    },
    meta_update: null,
    num_iterations: trials,
    trials_per_iteration: 1,
    num_trials: null,
    batch_size: isMinibatched ? (options.minibatch_size ?? 35) : null,
    full_eval_every_k: options.minibatch_full_eval_steps ?? 5,
    sampler: "tpe",
    tpe: REFERENCE_TPE,
    target: null,
    patience_trials: null,
  };
}

/** Without a validation set of its own, a run takes the last four fifths of the training set. */
function splits({ n_train, n_val }: MiproRun): { train: number[]; val: number[] } {
  const all = range(0, n_train);
  if (n_val > 0) return { train: all, val: range(1000, n_val) };
  const count = Math.min(MAX_VALSET, Math.max(1, Math.floor(0.8 * n_train)));
  return { train: all.slice(0, n_train - count), val: all.slice(n_train - count) };
}

function range(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start + i);
}
