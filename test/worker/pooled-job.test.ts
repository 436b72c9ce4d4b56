// A job on an adaptive pool: the task app is asked for the examples, and the pool is in events and results.

import { abortAllDurableObjects } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { comparable, ended, eventsOf, eventually, results, submit, view } from "./api.ts";
import { World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
});

const POOL = {
  "gepa.evaluation.seeds": { start: 0, end: 30 },
  "gepa.archive.pareto_set_size": 20,
  "gepa.rollout.budget": 200,
  "gepa.adaptive_pool": {
    level: "HIGH",
    anchor_size: 3,
    pool_init_size: 12,
    pool_min_size: 5,
    warmup_iters: 0,
    anneal_stop_iter: 2,
  },
};

test("the pool shrinks to its anchors and the telling seeds, and is told of", async () => {
  const { job_id } = await submit(POOL);
  const job = await ended(job_id);
  expect(job.status, job.error ?? "").toBe("succeeded");
  const { pool, attempted_candidates } = await results(job_id);
  expect(pool).toMatchObject({ size: 5, heatup: [] });
  expect(pool?.anchors).toHaveLength(3);
  expect(Object.keys(attempted_candidates[0]?.instance_scores ?? {})).toHaveLength(12);
  const told = (await eventsOf(job_id)).filter(({ type }) => type === "prompt.learning.gepa.pool.updated");
  expect(told.map(({ data }) => data.size)[0]).toBe(12);
  expect(told.at(-1)?.data).toMatchObject({ size: 5, anchors: pool?.anchors });
});

test("anchors stand for the kinds of examples that /task_info tells of", async () => {
  // Three kinds of question, one of them rare.
  const kinds = ["lost my card abroad", "exchange rate of the euro", "top up failed again"];
  const kindOf = (seed: number) => (seed < 2 ? 0 : 1 + (seed % 2));
  world.health = (request) => {
    const seeds = new URL(request.url).searchParams.getAll("seeds").map(Number);
    const infos = seeds.map((seed) => ({ task_metadata: { query: `${kinds[kindOf(seed)]} ${seed}` } }));
    return Response.json(infos.length === 0 ? { status: "healthy" } : infos);
  };
  const pool = { ...POOL["gepa.adaptive_pool"], min_evals_per_example: 1000 };
  const { job_id } = await submit({ ...POOL, "gepa.adaptive_pool": pool });
  await ended(job_id);
  const { pool: found } = await results(job_id);
  expect(new Set(found?.anchors.map(kindOf))).toEqual(new Set([0, 1, 2]));
});

test("a pool goes on after its object died, as if it had not", async () => {
  const { job_id: calm } = await submit(POOL);
  await ended(calm);
  const { job_id } = await submit(POOL);
  for (const reached of [1, 2, 3]) {
    await eventually(async () => {
      const { status, progress } = await view(job_id);
      expect(status === "succeeded" || progress.generation >= reached).toBe(true);
    });
    await abortAllDurableObjects();
  }
  await ended(job_id);
  expect(comparable(await results(job_id))).toEqual(comparable(await results(calm)));
});

test("a task app that tells nothing of its examples is no obstacle, and two runs agree", async () => {
  world.health = () => new Response("{}", { status: 200 });
  const [one, other] = [await submit(POOL), await submit(POOL)];
  await Promise.all([ended(one.job_id), ended(other.job_id)]);
  expect(comparable(await results(other.job_id))).toEqual(comparable(await results(one.job_id)));
});

test("a job without a pool has none in its results", async () => {
  const { job_id } = await submit({ "gepa.adaptive_pool": { level: "NONE" } });
  await ended(job_id);
  expect(await results(job_id)).not.toHaveProperty("pool");
});
