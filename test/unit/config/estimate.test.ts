// What a job is going to need: the numbers that a user decides by, before anything is spent.

import { describe, expect, test } from "vitest";
import { planBudget } from "../../../src/config/budget.ts";
import { estimateJob, type PriceOf } from "../../../src/config/estimate.ts";
import { readConfig } from "../../../src/config/read.ts";
import { estimateGepa } from "../../../src/engines/gepa/estimate.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import type { JobEstimate, Range } from "../../../src/wire/validate.ts";
import { readGepa } from "../../support/read-gepa.ts";
import { baseSection } from "./base-config.ts";

/** A dollar for a token of a prompt, ten for one of an answer. */
const price: PriceOf = (_, { prompt_tokens, completion_tokens }) => prompt_tokens + 10 * completion_tokens;
const ONE = { low: 1, high: 1 };
const SECOND = { rollout: ONE, proposal: ONE, verifier: ONE };

/** 30 seeds: 20 Pareto, 10 for feedback; minibatches of 4. */
function estimateOf(overrides: JsonObject, priceOf: PriceOf = price, latencies = SECOND): JobEstimate {
  const { config } = readConfig(
    { mapping: baseSection() },
    {
      "gepa.rollout.minibatch_size": 4,
      "gepa.population": {
        initial_size: 3,
        num_generations: 6,
        children_per_generation: 2,
        patience_generations: 2,
      },
      ...overrides,
    },
  );
  if (config.algorithm !== "gepa") throw new Error("not GEPA");
  const plan = planBudget(config);
  expect(plan.issues).toEqual([]);
  return estimateJob(config, estimateGepa(config, plan), plan.total, priceOf, latencies);
}

const HELD_OUT = {
  "gepa.evaluation.validation_seeds": { start: 100, end: 107 },
  "gepa.evaluation.validation_top_k": 2,
  "gepa.evaluation.test_pool": { start: 200, end: 205 },
};

describe("rollouts", () => {
  test("are told by phase, from a search that finds nothing to one that keeps every child", () => {
    const { rollouts } = estimateOf(HELD_OUT);
    expect(rollouts).toEqual({
      by_phase: {
        baseline: { low: 20, high: 20 },
        // Two children: a minibatch of the baseline each, and the first part of the Pareto seeds or all of them.
        population: { low: 22, high: 48 },
        // Two generations of two children on the first part; six of two with parents and all Pareto seeds.
        generations: { low: 28, high: 288 },
        validation: { low: 7, high: 21 },
        test: { low: 5, high: 10 },
      },
      total: { low: 82, high: 387 },
      limit: null,
    });
  });

  test("of the baseline on feedback seeds are counted once a seed", () => {
    const { rollouts } = estimateOf({ "gepa.population.initial_size": 9 });
    expect(rollouts.by_phase.population).toEqual({ low: 10 + 8 * 7, high: 10 + 8 * 20 });
  });

  test("and proposals of the first population are fewer where synth makes it of fixed transformations", () => {
    const { rollouts, proposer } = estimateOf({ "gepa.proposer_type": "synth" });
    const plain = estimateOf({});
    expect(rollouts.by_phase.population).toEqual({ low: 2 * 7, high: 48 });
    expect(proposer.calls.low).toBe(plain.proposer.calls.low - 2);
    expect(proposer.calls.high).toBe(plain.proposer.calls.high);
  });

  test("never exceed the budget, in all or in a phase", () => {
    for (const budget of [60, 100, 150, 300, 1_000]) {
      const { rollouts } = estimateOf({ ...HELD_OUT, "gepa.rollout.budget": budget });
      expect(rollouts.limit).toBe(budget);
      expect(rollouts.total.high).toBeLessThanOrEqual(budget);
      for (const { low, high } of [rollouts.total, ...Object.values(rollouts.by_phase)]) {
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(high);
      }
    }
    expect(estimateOf({ "gepa.rollout.budget": 1_000 }).rollouts.total.high).toBeLessThan(1_000);
  });

  test("may end with the baseline where there is a target", () => {
    const { rollouts, proposer } = estimateOf({ ...HELD_OUT, "termination_config.target_score": 0.9 });
    expect(rollouts.total.low).toBe(20 + 7 + 5);
    expect(proposer.calls.low).toBe(0);
    expect(rollouts.by_phase.generations).toEqual({ low: 0, high: 288 });
  });

  test("go on to the last generation without patience", () => {
    const { rollouts } = estimateOf({ "gepa.population.patience_generations": 0 });
    expect(rollouts.by_phase.generations?.low).toBe(6 * 2 * 7);
  });
});

describe("proposals", () => {
  test("are one for each child", () => {
    expect(estimateOf({}).proposer.calls).toEqual({ low: 2 + 4, high: 2 + 12 });
  });

  test("are as many as the budget lets breed", () => {
    const { proposer } = estimateOf({ "gepa.rollout.budget": 120 });
    // 100 after the baseline: two newborn take 22 to 48; of the rest a child takes 7 to 24.
    expect(proposer.calls).toEqual({ low: 2 + 2, high: 2 + 11 });
  });
});

describe("tokens and dollars", () => {
  test("go by the prompt's length and the longest answer", () => {
    const { policy, rollouts } = estimateOf({ "policy.max_completion_tokens": 100 });
    // "Answer briefly." and "Question: {question}": 3 and 5 tokens.
    expect(policy).toMatchObject({ provider: "openai", model: "gpt-4o-mini", calls: rollouts.total });
    expect(policy.prompt_tokens).toEqual(times(rollouts.total, { low: 8, high: 4 * 8 + 500 }));
    expect(policy.completion_tokens).toEqual(times(rollouts.total, { low: 1, high: 100 }));
    expect(policy.usd).toEqual(times(rollouts.total, { low: 8 + 10, high: 532 + 1_000 }));
  });

  test("of the proposer go up to its output limit", () => {
    const { proposer } = estimateOf({ "gepa.proposer_output_tokens": "RAPID" });
    expect(proposer.completion_tokens.high).toBe(proposer.calls.high * 3_000);
    expect(proposer.model).toBe("gpt-4o-mini");
  });

  test("add up, and are unknown when one price is", () => {
    const { usd, policy, proposer } = estimateOf({});
    expect(usd).toEqual({
      low: (policy.usd?.low ?? 0) + (proposer.usd?.low ?? 0),
      high: (policy.usd?.high ?? 0) + (proposer.usd?.high ?? 0),
    });
    const some = estimateOf({ "policy.model": "gpt-5" }, (choice, tokens) =>
      choice.model === "gpt-5" ? null : price(choice, tokens),
    );
    expect(some).toMatchObject({ usd: null, policy: { usd: null }, proposer: { usd: expect.anything() } });
  });
});

describe("the time", () => {
  test("falls with the rollouts in flight, down to the steps that wait for each other", () => {
    const at = (slots: number) => estimateOf({ "gepa.rollout.max_concurrent": slots }).seconds;
    expect(at(1).high).toBeGreaterThan(at(10).high);
    expect(at(1).low).toBeGreaterThan(at(10).low);
    // Baseline 1; first population: minibatch, proposal, Pareto seeds; then six times three rollouts and a proposal.
    expect(at(384).high).toBe(1 + 3 + 6 * 4);
    expect(at(384).low).toBe(1 + 3 + 2 * 2);
  });

  test("of one at a time is that of all rollouts and proposals", () => {
    const { seconds, rollouts } = estimateOf({ "gepa.rollout.max_concurrent": 1 });
    expect(seconds.high).toBe(rollouts.total.high + 1 + 6);
  });

  test("scales with the latency that is assumed", () => {
    const slow = { ...SECOND, rollout: { low: 1, high: 20 }, proposal: { low: 1, high: 20 } };
    const { low, high } = estimateOf({}, price, slow).seconds;
    expect(low).toBe(estimateOf({}).seconds.low);
    expect(high).toBe(20 * estimateOf({}).seconds.high);
  });
});

describe("a verifier", () => {
  const VERIFIER = {
    enabled: true,
    reward_source: "fused",
    weight_outcome: 0.5,
    backend_provider: "openai",
    backend_model: "gpt-5-mini",
    backend_event_enabled: false,
    concurrency: 2,
  };

  test("that is off is asked nothing; one whose scores do not count is asked for its words", () => {
    expect(estimateOf({ verifier: { ...VERIFIER, enabled: false } }).verifier).toBeNull();
    const { verifier, rollouts } = estimateOf({ verifier: { ...VERIFIER, reward_source: "task_app" } });
    expect(verifier?.calls.low).toBe(rollouts.total.low);
  });

  test("without a model of its own asks the proposer's", () => {
    const { backend_model: _, backend_provider: __, ...unnamed } = VERIFIER;
    const { verifier, proposer } = estimateOf({ verifier: unnamed, "gepa.proposer_effort": "MEDIUM" });
    expect(verifier).toMatchObject({ provider: proposer.provider, model: proposer.model });
  });

  test("is asked about every rollout, and costs money", () => {
    const { verifier, rollouts, policy, proposer, usd } = estimateOf({ verifier: VERIFIER });
    expect(verifier).toMatchObject({ provider: "openai", model: "gpt-5-mini", calls: rollouts.total });
    expect(usd?.high).toBe([policy, proposer, verifier].reduce((all, one) => all + (one?.usd?.high ?? 0), 0));
    const unknown = estimateOf({ verifier: VERIFIER }, (choice, tokens) =>
      choice.model === "gpt-5-mini" ? null : price(choice, tokens),
    );
    expect(unknown.usd).toBeNull();
  });

  test("is asked about the steps too where they are judged", () => {
    const verifier = { ...VERIFIER, backend_event_enabled: true };
    const { rollouts, ...of } = estimateOf({ verifier });
    expect(of.verifier?.calls).toEqual({ low: rollouts.total.low, high: 2 * rollouts.total.high });
    const outcomes = { ...verifier, backend_event_enabled: false };
    expect(estimateOf({ "gepa.verifier": outcomes }).verifier?.calls).toEqual(rollouts.total);
  });

  test("holds rollouts up where it takes fewer calls at a time", () => {
    const { seconds, rollouts } = estimateOf({ verifier: VERIFIER });
    expect(seconds.high).toBe(rollouts.total.high / 2);
    const wide = estimateOf({ verifier: { ...VERIFIER, concurrency: 1_000 } }).seconds;
    expect(wide.high).toBeLessThan(seconds.high);
    expect(wide.high).toBeGreaterThan(estimateOf({}).seconds.high);
  });

  test("is named among what the numbers take for granted", () => {
    expect(estimateOf({ verifier: VERIFIER }).assumptions.join("\n")).toContain(
      "A verifier looks at every rollout",
    );
  });
});

test("a specification is part of every proposal, as far as it may be shown", () => {
  const spec_text = "Rules. ".repeat(2_000);
  const tokens = (most: number) =>
    estimateOf({ "gepa.spec_text": spec_text, "gepa.spec_max_tokens": most }).proposer.prompt_tokens.high;
  const { calls, prompt_tokens } = estimateOf({}).proposer;
  expect(tokens(100)).toBe(prompt_tokens.high + 100 * calls.high);
  expect(tokens(100_000)).toBeGreaterThan(tokens(1_000));
});

test("the sensible budget holds three children and everything held out, and with it no warning is left", () => {
  const { sensible_budget } = estimateOf(HELD_OUT);
  expect(sensible_budget).toBe(20 + 3 * 24 + 3 * 7 + 2 * 5);
  const warned = (budget: number) =>
    planBudget(
      readGepa({ mapping: baseSection() }, { ...HELD_OUT, "gepa.rollout": { minibatch_size: 4, budget } })
        .config,
    ).warnings;
  expect(warned(sensible_budget)).toEqual([]);
  expect(warned(sensible_budget - 1)).toHaveLength(1);
});

test("what the numbers take for granted is said", () => {
  expect(estimateOf({}).assumptions.join("\n")).toContain("rollouts run at a time");
});

function times(a: Range, b: Range): Range {
  return { low: a.low * b.low, high: a.high * b.high };
}

describe("the estimate of the reference's strategy", () => {
  const REFERENCE = { "gepa.strategy": "reference", "gepa.max_iterations": 5, "gepa.population": {} };

  test("counts iterations: at least their minibatches, at most what every accepted child costs", () => {
    const { proposer, rollouts } = estimateOf(REFERENCE);
    expect(proposer.calls).toEqual({ low: 5, high: 5 });
    // 20 for the baseline; a child costs 4, or 4 + 4 + 20.
    expect(rollouts.total).toEqual({ low: 20 + 5 * 4, high: 20 + 5 * 28 });
  });

  test("counts every proposal of an iteration", () => {
    const several = {
      ...REFERENCE,
      "gepa.candidate_sampling": "grid",
      "gepa.sampled_parents": 2,
      "gepa.sampled_proposals": 3,
    };
    expect(estimateOf(several).proposer.calls).toEqual({ low: 30, high: 30 });
  });

  test("stays within the budget", () => {
    const { rollouts } = estimateOf({
      ...REFERENCE,
      "gepa.max_iterations": null,
      "gepa.rollout.budget": 200,
    });
    expect(rollouts.total.high).toBe(200);
  });
});
