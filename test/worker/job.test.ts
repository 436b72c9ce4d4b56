// The Job object when things go wrong: it is torn down, its neighbours fail, its storage is damaged, the task app stumbles.

import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Crew } from "../../src/durable/crew.ts";
import type { Job } from "../../src/durable/job.ts";
import { Tenant } from "../../src/durable/tenant.ts";
import {
  comparable,
  ended,
  eventsOf,
  eventually,
  jobObjectOf,
  jobs,
  posted,
  results,
  submit,
  view,
} from "./api.ts";
import { renderedByTheApp, World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** When the job's alarm is due, in milliseconds from now; null when none is armed. */
async function alarmIn(jobId: string): Promise<number | null> {
  const time = await runInDurableObject(jobObjectOf(jobId), (_, state) => state.storage.getAlarm());
  return time === null ? null : time - Date.now();
}

/** Results of an undisturbed run of the same job. */
async function undisturbed() {
  world.play = renderedByTheApp;
  const { job_id } = await submit();
  await ended(job_id);
  return results(job_id);
}

test("an alarm is armed while the job runs, and none when it rests", async () => {
  const release = world.hold();
  const { job_id } = await submit();
  await eventually(() => expect(world.inFlight).toBe(8));
  expect(await alarmIn(job_id)).toBeGreaterThan(0);
  release();
  await ended(job_id);
  await eventually(async () => expect(await alarmIn(job_id)).toBeNull());
});

test("a job whose objects are all torn down again and again ends with the result of an undisturbed run, and repeats no finished rollout", async () => {
  const twin = await undisturbed();
  world = new World().install();
  const { job_id } = await submit();
  const moments = [3, 12, 30, 45, 60];
  for (const moment of moments) {
    let seen = 0;
    const release = world.hold();
    release();
    // From some rollout on, answers are held back: the objects go down with calls in flight.
    world.play = async (call) => {
      if (world.rollouts.length >= moment) await new Promise(() => {});
      return renderedByTheApp(call);
    };
    await eventually(async () => {
      expect(world.rollouts.length).toBeGreaterThanOrEqual(moment);
      expect(world.inFlight).toBeGreaterThan(0);
      seen = (await view(job_id)).progress.rollouts_completed;
    });
    await abortAllDurableObjects();
    expect((await view(job_id)).progress.rollouts_completed).toBeGreaterThanOrEqual(seen);
    world.play = renderedByTheApp;
    await runDurableObjectAlarm(jobObjectOf(job_id));
  }
  expect((await ended(job_id)).status).toBe("succeeded");
  expect(comparable(await results(job_id))).toEqual(comparable(twin));
});
