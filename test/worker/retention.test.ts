// What is kept of a job that has ended, and for how long: results and events stay, secrets go at once, traces after a time.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test, vi } from "vitest";
import type { Job } from "../../src/durable/job.ts";
import {
  comparable,
  ended,
  eventsOf,
  eventually,
  jobObjectOf,
  jobs,
  results,
  submit,
  verification,
  view,
} from "./api.ts";
import { TASK_APP_KEY, World } from "./world.ts";

const DAY_MS = 86_400_000;

beforeEach(() => {
  new World().install();
});

/** Runs with the job's object, its operator's setting and its rows. */
function within<T>(
  jobId: string,
  act: (parts: {
    set(days: string | undefined): void;
    rows(statement: string): Record<string, unknown>[];
    alarm(): Promise<number | null>;
  }) => T | Promise<T>,
): Promise<T> {
  return runInDurableObject(jobObjectOf(jobId), (job: Job, { storage }) =>
    act({
      set: (days) => void Object.assign(Reflect.get(job, "env"), { TRACE_DAYS: days }),
      rows: (statement) => storage.sql.exec(statement).toArray(),
      alarm: () => storage.getAlarm(),
    }),
  );
}

const TRACES = "SELECT count(*) AS n FROM rollout WHERE answer ->> '$.trace' IS NOT NULL";

test("told to keep them, a job's traces stay, and its key goes at once", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  await within(job_id, async ({ rows, alarm }) => {
    expect(rows(TRACES)[0]?.n).toBeGreaterThan(0);
    expect(JSON.stringify(rows("SELECT * FROM job"))).not.toContain(TASK_APP_KEY);
    await eventually(async () => expect(await alarm()).toBeNull());
  });
});

test("where nothing is said, a job that has ended has an alarm for 30 days later", async () => {
  const { job_id } = await submit({}, { auto_start: false });
  await within(job_id, ({ set }) => set(undefined));
  await jobs(`/${job_id}/cancel`, { method: "POST" });
  const { finished_at } = await ended(job_id);
  await within(job_id, async ({ set, alarm }) => {
    await eventually(async () => expect(await alarm()).toBe(Date.parse(finished_at ?? "") + 30 * DAY_MS));
    set("never");
  });
});

test("after TRACE_DAYS the traces are dropped, once, and all that is shown of the job stays as it was", async () => {
  const { job_id } = await submit();
  const { finished_at } = await ended(job_id);
  const before = { results: comparable(await results(job_id)), events: await eventsOf(job_id) };
  const spent = await within(job_id, async ({ set, rows, alarm }) => {
    // It rests before the setting changes: what ends after that has its alarm from the beginning.
    await eventually(async () => expect(await alarm()).toBeNull());
    set("30");
    return rows("SELECT count(*) AS n FROM rollout");
  });
  // The setting is new to a job that has ended before: the first look at it sets its alarm.
  await view(job_id);
  await within(job_id, async ({ alarm }) => {
    await eventually(async () => expect(await alarm()).toBe(Date.parse(finished_at ?? "") + 30 * DAY_MS));
  });
  // A time that was shortened brings the alarm forward.
  await within(job_id, ({ set }) => set("2"));
  await view(job_id);
  await within(job_id, async ({ alarm }) => {
    await eventually(async () => expect(await alarm()).toBe(Date.parse(finished_at ?? "") + 2 * DAY_MS));
  });
  expect(await verification(job_id)).toMatchObject({ holds: true });

  const now = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => now + 31 * DAY_MS);
  await runDurableObjectAlarm(jobObjectOf(job_id));
  vi.restoreAllMocks();
  await within(job_id, async ({ rows, alarm }) => {
    expect(rows(TRACES)[0]?.n).toBe(0);
    expect(rows("SELECT count(*) AS n FROM rollout")).toEqual(spent);
    expect(await alarm()).toBeNull();
  });
  await view(job_id);
  expect(comparable(await results(job_id))).toEqual(before.results);
  expect(await eventsOf(job_id)).toEqual(before.events);
  const found = await verification(job_id);
  expect(found).toMatchObject({ holds: true });
  expect(found.checks[0]).toMatchObject({ name: "results", outcome: "skipped" });
  await within(job_id, async ({ set, alarm }) => {
    expect(await alarm()).toBeNull();
    set("never");
  });
});
