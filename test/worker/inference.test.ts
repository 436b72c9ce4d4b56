// A whole job, with the candidate's prompt delivered in each of the ways that the protocol knows.

import { beforeEach, expect, test } from "vitest";
import { BASELINE, ended, eventsOf, results, submit } from "./api.ts";
import {
  chat,
  obedient,
  PROPOSER_MODEL,
  renderedByTheApp,
  scored,
  TASK_APP_KEY,
  throughInterceptor,
  World,
} from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
});

/** Instructions that the policy model was given, each once. */
function instructionsSeen(): Set<string> {
  return new Set(world.policyCalls.map(({ messages }) => messages[0]?.content ?? ""));
}

test("a task app that knows only the baseline gets the candidates' answers through its inference URL", async () => {
  world.play = throughInterceptor(BASELINE);
  const { job_id } = await submit();
  const job = await ended(job_id);
  expect(job).toMatchObject({ status: "succeeded", error: null });
  expect(job.best_score).toBeGreaterThan(job.baseline_score ?? 1);

  const found = await results(job_id);
  const tried = found.attempted_candidates.map(
    ({ object }) => object.text_replacements[0]?.new_text ?? BASELINE,
  );
  expect(instructionsSeen()).toEqual(new Set(tried));
  expect(found.best_prompt?.sections[0]?.content).toContain("Say");
});

test("the provider sees the config's model and settings, the user's own question and the operator's key, and nothing of the task app's", async () => {
  world.play = throughInterceptor(BASELINE);
  await ended((await submit()).job_id);
  expect(world.policyCalls.length).toBeGreaterThan(20);
  for (const call of world.policyCalls) {
    expect(call).toMatchObject({
      model: "gpt-4.1-nano",
      temperature: 0.5,
      authorization: "Bearer operator-key",
    });
    expect(call.messages[1]).toEqual({ role: "user", content: expect.stringMatching(/^Question \d+$/) });
  }
  for (const { model, authorization } of world.models) {
    expect(["gpt-4.1-nano", PROPOSER_MODEL]).toContain(model);
    expect(authorization).toBe("Bearer operator-key");
  }
});

test("a reasoning model is not sent the temperature that it would refuse", async () => {
  world.play = throughInterceptor(BASELINE);
  await ended((await submit({ "policy.model": "gpt-5-mini" })).job_id);
  expect(world.policyCalls.length).toBeGreaterThan(20);
  for (const call of world.policyCalls) {
    expect(call.model).toBe("gpt-5-mini");
    expect(call).not.toHaveProperty("temperature");
  }
});

test("the task app is shown its own key and never the operator's or the caller's", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  for (const { headers } of world.rollouts) {
    expect(headers.get("x-api-key")).toBe(TASK_APP_KEY);
    const all = JSON.stringify([...headers]);
    expect(all).not.toContain("operator-key");
    expect(all).not.toContain("key-a");
  }
});

test("a streaming task app, one that does not stream and one that renders the template itself all come to the same prompts and scores", async () => {
  const players = [
    throughInterceptor(BASELINE),
    throughInterceptor(BASELINE, { stream: true }),
    renderedByTheApp,
  ];
  const found = [];
  for (const play of players) {
    world.play = play;
    const { job_id } = await submit();
    await ended(job_id);
    const { job_id: _id, cost: _cost, ...told } = await results(job_id);
    found.push(told);
  }
  const [whole, streamed, rendered] = found;
  expect(streamed).toEqual(whole);
  expect(rendered).toEqual(whole);
});

test("a template that was rendered by the task app and then sent to the inference URL goes through unchanged", async () => {
  world.play = ({ seed, instruction, inference_url, ...call }) =>
    throughInterceptor(instruction)({ ...call, seed, instruction, inference_url });
  const { job_id } = await submit();
  const job = await ended(job_id);
  expect(job.status).toBe("succeeded");
  const found = await results(job_id);
  const tried = found.attempted_candidates.map(
    ({ object }) => object.text_replacements[0]?.new_text ?? BASELINE,
  );
  expect(instructionsSeen()).toEqual(new Set(tried));
});

test("a task app that sends neither the baseline nor the candidate fails the job, with what was expected and what came", async () => {
  world.play = throughInterceptor("Reply in French, please.");
  const { job_id } = await submit();
  const job = await ended(job_id);
  expect(job.status).toBe("failed");
  expect(job.error).toContain(`Expected: [system] ${BASELINE}`);
  expect(job.error).toContain("Found: [system] Reply in French, please.");
  // The baseline alone was tried, and nothing was asked of a model or asked twice.
  expect(world.models).toEqual([]);
  expect(world.rollouts.length).toBe(10);
});

test("the effort chooses the proposer's model and the output level its token limit", async () => {
  world.complete = (call) => obedient({ ...call, model: PROPOSER_MODEL });
  const levels = { "gepa.proposer_effort": "HIGH", "gepa.proposer_output_tokens": "SLOW" };
  await ended((await submit(levels)).job_id);
  expect(world.models.length).toBeGreaterThan(0);
  for (const call of world.models)
    expect(call).toMatchObject({ model: "gpt-5", max_completion_tokens: 25_000 });
});

test("tokens, calls and dollars of both roles are in the job's cost", async () => {
  world.play = throughInterceptor(BASELINE);
  const { job_id } = await submit();
  const { cost, progress } = await ended(job_id);
  const policy = world.policyCalls.length;
  const proposals = world.models.length - policy;
  expect(policy).toBe(progress.rollouts_completed);
  expect(cost.llm_calls).toBe(policy + proposals);
  expect(cost.prompt_tokens).toBe(100 * policy + 1_000 * proposals);
  expect(cost.completion_tokens).toBe(10 * policy + 200 * proposals);
  // Dollars a million tokens: gpt-4.1-nano 0.10 and 0.40, gpt-4o-mini 0.15 and 0.60.
  expect(cost.policy_usd).toBeCloseTo((policy * (100 * 0.1 + 10 * 0.4)) / 1e6, 12);
  expect(cost.proposer_usd).toBeCloseTo((proposals * (1_000 * 0.15 + 200 * 0.6)) / 1e6, 12);
  expect(cost.total_usd).toBeCloseTo((cost.policy_usd ?? 0) + (cost.proposer_usd ?? 0), 12);
  expect((await results(job_id)).cost).toEqual(cost);
});

test("a model without a known price leaves the total unknown, not zero", async () => {
  world.play = throughInterceptor(BASELINE);
  const { cost } = await ended((await submit({ "policy.model": "my-own-model" })).job_id);
  expect(cost).toMatchObject({ total_usd: null, policy_usd: null, proposer_usd: expect.any(Number) });
  expect(cost.prompt_tokens).toBeGreaterThan(0);
});

test("an inference URL is good for one rollout only: afterwards it is gone", async () => {
  const urls: string[] = [];
  world.play = async ({ seed, inference_url }) => {
    urls.push(inference_url);
    return scored(seed, "red");
  };
  await ended((await submit({ "gepa.population.num_generations": 1 })).job_id);
  expect(new Set(urls).size).toBe(urls.length);
  const late = await chat(urls[0] ?? "", { messages: [{ role: "system", content: BASELINE }] });
  expect(late.status).toBe(410);
  expect(await late.json()).toMatchObject({ error: { code: "rollout_over" } });
  expect(world.policyCalls).toEqual([]);
});

test("tickets that were made up, or made by another deployment, open nothing", async () => {
  const urls: string[] = [];
  const closed: number[] = [];
  world.play = async ({ seed, inference_url }) => {
    urls.push(inference_url);
    // While the rollout runs, its lane's id with any other token must not do.
    const forged = inference_url.replace(/-[0-9a-f]{32}/, `-${"0".repeat(32)}`);
    closed.push((await chat(forged, { messages: [{ role: "system", content: BASELINE }] })).status);
    return scored(seed, "red");
  };
  await ended((await submit({ "gepa.population.num_generations": 1 })).job_id);
  expect(new Set(closed)).toEqual(new Set([410]));
  const foreign = (urls[0] ?? "").replace(/[0-9a-f]{64}-/, `${"f".repeat(64)}-`);
  for (const url of [foreign, "https://cultivar.example.org/api/interceptor/v1/let-me-in"]) {
    expect((await chat(url, { messages: [{ role: "system", content: BASELINE }] })).status).toBe(404);
  }
  expect(world.policyCalls).toEqual([]);
});

test("the run id a task app sees is one for each rollout, and every event of the job has the next number", async () => {
  const { job_id } = await submit();
  const job = await ended(job_id);
  expect(new Set(world.rollouts.map(({ run_id }) => run_id)).size).toBe(world.rollouts.length);
  expect(world.rollouts.length).toBe(job.progress.rollouts_completed);
  const events = await eventsOf(job_id);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining([
      "prompt.learning.created",
      "prompt.learning.gepa.start",
      "prompt.learning.final.results",
    ]),
  );
  expect(events.at(-1)?.type).toBe("prompt.learning.gepa.complete");
});
