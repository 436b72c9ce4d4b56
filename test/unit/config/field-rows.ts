// The options that jobs run by: default, a fitting value, another one and what is said about it.

import type { Json } from "../../../src/wire/json.ts";

/** One option. */
export interface Row {
  path: string;
  /** What an absent option becomes; "required" when it must be given. */
  absent: Json | "required" | undefined;
  given: Json;
  /** What `given` becomes, when it is not kept as it is. */
  becomes?: Json;
  refused: Json;
  says: string;
}

const SEEDS_WORDS = "a list of seeds such as [0, 1, 2], or a range such as { start = 0, end = 50 }";
const atLeast = (min: number) => `must be a whole number of at least ${min}`;

/** The options of the jobs that run. */
export const ROWS: Row[] = [
  {
    path: "algorithm",
    absent: "required",
    given: "GEPA",
    becomes: "gepa",
    refused: "bayes",
    says: 'must be "gepa" or "mipro", found "bayes"',
  },
  {
    path: "task_app_url",
    absent: "required",
    given: "http://127.0.0.1:8001/x",
    refused: "127.0.0.1:8001",
    says: 'must be an http or https URL, found "127.0.0.1:8001"',
  },
  { path: "task_app_api_key", absent: undefined, given: "k", refused: 5, says: "must be text, found 5" },
  {
    path: "task_app_id",
    absent: undefined,
    given: "banking77",
    refused: ["a"],
    says: "must be text, found a list of 1",
  },
  {
    path: "env_config",
    absent: undefined,
    given: { pool: "train", deep: [null, { a: 1 }] },
    refused: "train",
    says: 'must be a table, found "train"',
  },
  {
    path: "initial_prompt",
    absent: "required",
    given: { messages: [{ role: "user", pattern: "Hi" }] },
    becomes: { messages: [{ role: "user", pattern: "Hi", order: 0 }], wildcards: {} },
    refused: "Be good.",
    says: 'must be a table, found "Be good."',
  },
  { path: "initial_prompt.id", absent: undefined, given: "p1", refused: 1, says: "must be text, found 1" },
  {
    path: "initial_prompt.name",
    absent: undefined,
    given: "Mine",
    refused: true,
    says: "must be text, found true",
  },
  {
    path: "initial_prompt.messages",
    absent: "required",
    given: [{ role: "system", pattern: "A", order: 3 }],
    refused: [],
    says: "must be a non-empty list, found an empty list",
  },
  {
    path: "initial_prompt.wildcards",
    absent: {},
    given: { question: "REQUIRED" },
    refused: ["question"],
    says: "must be a table, found a list of 1",
  },
  {
    path: "policy",
    absent: "required",
    given: { model: "gemini-2.5-pro", provider: "google" },
    becomes: {
      model: "gemini-2.5-pro",
      provider: "google",
      inference_mode: "synth_hosted",
      temperature: 0,
      max_completion_tokens: 512,
    },
    refused: "gpt-4o",
    says: 'must be a table, found "gpt-4o"',
  },
  {
    path: "policy.model",
    absent: "required",
    given: "gpt-4o",
    refused: "",
    says: 'must be non-empty text, found ""',
  },
  {
    path: "policy.provider",
    absent: "required",
    given: "OpenAI",
    becomes: "openai",
    refused: "azure",
    says: 'must be "openai", "groq" or "google", found "azure"',
  },
  {
    path: "policy.inference_mode",
    absent: "synth_hosted",
    given: "synth_hosted",
    refused: "local",
    says: 'must be "synth_hosted", found "local"',
  },
  {
    path: "policy.temperature",
    absent: 0,
    given: 0.7,
    refused: -1,
    says: "must be a number of at least 0, found -1",
  },
  {
    path: "policy.max_completion_tokens",
    absent: 512,
    given: "64",
    becomes: 64,
    refused: "lots",
    says: `${atLeast(1)}, found "lots"`,
  },
  { path: "policy.policy_name", absent: undefined, given: "p", refused: 1, says: "must be text, found 1" },
  { path: "gepa.env_name", absent: "banking77", given: "mine", refused: 7, says: "must be text, found 7" },
  {
    path: "gepa.env_config",
    absent: undefined,
    given: { split: "a" },
    refused: 3,
    says: "must be a table, found 3",
  },
  { path: "gepa.rng_seed", absent: 0, given: 42, refused: -1, says: `${atLeast(0)}, found -1` },
  {
    path: "gepa.proposer_type",
    absent: "dspy",
    given: "gepa-ai",
    refused: "magic",
    says: 'must be "dspy", "gepa-ai", "synth" or "spec", found "magic"',
  },
  {
    path: "gepa.proposer_effort",
    absent: "LOW",
    given: "high",
    becomes: "HIGH",
    refused: "MAX",
    says: 'must be "LOW_CONTEXT", "LOW", "MEDIUM" or "HIGH", found "MAX"',
  },
  {
    path: "gepa.proposer_output_tokens",
    absent: "FAST",
    given: "slow",
    becomes: "SLOW",
    refused: "QUICK",
    says: 'must be "RAPID", "FAST" or "SLOW", found "QUICK"',
  },
  {
    path: "gepa.rollout.budget",
    absent: undefined,
    given: 500,
    refused: "many",
    says: `${atLeast(1)}, found "many"`,
  },
  { path: "gepa.rollout.max_concurrent", absent: 20, given: 6, refused: 0, says: `${atLeast(1)}, found 0` },
  {
    path: "gepa.rollout.minibatch_size",
    absent: 16,
    given: 3,
    refused: 2.5,
    says: `${atLeast(1)}, found 2.5`,
  },
  {
    path: "gepa.evaluation.seeds",
    absent: "required",
    given: { start: 40, end: 10, step: -1 },
    becomes: Array.from({ length: 30 }, (_, i) => 40 - i),
    refused: 50,
    says: `must be ${SEEDS_WORDS}, found 50`,
  },
  {
    path: "gepa.evaluation.validation_seeds",
    absent: [],
    given: [100, "101"],
    becomes: [100, 101],
    refused: "100-120",
    says: `must be ${SEEDS_WORDS}, found "100-120"`,
  },
  {
    path: "gepa.evaluation.test_pool",
    absent: [],
    given: { start: "200", end: "203" },
    becomes: [200, 201, 202],
    refused: false,
    says: `must be ${SEEDS_WORDS}, found false`,
  },
  {
    path: "gepa.evaluation.validation_pool",
    absent: undefined,
    given: "Validation",
    becomes: "validation",
    refused: "dev",
    says: 'must be "train", "test", "val" or "validation", found "dev"',
  },
  {
    path: "gepa.evaluation.validation_top_k",
    absent: 3,
    given: 10,
    refused: 0,
    says: `${atLeast(1)}, found 0`,
  },
  { path: "gepa.population.initial_size", absent: 5, given: 4, refused: 0, says: `${atLeast(1)}, found 0` },
  {
    path: "gepa.population.num_generations",
    absent: 10,
    given: 2,
    refused: "ten",
    says: `${atLeast(1)}, found "ten"`,
  },
  {
    path: "gepa.population.children_per_generation",
    absent: 4,
    given: 1,
    refused: -2,
    says: `${atLeast(1)}, found -2`,
  },
  {
    path: "gepa.population.selection_pressure",
    absent: undefined,
    given: 1.5,
    refused: 0.5,
    says: "must be a number of at least 1, found 0.5",
  },
  {
    path: "gepa.population.patience_generations",
    absent: 3,
    given: 0,
    refused: -1,
    says: `${atLeast(0)}, found -1`,
  },
  { path: "gepa.archive.size", absent: 64, given: 20, refused: 0, says: `${atLeast(1)}, found 0` },
  {
    path: "gepa.archive.pareto_set_size",
    absent: 20,
    given: 10,
    refused: 1e300,
    says: `${atLeast(1)}, found 1e+300`,
  },
  {
    path: "gepa.archive.pareto_eps",
    absent: 1e-6,
    given: 0.01,
    refused: 2,
    says: "must be a number above 0 and below 1, found 2",
  },
  {
    path: "termination_config.target_score",
    absent: undefined,
    given: 0.95,
    refused: "high",
    says: 'must be a number, found "high"',
  },
  {
    path: "termination_config.max_rollouts",
    absent: undefined,
    given: 300,
    refused: 0,
    says: `${atLeast(1)}, found 0`,
  },
];
