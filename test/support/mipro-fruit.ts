// The MIPRO settings of the toy problem "name the fruit", for tests that run the engine.

import type { MiproSettings } from "../../src/engines/mipro/settings.ts";
import { REFERENCE_TPE } from "../../src/engines/mipro/tpe.ts";
import { range } from "./fruit.ts";

/** A small job: 8 bootstrap seeds, 24 for trials and 8 for the test, with what the test changes. */
export function fruitTrials(change: Partial<MiproSettings> = {}): MiproSettings {
  return {
    strategy: "parallel",
    stages: [fruitStage()],
    edges: [],
    baseline: { system: "List fruit" },
    placeholders: [],
    program_description: null,
    rng_seed: 7,
    bootstrap_seeds: range(0, 8),
    online_seeds: range(8, 32),
    online_sample: null,
    val_seeds: [],
    reference_seeds: [],
    test_seeds: range(32, 40),
    test_candidates: 1,
    few_shot_score_threshold: 0.5,
    min_bootstrap_demos: 0,
    strict_bootstrap: false,
    demos: {
      max_bootstrapped: 2,
      max_labelled: 2,
      sets_per_size: 1,
      include_empty: true,
      max_sets: 128,
    },
    proposals: {
      count: 4,
      per_call: 1,
      temperature: null,
      max_tokens: null,
      retries: 2,
      at_iterations: [0],
      max_bank: 128,
      metaprompt: null,
      spec: null,
    },
    meta_update: null,
    num_iterations: 4,
    trials_per_iteration: 3,
    num_trials: null,
    batch_size: 8,
    full_eval_every_k: 3,
    sampler: "mixed",
    tpe: { ...REFERENCE_TPE, n_startup_trials: 4 },
    target: null,
    patience_trials: null,
    ...change,
  };
}

/** The only stage, with what the test changes. */
export function fruitStage(change: Partial<MiproSettings["stages"][number]> = {}) {
  return {
    stage_id: "default",
    module_id: "default",
    component: "system",
    demo_module: "",
    description: null,
    instruction_slots: 1,
    demo_slots: 1,
    ...change,
  };
}
