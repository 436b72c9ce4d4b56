// A job with a proxy model: which model rollouts run on, what they cost, and what the results tell of it.

import { abortAllDurableObjects } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import type { JsonObject } from "../../src/wire/json.ts";
import {
  BASELINE,
  comparable,
  ended,
  eventsOf,
  eventually,
  jobs,
  posted,
  problemOf,
  results,
  smallJob,
  submit,
  view,
} from "./api.ts";
import { throughInterceptor, World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
  world.play = throughInterceptor(BASELINE);
});

const LO = "gpt-5-nano";
const proxy = (more: JsonObject = {}): JsonObject => ({
  proxy_models: {
    hi_provider: "openai",
    hi_model: "gpt-4.1-nano",
    lo_provider: "openai",
    lo_model: LO,
    r2_thresh: 0.5,
    ...more,
  },
});
const OPTIONS = { "gepa.rollout.budget": 300 };

test("rollouts run on both models until one predicts the other, and held-out ones on the policy's alone", async () => {
  const { job_id } = await submit({ ...proxy(), ...OPTIONS });
  const job = await ended(job_id);
  expect(job.status, job.error ?? "").toBe("succeeded");
  const found = await results(job_id);
  // Both models do as they are told, so the cheap one predicts without fault.
  expect(found.proxy).toMatchObject({ mode: "lo", given_up: false });
  expect(found.proxy?.evaluations.lo_only).toBeGreaterThan(0);
  const { avoided_usd, lo_usd, net_gain_usd } = found.proxy ?? {};
  expect(avoided_usd).toBeGreaterThan(0);
  expect(net_gain_usd).toBeCloseTo((avoided_usd ?? 0) - (lo_usd ?? 0), 12);
  const cheap = world.models.filter(({ model }) => model === LO);
  expect(cheap.length).toBe((found.proxy?.evaluations.both ?? 0) + (found.proxy?.evaluations.lo_only ?? 0));
  const runs = world.rollouts.map(({ run_id }) => run_id);
  expect(new Set(runs).size).toBe(runs.length);
  expect(runs.filter((id) => id.endsWith("-lo")).every((id) => id.includes("-pareto-"))).toBe(true);
  expect(job.progress.rollouts_completed).toBeLessThanOrEqual(300);
  const events = await eventsOf(job_id);
  const types = events.map(({ type }) => type);
  const evaluated = events.filter(({ type }) => type === "prompt.learning.gepa.candidate.evaluated");
  expect(evaluated.some(({ data }) => data.proxied === true)).toBe(true);
  expect(types).toContain("prompt.learning.gepa.proxy.switched");
  expect(types).toContain("prompt.learning.gepa.candidate.proven");
  const best = found.attempted_candidates.find(({ rank }) => rank === 1);
  expect(best?.proxied).toBeUndefined();
});

test("two runs of one job agree, also where the object of one dies", async () => {
  const one = await submit({ ...proxy(), ...OPTIONS });
  await ended(one.job_id);
  const other = await submit({ ...proxy(), ...OPTIONS });
  for (const reached of [1, 2]) {
    await eventually(async () => {
      const { status, progress } = await view(other.job_id);
      expect(status === "succeeded" || progress.generation >= reached).toBe(true);
    });
    await abortAllDurableObjects();
  }
  await ended(other.job_id);
  expect(comparable(await results(other.job_id))).toEqual(comparable(await results(one.job_id)));
});

test("a model that counts and is not the policy's takes its place, with a warning", async () => {
  const job = await submit({ ...proxy({ hi_model: "gpt-4.1" }), ...OPTIONS });
  expect(job.warnings.map(({ message }) => message)).toContain(
    'prompt_learning.proxy_models.hi_model is "gpt-4.1" of openai, and counts: rollouts run on it in the place of policy.model',
  );
  await ended(job.job_id);
  expect(new Set(world.policyCalls.map(({ model }) => model))).toEqual(new Set(["gpt-4.1", LO]));
});

test("a provider without a key is told of at the proxy that names it", async () => {
  const { warnings } = await submit({
    ...proxy({ lo_provider: "groq", lo_model: "llama-3.1-8b-instant" }),
    ...OPTIONS,
  });
  const missing = warnings.filter(({ message }) => message.includes("the inference URL will not work"));
  expect(missing.map(({ path }) => path)).toEqual(["prompt_learning.proxy_models"]);
});

test("a job without a proxy has none in its results", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  expect(await results(job_id)).not.toHaveProperty("proxy");
});

test.each<[string, JsonObject, string]>([
  ["one model for both", { lo_model: "gpt-4.1-nano" }, "must be another model than hi_model"],
  ["a provider that is not known", { lo_provider: "acme" }, 'must be "openai", "groq" or "google"'],
  ["a stop above the threshold", { r2_stop: 0.9 }, "must be at most r2_thresh"],
])("a job with %s is refused", async (_, more, message) => {
  const problem = await problemOf(
    await jobs("", posted({ config_body: { ...smallJob(), ...proxy(more) } })),
    422,
  );
  expect(problem.detail).toContain(message);
});
