// Alarms that the platform loses, or that ring when they should not: the sweep, or the next look at a job, puts it right.
// Here nobody looks at a job but the sweep: how it fares is seen in the list and from the task app.

import {
  abortAllDurableObjects,
  createScheduledController,
  evictDurableObject,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Env } from "../../src/durable/env.ts";
import { Job } from "../../src/durable/job.ts";
import { Tenant } from "../../src/durable/tenant.ts";
import type { JobSummary, Page } from "../../src/wire/job.ts";
import worker from "../../src/worker/index.ts";
import { comparable, ended, eventually, jobObjectOf, jobs, results, submit, view } from "./api.ts";
import { World } from "./world.ts";

/** More than an alarm may be overdue. */
const LONG_AGO_MS = 600_000;

let world: World;
beforeEach(() => {
  world = new World().install();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** The cron trigger fires. */
async function sweep(scheduledTime = Date.now()): Promise<void> {
  const controller = createScheduledController({ scheduledTime, cron: "*/5 * * * *" });
  await worker.scheduled(controller, env as unknown as Env);
}

async function listed(jobId: string): Promise<JobSummary | undefined> {
  const page: Page<JobSummary> = await (await jobs("?limit=200")).json();
  return page.items.find(({ job_id }) => job_id === jobId);
}

/** Waits for a job's end without a look at the job. */
function endedByTheList(jobId: string): Promise<void> {
  return eventually(async () => expect(await listed(jobId)).toMatchObject({ status: "succeeded" }));
}

function alarmOf(jobId: string): Promise<number | null> {
  return runInDurableObject(jobObjectOf(jobId), (_, { storage }) => storage.getAlarm());
}

async function undisturbed() {
  const { job_id } = await submit();
  await ended(job_id);
  world = new World().install();
  return comparable(await results(job_id));
}

/** Alarms ring, and nothing comes of it. */
function loseAlarms() {
  return vi.spyOn(Job.prototype, "alarm").mockResolvedValue();
}

test("a job whose alarm is lost before it began goes on with the next sweep, and ends with the result of an undisturbed run", async () => {
  const twin = await undisturbed();
  const lost = loseAlarms();
  const { job_id } = await submit();
  await eventually(() => expect(lost.mock.calls.length).toBeGreaterThan(0));
  expect(await alarmOf(job_id)).toBeNull();
  lost.mockRestore();
  await sweep();
  await endedByTheList(job_id);
  expect(comparable(await results(job_id))).toEqual(twin);
});

test.each(["", "/results", "/events"])(
  "a job whose alarm is lost before it began goes on when somebody asks for it%s",
  async (path) => {
    const lost = loseAlarms();
    const { job_id } = await submit({ "gepa.population.num_generations": 1 });
    await eventually(() => expect(lost.mock.calls.length).toBeGreaterThan(0));
    expect(await alarmOf(job_id)).toBeNull();
    lost.mockRestore();
    expect((await jobs(`/${job_id}${path}`)).status).toBe(200);
    await endedByTheList(job_id);
  },
);

test("a job whose object dies in the middle of its work and whose alarm is lost goes on with the next sweep, and repeats nothing that was answered", async () => {
  const twin = await undisturbed();
  const release = world.hold();
  const { job_id } = await submit();
  await eventually(() => expect(world.inFlight).toBe(8));
  const lost = loseAlarms();
  await abortAllDurableObjects();
  // The object comes back to arm its alarm, and loses that as well.
  await eventually(async () => expect(await alarmOf(job_id)).toBeNull());
  expect(lost).toHaveBeenCalled();
  lost.mockRestore();
  world = new World().install();
  release();
  await sweep();
  await endedByTheList(job_id);
  expect(comparable(await results(job_id))).toEqual(twin);
  expect(world.rollouts.length).toBe(twin.rollouts);
});

test("a job whose alarm threw until the platform gave it up goes on with the next sweep, though its time is still shown", async () => {
  const twin = await undisturbed();
  const broken = vi.spyOn(Job.prototype, "alarm").mockRejectedValue(new Error("the handler threw"));
  const { job_id } = await submit();
  await eventually(() => expect(broken.mock.calls.length).toBeGreaterThan(0));
  await runInDurableObject(jobObjectOf(job_id), async (_, { storage }) => {
    await storage.deleteAlarm();
    // Some releases of the platform go on to name the time of an alarm that they will ring no more.
    const given = Date.now() - LONG_AGO_MS;
    Object.defineProperty(storage, "getAlarm", { value: async () => given, configurable: true });
  });
  broken.mockRestore();
  await sweep();
  await endedByTheList(job_id);
  expect(comparable(await results(job_id))).toEqual(twin);
});

test("a sweep does not disturb a job at work: nothing is asked again, and its alarm stays where it was", async () => {
  const twin = await undisturbed();
  const release = world.hold();
  const { job_id } = await submit();
  await eventually(() => expect(world.inFlight).toBe(8));
  const due = await alarmOf(job_id);
  for (let times = 0; times < 3; times++) await sweep();
  expect(await alarmOf(job_id)).toBe(due);
  release();
  await endedByTheList(job_id);
  expect(comparable(await results(job_id))).toEqual(twin);
  expect(world.rollouts.length).toBe(twin.rollouts);
});

test("an alarm that rings twice at a time, and once more after the end, does the work once", async () => {
  const twin = await undisturbed();
  const release = world.hold();
  const { job_id } = await submit();
  await eventually(() => expect(world.inFlight).toBe(8));
  const rings = [1, 2].map(() => runInDurableObject<Job, void>(jobObjectOf(job_id), (job) => job.alarm()));
  release();
  await Promise.all(rings);
  await ended(job_id);
  await runInDurableObject<Job, void>(jobObjectOf(job_id), (job) => job.alarm());
  expect(comparable(await results(job_id))).toEqual(twin);
  expect(world.rollouts.length).toBe(twin.rollouts);
  await eventually(async () => expect(await alarmOf(job_id)).toBeNull());
});

test("a job whose object is evicted while it waits for its alarm ends with the result of an undisturbed run", async () => {
  const twin = await undisturbed();
  const lost = loseAlarms();
  const { job_id } = await submit();
  await eventually(() => expect(lost.mock.calls.length).toBeGreaterThan(0));
  lost.mockRestore();
  await evictDurableObject(jobObjectOf(job_id));
  await sweep();
  await endedByTheList(job_id);
  expect(comparable(await results(job_id))).toEqual(twin);
});

test("jobs at rest are not woken by a sweep, and a list that is behind is told once how its job stands", async () => {
  const { job_id } = await submit({ "gepa.population.num_generations": 1 });
  const waiting = await submit({}, { auto_start: false });
  await ended(job_id);
  await eventually(async () => expect(await alarmOf(job_id)).toBeNull());
  const looks = vi.spyOn(Job.prototype, "revive");
  await sweep();
  expect(looks).not.toHaveBeenCalled();

  const summary = await listed(job_id);
  await runInDurableObject<Tenant, void>(env.TENANTS.getByName("alpha"), (tenant) => {
    if (summary) tenant.announce({ ...summary, status: "running" });
  });
  await sweep();
  expect(looks).toHaveBeenCalledTimes(1);
  expect(await listed(job_id)).toEqual(summary);
  await sweep();
  expect(looks).toHaveBeenCalledTimes(1);
  expect((await view(waiting.job_id)).status).toBe("pending");
  expect(await alarmOf(job_id)).toBeNull();
});

test("a job that is listed as running and does not exist is forgotten, and another that has its id since is not", async () => {
  const { job_id } = await submit({ "gepa.population.num_generations": 1 });
  await ended(job_id);
  await endedByTheList(job_id);
  const summary = await listed(job_id);
  const ghost = { job_id: "pl_00000000000000aa", created_at: "2026-01-01T00:00:00.000Z" };
  await runInDurableObject<Tenant, void>(env.TENANTS.getByName("alpha"), (tenant) => {
    if (summary === undefined) throw new Error("the job is not listed");
    tenant.announce({ ...summary, ...ghost, status: "running" });
    // Of a job that was deleted before this one got its id.
    tenant.announce({ ...summary, created_at: ghost.created_at, status: "queued" });
  });
  await sweep();
  const page: Page<JobSummary> = await (await jobs("?limit=200")).json();
  expect(page.items.filter(({ job_id: id }) => id === ghost.job_id)).toEqual([]);
  expect(page.items.filter(({ job_id: id }) => id === job_id)).toEqual([summary]);
});

test("with more live jobs than a sweep looks at, each has its turn within a few sweeps", async () => {
  const created_at = "2026-01-01T00:00:00.000Z";
  const ids = Array.from({ length: 450 }, (_, index) => `pl_${index.toString(16).padStart(16, "0")}`);
  await runInDurableObject<Tenant, void>(env.TENANTS.getByName("gamma"), async (tenant) => {
    for (const job_id of ids) tenant.announce({ job_id, created_at, status: "queued" } as JobSummary);
    const looked: string[] = [];
    const JOBS = { getByName: (name: string) => ({ revive: async () => void looked.push(name) }) };
    Object.defineProperty(tenant, "env", { value: { JOBS } });
    for (const [index, most] of [200, 200, 50].entries()) {
      expect(await tenant.sweep("gamma", index + 6)).toBe(most);
    }
    expect(looked.sort()).toEqual(ids.map((id) => `gamma/${id}`));
  });
});

test("a tenant that cannot be reached does not keep a sweep from the others", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const real = Tenant.prototype.sweep;
  const seen: string[] = [];
  vi.spyOn(Tenant.prototype, "sweep").mockImplementation(async function (this: Tenant, tenant, round) {
    seen.push(tenant);
    if (tenant === "alpha") throw new Error("the registry is away");
    return real.call(this, tenant, round);
  });
  await sweep();
  expect(seen).toEqual(["alpha", "beta"]);
});
