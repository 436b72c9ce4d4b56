// The Job object when things go wrong: it is torn down, its neighbours fail, its storage is damaged.

import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Crew } from "../../src/durable/crew.ts";
import type { Job } from "../../src/durable/job.ts";
import { RolloutLane } from "../../src/durable/rollout-lane.ts";
import { Tenant } from "../../src/durable/tenant.ts";
import type { JobSummary, Page } from "../../src/wire/job.ts";
import { comparable, ended, eventsOf, eventually, jobObjectOf, jobs, results, submit, view } from "./api.ts";
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

/** What a run of the small job comes to, and what it tells on the way: without numbers, times and progress. */
async function outcome(jobId: string) {
  await ended(jobId);
  const told = (await eventsOf(jobId)).filter(({ type }) => !type.endsWith(".progress"));
  return {
    results: comparable(await results(jobId)),
    events: told.map(({ type, message }) => ({ type, message: message.replaceAll(jobId, "") })),
  };
}

async function undisturbed() {
  const found = await outcome((await submit()).job_id);
  world = new World().install();
  return found;
}

async function listed(jobId: string): Promise<JobSummary | undefined> {
  const page: Page<JobSummary> = await (await jobs("?limit=200")).json();
  return page.items.find(({ job_id }) => job_id === jobId);
}

async function listedStatus(jobId: string): Promise<string | undefined> {
  return (await listed(jobId))?.status;
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
  let answered = 0;
  let limit = 0;
  world.play = async (call) => {
    if (answered >= limit) await new Promise(() => {});
    answered += 1;
    return renderedByTheApp(call);
  };
  const { job_id } = await submit();
  const total = twin.results.rollouts;
  // The baseline, the first population, the generations twice, and the held-out scores are each cut in half.
  for (const moment of [0.06, 0.25, 0.5, 0.75, 0.95].map((share) => Math.floor(share * total))) {
    limit = moment;
    // From here on the task app says nothing, so every object goes down with calls in flight.
    runDurableObjectAlarm(jobObjectOf(job_id)).catch(() => {});
    await eventually(async () => {
      expect((await view(job_id)).progress.rollouts_completed).toBe(moment);
      expect(world.rollouts.length).toBeGreaterThan(moment);
    });
    await abortAllDurableObjects();
    expect((await view(job_id)).progress.rollouts_completed).toBe(moment);
    expect(await alarmIn(job_id)).not.toBeNull();
  }
  limit = Number.POSITIVE_INFINITY;
  await runDurableObjectAlarm(jobObjectOf(job_id));
  expect(await outcome(job_id)).toEqual(twin);
  const seqs = (await eventsOf(job_id)).map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(answered).toBe((await results(job_id)).rollouts);
});

test("a job that has ended is the same after its object was put to sleep", async () => {
  const { job_id } = await submit({ "gepa.population.num_generations": 1 });
  await ended(job_id);
  const look = async () =>
    Promise.all(["", "/results", "/events"].map(async (path) => (await jobs(`/${job_id}${path}`)).text()));
  const before = await look();
  await eventually(async () => expect(await alarmIn(job_id)).toBeNull());
  await evictDurableObject(jobObjectOf(job_id));
  expect(await look()).toEqual(before);
});

test("a job that is cut into many slices ends with the result of an undisturbed run", async () => {
  const twin = await undisturbed();
  const real = globalThis.setTimeout;
  let slices = 0;
  let over = 0;
  let enough = 0;
  // Slices last minutes: theirs is the only timer of that length. Here each ends after a few rollouts, wherever the step is.
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, ms: number) => {
    if (ms < 60_000 || ms >= 300_000) return real(run, ms);
    slices += 1;
    enough = world.rollouts.length + 5;
    const look = () => {
      if (world.rollouts.length < enough) return real(look, 1);
      over = slices;
      run();
    };
    return real(look, 1);
  }) as typeof setTimeout);
  world.play = async (call) => {
    if (world.rollouts.length >= enough) await eventually(() => expect(over).toBe(slices));
    return renderedByTheApp(call);
  };
  const { job_id } = await submit();
  expect(await outcome(job_id)).toEqual(twin);
  expect(slices).toBeGreaterThan(3);
  expect(world.rollouts.length).toBe((await results(job_id)).rollouts);
});

test("a lane that cannot be reached is no fault of the task app: the rollout is sent again, more often than a failing one would be", async () => {
  const twin = await undisturbed();
  vi.spyOn(Math, "random").mockReturnValue(0);
  const real = RolloutLane.prototype.rollout;
  let faults = 0;
  vi.spyOn(RolloutLane.prototype, "rollout").mockImplementation(async function (this: RolloutLane, order) {
    if (order.seed === 3 && faults < 7) {
      faults += 1;
      throw new Error("the lane was reset");
    }
    return real.call(this, order);
  });
  const { job_id } = await submit();
  expect(await outcome(job_id)).toEqual(twin);
  expect(faults).toBe(7);
});

test("an unexpected error costs the job nothing but time: the alarm does not throw, is armed again, and the work goes on", async () => {
  const twin = await undisturbed();
  const broken = vi.spyOn(Crew.prototype, "rollout").mockRejectedValue(new Error("out of memory"));
  const { job_id } = await submit();
  await eventually(async () => {
    expect(broken.mock.calls.length).toBeGreaterThan(0);
    expect(await alarmIn(job_id)).toBeLessThan(10_000);
  });
  expect(await view(job_id)).toMatchObject({ status: "running", error: null });
  broken.mockRestore();
  await runDurableObjectAlarm(jobObjectOf(job_id));
  expect(await outcome(job_id)).toEqual(twin);
});

test("an unexpected error that comes again and again fails the job, with its words, and its alarm is gone", async () => {
  vi.spyOn(Crew.prototype, "rollout").mockRejectedValue(new Error("out of memory"));
  const { job_id } = await submit();
  for (let slice = 1; slice < 10; slice++) {
    await eventually(async () => expect((await view(job_id)).started_at).not.toBeNull());
    if (!(await runDurableObjectAlarm(jobObjectOf(job_id)))) break;
  }
  expect(await ended(job_id)).toMatchObject({
    status: "failed",
    finish_reason: "error",
    error: "out of memory",
  });
  const [last] = (await eventsOf(job_id)).slice(-1);
  expect(last).toMatchObject({ type: "prompt.learning.gepa.failed", data: { code: "internal" } });
  await eventually(async () => expect(await alarmIn(job_id)).toBeNull());
});

test("a job whose own row cannot be read any more fails after a few looks at it, and its alarm is gone", async () => {
  const { job_id } = await submit({}, { auto_start: false });
  await eventually(async () => expect(await alarmIn(job_id)).toBeNull());
  vi.spyOn(console, "error").mockImplementation(() => {});
  await runInDurableObject<Job, void>(jobObjectOf(job_id), async (job, { storage }) => {
    const standing = () => storage.sql.exec("SELECT status, finish_reason FROM job").one();
    storage.sql.exec("UPDATE job SET status = 'running', facts = '{'");
    for (let look = 1; look < 5; look++) {
      await job.alarm();
      expect(standing().status).toBe("running");
      expect(await storage.getAlarm()).toBeGreaterThan(Date.now());
    }
    await job.alarm();
    expect(standing()).toEqual({ status: "failed", finish_reason: "error" });
    expect(await storage.getAlarm()).toBeNull();
    const [last] = storage.sql.exec("SELECT type FROM event ORDER BY seq DESC LIMIT 1");
    expect(last?.type).toBe("prompt.learning.failed");
  });
});

test("a job that has ended and whose rows cannot be read any more is not woken for ever", async () => {
  const { job_id } = await submit({ "gepa.population.num_generations": 1 });
  await ended(job_id);
  await eventually(async () => expect(await alarmIn(job_id)).toBeNull());
  vi.spyOn(console, "error").mockImplementation(() => {});
  await runInDurableObject<Job, void>(jobObjectOf(job_id), async (job, { storage }) => {
    storage.sql.exec("UPDATE snapshot SET body = '{'");
    for (let look = 1; look <= 5; look++) await job.alarm();
    expect(storage.sql.exec("SELECT status FROM job").one().status).toBe("succeeded");
    expect(await storage.getAlarm()).toBeNull();
  });
});

test("an alarm of an object that holds no job leaves nothing behind", async () => {
  await runInDurableObject<Job, void>(jobObjectOf("pl_ffffffffffffffff"), async (job, state) => {
    await job.alarm();
    expect(await state.storage.getAlarm()).toBeNull();
    const tables = "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'";
    expect(state.storage.sql.exec(tables).toArray()).toEqual([]);
  });
});

test("a job whose tenant cannot be told of it runs all the same, and is in the list once it can", async () => {
  const deaf = vi.spyOn(Tenant.prototype, "announce").mockImplementation(() => {
    throw new Error("the registry is away");
  });
  const waiting = await submit({}, { auto_start: false });
  const { job_id } = await submit();
  expect((await ended(job_id)).status).toBe("succeeded");
  expect(await listedStatus(job_id)).toBeUndefined();
  await eventually(async () => expect(await alarmIn(job_id)).toBeGreaterThan(1_000));
  deaf.mockRestore();
  for (const id of [job_id, waiting.job_id]) {
    await runDurableObjectAlarm(jobObjectOf(id));
    await eventually(async () => expect(await alarmIn(id)).toBeNull());
  }
  expect(await listedStatus(job_id)).toBe("succeeded");
  expect(await listedStatus(waiting.job_id)).toBe("pending");
});

test("the list says of a running job that it runs, and what its best score is so far", async () => {
  let limit = 0;
  let answered = 0;
  world.play = async (call) => {
    await eventually(() => expect(answered).toBeLessThan(limit));
    answered += 1;
    return renderedByTheApp(call);
  };
  const { job_id } = await submit();
  await eventually(async () => expect(await listed(job_id)).toMatchObject({ status: "running" }));
  limit = 12;
  await eventually(async () => expect((await listed(job_id))?.baseline_score).toBeGreaterThan(0));
  expect(await listed(job_id)).toMatchObject({ status: "running" });
  limit = Number.POSITIVE_INFINITY;
  await ended(job_id);
  await eventually(async () => expect(await listed(job_id)).toMatchObject({ status: "succeeded" }));
});

test("a job that is cancelled while its tenant hears that it runs is in the list as cancelled", async () => {
  world.hold();
  const real = Tenant.prototype.announce;
  const held = Promise.withResolvers<void>();
  let hearing = false;
  vi.spyOn(Tenant.prototype, "announce").mockImplementation(async function (this: Tenant, summary) {
    if (summary.status === "running") {
      hearing = true;
      await held.promise;
    }
    real.call(this, summary);
  } as typeof real);
  const { job_id } = await submit();
  await eventually(() => expect(hearing).toBe(true));
  await jobs(`/${job_id}/cancel`, { method: "POST" });
  held.resolve();
  await eventually(async () => expect(await listed(job_id)).toMatchObject({ status: "cancelled" }));
  await eventually(async () => expect(await alarmIn(job_id)).toBeNull());
});

test("answers that come after a job was cancelled are told nobody: its last event stays the last", async () => {
  const release = world.hold();
  // The lanes do not hear that they are to stop, and bring all answers home.
  vi.spyOn(RolloutLane.prototype, "stop").mockImplementation(async () => {});
  // All of the baseline's, so that they would make a step complete.
  const { job_id } = await submit({ "gepa.rollout.max_concurrent": 10 });
  await eventually(() => expect(world.inFlight).toBe(10));
  await jobs(`/${job_id}/cancel`, { method: "POST" });
  const log = await eventsOf(job_id);
  release();
  await eventually(async () => {
    expect(world.inFlight).toBe(0);
    expect(await alarmIn(job_id)).toBeNull();
  });
  expect(await eventsOf(job_id)).toEqual(log);
  expect(await view(job_id)).toMatchObject({ status: "cancelled", baseline_score: null });
  expect(world.rollouts.length).toBe(10);
});

test("a job that is torn down while it is cancelled stays cancelled, and calls nobody when it comes back", async () => {
  world.hold();
  const { job_id } = await submit();
  await eventually(() => expect(world.inFlight).toBe(8));
  await jobs(`/${job_id}/cancel`, { method: "POST" });
  await abortAllDurableObjects();
  const reached = world.rollouts.length;
  await runDurableObjectAlarm(jobObjectOf(job_id));
  expect((await view(job_id)).status).toBe("cancelled");
  expect(await listedStatus(job_id)).toBe("cancelled");
  expect(world.rollouts.length).toBe(reached);
});
