// Every option of GEPA, and of MIPRO, does something under each strategy, or the user is told that it does not.

import { planBudget } from "../../../src/config/budget.ts";
import { GEPAConfig } from "../../../src/config/gepa.ts";
import { MIPROConfig } from "../../../src/config/mipro.ts";
import { readConfig } from "../../../src/config/read.ts";
import { gepaEngine } from "../../../src/engines/gepa/gepa.ts";
import { referenceEngine } from "../../../src/engines/gepa/reference.ts";
import type { GepaSettings } from "../../../src/engines/gepa/state.ts";
import { miproSettings } from "../../../src/engines/mipro/from-config.ts";
import { miproEngine } from "../../../src/engines/mipro/mipro.ts";
import type { MiproSettings } from "../../../src/engines/mipro/settings.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { gepaSettings } from "../../../src/worker/gepa-settings.ts";
import { readGepa } from "../../support/read-gepa.ts";
import { type Options, type Subject, testOptions, withOptions } from "./option-effects.ts";

const POLICY = { model: "gpt-4o-mini", provider: "openai", inference_mode: "synth_hosted" };
const JOB = { task_app_url: "https://task.example.com", policy: POLICY };

/** A GEPA job of a pipeline of two modules. */
function gepaJob(strategy: string, options: Options): JsonObject {
  const pipeline_modules = ["fruit", "nuts"].map((name) => ({
    name,
    messages: [{ role: "system", pattern: `List ${name}.\n\nBe brief.` }],
  }));
  const gepa = {
    strategy,
    rollout: { budget: 400 },
    evaluation: { seeds: { start: 0, end: 30 }, validation_seeds: [40, 41] },
    modules: ["fruit", "nuts"].map((module_id) => ({ module_id, policy: POLICY })),
  };
  return {
    ...JOB,
    algorithm: "gepa",
    initial_prompt: {
      messages: [{ role: "user", pattern: "Go on with {question}" }],
      metadata: { pipeline_modules },
    },
    gepa: withOptions(gepa, options),
  };
}

const GEPA: Subject<GepaSettings> = {
  table: "gepa",
  schema: GEPAConfig,
  strategies: ["generational", "reference"],
  read: (strategy, options) => {
    const { config, warnings } = readGepa({ mapping: gepaJob(strategy, options) });
    return { settings: gepaSettings(config, planBudget(config)), warnings };
  },
  engineOf: (settings) =>
    settings.strategy === "reference" ? referenceEngine(settings) : gepaEngine(settings),
  jobs: [
    { "population.crossover_rate": 1, use_merge: true },
    { "population.selection_pressure": 2, acceptance_criterion: "improvement_or_equal" },
    {
      "adaptive_pool.level": "HIGH",
      "adaptive_pool.anchor_size": 5,
      "adaptive_pool.pool_init_size": 12,
      "adaptive_pool.pool_min_size": 8,
      "adaptive_pool.heatup_reserve_pool": [50],
    },
    { "adaptive_batch.level": "LOW", "adaptive_batch.val_subsample_size": 12 },
    { candidate_sampling: "grid", sampled_parents: 2, sampled_proposals: 2, proposal_selection: "top_k" },
    { "evaluation.test_pool": [50] },
  ],
  beside: {
    "mutation.synth_temperature": { proposer_type: "synth" },
    "mutation.synth_max_tokens": { proposer_type: "synth" },
    synth_temperature: { proposer_type: "synth" },
    gepa_ai_temperature: { proposer_type: "gepa-ai" },
    spec_max_tokens: { spec_text: "All of the rules that there are. ".repeat(40) },
    spec_priority_threshold: { spec_text: '{"rules":[{"text":"one","priority":1}]}' },
    "token.enforce_pattern_limit": { "token.max_limit": 400 },
    "token.enforce_limit": { "token.max_limit": 400 },
    "archive.max_size": { "archive.size": 20 },
    "adaptive_batch.val_subsample_size": { "adaptive_batch.val_evaluation_mode": "subsample" },
    "adaptive_batch.val_evaluation_mode": { "adaptive_batch.val_subsample_size": 12 },
  },
  values: {
    unified_optimization: {},
    "rollout.minibatch_size": 5,
    "mutation.llm_inference_url": "https://models.example",
    "population.patience_generations": 3,
    "modules.0.module_id": "nuts",
    spec_priority_threshold: 2,
    "adaptive_pool.heatup_reserve_pool": [50, 51],
    "adaptive_batch.level": "HIGH",
  },
  elsewhere: {
    strategy: "chooses the engine",
    env_name: "rollout request",
    env_config: "rollout request",
    spec_path: "the client, which sends its text",
    proposer_effort: "the proposer's model",
    "rollout.budget": "work port",
    "rollout.max_concurrent": "gate",
    "evaluation.validation_pool": "rollout request",
    "mutation.llm_model": "the proposer's model",
    "mutation.llm_provider": "the proposer's model",
    "mutation.synth_meta_model": "the proposer's model",
    "mutation.synth_meta_provider": "the proposer's model",
    "modules.0.module_id": "names the module of the prompt",
    "modules.0.allowed_tools": "interceptor",
    "modules.0.policy": "interceptor",
    "token.max_spend_usd": "ledger",
    "token.max_total_tokens": "ledger",
    max_cost_usd: "ledger",
    max_total_tokens: "ledger",
    max_wall_clock_seconds: "runner",
    verifier: "verifier",
    proxy_models: "proxy",
  },
};

/** A MIPRO job of one module with two stages, or the stages that the options give. */
function miproJob(strategy: string, options: Options): JsonObject {
  const stage = (stage_id: string) => ({
    stage_id,
    baseline_instruction: `List ${stage_id}.`,
    policy: POLICY,
  });
  const mipro = {
    strategy,
    rollout_budget: 400,
    bootstrap_train_seeds: { start: 0, end: 8 },
    online_pool: { start: 10, end: 30 },
    reference_pool: [40, 41],
    batch_size: 6,
    num_iterations: 6,
    modules: [{ module_id: "salad", edges: [], stages: [stage("fruit"), stage("nuts")] }],
  };
  const section = withOptions(mipro, options);
  const { stages } = MIPROConfig.parse(section).modules?.[0] ?? { stages: [] };
  return {
    ...JOB,
    algorithm: "mipro",
    initial_prompt: {
      messages: [{ role: "user", pattern: "Go on with {question}" }],
      metadata: { pipeline_modules: stages.map(({ stage_id }) => stage_id) },
    },
    mipro: section,
  };
}

const ONE_STAGE: Options = {
  "modules.0.stages": [{ stage_id: "fruit", baseline_instruction: "List fruit.", policy: POLICY }],
};

const MIPRO: Subject<MiproSettings> = {
  table: "mipro",
  schema: MIPROConfig,
  strategies: ["parallel", "reference"],
  read: (strategy, options) => {
    const { config, warnings } = readConfig({ mapping: miproJob(strategy, options) });
    if (config.algorithm !== "mipro") throw new Error("it is a MIPRO job");
    return { settings: miproSettings(config), warnings };
  },
  engineOf: miproEngine,
  jobs: [
    { "modules.0.edges": [["fruit", "nuts"]] },
    { "meta_update.every_iterations": 1, test_pool: [50], val_seeds: [51, 52] },
    { auto: "light" },
    {
      "adaptive_pool.level": "HIGH",
      "adaptive_pool.anchor_size": 5,
      "adaptive_pool.pool_init_size": 12,
      "adaptive_pool.pool_min_size": 8,
      "adaptive_pool.heatup_reserve_pool": [60],
    },
  ],
  beside: {
    sampler: { sampler: "tpe" },
    "demo.include_empty": { "demo.include_empty": false },
    "modules.0.description": ONE_STAGE,
    max_instructions: ONE_STAGE,
    "meta_update.enabled": { "meta_update.enabled": false },
    spec_max_tokens: { spec_text: "All of the rules that there are. ".repeat(40) },
    spec_include_examples: { spec_text: '{"rules":[{"text":"one","examples":["two"]}]}' },
    spec_priority_threshold: { spec_text: '{"rules":[{"text":"one","priority":1}]}' },
    "tpe.alpha": { "tpe.alpha": 0.5 },
    "tpe.categorical_alpha": { "tpe.alpha": 0.5 },
  },
  values: {
    sampler: "mixed",
    spec_priority_threshold: 2,
    max_instructions: 2,
    "modules.0.edges": [["fruit", "nuts"]],
    "meta_update.keep_k": 5,
    "grounding.n": 7,
    "tpe.alpha": 0.7,
    "tpe.categorical_alpha": 0.7,
    "meta.inference_url": "https://models.example",
    "adaptive_pool.level": "HIGH",
    "adaptive_pool.heatup_reserve_pool": [60, 61],
  },
  elsewhere: {
    strategy: "chooses how trials follow each other",
    task_app_url: "moved to the job's own",
    task_app_api_key: "moved to the job's own",
    task_app_id: "moved to the job's own",
    env_name: "rollout request",
    env_config: "rollout request",
    policy_config: "rollout request",
    rollout_budget: "work port",
    max_concurrent: "gate",
    max_spend_usd: "ledger",
    max_total_tokens: "ledger",
    max_token_limit: "ledger",
    enforce_token_limit: "ledger",
    max_wall_clock_seconds: "clock",
    proposer_effort: "the proposer's model",
    "meta.model": "the proposer's model",
    "meta.provider": "the proposer's model",
    proposer_output_tokens: "the proposer's calls",
    spec_path: "the client, which sends its text",
    "modules.0.stages.0.policy": "interceptor",
    "modules.0.stages.0.baseline_messages": "the stage's prompt",
    seeds: "moved to the lists themselves",
    verifier: "verifier",
    proxy_models: "proxy",
  },
};

testOptions(GEPA);
testOptions(MIPRO);
