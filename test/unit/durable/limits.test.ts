// Whole jobs under each limit: they succeed with the reason and the best so far, and spend no more than they may.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JobVerifier } from "../../../src/durable/judging.ts";
import type { JobView } from "../../../src/wire/job.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { nodeSql } from "../../support/node-sql.ts";
import { PlayedWorld } from "../../support/played-lanes.ts";
import { factsOf, WholeJob } from "../../support/whole-job.ts";

let world: PlayedWorld;
beforeEach(() => {
  world = new PlayedWorld();
});
afterEach(() => {
  vi.useRealTimers();
});

const COMMON: JsonObject = {
  task_app_url: "https://task.example.com",
  initial_prompt: {
    messages: [
      { role: "system", pattern: "List fruit." },
      { role: "user", pattern: "Example {number}", order: 1 },
    ],
  },
  policy: { model: "gpt-4.1-nano", provider: "openai", temperature: 0, max_completion_tokens: 64 },
};

const GEPA: JsonObject = {
  rollout: { budget: 400, max_concurrent: 6, minibatch_size: 3 },
  evaluation: { seeds: { start: 0, end: 20 }, validation_seeds: [40, 41, 42], validation_top_k: 1 },
  population: { initial_size: 3, num_generations: 30, children_per_generation: 3, patience_generations: 0 },
  archive: { pareto_set_size: 10 },
  proposer_output_tokens: "RAPID",
};

const MIPRO: JsonObject = {
  rollout_budget: 400,
  max_concurrent: 6,
  bootstrap_train_seeds: [0, 1, 2, 3],
  online_pool: { start: 4, end: 16 },
  test_pool: [40, 41, 42],
  num_iterations: 40,
  num_evaluations_per_iteration: 3,
  batch_size: 4,
  proposer_output_tokens: "RAPID",
};

type Kind = "generational" | "reference" | "mipro" | "mipro reference";
const KINDS: readonly Kind[] = ["generational", "reference", "mipro", "mipro reference"];

/** A job of an algorithm, with these limits. */
function jobOf(kind: Kind, limits: JsonObject, more: JsonObject = {}): JsonObject {
  const [algorithm, strategy] =
    kind === "mipro" || kind === "mipro reference"
      ? (["mipro", kind === "mipro" ? "parallel" : "reference"] as const)
      : (["gepa", kind] as const);
  const section = { ...(algorithm === "gepa" ? GEPA : MIPRO), strategy };
  return { ...COMMON, ...more, algorithm, [algorithm]: section, termination_config: limits };
}

async function run(kind: Kind, limits: JsonObject, more: JsonObject = {}) {
  const job = await new WholeJob(world).run(await factsOf(jobOf(kind, limits, more)));
  // Whatever ended it, the search gives the same again from the journal.
  expect(await job.faults()).toEqual([]);
  return { job: job.view(), results: job.results() };
}

/** It has what a job has that ended by itself: a best prompt with a score that is no worse than the baseline's. */
function expectBestSoFar({ best_score, baseline_score, best_prompt }: JobView) {
  expect(baseline_score).not.toBeNull();
  expect(best_score).toBeGreaterThanOrEqual(baseline_score ?? 2);
  expect(best_prompt).not.toBeNull();
}

describe.each(KINDS)("a %s job", (kind) => {
  test.each([
    ["tokens", { max_tokens: 25_000 }],
    ["cost", { max_cost_usd: 0.006 }],
  ] as [string, JsonObject][])("ends for %s within %j, with its best so far", async (reason, limits) => {
    const { job } = await run(kind, limits);
    expect(job).toMatchObject({ status: "succeeded", finish_reason: reason, error: null });
    expectBestSoFar(job);
    const { tokens, usd } = job.limits;
    if (tokens !== null) expect(world.spent.tokens).toBeLessThanOrEqual(tokens);
    if (usd !== null) expect(world.spent.usd).toBeLessThanOrEqual(usd);
    expect(job.cost.prompt_tokens + job.cost.completion_tokens).toBe(world.spent.tokens);
    expect(job.cost).toMatchObject({ reserved: { tokens: 0, usd: 0 }, written_off: { tokens: 0, usd: 0 } });
  });

  test("ends for time, with its best so far and within the limit", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
    world.onRollout = () => {
      vi.setSystemTime(Date.now() + 1_000);
    };
    const { job } = await run(kind, { max_seconds: 60 });
    expect(job).toMatchObject({ status: "succeeded", finish_reason: "time" });
    expectBestSoFar(job);
    // A step that is under way is broken off by a timer, which this clock does not drive.
    expect(job.progress.elapsed_seconds).toBeGreaterThan(30);
    expect(world.rollouts).toBeLessThan(400);
  });

  test("tries no more than max_trials", async () => {
    const { job, results } = await run(kind, { max_trials: 4 });
    expect(job).toMatchObject({ status: "succeeded", finish_reason: "trials" });
    expectBestSoFar(job);
    const trials = results.trials?.filter(({ minibatch_score }) => minibatch_score !== null);
    expect(trials?.length ?? results.attempted_candidates.length - 1).toBe(4);
  });

  test("ends after trials without improvement", async () => {
    const { job } = await run(kind, { max_trials_without_improvement: 3 });
    expect(job).toMatchObject({ status: "succeeded", finish_reason: "patience" });
    expectBestSoFar(job);
  });

  test("that has room for nothing still succeeds, with the baseline", async () => {
    const { job } = await run(kind, { max_tokens: 50 });
    expect(job).toMatchObject({ status: "succeeded", finish_reason: "tokens", best_score: null });
    expect(world.spent.tokens).toBe(0);
  });
});

test.each(["policy", "proposer"] as const)(
  "max_category_costs_usd.%s is kept, whatever the others cost",
  async (role) => {
    const most = role === "policy" ? 0.0008 : 0.01;
    const { job } = await run("generational", { max_category_costs_usd: { [role]: most } });
    expect(job).toMatchObject({ status: "succeeded", finish_reason: "cost" });
    expect(world.usd[role]).toBeLessThanOrEqual(most);
    expect(world.usd[role]).toBeGreaterThan(0);
    expect(job.limits.category_usd).toEqual({ [role]: most });
    expect(job.cost.category_costs[role]).toBeCloseTo(world.usd[role], 9);
  },
);

const VERIFIER: JobVerifier = {
  source: "q@1",
  graph: {
    nodes: [
      {
        id: "outcome",
        kind: "rubric",
        about: "outcome",
        criteria: [{ id: "quality", description: "It is good.", weight: 1 }],
      },
    ],
    outputs: { outcome: "outcome" },
  },
  sheet: {
    id: "q",
    provider: "openai",
    model: "gpt-4.1-nano",
    options: { max_completion_tokens: 200 },
    concurrency: 4,
    timeout_ms: 60_000,
    wanted: { event: false, outcome: true },
    reward_source: "fused",
    weight_env: 1,
    weight_event: 0,
    weight_outcome: 1,
    spec: "",
  },
};

test.each([
  ["tokens", { max_tokens: 20_000 }],
  ["cost", { max_category_costs_usd: { verifier: 0.001 } }],
] as [string, JsonObject][])(
  "a verifier's calls are under the limits too: %s, %j",
  async (reason, limits) => {
    world.verdict = JSON.stringify({ scores: { quality: 0.5 } });
    const facts = await factsOf(jobOf("generational", limits), { verifier: VERIFIER });
    const job = (await new WholeJob(world).run(facts)).view();
    expect(job).toMatchObject({ status: "succeeded", finish_reason: reason });
    expectBestSoFar(job);
    expect(world.judgements).toBeGreaterThan(10);
    if (reason === "tokens") expect(world.spent.tokens).toBeLessThanOrEqual(20_000);
    else expect(world.usd.verifier).toBeLessThanOrEqual(0.001);
    expect(job.cost.verifier_usd).toBeCloseTo(world.usd.verifier, 9);
  },
);

test("a proxy model's rollouts are reserved and counted at its own price, beside the model that counts", async () => {
  const policy = { ...(COMMON.policy as JsonObject), model: "gpt-4o" };
  const proxy_models = {
    hi_provider: "openai",
    hi_model: "gpt-4o",
    lo_provider: "openai",
    lo_model: "gpt-4.1-nano",
  };
  const { job } = await run("generational", { max_cost_usd: 0.06 }, { policy, proxy_models });
  expect(job).toMatchObject({ status: "succeeded", finish_reason: "cost" });
  expectBestSoFar(job);
  expect(world.models).toEqual(new Set(["gpt-4o", "gpt-4.1-nano", "gpt-4o-mini"]));
  expect(world.spent.usd).toBeLessThanOrEqual(0.06);
  expect(job.cost.total_usd).toBeCloseTo(world.spent.usd, 9);
});

test("calls that nobody hears the end of count at their worst", async () => {
  world.call = (n) => ({ share: 1, isTold: n % 3 !== 0 });
  const { job } = await run("generational", { max_tokens: 80_000 });
  expect(job).toMatchObject({ status: "succeeded", finish_reason: "tokens" });
  expect(world.spent.tokens).toBeLessThanOrEqual(80_000);
  expect(job.cost.prompt_tokens + job.cost.completion_tokens).toBeLessThan(world.spent.tokens);
});

test("a rollout that needs more calls than was set aside gets more, and its cut answers count for nothing", async () => {
  world.calls = () => 150;
  const { job } = await run("generational", { max_tokens: 20_000_000, max_trials: 1 });
  expect(job).toMatchObject({ status: "succeeded", finish_reason: "trials" });
  expect(world.refused).toBeGreaterThan(0);
  // Answers with a refused call among them are asked again: every rollout that counts had all of its calls.
  const counted = job.progress.rollouts_completed * 150;
  expect(job.cost.llm_calls).toBeGreaterThanOrEqual(counted);
});

test("planning by the mean uses a limit up further than planning by the dearest, and neither crosses it", async () => {
  const spent: number[] = [];
  for (const pessimism_enabled of [true, false]) {
    world = new PlayedWorld();
    world.call = (n) => ({ share: n % 10 === 0 ? 0.9 : 0.1, isTold: true });
    await run("generational", { max_tokens: 60_000, pessimism_enabled });
    spent.push(world.spent.tokens);
  }
  expect(spent[1]).toBeGreaterThan(spent[0] ?? 0);
  expect(spent[1]).toBeLessThanOrEqual(60_000);
});

test("a job without such limits reserves nothing, and writes no row for it", async () => {
  const job = await new WholeJob(world).run(await factsOf(jobOf("generational", { max_trials: 6 })));
  const { sql } = job.store;
  expect(sql.query("SELECT count(*) AS n FROM waste")).toEqual([{ n: 0 }]);
  expect(sql.query("SELECT exposed FROM job")).toEqual([{ exposed: null }]);
  const usages = sql.query("SELECT answer ->> '$.usage.charge' AS charge FROM rollout");
  expect(usages.every(({ charge }) => charge === null)).toBe(true);
});

describe("a job that dies under way", () => {
  test("counts what was under way as spent at its worst, says so, and stays within its limit", async () => {
    const sql = nodeSql();
    const facts = await factsOf(jobOf("generational", { max_tokens: 60_000 }));
    const first = new WholeJob(world, sql);
    first.life.create(facts, true);
    first.life.begin();
    const died = Promise.withResolvers<void>();
    let rollouts = 0;
    world.onRollout = () => {
      rollouts += 1;
      if (rollouts < 25) return undefined;
      died.resolve();
      // Neither this life nor the next will hear of these.
      return new Promise<void>(() => {});
    };
    void first.slice();
    await died.promise;
    world.onRollout = () => undefined;
    // What the lanes were at when the object died went on there, and was paid.
    const { exposed } = sql.query("SELECT exposed FROM job")[0] ?? {};
    const lost: Record<string, { tokens: number; usd: number }> = JSON.parse(String(exposed));
    world.spent.tokens += lost.policy?.tokens ?? 0;
    const second = await new WholeJob(world, sql).goOn();
    const job = second.view();
    expect(job).toMatchObject({ status: "succeeded", finish_reason: "tokens" });
    expectBestSoFar(job);
    expect(job.cost.written_off).toEqual({ tokens: lost.policy?.tokens, usd: expect.any(Number) });
    expect(lost.policy?.tokens).toBeGreaterThan(0);
    expect(world.spent.tokens).toBeLessThanOrEqual(60_000);
  });

  test("at every write, again and again, never spends more than its limit in all of its lives", {
    timeout: 60_000,
  }, async () => {
    const limit = 40_000;
    for (const period of [23, 41, 67]) {
      world = new PlayedWorld();
      let writes = 0;
      const sql = nodeSql(() => {
        writes += 1;
        if (writes > 30 && writes % period === 0) throw new Error("the power went out");
      });
      const facts = await factsOf(jobOf("generational", { max_tokens: limit }));
      new WholeJob(world, sql).life.create(facts, true);
      let lives = 0;
      for (let ended = false; !ended && lives < 300; lives++) {
        ended = await new WholeJob(world, sql).goOn().then(
          () => true,
          () => false,
        );
      }
      expect(lives).toBeGreaterThan(2);
      const job = new WholeJob(world, sql).view();
      expect(job).toMatchObject({ status: "succeeded" });
      expect(world.spent.tokens).toBeLessThanOrEqual(limit);
      // On paper, too: what was written off was under way within the limit.
      const { prompt_tokens, completion_tokens, written_off } = job.cost;
      expect(prompt_tokens + completion_tokens + written_off.tokens).toBeLessThanOrEqual(limit);
      expect(await new WholeJob(world, sql).faults()).toEqual([]);
    }
  });
});
