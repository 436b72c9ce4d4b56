// The GEPA section (protocol §1.11).

import * as z from "zod";
import { integer, number, word } from "./fields.ts";
import { DEFAULT_PARETO_SEEDS, SeedList } from "./seeds.ts";

const GEPARolloutConfig = z.object({
  /** Rollouts of the whole job: search, validation and test. */
  budget: integer(1).optional(),
  max_concurrent: integer(1).default(20),
  minibatch_size: integer(1).default(8),
});

export const GEPAEvaluationConfig = z.object({
  seeds: SeedList,
  validation_seeds: SeedList.default([]),
  test_pool: SeedList.default([]),
  validation_pool: word(["train", "test", "val", "validation"]).optional(),
  validation_top_k: integer(1).default(3),
});

const GEPAPopulationConfig = z.object({
  initial_size: integer(1).default(20),
  num_generations: integer(1).default(10),
  children_per_generation: integer(1).default(5),
  selection_pressure: number(1).default(1),
  patience_generations: integer(0).default(3),
});

export const GEPAArchiveConfig = z.object({
  size: integer(1).default(64),
  /** In a config from `readConfig`: the effective number, which fits the training seeds. */
  pareto_set_size: integer(1).default(DEFAULT_PARETO_SEEDS),
  pareto_eps: number(0, 1).default(1e-6),
});

export const GEPAConfig = z.object({
  env_name: z.string().default("banking77"),
  env_config: z.record(z.string(), z.json()).optional(),
  rng_seed: integer(0).default(0),
  proposer_type: word(["dspy", "gepa-ai", "synth", "spec"]).default("dspy"),
  proposer_effort: word(["LOW_CONTEXT", "LOW", "MEDIUM", "HIGH"]).default("LOW"),
  proposer_output_tokens: word(["RAPID", "FAST", "SLOW"]).default("FAST"),
  rollout: GEPARolloutConfig.prefault({}),
  evaluation: GEPAEvaluationConfig,
  population: GEPAPopulationConfig.prefault({}),
  archive: GEPAArchiveConfig.prefault({}),
});
export type GEPAConfig = z.infer<typeof GEPAConfig>;
