// The service as its callers reach it: over HTTP, with a key. And a small job to submit.

import { env, exports } from "cloudflare:workers";
import { expect, vi } from "vitest";
import type { JobEvent, JobResults, JobView, Problem } from "../../src/wire/job.ts";
import type { Json, JsonObject } from "../../src/wire/json.ts";
import type { Verification } from "../../src/wire/verification.ts";
import { TASK_APP, TASK_APP_KEY } from "./world.ts";

/** The service's own address. */
export const ORIGIN = "https://cultivar.example.org";
/** Keys of two tenants. */
export const ALPHA = "key-a";
export const BETA = "key-b";

const JOBS = "/api/prompt-learning/online/jobs";
const SETTLE = { timeout: 90_000, interval: 20 };

/** The prompt that the jobs of these tests begin with. */
export const BASELINE = "Answer with the right words. Say red.";

/** A job that ends within about a hundred rollouts. */
export function smallJob(): JsonObject {
  return {
    algorithm: "gepa",
    task_app_url: TASK_APP,
    task_app_api_key: TASK_APP_KEY,
    initial_prompt: {
      messages: [
        { role: "system", pattern: BASELINE },
        { role: "user", pattern: "Question {number}", order: 1 },
      ],
    },
    policy: { model: "gpt-4.1-nano", provider: "openai", temperature: 0.5, max_completion_tokens: 64 },
    gepa: {
      env_name: "toy",
      rollout: { budget: 120, max_concurrent: 8, minibatch_size: 3 },
      evaluation: {
        seeds: { start: 0, end: 13 },
        validation_seeds: [100, 101, 102],
        validation_top_k: 1,
        test_pool: [200, 201],
      },
      population: {
        initial_size: 2,
        num_generations: 3,
        children_per_generation: 2,
        patience_generations: 0,
      },
      archive: { pareto_set_size: 10 },
    },
  };
}

/** A MIPRO job over the same task, within 200 rollouts. */
export function miproJob(mipro: JsonObject = {}): JsonObject {
  const { gepa: _, ...rest } = smallJob();
  return {
    ...rest,
    algorithm: "mipro",
    mipro: {
      env_name: "toy",
      rollout_budget: 200,
      max_concurrent: 8,
      num_iterations: 3,
      num_evaluations_per_iteration: 2,
      batch_size: 6,
      bootstrap_train_seeds: [0, 1, 2, 3],
      online_pool: { start: 10, end: 22 },
      reference_pool: [30, 31],
      test_pool: [200, 201, 202, 203],
      grounding: { n: 4 },
      ...mipro,
    },
  };
}

/** A request to the service. */
export function call(path: string, init: RequestInit = {}): Promise<Response> {
  return exports.default.fetch(`${ORIGIN}${path}`, init);
}

/** A request below the jobs' route, with a tenant's key. */
export function jobs(path = "", init: RequestInit = {}, key = ALPHA): Promise<Response> {
  return call(`${JOBS}${path}`, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } });
}

/** A JSON body, to be posted. */
export function posted(body: Json): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** Submits the small job, with options by dotted key below `prompt_learning` laid over it. */
export async function submit(options: JsonObject = {}, more: JsonObject = {}, key = ALPHA): Promise<JobView> {
  const overrides = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [`prompt_learning.${name}`, value]),
  );
  const answer = await jobs("", posted({ config_body: smallJob(), overrides, ...more }), key);
  expect(answer.status, await answer.clone().text()).toBe(201);
  return answer.json();
}

/** Where a job stands. */
export async function view(jobId: string, key = ALPHA): Promise<JobView> {
  return (await jobs(`/${jobId}`, {}, key)).json();
}

/** A job's results. */
export async function results(jobId: string): Promise<JobResults> {
  return (await jobs(`/${jobId}/results`)).json();
}

/** All of a job's events. */
export async function eventsOf(jobId: string): Promise<JobEvent[]> {
  const page = (await (await jobs(`/${jobId}/events?limit=10000`)).json()) as { events: JobEvent[] };
  return page.events;
}

/** Waits for a job to end. */
export async function ended(jobId: string, key = ALPHA): Promise<JobView> {
  const found = await vi.waitFor(async () => {
    const job = await view(jobId, key);
    expect(job.status).toMatch(/succeeded|failed|cancelled/);
    return job;
  }, SETTLE);
  const { checks } = await verification(jobId, key);
  expect(checks.filter(({ outcome }) => outcome === "fails")).toEqual([]);
  return found;
}

/** What an audit of a job finds. */
export async function verification(jobId: string, key = ALPHA): Promise<Verification> {
  return (await jobs(`/${jobId}/verification`, {}, key)).json();
}

/** Waits until an expectation holds. */
export function eventually<T>(expectation: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(expectation, SETTLE);
}

/** The problem in an answer, once its status and form are as they must be. */
export async function problemOf(answer: Response, status: number): Promise<Problem> {
  expect(answer.status, await answer.clone().text()).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const problem: Problem = await answer.json();
  expect(problem).toMatchObject({ status, code: expect.any(String), title: expect.any(String) });
  return problem;
}

/** All that two runs of one job must agree on: everything but the job's own id. */
export function comparable({ job_id: _, ...rest }: JobResults): Omit<JobResults, "job_id"> {
  return rest;
}

/** The object of one of alpha's jobs. */
export function jobObjectOf(jobId: string) {
  return env.JOBS.getByName(`alpha/${jobId}`);
}
