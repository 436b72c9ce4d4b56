// What can be asked of a job, in every status; pausing and going on; stopping early; a task app that goes away.

import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Job } from "../../src/durable/job.ts";
import type { JobEvent, JobView, Problem } from "../../src/wire/job.ts";
import type { Json, JsonObject } from "../../src/wire/json.ts";
import {
  ALPHA,
  call,
  comparable,
  ended,
  eventsOf,
  eventually,
  jobObjectOf,
  posted,
  problemOf,
  results,
  submit as submitJob,
  view,
} from "./api.ts";
import { obedient, PROPOSER_MODEL, renderedByTheApp, TASK_APP, World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
});
afterEach(async () => {
  vi.restoreAllMocks();
  // What one test leaves running would reach the world of the next.
  for (const jobId of mine.splice(0)) {
    await send(jobId, "cancel");
    await eventually(async () => expect(await alarmIn(jobId)).toBeNull());
  }
});

const mine: string[] = [];

/** Submits the small job, which is cancelled after the test. */
async function submit(options?: JsonObject, more?: JsonObject): Promise<JobView> {
  const job = await submitJob(options, more);
  mine.push(job.job_id);
  return job;
}

/** Lets so many rollouts be answered, and holds the others until `limit` is raised. */
function paced(limit: number): { limit: number; answered: number } {
  const pace = { limit, answered: 0 };
  world.play = async (rollout) => {
    await eventually(() => expect(pace.answered).toBeLessThan(pace.limit));
    pace.answered += 1;
    return renderedByTheApp(rollout);
  };
  return pace;
}

function completed(jobId: string, least: number): Promise<void> {
  return eventually(async () => {
    expect((await view(jobId)).progress.rollouts_completed).toBeGreaterThanOrEqual(least);
  });
}

const JOBS = "/api/prompt-learning/online/jobs";
const COMMANDS = ["start", "pause", "resume", "stop", "cancel"] as const;

function send(jobId: string, command: string, body: Json = {}, base = "/api/jobs"): Promise<Response> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${ALPHA}` };
  return call(`${base}/${jobId}/${command}`, { ...posted(body), headers });
}

async function done(jobId: string, command: string, body: Json = {}): Promise<JobView> {
  const answer = await send(jobId, command, body);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return answer.json();
}

function alarmIn(jobId: string): Promise<number | null> {
  return runInDurableObject<Job, number | null>(jobObjectOf(jobId), (_, { storage }) => storage.getAlarm());
}

async function undisturbed(options: JsonObject = {}): Promise<unknown> {
  const { job_id } = await submit(options);
  await ended(job_id);
  return comparable(await results(job_id));
}

async function paused(jobId: string): Promise<JobView> {
  return eventually(async () => {
    const job = await view(jobId);
    expect(job.status).toBe("paused");
    return job;
  });
}

/** Brings a job into a status, and keeps it there. */
const SCENES: Record<string, () => Promise<string>> = {
  pending: async () => (await submit({}, { auto_start: false })).job_id,
  queued: async () => {
    // Its alarm rings and nothing comes of it, so that it stays so.
    const lost = vi.spyOn(Job.prototype, "alarm").mockResolvedValue();
    const { job_id } = await submit();
    await eventually(() => expect(lost).toHaveBeenCalled());
    return job_id;
  },
  running: async () => {
    world.hold();
    const { job_id } = await submit();
    await eventually(() => expect(world.inFlight).toBe(8));
    return job_id;
  },
  paused: async () => {
    const release = world.hold();
    const { job_id } = await submit();
    await eventually(() => expect(world.inFlight).toBe(8));
    await done(job_id, "pause");
    release();
    await eventually(async () => expect(await alarmIn(job_id)).toBeNull());
    world.hold();
    return job_id;
  },
  succeeded: async () => {
    const { job_id } = await submit({ "gepa.population.num_generations": 1 });
    await ended(job_id);
    return job_id;
  },
  failed: async () => {
    world.play = async () => Response.json({}, { status: 404 });
    const { job_id } = await submit();
    expect((await ended(job_id)).status).toBe("failed");
    return job_id;
  },
  cancelled: async () => {
    const { job_id } = await submit({}, { auto_start: false });
    await done(job_id, "cancel");
    return job_id;
  },
};

/** Status and command to the status in the answer; null for 409. */
const TABLE: Record<string, Record<(typeof COMMANDS)[number], string | null>> = {
  pending: { start: "queued", pause: null, resume: null, stop: null, cancel: "cancelled" },
  queued: { start: "queued", pause: "paused", resume: "queued", stop: "queued", cancel: "cancelled" },
  running: { start: "running", pause: "paused", resume: "running", stop: "running", cancel: "cancelled" },
  paused: { start: null, pause: "paused", resume: "queued", stop: "queued", cancel: "cancelled" },
  succeeded: { start: null, pause: null, resume: null, stop: null, cancel: null },
  failed: { start: null, pause: null, resume: null, stop: null, cancel: null },
  cancelled: { start: null, pause: null, resume: null, stop: null, cancel: "cancelled" },
};

describe.for(Object.entries(TABLE))("a job that is %s", ([status, row]) => {
  test.for(Object.entries(row))(
    "answers %s with %s, and the same a second time",
    async ([command, expected]) => {
      const job_id = await SCENES[status]?.();
      if (job_id === undefined) throw new Error("no such scene");
      for (const base of ["/api/jobs", JOBS]) {
        const answer = await send(job_id, command, {}, base);
        if (expected === null) {
          const problem: Problem = await problemOf(answer, 409);
          expect(problem).toMatchObject({ code: "wrong_status", job_status: status });
          expect(problem.detail).toContain(status);
        } else {
          expect(answer.status, await answer.clone().text()).toBe(200);
          const told = ((await answer.json()) as JobView).status;
          // A queued job begins to run by itself.
          expect(told === "running" && expected === "queued" ? "queued" : told).toBe(expected);
        }
      }
    },
  );
});

test("a command to a job that does not exist, or to another tenant's, is a 404", async () => {
  for (const command of COMMANDS) {
    expect((await problemOf(await send("pl_0123456789abcdef", command), 404)).code).toBe("job_not_found");
  }
  const { job_id } = await submit({}, { auto_start: false });
  const headers = { authorization: "Bearer key-b" };
  const answer = await call(`/api/jobs/${job_id}/cancel`, { method: "POST", headers });
  expect((await problemOf(answer, 404)).code).toBe("job_not_found");
  expect((await call(`/api/jobs/${job_id}/cancel`, { method: "POST" })).status).toBe(401);
});

describe("a job that is paused", () => {
  test("takes in what is in flight, asks nothing more, and keeps nothing running", async () => {
    const release = world.hold();
    const { job_id } = await submit();
    await eventually(() => expect(world.inFlight).toBe(8));
    expect(await done(job_id, "pause", { reason: "lunch" })).toMatchObject({
      status: "paused",
      pause_reason: "user",
    });
    release();
    await eventually(async () => expect(await alarmIn(job_id)).toBeNull());
    expect(world.rollouts.length).toBe(8);
    expect(world.brokenOff).toBe(0);
    const job = await view(job_id);
    expect(job.progress.rollouts_completed).toBe(8);
    const told = (await eventsOf(job_id)).filter(({ type }) => type === "prompt.learning.paused");
    expect(told).toMatchObject([{ level: "info", data: { pause_reason: "user", reason: "lunch" } }]);
  });

  test("again and again, goes on each time to the very result of one that never was", async () => {
    const twin = await undisturbed();
    const before = world.rollouts.length;
    const pace = paced(0);
    const { job_id } = await submit();
    for (let pauses = 1; pauses <= 3; pauses++) {
      pace.limit = pace.answered + 11;
      await completed(job_id, pace.limit);
      await done(job_id, "pause");
      // What is in flight comes home, and nothing more is asked.
      pace.limit = Number.POSITIVE_INFINITY;
      await eventually(async () => expect(await alarmIn(job_id)).toBeNull());
      expect((await view(job_id)).progress.rollouts_completed).toBe(world.rollouts.length - before);
      pace.limit = pace.answered;
      await done(job_id, "resume");
    }
    pace.limit = Number.POSITIVE_INFINITY;
    expect((await ended(job_id)).status).toBe("succeeded");
    expect(comparable(await results(job_id))).toEqual(twin);
    const asked = world.rollouts.slice(before).map(({ run_id }) => run_id);
    expect(new Set(asked).size).toBe(asked.length);
    const types = (await eventsOf(job_id)).map(({ type }) => type);
    const count = (type: string) => types.filter((told) => told === type).length;
    expect(count("prompt.learning.paused")).toBe(3);
    expect(count("prompt.learning.resumed")).toBe(3);
    expect(count("prompt.learning.gepa.start")).toBe(1);
  });

  test("and torn down, is still paused, calls nobody, and can be resumed", async () => {
    const job_id = await SCENES.paused?.();
    const reached = world.rollouts.length;
    await abortAllDurableObjects();
    expect(await view(job_id ?? "")).toMatchObject({ status: "paused", pause_reason: "user" });
    expect(await alarmIn(job_id ?? "")).toBeNull();
    expect(world.rollouts.length).toBe(reached);
    world.hold()();
    world = new World().install();
    await done(job_id ?? "", "resume");
    expect((await ended(job_id ?? "")).status).toBe("succeeded");
  });

  test("does not count the pause as running time", async () => {
    const job_id = await SCENES.paused?.();
    const first = (await view(job_id ?? "")).progress.elapsed_seconds;
    await runInDurableObject<Job, void>(jobObjectOf(job_id ?? ""), (_, { storage }) => {
      // As if the pause had begun an hour ago.
      storage.sql.exec("UPDATE job SET started_at = started_at - 3600000");
    });
    expect((await view(job_id ?? "")).progress.elapsed_seconds).toBe(first);
  });
});

describe("a job that is stopped", () => {
  test("succeeds with the best so far and its held-out scores", async () => {
    const pace = paced(40);
    const { job_id } = await submit();
    await completed(job_id, 40);
    expect(await done(job_id, "stop", { reason: "good enough" })).toMatchObject({ stopping: true });
    pace.limit = Number.POSITIVE_INFINITY;
    const job = await ended(job_id);
    expect(job).toMatchObject({ status: "succeeded", finish_reason: "stopped", stopping: false });
    const found = await results(job_id);
    expect(found.best_score).toBeGreaterThan(0);
    expect(found.validation_results.map(({ rank }) => rank)).toEqual([-1, 1]);
    expect(found.test_results).toHaveLength(2);
    const types = (await eventsOf(job_id)).map(({ type }) => type);
    expect(types).toContain("prompt.learning.stopping");
    expect(types).toContain("prompt.learning.gepa.termination.triggered");
    expect(types.at(-1)).toBe("prompt.learning.gepa.complete");
    expect(await done(job_id, "stop")).toMatchObject({ status: "succeeded" });
  });

  test("at once, succeeds without held-out scores, and breaks off what is in flight", async () => {
    paced(40);
    const { job_id } = await submit();
    await completed(job_id, 40);
    await eventually(() => expect(world.inFlight).toBeGreaterThan(0));
    await done(job_id, "stop", { held_out: false });
    expect(await ended(job_id)).toMatchObject({ status: "succeeded", finish_reason: "stopped" });
    expect(world.brokenOff).toBeGreaterThan(0);
    const found = await results(job_id);
    expect(found.best_score).toBeGreaterThan(0);
    expect(found.validation_results).toEqual([]);
  });

  test("while its held-out scores are taken, takes them to the end; told to stop at once, does not", async () => {
    for (const held_out of [true, false]) {
      let held: Promise<void> = Promise.resolve();
      let release = () => {};
      world.play = async (rollout) => {
        if (rollout.seed >= 100) await held;
        return renderedByTheApp(rollout);
      };
      ({ promise: held, resolve: release } = Promise.withResolvers<void>());
      const { job_id } = await submit({ "gepa.population.num_generations": 1 });
      await eventually(() =>
        expect(world.rollouts.filter(({ seed }) => seed >= 100).length).toBeGreaterThan(0),
      );
      await done(job_id, "stop", { held_out });
      if (held_out) release();
      const job = await ended(job_id);
      expect(job).toMatchObject({
        status: "succeeded",
        finish_reason: "generations",
      });
      expect((await results(job_id)).validation_results.length).toBe(held_out ? 2 : 0);
      release();
      world = new World().install();
    }
  });

  test("while it is paused, goes on to its end", async () => {
    const job_id = (await SCENES.paused?.()) ?? "";
    world.hold()();
    world = new World().install();
    await done(job_id, "stop");
    expect(await ended(job_id)).toMatchObject({ status: "succeeded", finish_reason: "stopped" });
  });
});

describe("a task app that goes down in the middle of a job", () => {
  const QUICK = { "termination_config.max_consecutive_errors": 6 };

  function trouble(events: readonly JobEvent[]): JsonObject | undefined {
    return events.find(({ type, level }) => type === "prompt.learning.paused" && level === "error")?.data;
  }

  test.each([
    QUICK,
    { "termination_config.max_consecutive_errors": 0, "termination_config.max_error_rate": 0.9 },
  ])(
    "pauses the job, which tells what was seen, and goes on to the very result when it is resumed: %j",
    async (limits) => {
      const twin = await undisturbed();
      const before = world.rollouts.length;
      let down = false;
      world.play = async (rollout) => {
        if (world.rollouts.length > before + 20) down = true;
        return down
          ? Response.json({ detail: "the database is away" }, { status: 400 })
          : renderedByTheApp(rollout);
      };
      const { job_id } = await submit(limits);
      expect(await paused(job_id)).toMatchObject({ pause_reason: "errors" });
      const told = trouble(await eventsOf(job_id));
      expect(told).toMatchObject({ what: "rollouts", last_error: { code: "task_app_refused" } });
      expect(told?.consecutive_errors).toBeGreaterThanOrEqual(3);
      down = false;
      world.play = renderedByTheApp;
      await done(job_id, "resume");
      expect((await ended(job_id)).status).toBe("succeeded");
      expect(comparable(await results(job_id))).toEqual(twin);
    },
  );

  test("at too high a rate, though never in a row, pauses the job by max_error_rate; resumed, it asks again what failed in its step", async () => {
    const rate = { "termination_config.max_consecutive_errors": 0, "termination_config.max_error_rate": 0.2 };
    const failed = new Set<string>();
    world.play = async (rollout) => {
      const fails = world.rollouts.length > 20 && rollout.seed % 2 === 1;
      if (!fails) return renderedByTheApp(rollout);
      failed.add(rollout.run_id);
      return Response.json({ detail: "every other one" }, { status: 400 });
    };
    const { job_id } = await submit(rate);
    expect(await paused(job_id)).toMatchObject({ pause_reason: "errors" });
    const told = trouble(await eventsOf(job_id));
    expect(told).toMatchObject({ what: "rollouts", last_error: { code: "task_app_refused" } });
    expect(Number(told?.failed)).toBeGreaterThan(0.2 * Number(told?.of));
    world.play = renderedByTheApp;
    await done(job_id, "resume");
    expect((await ended(job_id)).status).toBe("succeeded");
    const again = world.rollouts.filter(({ run_id, repeats }) => failed.has(run_id) && repeats > 0);
    expect(again.length).toBeGreaterThan(0);
  });

  test("and is not healthy either, pauses the job after three errors", async () => {
    let down = false;
    world.health = () => new Response("", { status: down ? 502 : 200 });
    world.play = async (rollout) => {
      if (rollout.seed >= 200) down = true;
      return down ? Response.json({}, { status: 400 }) : renderedByTheApp(rollout);
    };
    const { job_id } = await submit();
    expect(await paused(job_id)).toMatchObject({ pause_reason: "errors" });
    expect(trouble(await eventsOf(job_id))).toMatchObject({ health: expect.stringContaining("/health=502") });
    expect((await results(job_id)).test_results).toEqual([]);
    down = false;
    world.play = renderedByTheApp;
    await done(job_id, "resume");
    await ended(job_id);
    expect((await results(job_id)).test_results).toHaveLength(2);
  });

  test("is told from a candidate that makes it fail: such a job goes on", async () => {
    world.play = async (rollout) =>
      rollout.instruction.includes("blue") ? Response.json({}, { status: 400 }) : renderedByTheApp(rollout);
    const { job_id } = await submit(QUICK);
    expect((await ended(job_id)).status).toBe("succeeded");
    const types = (await eventsOf(job_id)).map(({ type }) => type);
    expect(types).not.toContain("prompt.learning.paused");
    expect((await results(job_id)).attempted_candidates.some(({ accuracy }) => accuracy === 0)).toBe(true);
  });

  test("burns the budget on, when the config says so", async () => {
    world.play = async (rollout) =>
      world.rollouts.length > 30 ? Response.json({}, { status: 400 }) : renderedByTheApp(rollout);
    const { job_id } = await submit({ "termination_config.max_consecutive_errors": 0 });
    expect((await ended(job_id)).status).toBe("succeeded");
  });

  test("or the proposer's provider does: the job pauses and goes on with what was proposed", async () => {
    const twin = await undisturbed();
    world.complete = async (request) =>
      request.model === PROPOSER_MODEL
        ? Response.json({ error: { message: "the key was revoked" } }, { status: 401 })
        : obedient(request);
    const { job_id } = await submit();
    expect(await paused(job_id)).toMatchObject({ pause_reason: "errors" });
    expect(trouble(await eventsOf(job_id))).toMatchObject({ what: "proposals" });
    world.complete = obedient;
    await done(job_id, "resume");
    await ended(job_id);
    expect((await results(job_id)).best_score).toBeGreaterThan(0);
    expect(twin).toBeDefined();
  });
});

test("a body that is no JSON, or a reason that is no text, is a 400", async () => {
  const { job_id } = await submit({}, { auto_start: false });
  expect((await problemOf(await send(job_id, "cancel", { reason: 5 }), 400)).code).toBe("bad_request");
  expect(TASK_APP).toContain("https://");
});
