// The jobs that the crash tests kill: about sixty rollouts each, over in a moment where nobody disturbs them.

import type { JsonObject } from "../../src/wire/json.ts";

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
