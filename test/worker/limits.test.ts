// Limits on tokens, US dollars, time and trials, over HTTP on workerd: each job succeeds with the reason and its best so far, and what
// the provider was really asked for stays within the limit.

import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { priceUsd } from "../../src/inference/prices.ts";
import {
  BASELINE,
  ended,
  eventually,
  jobObjectOf,
  jobs,
  posted,
  problemOf,
  results,
  smallJob,
  submit,
} from "./api.ts";
import { chat, obedient, PROPOSER_MODEL, throughInterceptor, World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
  world.play = throughInterceptor(BASELINE);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** What the calls that reached the provider cost, by the usage that it told. */
function spent(): { tokens: number; usd: number } {
  const sum = { tokens: 0, usd: 0 };
  for (const { model } of world.models) {
    const [prompt_tokens, completion_tokens] = model === PROPOSER_MODEL ? [1_000, 200] : [100, 10];
    sum.tokens += prompt_tokens + completion_tokens;
    sum.usd += priceUsd("openai", model, { prompt_tokens, completion_tokens, cached_tokens: 0 }) ?? 0;
  }
  return sum;
}

const RAPID = { "gepa.proposer_output_tokens": "RAPID" };

test("max_tokens ends a job with its best so far, and is never crossed", async () => {
  const { job_id } = await submit({ ...RAPID, "termination_config.max_tokens": 14_000 });
  const job = await ended(job_id);
  expect(job).toMatchObject({ status: "succeeded", finish_reason: "tokens", limits: { tokens: 14_000 } });
  expect(job.best_score).toBeGreaterThanOrEqual(job.baseline_score ?? 2);
  expect(spent().tokens).toBeLessThanOrEqual(14_000);
  expect(job.cost.prompt_tokens + job.cost.completion_tokens).toBe(spent().tokens);
  expect(job.cost.reserved).toEqual({ tokens: 0, usd: 0 });
  expect((await results(job_id)).test_results.length).toBeGreaterThan(0);
});

test("max_cost_usd ends a job with its best so far, and is never crossed", async () => {
  const most = 0.003;
  const { job_id } = await submit({ ...RAPID, "termination_config.max_cost_usd": most });
  const job = await ended(job_id);
  expect(job).toMatchObject({ status: "succeeded", finish_reason: "cost", limits: { usd: most } });
  expect(job.best_score).toBeGreaterThanOrEqual(job.baseline_score ?? 2);
  expect(spent().usd).toBeLessThanOrEqual(most);
  expect(job.cost.total_usd).toBeCloseTo(spent().usd, 9);
});

test("max_seconds breaks off what is in flight, and the job succeeds with its best so far", async () => {
  const plain = throughInterceptor(BASELINE);
  let answered = 0;
  let hanging = 0;
  world.play = async (call) => {
    answered += 1;
    if (answered <= 40) return plain(call);
    hanging += 1;
    return new Promise(() => {});
  };
  // The timers of the limit are the only ones of about its length. They ring here when all that is in flight hangs.
  const real = globalThis.setTimeout;
  const timers: (() => void)[] = [];
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, ms: number) => {
    if (ms < 30_000 || ms > 100_000) return real(run, ms);
    timers.push(run);
    return real(() => {}, 0);
  }) as typeof setTimeout);
  const { job_id } = await submit({ "termination_config.max_seconds": 100 });
  await eventually(() => {
    expect(hanging).toBeGreaterThan(0);
    expect(world.inFlight).toBe(hanging);
  });
  await runInDurableObject(jobObjectOf(job_id), (_, { storage }) => {
    storage.sql.exec("UPDATE job SET running_since = running_since - 100000");
    for (const ring of timers) ring();
  });
  const job = await ended(job_id);
  expect(job).toMatchObject({ status: "succeeded", finish_reason: "time" });
  expect(job.best_score).toBeGreaterThanOrEqual(job.baseline_score ?? 2);
  expect(world.brokenOff).toBeGreaterThan(0);
});

test("max_trials ends a job after so many candidates", async () => {
  const { job_id } = await submit({ "termination_config.max_trials": 2 });
  const job = await ended(job_id);
  expect(job).toMatchObject({ status: "succeeded", finish_reason: "trials" });
  expect((await results(job_id)).attempted_candidates).toHaveLength(3);
});

test("max_trials_without_improvement ends a job after so many candidates that were no better", async () => {
  // A proposer that only ever repeats itself.
  world.complete = async (request) =>
    obedient(request.model === PROPOSER_MODEL ? { ...request, messages: [] } : request);
  const { job_id } = await submit({ "termination_config.max_trials_without_improvement": 2 });
  expect(await ended(job_id)).toMatchObject({ status: "succeeded", finish_reason: "patience" });
});

test("a call that its rollout's allowance has no room for is refused, and the rollout is asked again with more", async () => {
  const statuses: number[] = [];
  const plain = throughInterceptor(BASELINE);
  world.play = async (call) => {
    if (call.seed !== 0) return plain(call);
    // Larger than the first guess at a whole rollout.
    const question = { role: "user", content: `Question ${"7".repeat(20_000)}` };
    const answer = await chat(call.inference_url, {
      messages: [{ role: "system", content: BASELINE }, question],
    });
    statuses.push(answer.status);
    return plain(call);
  };
  const limits = { "termination_config.max_tokens": 4_000_000, "termination_config.max_trials": 1 };
  const { job_id } = await submit(limits);
  expect(await ended(job_id)).toMatchObject({ status: "succeeded", finish_reason: "trials" });
  expect(statuses[0]).toBe(402);
  expect(statuses.at(-1)).toBe(200);
  // What a task app makes of a refused call says nothing of the prompt, and is no answer.
  const { rollouts } = await results(job_id);
  expect(world.rollouts.length).toBe(rollouts + statuses.filter((status) => status === 402).length);
});

test.each([
  ["termination_config.max_cost_usd", "policy", { "policy.model": "my-own-model" }],
  ["max_cost_usd", "policy", { "policy.model": "my-own-model" }],
  [
    "gepa.token.max_spend_usd",
    "proposer",
    { "gepa.mutation.llm_model": "my-own-model", "gepa.mutation.llm_provider": "openai" },
  ],
])("%s with a %s model that has no price is refused, with what to do", async (option, role, models) => {
  const overrides = { [option]: 1, ...models };
  const named = Object.fromEntries(Object.entries(overrides).map(([k, v]) => [`prompt_learning.${k}`, v]));
  const answer = await jobs("", posted({ config_body: smallJob(), overrides: named }));
  const problem = await problemOf(answer, 422);
  expect(JSON.stringify(problem)).toContain(`prompt_learning.${option} cannot be kept`);
  expect(JSON.stringify(problem)).toContain(`the ${role}'s model \\"my-own-model\\"`);
  expect(JSON.stringify(problem)).toContain("termination_config.max_tokens");
});

test("the same models without a limit in USD are accepted", async () => {
  const { job_id } = await submit({
    "policy.model": "my-own-model",
    "termination_config.max_tokens": 10_000,
  });
  expect((await ended(job_id)).status).toBe("succeeded");
});
