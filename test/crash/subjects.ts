// The jobs that the crash tests kill: about sixty rollouts each, over in a moment where nobody disturbs them.

import type { JsonObject } from "../../src/wire/json.ts";
import { JUDGE_MODEL } from "../support/fault-app.ts";

/** A GEPA job. */
export function gepaJob(concurrent: number): JsonObject {
  return {
    algorithm: "gepa",
    initial_prompt: { messages: [{ role: "system", pattern: "List fruit" }] },
    policy: { model: "gpt-4.1-nano", provider: "openai" },
    gepa: {
      env_name: "toy",
      rng_seed: 3,
      rollout: { budget: 60, max_concurrent: concurrent, minibatch_size: 3 },
      evaluation: { seeds: { start: 0, end: 13 }, validation_seeds: [100, 101], validation_top_k: 1 },
      population: {
        initial_size: 2,
        num_generations: 3,
        children_per_generation: 2,
        patience_generations: 0,
      },
      archive: { pareto_set_size: 10 },
    },
  };
}

/** Tokens that the limited job may cost, of policy and proposer together. */
export const TOKEN_LIMIT = 12_000;

/** A GEPA job with a limit on tokens, whose task app asks the policy's model. */
export function limitedJob(concurrent: number): JsonObject {
  const { gepa, policy, ...rest } = gepaJob(concurrent);
  return {
    ...rest,
    policy: { ...(policy as JsonObject), max_completion_tokens: 64 },
    gepa: { ...(gepa as JsonObject), proposer_output_tokens: "RAPID" },
    termination_config: { max_tokens: TOKEN_LIMIT },
  };
}

/** Whose rollouts run on two models and on an adaptive pool, and are judged. */
const ECONOMY: JsonObject = {
  proxy_models: {
    hi_provider: "openai",
    hi_model: "gpt-4.1-nano",
    lo_provider: "openai",
    lo_model: "gpt-5-nano",
    n_min_hi: 5,
    r2_thresh: 0.5,
  },
  verifier: {
    enabled: true,
    backend_model: JUDGE_MODEL,
    reward_source: "fused",
    weight_outcome: 0.2,
    spec_context: "Name all fruit.",
  },
};

const POOL: JsonObject = {
  level: "HIGH",
  anchor_size: 3,
  pool_init_size: 8,
  pool_min_size: 4,
  warmup_iters: 0,
  anneal_stop_iter: 2,
  pool_update_period: 1,
};

/** A GEPA job with a pool, a proxy model and a verifier. */
export function economicalGepaJob(concurrent: number): JsonObject {
  const { gepa, ...rest } = gepaJob(concurrent);
  const rollout = { budget: 130, max_concurrent: concurrent, minibatch_size: 3 };
  return { ...rest, ...ECONOMY, gepa: { ...(gepa as JsonObject), rollout, adaptive_pool: POOL } };
}

/** A MIPRO job with all of that. */
export function economicalMiproJob(concurrent: number): JsonObject {
  const { mipro, ...rest } = miproJob(concurrent);
  return { ...rest, ...ECONOMY, mipro: { ...(mipro as JsonObject), adaptive_pool: POOL } };
}

/** A MIPRO job. */
export function miproJob(concurrent: number): JsonObject {
  const { gepa: _, ...rest } = gepaJob(concurrent);
  return {
    ...rest,
    algorithm: "mipro",
    mipro: {
      env_name: "toy",
      rollout_budget: 70,
      max_concurrent: concurrent,
      num_iterations: 3,
      num_evaluations_per_iteration: 2,
      batch_size: 5,
      bootstrap_train_seeds: [0, 1, 2, 3],
      online_pool: { start: 10, end: 20 },
      test_pool: [200, 201],
    },
  };
}
