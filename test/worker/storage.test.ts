// What the objects keep: the tenant's list of jobs, and the one way to SQLite, in the runtime that it was made for.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { MAX_SEEDS } from "../../src/config/limits.ts";
import { readRunnable } from "../../src/config/read.ts";
import { evaluationKey } from "../../src/durable/journal.ts";
import { tenantObject } from "../../src/durable/rpc.ts";
import { objectSql } from "../../src/durable/sql.ts";
import type { JobSummary } from "../../src/wire/job.ts";
import { SQL_CONTRACT } from "../support/sql-contract.ts";
import { smallJob } from "./api.ts";

/** The platform's limit on a value, and on a row. */
const MAX_ROW_BYTES = 2_000_000;

function summary(number: number, change: Partial<JobSummary> = {}): JobSummary {
  return {
    job_id: `pl_${String(number).padStart(16, "0")}`,
    algorithm: "gepa",
    status: "queued",
    created_at: new Date(1_700_000_000_000 + number).toISOString(),
    finished_at: null,
    best_score: null,
    baseline_score: null,
    ...change,
  };
}

const ALL = { limit: 200, before: null, status: null, algorithm: null };

test("a tenant that has no jobs has an empty list, and asking for it writes nothing", async () => {
  const stub = env.TENANTS.getByName("nobody");
  expect(await tenantObject(env, "nobody").list(ALL)).toEqual({ items: [], last: null });
  const tables = await runInDurableObject(stub, (_, state) =>
    state.storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table'").toArray(),
  );
  expect(tables).toEqual([]);
});

test("a job that announces itself again has one entry, the latest", async () => {
  const tenant = tenantObject(env, "again");
  await tenant.announce(summary(1));
  await tenant.announce(summary(2));
  await tenant.announce(summary(1, { status: "succeeded", best_score: 0.5 }));
  expect((await tenant.list(ALL)).items).toEqual([
    summary(2),
    summary(1, { status: "succeeded", best_score: 0.5 }),
  ]);
});

test("jobs of one millisecond are paged without a gap or a repeat, also while new ones come in", async () => {
  const tenant = tenantObject(env, "pages");
  const created_at = new Date(1_700_000_000_000).toISOString();
  for (let i = 0; i < 5; i++) await tenant.announce(summary(i, { created_at }));
  const first = await tenant.list({ ...ALL, limit: 2 });
  await tenant.announce(summary(99));
  const second = await tenant.list({ ...ALL, limit: 2, before: first.last });
  const third = await tenant.list({ ...ALL, limit: 2, before: second.last });
  const pages = [first, second, third].map(({ items }) => items.map(({ job_id }) => Number(job_id.slice(3))));
  expect(pages).toEqual([[4, 3], [2, 1], [0]]);
  expect(third.last).toBeNull();
});

test("a list by status finds jobs behind many of another", async () => {
  const tenant = tenantObject(env, "filter");
  for (let i = 0; i < 30; i++) await tenant.announce(summary(i, i % 10 === 0 ? { status: "failed" } : {}));
  const page = await tenant.list({ ...ALL, status: "failed", limit: 2 });
  expect(page.items.map(({ job_id }) => Number(job_id.slice(3)))).toEqual([20, 10]);
  const rest = await tenant.list({ ...ALL, status: "failed", limit: 2, before: page.last });
  expect(rest.items.map(({ job_id }) => Number(job_id.slice(3)))).toEqual([0]);
});

test("a list by algorithm holds the jobs of that algorithm alone", async () => {
  const tenant = tenantObject(env, "algorithms");
  for (let i = 0; i < 6; i++) await tenant.announce(summary(i, i % 2 === 0 ? { algorithm: "mipro" } : {}));
  const page = await tenant.list({ ...ALL, algorithm: "mipro", limit: 2 });
  expect(page.items.map(({ job_id }) => Number(job_id.slice(3)))).toEqual([4, 2]);
  const rest = await tenant.list({ ...ALL, algorithm: "mipro", limit: 2, before: page.last });
  expect(rest.items.map(({ job_id }) => Number(job_id.slice(3)))).toEqual([0]);
});

test("the largest seed lists that a config may have fit into a row of 2 MB, and a step over them into one question", async () => {
  const mapping = { prompt_learning: smallJob() };
  const all = { start: 10 ** 14, end: 10 ** 14 + MAX_SEEDS };
  const overrides = Object.fromEntries(
    ["seeds", "validation_seeds", "test_pool"].map((list) => [
      `prompt_learning.gepa.evaluation.${list}`,
      all,
    ]),
  );
  const options = { ...overrides, "prompt_learning.gepa.rollout.budget": 10 ** 6 };
  const { config } = readRunnable({ mapping }, options);
  if (config.algorithm !== "gepa") throw new Error("the small job is a GEPA job");
  // A job's row holds the lists twice: in its config, and as its engine's settings.
  const lists = Object.values(config.gepa.evaluation).filter((list) => Array.isArray(list));
  expect(lists.map(({ length }) => length)).toEqual([MAX_SEEDS, MAX_SEEDS, MAX_SEEDS]);
  expect(2 * JSON.stringify(lists).length).toBeLessThan(MAX_ROW_BYTES);
  const keys = config.gepa.evaluation.seeds.map((seed) =>
    evaluationKey("validation", "0".repeat(32), seed, 0, "m".repeat(100)),
  );
  expect(JSON.stringify(keys).length).toBeLessThan(MAX_ROW_BYTES);
});

test.each(SQL_CONTRACT)("in an object's SQLite: $title", async ({ title, holds }) => {
  await runInDurableObject(env.TENANTS.getByName(title.slice(0, 60)), (_, state) =>
    holds(objectSql(state.storage)),
  );
});
