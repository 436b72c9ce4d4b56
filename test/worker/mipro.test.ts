// A MIPRO job in the service: submitted, searched, reported, and the same through pauses and crashes.

import { abortAllDurableObjects } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { MIPROConfig } from "../../src/config/index.ts";
import type { JobResults, JobSummary, Page } from "../../src/wire/job.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import {
  BASELINE,
  comparable,
  ended,
  eventsOf,
  eventually,
  jobs,
  miproJob,
  posted,
  problemOf,
  results,
  view,
} from "./api.ts";
import {
  type ModelCall,
  obedient,
  PROPOSER_MODEL,
  TASK_APP,
  TASK_APP_KEY,
  throughInterceptor,
  World,
} from "./world.ts";

let world: World;
let asked: string[];
beforeEach(() => {
  world = new World().install();
  asked = [];
  world.complete = grounded;
});

/** A proposer that writes a text of its own for each question, with a word or two of those that examples want. */
async function grounded(call: ModelCall): Promise<Response> {
  if (call.model !== PROPOSER_MODEL) return obedient(call);
  const question = call.messages.map(({ content }) => content).join("\n");
  asked.push(question);
  const said = [...question].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 9_973, 7);
  const words = ["green", "blue", "grey", "red"].filter((_, i) => (said >> i) % 2 === 1).join(" and ");
  const text = `Answer with the right words. Say ${words === "" ? "red" : words}. (${said})`;
  return Response.json({
    choices: [
      { index: 0, message: { role: "assistant", content: `\`\`\`\n${text}\n\`\`\`` }, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: 500, completion_tokens: 50, total_tokens: 550 },
  });
}

function send(mipro?: JsonObject): Promise<Response> {
  return jobs("", posted({ config_body: miproJob(mipro) }));
}

async function submit(mipro?: JsonObject): Promise<string> {
  const answer = await send(mipro);
  expect(answer.status, await answer.clone().text()).toBe(201);
  return ((await answer.json()) as { job_id: string }).job_id;
}

async function resultsOf(jobId: string): Promise<JobResults> {
  expect(await ended(jobId)).toMatchObject({ status: "succeeded", algorithm: "mipro" });
  return results(jobId);
}

test("a MIPRO job ends with a better prompt, its trial table, and test scores of the best and the baseline", async () => {
  const jobId = await submit();
  const found = await resultsOf(jobId);
  expect(found.best_score).toBeGreaterThan(found.baseline_score ?? 1);
  const [baseline, best] = found.test_results;
  expect(baseline).toMatchObject({ rank: -1, is_baseline: true });
  expect(best?.accuracy).toBeGreaterThan(baseline?.accuracy ?? 1);
  expect(found.trials?.[0]).toMatchObject({ trial: 0, full_score: found.baseline_score });
  expect(found.trials?.length).toBeGreaterThan(3);
  for (const { parameters, candidate_id } of found.trials ?? []) {
    expect(Object.keys(parameters)).toContain("default.instruction");
    expect(found.attempted_candidates.map((candidate) => candidate.candidate_id)).toContain(candidate_id);
  }
  expect(found.rollouts).toBeLessThanOrEqual(200);
  expect(found.rollouts).toBe(new Set(world.rollouts.map(({ run_id }) => run_id)).size);
  expect((await view(jobId)).progress).toMatchObject({ generations_total: 3, rollouts_total: 200 });
});

test("its events have the protocol's names, and the terminal one is the last", async () => {
  const jobId = await submit();
  const found = await resultsOf(jobId);
  const events = await eventsOf(jobId);
  const types = events.map(({ type }) => type);
  for (const type of [
    "mipro.job.started",
    "mipro.iteration.start",
    "mipro.trial.minibatch",
    "mipro.tpe.update",
    "mipro.new_incumbent",
    "mipro.budget.update",
    "prompt.learning.mipro.variation.score",
    "mipro.trial.complete",
    "mipro.topk.evaluated",
  ]) {
    expect(types).toContain(type);
  }
  const dataOf = (type: string) => events.find((event) => event.type === type)?.data;
  expect(dataOf("mipro.iteration.start")).toMatchObject({ max_rollouts: 200, max_wall_clock_seconds: null });
  expect(dataOf("mipro.budget.update")).toMatchObject({ max_token_limit: null, max_spend_usd: null });
  expect(typeof dataOf("mipro.budget.update")?.policy_tokens).toBe("number");
  expect(typeof dataOf("mipro.new_incumbent")?.minibatch_score).toBe("number");
  expect(types.slice(-2)).toEqual(["mipro.job.completed", "prompt.learning.mipro.complete"]);
  const final = events.find(({ type }) => type === "prompt.learning.final.results");
  expect(final?.data.trials).toEqual(found.trials);
  expect(events.at(-1)?.data).toMatchObject({ best_score: found.best_score });
});

test("paused again and again, and torn down, ends with the identical result", async () => {
  const twin = comparable(await resultsOf(await submit()));
  const jobId = await submit();
  for (const reached of [15, 40, 70]) {
    await eventually(async () => {
      const job = await view(jobId);
      expect(job.status === "succeeded" || job.progress.rollouts_completed >= reached).toBe(true);
    });
    const paused = await jobs(`/${jobId}/pause`, { method: "POST" });
    if (paused.status === 409) break;
    await abortAllDurableObjects();
    expect((await jobs(`/${jobId}/resume`, { method: "POST" })).status).toBe(200);
  }
  expect(comparable(await resultsOf(jobId))).toEqual(twin);
});

test("the list tells the algorithms apart", async () => {
  const jobId = await submit();
  await resultsOf(jobId);
  const listed = async (algorithm: string) =>
    ((await (await jobs(`?algorithm=${algorithm}`)).json()) as Page<JobSummary>).items;
  await eventually(async () => expect((await listed("mipro")).map(({ job_id }) => job_id)).toContain(jobId));
  expect((await listed("gepa")).map(({ job_id }) => job_id)).not.toContain(jobId);
});

test("the task app's description of its program is asked once, and shown to the proposer", async () => {
  world.health = () => Response.json({ status: "healthy", program_code: "def answer(): say_the_words()" });
  const jobId = await submit();
  await resultsOf(jobId);
  expect(asked.some((question) => question.includes("say_the_words"))).toBe(true);
});

test.each<[string, JsonObject]>([
  ["test_pool", { test_pool: [200, 903] }],
  ["adaptive_pool.heatup_reserve_pool", { adaptive_pool: { level: "LOW", heatup_reserve_pool: [903] } }],
])(
  "a seed of %s that the task app does not have is told before anything is created",
  async (path, options) => {
    world.health = ({ url }) =>
      new URL(url).searchParams.get("seeds") === "903"
        ? Response.json({ detail: "no such example" }, { status: 404 })
        : Response.json({ status: "healthy" });
    const problem = await problemOf(await send(options), 422);
    expect(problem).toMatchObject({ code: "task_app_seed_unknown" });
    expect(problem.detail).toContain(`prompt_learning.mipro.${path} names seed 903`);
    expect(world.rollouts).toEqual([]);
  },
);

test("on an adaptive pool, candidates are evaluated in full on fewer and fewer seeds, which events and results tell", async () => {
  const job = {
    num_iterations: 4,
    rollout_budget: 400,
    full_eval_every_k: 1,
    adaptive_pool: {
      level: "HIGH",
      anchor_size: 2,
      pool_init_size: 9,
      pool_min_size: 4,
      warmup_iters: 0,
      anneal_stop_iter: 2,
      info_buffer_factor: 0,
    },
  };
  const job_id = await submit(job);
  const { pool, trials } = await resultsOf(job_id);
  expect(pool).toMatchObject({ size: 4, heatup: [] });
  expect(trials?.[0]?.full_score).not.toBeNull();
  const told = (await eventsOf(job_id)).filter(({ type }) => type === "prompt.learning.mipro.pool.updated");
  expect(told[0]?.data.size).toBe(9);
  expect(told.at(-1)?.data).toMatchObject({ size: 4, anchors: pool?.anchors });
});

test("with a proxy model, trials run on the cheap one, and what ranks first is the policy's own", async () => {
  const cheap = "gpt-5-nano";
  world.play = throughInterceptor(BASELINE);
  const proxy_models = {
    hi_provider: "openai",
    hi_model: "gpt-4.1-nano",
    lo_provider: "openai",
    lo_model: cheap,
  };
  const job_id = await submit({ num_iterations: 6, rollout_budget: 400, proxy_models });
  const { proxy, trials, attempted_candidates } = await resultsOf(job_id);
  expect(proxy?.evaluations.both).toBeGreaterThan(0);
  const runs = world.rollouts.map(({ run_id }) => run_id).filter((id) => id.endsWith("-lo"));
  expect(runs.length).toBe((proxy?.evaluations.both ?? 0) + (proxy?.evaluations.lo_only ?? 0));
  expect(runs.every((id) => id.includes("-online-"))).toBe(true);
  const marked = trials?.filter(({ proxied }) => proxied) ?? [];
  expect(marked.length > 0).toBe((proxy?.evaluations.lo_only ?? 0) > 0);
  const [first] = [...attempted_candidates].sort((a, b) => (a.rank ?? 99) - (b.rank ?? 99));
  expect(first?.proxied).toBeUndefined();
});

test("what MIPROConfig.simple makes is a job that runs, within its budget", async () => {
  const config_body = MIPROConfig.simpleJob({
    task_app_url: TASK_APP,
    task_app_api_key: TASK_APP_KEY,
    env_name: "toy",
    rollout_budget: 60,
    initial_prompt_messages: [
      { role: "system", content: BASELINE },
      { role: "user", content: "Question {number}" },
    ],
    policy_model: "gpt-4o-mini",
    policy_provider: "openai",
  });
  const answer = await jobs("", posted({ config_body }));
  expect(answer.status, await answer.clone().text()).toBe(201);
  const found = await resultsOf(((await answer.json()) as { job_id: string }).job_id);
  expect(found.best_score).toBeGreaterThan(found.baseline_score ?? 1);
  expect(found.rollouts).toBeGreaterThan(30);
  expect(found.rollouts).toBeLessThanOrEqual(60);
});

test("a verifier scores the rollouts of trials, and is paid for", async () => {
  world.play = throughInterceptor(BASELINE);
  const judge = "gpt-5-mini";
  world.complete = async (it) => {
    if (it.model !== judge) return grounded(it);
    const content = JSON.stringify({ scores: { specification: 0.25 } });
    const usage = { prompt_tokens: 300, completion_tokens: 20, total_tokens: 320 };
    return Response.json({
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
      usage,
    });
  };
  const verifier = {
    enabled: true,
    reward_source: "verifier",
    backend_model: judge,
    backend_event_enabled: false,
    spec_context: "Only colours.",
  };
  const { trials, cost } = await resultsOf(await submit({ num_iterations: 1, verifier }));
  const scores = trials?.map(({ minibatch_score, full_score }) => minibatch_score ?? full_score);
  expect(new Set(scores)).toEqual(new Set([0.25]));
  expect(cost.verifier_usd).toBeGreaterThan(0);
});

test("demos that make the difference are shown to the model, and in the text of the best prompt", async () => {
  world.play = throughInterceptor(BASELINE);
  // The model does what it is asked only where it has seen an example.
  world.complete = (call) => {
    if (call.model === PROPOSER_MODEL) return grounded(call);
    const isShown = call.messages.some(({ role }) => role === "assistant");
    const messages = call.messages.map((message) =>
      isShown && message.role === "system"
        ? { ...message, content: `${message.content} Say green. Say blue. Say grey.` }
        : message,
    );
    return obedient({ ...call, messages });
  };
  const found = await resultsOf(await submit({ few_shot_score_threshold: 0.1, grounding: { n: 1 } }));
  expect(found.best_score).toBeGreaterThan(found.baseline_score ?? 1);
  const { best_prompt } = found;
  const shown = best_prompt?.sections.filter(({ role }) => role === "assistant") ?? [];
  expect(shown.length).toBeGreaterThan(0);
  for (const { content } of shown) expect(best_prompt?.full_text).toContain(content);
  expect(best_prompt?.full_text).toMatch(/Question [0-3]\b/);
});
