// A job that is deleted: nothing of it is left, and nothing of others is touched.

import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Job } from "../../src/durable/job.ts";
import { Outbox } from "../../src/durable/outbox.ts";
import type { JobApi } from "../../src/durable/rpc.ts";
import { Tenant } from "../../src/durable/tenant.ts";
import type { JobSummary, Page } from "../../src/wire/job.ts";
import {
  BETA,
  comparable,
  ended,
  eventually,
  jobObjectOf,
  jobs,
  posted,
  problemOf,
  results,
  smallJob,
  submit,
  verification,
  view,
} from "./api.ts";
import { World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const remove = (jobId: string, key?: string) => jobs(`/${jobId}`, { method: "DELETE" }, key);

/** A new job under an idempotency key. */
async function submitUnder(key: string): Promise<{ job_id: string }> {
  const request = posted({ config_body: smallJob() });
  const answer = await jobs("", { ...request, headers: { ...request.headers, "idempotency-key": key } });
  expect(answer.status).toBe(201);
  return answer.json();
}

async function listed(): Promise<string[]> {
  const page: Page<JobSummary> = await (await jobs("?limit=200")).json();
  return page.items.map(({ job_id }) => job_id);
}

function rowsOf(jobId: string): Promise<{ tables: number; alarm: number | null }> {
  return runInDurableObject(jobObjectOf(jobId), async (_: Job, { storage }) => ({
    tables: storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT GLOB '_cf_*'").toArray().length,
    alarm: await storage.getAlarm(),
  }));
}

/** All that an object keeps, as text. */
function keptBy(stub: DurableObjectStub): Promise<string> {
  return runInDurableObject(stub, async (_, { storage }) => {
    const tables = storage.sql
      .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'")
      .toArray();
    const rows = tables.map(({ name }) => [name, storage.sql.exec(`SELECT * FROM "${name}"`).toArray()]);
    return JSON.stringify([rows, await storage.getAlarm(), [...(await storage.list())]]);
  });
}

test("no object of the deployment knows of a job that was deleted: not its own, its tenant's, nor any lane", async () => {
  const NOTHING = JSON.stringify([[], null, []]);
  const { job_id } = await submitUnder("gone-without-trace");
  await ended(job_id);
  const tenant = env.TENANTS.getByName("alpha");
  expect(await keptBy(tenant)).toContain(job_id);
  expect((await remove(job_id)).status).toBe(204);
  expect(await keptBy(jobObjectOf(job_id))).toBe(NOTHING);
  expect(await keptBy(tenant)).not.toContain(job_id);
  const lanes = await listDurableObjectIds(env.LANES);
  expect(await Promise.all(lanes.map((id) => keptBy(env.LANES.get(id))))).toEqual(lanes.map(() => NOTHING));
});

test("of a job that is deleted nothing is left, neither rows nor alarm nor its line in the list, and its twin stays", async () => {
  const [{ job_id }, twin] = [await submit(), await submit()];
  await Promise.all([ended(job_id), ended(twin.job_id)]);
  expect((await remove(job_id)).status).toBe(204);
  expect(await rowsOf(job_id)).toEqual({ tables: 0, alarm: null });
  for (const path of ["", "/results", "/events", "/events/stream", "/verification"]) {
    await problemOf(await jobs(`/${job_id}${path}`), 404);
  }
  await problemOf(await remove(job_id), 404);
  await problemOf(await jobs(`/${job_id}/cancel`, posted({})), 404);
  const list = await listed();
  expect(list).not.toContain(job_id);
  expect(list).toContain(twin.job_id);
  expect((await verification(twin.job_id)).holds).toBe(true);
});

test("a job that has not ended is not deleted, and is told to be cancelled first; another tenant's is not there", async () => {
  const release = world.hold();
  const { job_id } = await submit();
  await eventually(() => expect(world.inFlight).toBe(8));
  const problem = await problemOf(await remove(job_id), 409);
  expect(problem).toMatchObject({ code: "wrong_status", job_status: "running" });
  await problemOf(await remove(job_id, BETA), 404);
  release();
  await ended(job_id);
});

test("a job that was cancelled with calls in flight is deleted once they are home", async () => {
  world.hold();
  const { job_id } = await submit();
  await eventually(() => expect(world.inFlight).toBe(8));
  await jobs(`/${job_id}/cancel`, posted({}));
  expect((await remove(job_id)).status).toBe(204);
  expect(await rowsOf(job_id)).toEqual({ tables: 0, alarm: null });
  expect(await listed()).not.toContain(job_id);
});

test("where the list cannot be reached the job stays whole, and can be deleted later", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  vi.spyOn(Tenant.prototype, "forget").mockImplementationOnce(() => {
    throw new Error("the registry is away");
  });
  expect((await remove(job_id)).status).toBe(500);
  expect((await verification(job_id)).holds).toBe(true);
  expect((await remove(job_id)).status).toBe(204);
  expect(await listed()).not.toContain(job_id);
});

/** The list takes jobs out, and says so only once it is let: counts how often it was asked, and lets the first that waits. */
function slowList() {
  const real = Tenant.prototype.forget;
  // Made here, since an object cannot wait for what another one resolves.
  const says = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let [asked, said] = [0, 0];
  vi.spyOn(Tenant.prototype, "forget").mockImplementation(async function (this: Tenant, ...of) {
    real.apply(this, of);
    asked += 1;
    await says[asked - 1]?.promise;
  });
  return { asked: () => asked, letOne: () => says[said++]?.resolve() };
}

const apiOf = (jobId: string) => jobObjectOf(jobId) as unknown as JobApi;

test("a sweep that comes while a job is deleted does not list it again", async () => {
  const { job_id } = await submit();
  const createdAt = Date.parse((await ended(job_id)).created_at);
  const list = slowList();
  const removal = remove(job_id);
  await eventually(() => expect(list.asked()).toBe(1));
  await apiOf(job_id).revive(createdAt);
  list.letOne();
  expect((await removal).status).toBe(204);
  expect(await listed()).not.toContain(job_id);
});

test("a job is not deleted while news of it that were given up may still reach the list", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const forgets = vi.spyOn(Tenant.prototype, "forget");
  const [asked, settled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  vi.spyOn(Outbox.prototype, "settled").mockImplementation(() => {
    asked.resolve();
    return settled.promise;
  });
  const removal = remove(job_id);
  await asked.promise;
  // Calls are taken in turn: the deletion has gone as far as it can.
  await view(job_id);
  expect(forgets).not.toHaveBeenCalled();
  settled.resolve();
  expect((await removal).status).toBe(204);
  expect(await listed()).not.toContain(job_id);
});

test("two deletions at a time are one, and touch no job that comes after", async () => {
  const { job_id } = await submitUnder("twice");
  await ended(job_id);
  const list = slowList();
  const job = apiOf(job_id);
  const [first, second] = [job.remove(), job.remove()];
  await eventually(() => expect(list.asked()).toBeGreaterThan(0));
  // Calls are taken in turn: the second deletion is there by now.
  await job.view();
  list.letOne();
  expect(await first).toEqual({ kind: "removed" });
  expect(await submitUnder("twice")).toMatchObject({ job_id });
  list.letOne();
  expect(await second).toEqual({ kind: "removed" });
  await ended(job_id);
  expect(await listed()).toContain(job_id);
});

test("the same submission under the same key is a new job after that, with the same result", async () => {
  const { job_id } = await submitUnder("again");
  await ended(job_id);
  const before = comparable(await results(job_id));
  await remove(job_id);
  const release = world.hold();
  expect(await submitUnder("again")).toMatchObject({ job_id });
  expect((await view(job_id)).progress.rollouts_completed).toBe(0);
  release();
  await ended(job_id);
  expect(comparable(await results(job_id))).toEqual(before);
});

test("readers of the log of a job that is deleted are let go", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const stream = (await jobs(`/${job_id}/events/stream`)).text();
  await remove(job_id);
  expect(await stream).toContain("stream.connected");
});
