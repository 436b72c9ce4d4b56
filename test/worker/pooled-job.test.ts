// A job on an adaptive pool: the task app is asked for the examples, and the pool is in events and results.

import { beforeEach, expect, test } from "vitest";
import { comparable, ended, eventsOf, results, submit } from "./api.ts";
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
