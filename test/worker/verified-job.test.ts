// Jobs whose rollouts a verifier judges: where the reward comes from, what is paid, what reflection sees, and what goes wrong.

import { beforeEach, expect, test } from "vitest";
import type { JobView } from "../../src/wire/job.ts";
import type { Json, JsonObject } from "../../src/wire/json.ts";
import {
  ALPHA,
  BASELINE,
  call,
  comparable,
  ended,
  jobs,
  posted,
  problemOf,
  results,
  smallJob,
  submit,
} from "./api.ts";
import { type ModelCall, obedient, PROPOSER_MODEL, throughInterceptor, World } from "./world.ts";

const JUDGE = "gpt-5-mini";
const RUBRIC = { outcome: { criteria: [{ id: "brevity", description: "The answer is short." }] } };

let world: World;
/** Questions that reached the judge. */
let asked: ModelCall[];
/** How the judge scores a question: the text of its answer. */
let verdict: (call: ModelCall) => string;

const textOf = (call: ModelCall) => call.messages.map(({ content }) => content).join("\n");

beforeEach(() => {
  world = new World().install();
  world.play = throughInterceptor(BASELINE);
  asked = [];
  verdict = () => JSON.stringify({ scores: { brevity: 0.5 }, feedback: "be brief" });
  world.complete = async (it) => {
    if (it.model !== JUDGE) return obedient(it);
    asked.push(it);
    const message = { role: "assistant", content: verdict(it) };
    const usage = { prompt_tokens: 300, completion_tokens: 20, total_tokens: 320 };
    return Response.json({ choices: [{ index: 0, message, finish_reason: "stop" }], usage });
  };
});

async function register(name: string, rubric: Json = RUBRIC): Promise<string> {
  const headers = { authorization: `Bearer ${ALPHA}`, "content-type": "application/json" };
  const answer = await call("/api/verifiers", { ...posted({ name, rubric }), headers });
  return ((await answer.json()) as { id: string }).id;
}

const verifier = (more: JsonObject = {}): JsonObject => ({
  verifier: { enabled: true, backend_model: JUDGE, reward_source: "fused", weight_outcome: 1, ...more },
});

async function run(more: JsonObject = {}, options: JsonObject = {}): Promise<JobView> {
  const { job_id } = await submit({ ...verifier(more), ...options });
  return ended(job_id);
}

test("a fused reward is the weighted mean of the task app's and the verifier's, and the verifier is paid for", async () => {
  await register("fused");
  const job = await run({ synth_verifier_id: "fused" });
  expect(job.status, job.error ?? "").toBe("succeeded");
  const found = await results(job.job_id);
  // The task app gives the baseline half of the seeds' words: 0.5 on average over the seeds; the judge always 0.5.
  const rewards = Object.values(found.attempted_candidates[0]?.instance_scores ?? {});
  expect(new Set(rewards)).toEqual(new Set([0.25, 0.5]));
  expect(asked.length).toBeGreaterThan(10);
  expect(job.cost.verifier_usd).toBeCloseTo((asked.length * (300 * 0.25 + 20 * 2)) / 1e6, 12);
  const { policy_usd, proposer_usd, verifier_usd, total_usd } = job.cost;
  expect(total_usd).toBeCloseTo((policy_usd ?? 0) + (proposer_usd ?? 0) + (verifier_usd ?? 0), 12);
});

test("what the judge remarks reaches the reflection, beside the task app's own words", async () => {
  await register("words");
  await run({ synth_verifier_id: "words" });
  const reflections = world.models.filter(({ model }) => model === PROPOSER_MODEL).map(textOf);
  expect(reflections.length).toBeGreaterThan(0);
  for (const reflection of reflections) expect(reflection).toContain("Verifier: outcome 0.50: be brief");
  expect(reflections[0]).toContain("missing: ");
});

test("reward_source verifier leaves the task app's reward out, and task_app leaves the verifier's out", async () => {
  await register("alone");
  const alone = await run({ synth_verifier_id: "alone", reward_source: "verifier" });
  expect(alone.baseline_score).toBe(0.5);
  expect(Object.values((await results(alone.job_id)).attempted_candidates[0]?.instance_scores ?? {})).toEqual(
    Array(10).fill(0.5),
  );
  const told = await run({ synth_verifier_id: "alone", reward_source: "task_app" });
  const plain = await ended((await submit()).job_id);
  expect((await results(told.job_id)).attempted_candidates[0]?.instance_scores).toEqual(
    (await results(plain.job_id)).attempted_candidates[0]?.instance_scores,
  );
});

test("steps are scored where the rubric has criteria for them, and weigh as the config says", async () => {
  const events = { criteria: [{ id: "sound", description: "The step is sound." }] };
  await register("steps", { ...RUBRIC, events });
  verdict = (it) =>
    textOf(it).includes("sound")
      ? JSON.stringify({ steps: [{ step: 1, scores: { sound: 1 } }] })
      : JSON.stringify({ scores: { brevity: 0 } });
  const weights = { weight_env: 0, weight_event: 3, weight_outcome: 1 };
  const job = await run({ synth_verifier_id: "steps", ...weights });
  expect(job.baseline_score).toBe(0.75);
});

test("a version that is named stays what it was, and jobs keep their copy when it is deleted", async () => {
  const first = await register("versioned");
  await register("versioned", { outcome: { criteria: [{ id: "other", description: "Other." }] } });
  const { job_id } = await submit({ ...verifier({ synth_verifier_id: first }) }, { auto_start: false });
  const headers = { authorization: `Bearer ${ALPHA}` };
  expect((await call("/api/verifiers/versioned", { method: "DELETE", headers })).status).toBe(204);
  await jobs(`/${job_id}/start`, { method: "POST" });
  expect((await ended(job_id)).status).toBe("succeeded");
  expect(textOf(asked[0] as ModelCall)).toContain("brevity: The answer is short.");
});

test("without a name the task app's own rubric judges, and without one the specification does", async () => {
  const criteria = [{ id: "brevity", description: "From the task app." }];
  world.health = () => Response.json({ task: { id: "toy" }, rubric: { outcome: { criteria } } });
  expect((await run()).status).toBe("succeeded");
  expect(textOf(asked[0] as ModelCall)).toContain("brevity: From the task app.");
  world.health = () => Response.json({ task: { id: "toy" } });
  verdict = () => JSON.stringify({ scores: { specification: 1 } });
  asked = [];
  const options = { backend_event_enabled: false, spec_context: "Only colours." };
  expect((await run(options)).status).toBe("succeeded");
  expect(textOf(asked[0] as ModelCall)).toContain("# Specification of the system\nOnly colours.");
});

test("the same answer to the same question is judged once", async () => {
  await register("once");
  await run({ synth_verifier_id: "once" });
  expect(new Set(asked.map(textOf)).size).toBe(asked.length);
});

test("an answer that is no score is asked for again; when none comes, the rollout fails with the reason", async () => {
  await register("strict");
  let bad = 0;
  verdict = () => (bad++ < 3 ? "8 out of 10" : JSON.stringify({ scores: { brevity: 1 } }));
  const mended = await run({ synth_verifier_id: "strict" });
  expect(mended.status).toBe("succeeded");
  expect(mended.cost.verifier_usd).toBeCloseTo((asked.length * (300 * 0.25 + 20 * 2)) / 1e6, 12);

  verdict = () => JSON.stringify({ scores: { brevity: 11 } });
  const failed = await run({ synth_verifier_id: "strict" });
  expect(failed.status).toBe("failed");
  expect(failed.error).toContain(
    "the verifier's answer (outcome) cannot be used: scores.brevity must be a number",
  );
}, 60_000);

test("a job that is judged comes to the same result whatever order the judge answers in", async () => {
  await register("order");
  verdict = (it) => JSON.stringify({ scores: { brevity: textOf(it).length % 2 } });
  const options = { "gepa.rng_seed": 4 };
  const one = await run({ synth_verifier_id: "order" }, options);
  const answer = world.complete;
  let turn = 0;
  world.complete = async (it) => {
    for (let i = 0; i < turn++ % 5; i++) await new Promise((resolve) => setTimeout(resolve, 0));
    return answer(it);
  };
  const other = await run({ synth_verifier_id: "order", concurrency: 2 }, options);
  const { cost: _, ...same } = comparable(await results(other.job_id)) as { cost: unknown };
  const { cost: __, ...expected } = comparable(await results(one.job_id)) as { cost: unknown };
  expect(same).toEqual(expected);
});

test("no more of its calls are in flight than concurrency says, and each has the options of the backend", async () => {
  await register("few");
  const answer = world.complete;
  let [inFlight, peak] = [0, 0];
  world.complete = async (it) => {
    if (it.model !== JUDGE) return answer(it);
    inFlight += 1;
    peak = Math.max(peak, inFlight);
    await new Promise((resolve) => setTimeout(resolve, 0));
    inFlight -= 1;
    return answer(it);
  };
  verdict = (it) => JSON.stringify({ scores: { brevity: textOf(it).length % 2 } });
  const options = { concurrency: 2, backend_options: { temperature: 0.25 } };
  expect((await run({ synth_verifier_id: "few", ...options })).status).toBe("succeeded");
  expect(peak).toBe(2);
  expect(new Set(asked.map(({ temperature }) => temperature))).toEqual(new Set([0.25]));
});

test("a call that has no answer after timeout is broken off and made again", async () => {
  await register("slow");
  const answer = world.complete;
  let hanging = 1;
  world.complete = (it) => (it.model === JUDGE && hanging-- > 0 ? new Promise(() => {}) : answer(it));
  const job = await run({ synth_verifier_id: "slow", timeout: 0.3 });
  expect(job.status, job.error ?? "").toBe("succeeded");
  expect(world.brokenOff).toBeGreaterThan(0);
  const { attempted_candidates } = await results(job.job_id);
  expect(Object.values(attempted_candidates[0]?.instance_scores ?? {})).toHaveLength(10);
});

test("a graph is asked node by node, each told what came before, and its output is the score", async () => {
  const criteria = [{ id: "accuracy", description: "It is right." }];
  const graph: Json = {
    nodes: [
      { id: "right", kind: "rubric", about: "outcome", criteria },
      {
        id: "doubt",
        kind: "prompt",
        about: "outcome",
        prompt: "Is that judgement sound?",
        inputs: ["right"],
      },
      { id: "all", kind: "aggregate", inputs: ["right", "doubt"], how: "min" },
    ],
    outputs: { outcome: "all" },
  };
  const headers = { authorization: `Bearer ${ALPHA}`, "content-type": "application/json" };
  await call("/api/verifiers", { ...posted({ name: "careful", graph }), headers });
  verdict = (it) =>
    textOf(it).includes("Is that judgement sound?")
      ? JSON.stringify({ scores: { score: 0.25 }, feedback: "I doubt it" })
      : JSON.stringify({ scores: { accuracy: 0.75 }, feedback: "quite right" });
  const job = await run({ verifier_id: "careful", reward_source: "verifier" });
  expect(job.baseline_score).toBe(0.25);
  const doubts = asked.map(textOf).filter((text) => text.includes("Is that judgement sound?"));
  expect(doubts.length).toBe(asked.length / 2);
  for (const doubt of doubts) expect(doubt).toContain("quite right");
});

test.each<[string, JsonObject, string]>([
  ["a verifier that nobody registered", { synth_verifier_id: "nobody" }, "names no registered verifier"],
  ["no rubric anywhere", {}, "is missing: the verifier needs a rubric"],
  ["nothing to score", { backend_event_enabled: false, backend_outcome_enabled: false }, "nothing to score"],
  ["a provider that is not known", { backend_provider: "acme" }, 'must be one of "openai", "groq", "google"'],
  ["a provider without a key", { backend_provider: "groq", backend_model: "llama-3.3-70b" }, "GROQ_API_KEY"],
  ["a request's own fields", { backend_options: { model: "x" } }, "the service fills it in"],
])("a job with %s is refused, and nothing is created", async (_, more, message) => {
  const config = { ...smallJob(), ...verifier(more) };
  const problem = await problemOf(await jobs("", posted({ config_body: config })), 422);
  expect(problem.code).toBe("config_invalid");
  expect(problem.detail).toContain("prompt_learning.verifier");
  expect(problem.detail).toContain(message);
  expect(world.rollouts).toEqual([]);
});
