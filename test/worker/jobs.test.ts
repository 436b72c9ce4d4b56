// The life of a job over HTTP: started, listed, cancelled, and its results.

import { beforeEach, expect, test } from "vitest";
import type { JobSummary, JobView, Page } from "../../src/wire/job.ts";
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
  submit,
  view,
} from "./api.ts";
import { renderedByTheApp, World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
});

async function listed(query: string, key?: string): Promise<Page<JobSummary>> {
  const answer = await jobs(query, {}, key);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return answer.json();
}

async function cancelled(jobId: string, init: RequestInit = { method: "POST" }): Promise<JobView> {
  const answer = await jobs(`/${jobId}/cancel`, init);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return answer.json();
}

test("a job that is not to start by itself stays pending, and calls nobody, until it is started", async () => {
  const { job_id, status } = await submit({}, { auto_start: false });
  expect(status).toBe("pending");
  // A job submitted later runs from beginning to end meanwhile.
  await ended((await submit({ "gepa.population.num_generations": 1 })).job_id);
  const others = world.rollouts.length;
  expect(await view(job_id)).toMatchObject({ status: "pending", started_at: null });
  expect(world.rollouts.some(({ run_id }) => run_id.startsWith(job_id))).toBe(false);

  const answer = await jobs(`/${job_id}/start`, { method: "POST" });
  expect(answer.status).toBe(200);
  expect(((await answer.json()) as JobView).status).toBe("queued");
  // Twice is as good as once.
  expect((await jobs(`/${job_id}/start`, { method: "POST" })).status).toBe(200);
  expect((await ended(job_id)).status).toBe("succeeded");
  expect(world.rollouts.length).toBeGreaterThan(others);
  expect((await problemOf(await jobs(`/${job_id}/start`, { method: "POST" }), 409)).code).toBe(
    "wrong_status",
  );
});

test("the view of a job that succeeded tells its scores, its best prompt, its times and that it is complete", async () => {
  const { job_id } = await submit();
  const job = await ended(job_id);
  expect(job).toMatchObject({
    status: "succeeded",
    finish_reason: "generations",
    error: null,
    algorithm: "gepa",
  });
  expect(job.progress).toMatchObject({
    percent_overall: 1,
    generation: 3,
    generations_total: 3,
    eta_seconds: null,
  });
  expect(job.progress.rollouts_completed).toBeLessThanOrEqual(job.progress.rollouts_total ?? 0);
  const times = [job.created_at, job.started_at, job.finished_at].map((time) => Date.parse(time ?? ""));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(job.best_prompt?.full_text).toContain("[system | system]\nAnswer with the right words.");
  expect(job.best_prompt?.full_text).toContain("[user | user]\nQuestion {number}");
});

test("the results rank the prompts, tell what became of every candidate, and score held-out seeds beside the baseline", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const found = await results(job_id);
  expect(found.top_prompts.map(({ rank }) => rank)).toEqual(found.top_prompts.map((_, index) => index + 1));
  const scores = found.top_prompts.map(({ train_accuracy }) => train_accuracy);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  expect(scores[0]).toBe(found.best_score);
  expect(found.baseline_prompt.sections[0]?.content).toBe(BASELINE);

  const byRank = found.attempted_candidates
    .filter(({ rank }) => rank !== null)
    .toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  expect(byRank.map(({ rank }) => rank)).toEqual(byRank.map((_, index) => index + 1));
  const ids = byRank.map(({ candidate_id }) => candidate_id);
  expect(found.top_prompts.map(({ candidate_id }) => candidate_id)).toEqual(ids.slice(0, 10));
  expect(found.validation_results[1]?.candidate_id).toBe(ids[0]);

  expect(found.attempted_candidates[0]).toMatchObject({ mutation_type: "baseline", accepted: true });
  for (const { accepted, reject_reason, accuracy } of found.attempted_candidates) {
    expect(accepted ? accuracy : reject_reason).not.toBeNull();
  }
  expect(found.validation_results.map(({ rank, is_baseline }) => [rank, is_baseline])).toEqual([
    [-1, true],
    [1, false],
  ]);
  expect(found.validation_results[0]?.seeds).toEqual([100, 101, 102]);
  expect(found.test_results[0]?.seeds).toEqual([200, 201]);
  expect(found.top_prompts[0]?.val_accuracy).toBe(found.validation_results[1]?.accuracy);
  const heldOut = world.rollouts.filter(({ seed }) => seed >= 100).length;
  expect(heldOut).toBe(2 * 3 + 2 * 2);
  expect(found.rollouts).toBe(world.rollouts.length);
});

test("a job with the reference's strategy runs one proposal at a time, to its end and within its budget", async () => {
  const { job_id } = await submit({
    "gepa.strategy": "reference",
    "gepa.max_iterations": 6,
    "gepa.use_merge": true,
  });
  const job = await ended(job_id);
  expect(job).toMatchObject({ status: "succeeded", finish_reason: "iterations" });
  expect(job.progress).toMatchObject({ generation: 6, generations_total: 6 });
  expect(job.progress.rollouts_completed).toBeLessThanOrEqual(job.progress.rollouts_total ?? 0);
  const found = await results(job_id);
  expect(found.attempted_candidates.length).toBeGreaterThan(1);
  expect(found.attempted_candidates.length).toBeLessThanOrEqual(7);
  expect(found.validation_results.map(({ rank }) => rank)).toEqual([-1, 1]);
  expect(found.rollouts).toBe(world.rollouts.length);
});

test("the results of a job that has only begun are those of a job without a score", async () => {
  const release = world.hold();
  const { job_id } = await submit();
  await eventually(() => expect(world.inFlight).toBe(8));
  expect(await results(job_id)).toMatchObject({
    status: "running",
    best_prompt: null,
    best_score: null,
    rollouts: 0,
  });
  expect(await view(job_id)).toMatchObject({ status: "running", baseline_score: null, finished_at: null });
  release();
  await ended(job_id);
});

test("no more rollouts are in flight than max_concurrent allows, over all lanes", async () => {
  const release = world.hold();
  const { job_id } = await submit({ "gepa.rollout.max_concurrent": 8 });
  await eventually(() => expect(world.inFlight).toBe(8));
  release();
  await ended(job_id);
  expect(world.peak).toBe(8);
});

test("the list has the newest job first, and pages on without a gap or a repeat", async () => {
  // A tenant of its own would be better, but keys are few: what is there already comes behind.
  const made: string[] = [];
  for (let i = 0; i < 7; i++) made.push((await submit({}, { auto_start: false }, "key-b")).job_id);
  const pages: string[][] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: Page<JobSummary> = await listed(`?limit=3${cursor && `&cursor=${cursor}`}`, "key-b");
    pages.push(page.items.map(({ job_id }) => job_id));
    cursor = page.next_cursor;
  }
  expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
  // Jobs of the same millisecond are in the order of their ids.
  const all = await listed("?limit=200", "key-b");
  expect(pages.flat()).toEqual(all.items.map(({ job_id }) => job_id));
  expect(pages.flat().toSorted()).toEqual(made.toSorted());
  const times = all.items.map(({ created_at }) => created_at);
  expect(times).toEqual(times.toSorted().toReversed());
  expect(all.next_cursor).toBeNull();
});

test("the list can be narrowed to a status, and shows the scores of jobs that have ended", async () => {
  const done = await ended((await submit({ "gepa.population.num_generations": 1 })).job_id);
  const waiting = await submit({}, { auto_start: false });
  await eventually(async () => {
    const { items } = await listed("?status=succeeded&limit=200");
    const shown = items.find(({ job_id }) => job_id === done.job_id);
    expect(shown).toMatchObject({ best_score: done.best_score, baseline_score: done.baseline_score });
    expect(items.every(({ status }) => status === "succeeded")).toBe(true);
  });
  const { items } = await listed("?status=pending&limit=200");
  expect(items.map(({ job_id }) => job_id)).toContain(waiting.job_id);
});

test("a list that cannot be given is a bad request", async () => {
  for (const query of [
    "?cursor=nonsense",
    "?cursor=e30",
    "?limit=0",
    "?limit=201",
    "?limit=x",
    "?status=odd",
  ]) {
    expect((await problemOf(await jobs(query), 400)).detail).not.toBe("");
  }
});

test("a cancelled job is at rest at once: no further call reaches the task app, and its last event says why", async () => {
  world.hold();
  const { job_id } = await submit();
  await eventually(() => expect(world.inFlight).toBe(8));
  const job = await cancelled(job_id, posted({ reason: "wrong dataset" }));
  expect(job).toMatchObject({
    status: "cancelled",
    finish_reason: "cancelled",
    finished_at: expect.any(String),
  });
  // What is in flight is broken off.
  await eventually(() => expect(world.brokenOff).toBe(8));
  const reached = world.rollouts.length;
  const log = await eventsOf(job_id);
  expect(log.at(-1)).toMatchObject({
    type: "prompt.learning.gepa.cancelled",
    data: { reason: "wrong dataset" },
  });

  // While another job runs to its end, nothing more is heard of this one.
  const next = new World().install();
  await ended((await submit()).job_id);
  expect(world.rollouts.length).toBe(reached);
  expect(next.rollouts.some(({ run_id }) => run_id.startsWith(job_id))).toBe(false);
  expect(await eventsOf(job_id)).toEqual(log);
  expect(await view(job_id)).toMatchObject({ status: "cancelled", progress: { rollouts_completed: 0 } });
});

test("to cancel twice is as good as once, and the first reason stays", async () => {
  world.hold();
  const { job_id } = await submit();
  await eventually(() => expect(world.inFlight).toBeGreaterThan(0));
  const first = await cancelled(job_id, posted({ reason: "first" }));
  const second = await cancelled(job_id, posted({ reason: "second" }));
  expect(second).toEqual(first);
  const ends = (await eventsOf(job_id)).filter(({ type }) => type.endsWith("cancelled"));
  expect(ends.map(({ data }) => data.reason)).toEqual(["first"]);
});

test("a pending job can be cancelled, without a body and for no reason, and never runs", async () => {
  const { job_id } = await submit({}, { auto_start: false });
  expect((await cancelled(job_id)).status).toBe("cancelled");
  expect((await problemOf(await jobs(`/${job_id}/start`, { method: "POST" }), 409)).detail).toContain(
    "cancelled",
  );
  await eventually(async () => {
    const { items } = await listed("?status=cancelled&limit=200");
    expect(items.map((item) => item.job_id)).toContain(job_id);
  });
  expect(world.rollouts).toEqual([]);
});

test("a job that has succeeded cannot be cancelled and stays as it is", async () => {
  world.play = renderedByTheApp;
  const { job_id } = await submit({ "gepa.population.num_generations": 1 });
  await ended(job_id);
  const before = await results(job_id);
  const problem = await problemOf(await jobs(`/${job_id}/cancel`, { method: "POST" }), 409);
  expect(problem.code).toBe("wrong_status");
  expect(await results(job_id)).toEqual(before);
});

test("a reason that is not one is a bad request, and the job goes on", async () => {
  const { job_id } = await submit({}, { auto_start: false });
  for (const body of ["why not", '{"reason": 5}', "[]", JSON.stringify({ reason: "x".repeat(501) })]) {
    await problemOf(await jobs(`/${job_id}/cancel`, { method: "POST", body }), 400);
  }
  expect((await view(job_id)).status).toBe("pending");
});

test("the seed of the search decides: the same config with the same seed comes to the same results, with another to others", async () => {
  const run = async (seed: number) => {
    // Twelve feedback seeds for minibatches of three: what a child learns from is left to chance.
    const { job_id } = await submit({
      "gepa.rng_seed": seed,
      "gepa.evaluation.seeds": { start: 0, end: 22 },
    });
    await ended(job_id);
    return comparable(await results(job_id));
  };
  const [first, again, other] = [await run(1), await run(1), await run(2)];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});
