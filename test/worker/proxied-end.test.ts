// How a job with a proxy model ends early: told to stop, by a limit on money, and with a death before the best are proven. Whatever happens,
// what is ranked is what the model that counts has scored.

import { abortAllDurableObjects } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { JobResults } from "../../src/wire/job.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import { BASELINE, ended, eventsOf, eventually, jobs, posted, results, smallJob } from "./api.ts";
import {
  type ModelCall,
  obedient,
  PROPOSER_MODEL,
  type RolloutCall,
  throughInterceptor,
  World,
} from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
  world.play = throughInterceptor(BASELINE);
  world.complete = middling;
});

const LO = "gpt-5-nano";
const PROXY = { hi_provider: "openai", hi_model: "gpt-4.1-nano", lo_provider: "openai", lo_model: LO };
const WORDS = ["green", "blue", "grey"];

/** A proposer that tries words in some order: many of its texts are about as good, and few lead. */
async function middling(call: ModelCall): Promise<Response> {
  if (call.model !== PROPOSER_MODEL) return obedient(call);
  const question = call.messages.map(({ content }) => content).join("\n");
  const said = [...question].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 9_973, 7);
  const text = `Answer with the right words. Say ${WORDS[said % 3]} and red. (${said})`;
  return Response.json({
    choices: [
      { index: 0, message: { role: "assistant", content: `\`\`\`\n${text}\n\`\`\`` }, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: 500, completion_tokens: 50, total_tokens: 550 },
  });
}

function gepaJob(more: JsonObject = {}): JsonObject {
  const { gepa, ...rest } = smallJob() as { gepa: { evaluation: JsonObject } };
  const population = {
    initial_size: 4,
    num_generations: 30,
    children_per_generation: 4,
    patience_generations: 0,
  };
  // Of twice as many as are validated the policy's model has the last word.
  const evaluation = { ...gepa.evaluation, validation_seeds: [100], validation_top_k: 5 };
  const rollout = { budget: 2_000, minibatch_size: 3 };
  return {
    ...rest,
    proxy_models: PROXY,
    gepa: { ...gepa, rollout, evaluation, population },
    ...more,
  };
}

function miproJob(more: JsonObject = {}): JsonObject {
  const { gepa: _, ...rest } = smallJob();
  const mipro = {
    env_name: "toy",
    rollout_budget: 2_000,
    num_iterations: 30,
    num_evaluations_per_iteration: 3,
    full_eval_every_k: 1,
    batch_size: 6,
    bootstrap_train_seeds: [0, 1, 2, 3],
    online_pool: { start: 10, end: 22 },
    test_pool: [200, 201],
  };
  return { ...rest, algorithm: "mipro", proxy_models: PROXY, mipro, ...more };
}

async function submit(config_body: JsonObject): Promise<string> {
  const answer = await jobs("", posted({ config_body }));
  expect(answer.status, await answer.clone().text()).toBe(201);
  return ((await answer.json()) as { job_id: string }).job_id;
}

const isCheap = ({ run_id }: RolloutCall) => run_id.endsWith("-lo");
const isSearch = ({ run_id }: RolloutCall) => /-(pareto|online)-/.test(run_id);

/** Stops a job at its `after`-th rollout on the cheap model; with `dies`, its object dies when the first proof comes in. */
async function stopped(job: JsonObject, after: number, dies: boolean): Promise<JobResults> {
  const app = world.play;
  const released = Promise.withResolvers<void>();
  const seen = { cheap: 0, stopped: false, proofs: 0 };
  world.play = async (call) => {
    if (!seen.stopped && isCheap(call) && ++seen.cheap >= after) await released.promise;
    if (seen.stopped && isSearch(call) && ++seen.proofs > 0) await released.promise;
    return app(call);
  };
  const job_id = await submit(job);
  await eventually(() => expect(seen.cheap).toBeGreaterThanOrEqual(after));
  seen.stopped = true;
  const answer = await jobs(`/${job_id}/stop`, posted({}));
  expect(answer.status).toBe(200);
  await eventually(() => expect(seen.proofs).toBeGreaterThan(0));
  if (dies) await abortAllDurableObjects();
  released.resolve();
  expect(await ended(job_id)).toMatchObject({ status: "succeeded", finish_reason: "stopped" });
  return results(job_id);
}

function outcomeOf({ attempted_candidates, top_prompts, optimized_candidates, ...rest }: JobResults) {
  const { validation_results, test_results, best_score, trials } = rest;
  return {
    attempted_candidates,
    top_prompts,
    optimized_candidates,
    validation_results,
    test_results,
    best_score,
    trials,
  };
}

/** Candidates with predicted scores are listed, and are among none of the best. */
function expectRanked({ attempted_candidates, ...found }: JobResults): void {
  const predicted = attempted_candidates.filter(({ proxied }) => proxied);
  expect(predicted.length).toBeGreaterThan(0);
  const ids = predicted.map(({ candidate_id }) => candidate_id);
  for (const { rank, accuracy } of predicted) expect([rank, typeof accuracy]).toEqual([null, "number"]);
  const best = [
    ...found.top_prompts,
    ...found.optimized_candidates,
    ...found.validation_results,
    ...found.test_results,
  ];
  for (const { candidate_id } of best) expect(ids).not.toContain(candidate_id);
}

describe.each([
  ["GEPA", gepaJob, 170],
  ["MIPRO", miproJob, 100],
])("a job of %s with a proxy", (_, jobOf, after) => {
  test("that is told to stop proves the best, also where its object dies before", async () => {
    const one = await stopped(jobOf(), after, false);
    expectRanked(one);
    expect(one.top_prompts.length).toBeGreaterThan(1);
    const told = (await eventsOf(one.job_id)).find(({ type }) => type === "mipro.job.completed");
    const real = (one.trials ?? []).flatMap((it) => (it.proxied ? [] : (it.minibatch_score ?? [])));
    if (told) expect(told.data.best_minibatch_score).toBe(Math.max(...real));
    world = new World().install();
    world.play = throughInterceptor(BASELINE);
    world.complete = middling;
    const other = await stopped(jobOf(), after, true);
    expect(outcomeOf(other)).toEqual(outcomeOf(one));
  });

  test("that ends by a limit on money ranks what is proven, and crosses no limit", async () => {
    const most = 0.008;
    const job_id = await submit(jobOf({ termination_config: { max_cost_usd: most } }));
    const job = await ended(job_id);
    expect(job).toMatchObject({ status: "succeeded", finish_reason: "cost" });
    expect(job.cost.total_usd).toBeLessThanOrEqual(most);
    const found = await results(job_id);
    const ranked = found.attempted_candidates.filter(({ rank }) => rank !== null);
    expect(ranked.length).toBeGreaterThan(0);
    expect(ranked.every(({ proxied }) => proxied === undefined)).toBe(true);
    expect(found.test_results.length).toBeGreaterThan(0);
  });
});
