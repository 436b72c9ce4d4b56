// What a MIPRO job is going to need, beside what the engine then does.

import { describe, expect, test } from "vitest";
import { estimateJob, type PriceOf } from "../../../../src/config/estimate.ts";
import type { MiproJobConfig } from "../../../../src/config/job.ts";
import { planMiproBudget } from "../../../../src/config/mipro-budget.ts";
import { readConfig } from "../../../../src/config/read.ts";
import { estimateMipro } from "../../../../src/engines/mipro/estimate.ts";
import { miproSettings } from "../../../../src/engines/mipro/from-config.ts";
import { miproEngine } from "../../../../src/engines/mipro/mipro.ts";
import type { JsonObject } from "../../../../src/wire/json.ts";
import type { JobEstimate } from "../../../../src/wire/validate.ts";
import { MemoryWork, type ToyWorld } from "../../../support/memory-work.ts";
import { baseSection } from "../../config/base-config.ts";

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];
const WORLD: ToyWorld = {
  wants: (seed) => [WORDS[seed % 8] ?? "", WORDS[(seed * 3 + 1) % 8] ?? ""],
  expected: (seed) => WORDS[seed % 8] ?? "",
  propose: ({ replicate }) => {
    const named = WORDS.filter((_, i) => ((replicate * 7 + i * 5) % 8) % 3 === 0);
    return `\`\`\`\nAnswer briefly: ${named.join(" ")} ${replicate}\n\`\`\``;
  },
};
const price: PriceOf = (_, { prompt_tokens, completion_tokens }) => prompt_tokens + 10 * completion_tokens;
const ONE = { low: 1, high: 1 };
const SECOND = { rollout: ONE, proposal: ONE, verifier: ONE };

/** 6 bootstrap, 4 reference, 20 online and 5 test seeds; 4 iterations of 3 trials of 8 seeds. */
const MIPRO = {
  bootstrap_train_seeds: { start: 0, end: 6 },
  online_pool: { start: 10, end: 30 },
  reference_pool: { start: 40, end: 44 },
  test_pool: { start: 50, end: 55 },
  test_top_k: 2,
  num_iterations: 4,
  num_evaluations_per_iteration: 3,
  batch_size: 8,
  max_concurrent: 10,
  full_eval_every_k: 3,
  grounding: { n: 4 },
  meta_update: { enabled: false },
};

function read(overrides: JsonObject = {}): MiproJobConfig {
  const { gepa: _, ...section } = baseSection();
  const { config } = readConfig({ mapping: { ...section, algorithm: "mipro", mipro: MIPRO } }, overrides);
  if (config.algorithm !== "mipro") throw new Error("not MIPRO");
  return config;
}

function estimateOf(overrides: JsonObject = {}, latencies = SECOND): JobEstimate {
  const config = read(overrides);
  const plan = planMiproBudget(config);
  expect(plan.issues).toEqual([]);
  return estimateJob(config, estimateMipro(config, plan), plan.total, price, latencies);
}

/** Rollouts and proposals of a run of the engine. */
async function ran(overrides: JsonObject): Promise<{ rollouts: number; proposals: number }> {
  const config = read(overrides);
  const plan = planMiproBudget(config);
  const engine = miproEngine(miproSettings(config, { test: plan.test }));
  const work = new MemoryWork({ ...WORLD, ...(plan.total === null ? {} : { budget: plan.total }) });
  let state = engine.begin();
  while (!engine.verdict(state)) {
    work.beginStep();
    state = await engine.step(state, work);
  }
  return { rollouts: work.spent, proposals: work.proposals.length };
}

test("rollouts are told by phase", () => {
  expect(estimateOf().rollouts).toEqual({
    limit: null,
    by_phase: {
      baseline: { low: 20, high: 20 },
      bootstrap: { low: 6, high: 6 },
      reference: { low: 4, high: 4 },
      // 12 trials of 8 seeds; half of them may repeat what is known.
      trials: { low: 6 * 8, high: 12 * 8 },
      // After each of the 4 iterations, and 3 at the end.
      full_evaluations: { low: 0, high: 7 * 20 },
      test: { low: 5, high: 3 * 5 },
    },
    total: { low: 83, high: 281 },
  });
});

test("proposals are those of each round, and looks at the data before the first", () => {
  // Four instructions; one look at the 10 examples.
  expect(estimateOf().proposer.calls).toEqual({ low: 4, high: 4 + 1 });
  const twice = { "mipro.generate_at_iterations": [0, 2], "mipro.instructions_per_batch": 2 };
  expect(estimateOf(twice).proposer.calls).toEqual({ low: 2, high: 2 * 2 + 1 });
  const meta = { "mipro.meta_update": { enabled: true, every_iterations: 1 } };
  expect(estimateOf(meta).proposer.calls).toEqual({ low: 4, high: 4 * 4 + 1 });
  // Two looks at 20 examples, and what they come to.
  expect(
    estimateOf({ "mipro.reference_pool": { start: 40, end: 54 }, "mipro.test_pool": [] }).proposer.calls.high,
  ).toBe(4 + 3);
});

test("every stage has its call and its proposals", () => {
  const stages = (ids: string[]) =>
    ids.map((stage_id) => ({ stage_id, baseline_instruction: `Do ${stage_id}.` }));
  const { policy, proposer, rollouts } = estimateOf({
    "mipro.modules": [{ module_id: "m", stages: stages(["a", "b"]) }],
  });
  expect(policy.calls).toEqual({ low: 2 * rollouts.total.low, high: 2 * rollouts.total.high });
  // Four for each stage, and what each of them is for.
  expect(proposer.calls).toEqual({ low: 2 * 4 + 2, high: 2 * 4 + 2 + 1 });
});

test("a prompt may come to show as many examples as a set has", () => {
  const high = (most: number) =>
    estimateOf({ "mipro.demo": { max_few_shot_examples: most } }).policy.prompt_tokens.high;
  expect(high(4)).toBeGreaterThan(high(1));
  expect(high(1)).toBeGreaterThan(high(0));
});

test("the time is that of the phases one after the other", () => {
  // Baseline 2 waves of 10; bootstrap 1; a look, proposals; 4 iterations of 24 rollouts in 3 waves; 5 times full evaluations
  // of 28 on average; the test in 2.
  expect(estimateOf().seconds.high).toBe(2 + 1 + 1 + 1 + 4 * 3 + 5 * 3 + 2);
  expect(estimateOf({ "mipro.max_concurrent": 1 }).seconds.high).toBe(281 + 2);
});

test("money and tokens add up over policy, proposer and verifier", () => {
  const verifier = { enabled: true, reward_source: "verifier", backend_event_enabled: false };
  const { usd, ...of } = estimateOf({ "mipro.verifier": verifier });
  expect(of.verifier?.calls).toEqual(of.rollouts.total);
  expect(usd?.low).toBe(
    [of.policy, of.proposer, of.verifier].reduce((all, one) => all + (one?.usd?.low ?? 0), 0),
  );
});

/** 12 of the 20 online seeds at first, 5 from the second iteration on. */
const POOL = {
  level: "HIGH",
  anchor_size: 3,
  pool_init_size: 12,
  pool_min_size: 5,
  warmup_iters: 0,
  anneal_stop_iter: 2,
};

test("full evaluations are as large as the first pool, at most", () => {
  const { by_phase } = estimateOf({ "mipro.adaptive_pool": POOL }).rollouts;
  expect(by_phase.baseline).toEqual({ low: 12, high: 12 });
  expect(by_phase.full_evaluations).toEqual({ low: 0, high: 7 * 12 });
});

test("with proxy models a trial may be on both", () => {
  const proxy_models = {
    hi_provider: "openai",
    hi_model: "gpt-4o-mini",
    lo_provider: "openai",
    lo_model: "gpt-4.1-nano",
  };
  const { rollouts, assumptions } = estimateOf({ proxy_models });
  expect(rollouts.by_phase.trials).toEqual({ low: 6 * 8, high: 2 * 12 * 8 });
  expect(rollouts.by_phase.baseline).toEqual({ low: 20, high: 20 });
  expect(assumptions.join(" ")).toContain("every candidate is scored on both proxy models");
});

describe("a run of the engine stays within the estimate", () => {
  const JOBS: [string, JsonObject][] = [
    ["as it stands", {}],
    ["with validation seeds", { "mipro.val_seeds": { start: 60, end: 70 } }],
    ["with trials on the whole pool", { "mipro.batch_size": 20 }],
    ["with more proposals", { "mipro.meta_update": { enabled: true, every_iterations: 1 } }],
    ["with a target", { "termination_config.target_score": 0.01 }],
    ["with patience", { "termination_config.max_trials_without_improvement": 2, "mipro.num_iterations": 9 }],
    ["without examples", { "mipro.demo": { max_few_shot_examples: 0 } }],
    ["in the reference's order", { "mipro.strategy": "reference" }],
    ["of an automatic size", { "mipro.auto": "light" }],
    ["on an adaptive pool", { "mipro.adaptive_pool": POOL, "mipro.num_iterations": 8 }],
    ["on a pool that fits a trial", { "mipro.adaptive_pool": POOL, "mipro.batch_size": 12 }],
    [
      "on a heated pool",
      {
        "mipro.adaptive_pool": { ...POOL, heatup_reserve_pool: [90, 91, 92], heatup_cooldown_trials: 3 },
        "mipro.batch_size": 20,
        "mipro.num_iterations": 8,
      },
    ],
    ...[4, 20, 45, 60, 90, 130, 200, 300].map((budget): [string, JsonObject] => [
      `with a budget of ${budget}`,
      { "mipro.rollout_budget": budget, "mipro.num_iterations": 30 },
    ]),
  ];
  test.each(JOBS)("%s", async (_, overrides) => {
    const { rollouts, proposer } = estimateOf(overrides);
    const run = await ran(overrides);
    expect(run.rollouts).toBeLessThanOrEqual(rollouts.total.high);
    expect(run.rollouts).toBeGreaterThanOrEqual(rollouts.total.low);
    expect(run.proposals).toBeLessThanOrEqual(proposer.calls.high);
    expect(run.proposals).toBeGreaterThanOrEqual(proposer.calls.low);
    for (const { low, high } of Object.values(rollouts.by_phase)) {
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(high);
    }
  });
});
