// Whole jobs with a proxy model under limits on tokens and money: what is ranked is proven, what is not has no rank, and no limit is crossed for it.

import { beforeEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/wire/json.ts";
import { PlayedWorld } from "../../support/played-lanes.ts";
import { factsOf, WholeJob } from "../../support/whole-job.ts";

let world: PlayedWorld;
beforeEach(() => {
  world = new PlayedWorld();
});

const LO = "gpt-5-nano";

function jobOf(algorithm: string, limits: JsonObject): JsonObject {
  const gepa: JsonObject = {
    rollout: { budget: 900, max_concurrent: 6, minibatch_size: 3 },
    evaluation: { seeds: { start: 0, end: 20 }, validation_seeds: [40, 41], validation_top_k: 1 },
    population: { initial_size: 3, num_generations: 60, children_per_generation: 4, patience_generations: 0 },
    archive: { pareto_set_size: 10 },
    proposer_output_tokens: "RAPID",
  };
  const mipro: JsonObject = {
    rollout_budget: 900,
    max_concurrent: 6,
    bootstrap_train_seeds: [0, 1, 2, 3],
    online_pool: { start: 4, end: 16 },
    test_pool: [40, 41],
    num_iterations: 60,
    num_evaluations_per_iteration: 3,
    full_eval_every_k: 1,
    batch_size: 4,
    proposer_output_tokens: "RAPID",
  };
  return {
    task_app_url: "https://task.example.com",
    initial_prompt: {
      messages: [
        { role: "system", pattern: "List fruit." },
        { role: "user", pattern: "Example {number}", order: 1 },
      ],
    },
    policy: { model: "gpt-4.1", provider: "openai", temperature: 0, max_completion_tokens: 64 },
    proxy_models: { hi_provider: "openai", hi_model: "gpt-4.1", lo_provider: "openai", lo_model: LO },
    algorithm,
    ...(algorithm === "gepa" ? { gepa } : { mipro }),
    termination_config: limits,
  };
}

async function run(algorithm: string, limits: JsonObject, dearProof = false) {
  const job = new WholeJob(world);
  const isProof = () => job.store.snapshot<{ inner: { phase: string } }>()?.state.inner.phase === "proof";
  if (dearProof) world.call = () => ({ share: isProof() ? 0.9 : 0.05, isTold: true });
  await job.run(await factsOf(jobOf(algorithm, limits)));
  expect(await job.faults()).toEqual([]);
  const { events } = job.store.events(0, 100_000, "job");
  const ends = events.filter(({ type }) => type.endsWith("termination.triggered"));
  return { job: job.view(), results: job.results(), ends: ends.map(({ data }) => data) };
}

describe.each(["gepa", "mipro"])("a job of %s with a proxy", (algorithm) => {
  test.each<JsonObject>([
    { max_cost_usd: 0.02 },
    { max_cost_usd: 0.04 },
    { max_tokens: 30_000 },
    { max_rollouts: 200 },
  ])("ranks what is proven and nothing else within %j", async (limits) => {
    const { job, results } = await run(algorithm, limits);
    expect(job).toMatchObject({ status: "succeeded", error: null });
    const { tokens, usd, rollouts } = job.limits;
    expect(world.spent.tokens).toBeLessThanOrEqual(tokens ?? Number.POSITIVE_INFINITY);
    expect(world.spent.usd).toBeLessThanOrEqual(usd ?? Number.POSITIVE_INFINITY);
    expect(results.rollouts).toBeLessThanOrEqual(rollouts ?? Number.POSITIVE_INFINITY);
    const { attempted_candidates, top_prompts, validation_results, test_results } = results;
    const ranked = attempted_candidates.filter(({ rank }) => rank !== null);
    expect(ranked.length).toBeGreaterThan(0);
    expect(ranked.filter(({ proxied }) => proxied)).toEqual([]);
    const best = [...top_prompts, ...validation_results, ...test_results].map((one) => one.candidate_id);
    const known = new Set(ranked.map(({ candidate_id }) => candidate_id));
    expect(best.filter((id) => !known.has(id))).toEqual([]);
  });

  test("whose proof comes upon the limit gives it up, says so, and goes on to its held-out scores", async () => {
    const given: unknown[] = [];
    for (const max_cost_usd of [0.009, 0.012]) {
      const limits = { max_cost_usd };
      world = new PlayedWorld();
      const { job, results, ends } = await run(algorithm, limits, true);
      expect(job).toMatchObject({ status: "succeeded", error: null });
      expect(world.spent.usd).toBeLessThanOrEqual(job.limits.usd ?? 0);
      expect(results.attempted_candidates.some(({ rank, proxied }) => rank !== null && proxied)).toBe(false);
      given.push(...ends.filter(({ proof }) => proof === false));
    }
    expect(given.length).toBeGreaterThan(0);
  });
});
