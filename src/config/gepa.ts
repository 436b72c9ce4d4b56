// The GEPA section (protocol §1.11).

import * as z from "zod";
import { integer, number, word } from "./fields.ts";
import { DEFAULT_PARETO_SEEDS, SeedList } from "./seeds.ts";

const GEPARolloutConfig = z.object({
  budget: integer(1)
    .optional()
    .describe(
      "All rollouts of the job, as a hard cap: search, validation and test. Without it, generations, patience or a target end the job.",
    ),
  max_concurrent: integer(1)
    .default(20)
    .describe("Rollouts in flight at a time. Over 384 is cut to 384, with a warning."),
  minibatch_size: integer(1)
    .default(8)
    .describe(
      "Feedback seeds that a parent and its child are compared on; all of them where there are fewer.",
    ),
});

export const GEPAEvaluationConfig = z.object({
  seeds: SeedList.describe("The training seeds, at least 13: a list, or a range whose end is exclusive."),
  validation_seeds: SeedList.default([]).describe(
    "Held out: the best candidates and the baseline are scored on them once, at the end.",
  ),
  test_pool: SeedList.default([]).describe(
    "Held out: the best candidate by training score, and the baseline, are scored on them once, at the end.",
  ),
  validation_pool: word(["train", "test", "val", "validation"])
    .optional()
    .describe("Sent as `pool` and `split` in `env.config` of validation rollouts."),
  validation_top_k: integer(1)
    .default(3)
    .describe("How many of the best are scored on the validation seeds, beside the baseline."),
});

const GEPAPopulationConfig = z.object({
  initial_size: integer(1)
    .default(20)
    .describe(
      "Size of the first population, the baseline included: all others are reflections on the baseline, scored without a gate. It gets at most half of the search's rollouts.",
    ),
  num_generations: integer(1).default(10).describe("Generations after the first population."),
  children_per_generation: integer(1)
    .default(5)
    .describe("Children of one generation, bred at the same time; fewer where the budget has no room."),
  selection_pressure: number(1)
    .default(1)
    .describe("A parent is drawn in proportion to the number of Pareto seeds it is best on, to this power."),
  patience_generations: integer(0)
    .default(3)
    .describe("Generations without a better mean that end the search; 0 never does."),
});

export const GEPAArchiveConfig = z.object({
  size: integer(1)
    .default(64)
    .describe(
      "Candidates that may be parents. Those off the Pareto front go first, then those with lower means.",
    ),
  /** In a config from `readConfig`: the effective number, which fits the training seeds. */
  pareto_set_size: integer(1)
    .default(DEFAULT_PARETO_SEEDS)
    .describe(
      "Training seeds that every accepted candidate is scored on: 10 to the number of seeds less 3. Not given, it is less for few seeds.",
    ),
  pareto_eps: number(0, 1).default(1e-6).describe("Rewards this close to a seed's best count as ties."),
});

export const GEPAConfig = z.object({
  env_name: z
    .string()
    .default("banking77")
    .describe("Sent as `env.env_name` of every rollout. `task_app_id` stands in for it."),
  env_config: z
    .record(z.string(), z.json())
    .optional()
    .describe("As the job's `env_config`, and laid over it."),
  rng_seed: integer(0)
    .default(0)
    .describe("Seed of all random draws. The same seed and the same answers give the same run."),
  proposer_type: word(["dspy", "gepa-ai", "synth", "spec"])
    .default("dspy")
    .describe("How new texts are proposed. No effect: all propose by reflection."),
  proposer_effort: word(["LOW_CONTEXT", "LOW", "MEDIUM", "HIGH"])
    .default("LOW")
    .describe("Which model proposes new texts."),
  proposer_output_tokens: word(["RAPID", "FAST", "SLOW"])
    .default("FAST")
    .describe("The most tokens of one proposal, reasoning included: 3,000, 10,000 or 25,000."),
  rollout: GEPARolloutConfig.prefault({}).describe("Rollouts: how many, and how many at a time."),
  evaluation: GEPAEvaluationConfig.describe("The seeds: which examples train, and which are held out."),
  population: GEPAPopulationConfig.prefault({}).describe("How many candidates are bred, and when to stop."),
  archive: GEPAArchiveConfig.prefault({}).describe(
    "Which candidates may be parents, and on which seeds they are scored.",
  ),
});
export type GEPAConfig = z.infer<typeof GEPAConfig>;
