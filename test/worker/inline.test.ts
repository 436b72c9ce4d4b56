// `EXECUTION_MODE = "inline"`: the job's object makes its calls by itself. All that is promised of jobs holds there too.

import { abortAllDurableObjects, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { JobSlice } from "../../src/durable/job-slice.ts";
import type { ValidationReport } from "../../src/wire/validate.ts";
import {
  ALPHA,
  BASELINE,
  call,
  comparable,
  ended,
  eventually,
  jobObjectOf,
  jobs,
  miproJob,
  posted,
  problemOf,
  results,
  smallJob,
  submit,
  view,
} from "./api.ts";
import {
  obedient,
  type Player,
  PROPOSER_MODEL,
  renderedByTheApp,
  throughInterceptor,
  World,
} from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
  setMode("inline");
});
afterEach(() => {
  setMode("lanes");
  vi.restoreAllMocks();
});

/** What the operator has set, for the Worker and for its objects. */
function setMode(mode: string): void {
  Object.assign(env, { EXECUTION_MODE: mode });
}

async function sent(config: ReturnType<typeof smallJob>): Promise<string> {
  const answer = await jobs("", posted({ config_body: config }));
  expect(answer.status, await answer.clone().text()).toBe(201);
  return ((await answer.json()) as { job_id: string }).job_id;
}

async function resultsOf(jobId: string) {
  expect(await ended(jobId)).toMatchObject({ status: "succeeded" });
  return comparable(await results(jobId));
}

/** The result of the same job in a deployment with lanes. */
async function byLanes(config: ReturnType<typeof smallJob>, play: Player) {
  setMode("lanes");
  world.play = play;
  const found = await resultsOf(await sent(config));
  world = new World().install();
  setMode("inline");
  return found;
}

test.each([
  ["GEPA", smallJob(), [0.1, 0.6, 0.95]],
  ["MIPRO", miproJob(), [0.3, 0.8]],
] as const)(
  "a %s job whose object is torn down again and again ends with the result of lanes, and repeats no finished rollout",
  async (_, config, moments) => {
    const play = throughInterceptor(BASELINE);
    const twin = await byLanes(config, play);
    let answered = 0;
    let limit = 0;
    world.play = async (it) => {
      if (answered >= limit) await new Promise(() => {});
      answered += 1;
      return play(it);
    };
    const jobId = await sent(config);
    for (const moment of moments.map((share) => Math.floor(share * twin.rollouts))) {
      limit = moment;
      // From here on the task app says nothing, so the object goes down with calls in flight.
      runDurableObjectAlarm(jobObjectOf(jobId)).catch(() => {});
      await eventually(async () => {
        expect((await view(jobId)).progress.rollouts_completed).toBe(moment);
        expect(world.rollouts.length).toBeGreaterThan(moment);
      });
      await abortAllDurableObjects();
    }
    limit = Number.POSITIVE_INFINITY;
    await runDurableObjectAlarm(jobObjectOf(jobId));
    expect(await resultsOf(jobId)).toEqual(twin);
    expect(answered).toBe(twin.rollouts);
  },
);

test("no more than six calls of a job are in flight, whatever max_concurrent is, and a job that is cancelled breaks them off", async () => {
  world.hold();
  const { job_id } = await submit({ "gepa.rollout.max_concurrent": 24 });
  await eventually(() => expect(world.inFlight).toBe(6));
  await jobs(`/${job_id}/cancel`, { method: "POST" });
  await eventually(() => expect(world.brokenOff).toBe(6));
  expect(await view(job_id)).toMatchObject({ status: "cancelled" });
  expect(world.rollouts.length).toBe(6);
});

test("a job that is stopped breaks off its search, and scores its best candidate", async () => {
  world.play = async (it) => {
    if (world.rollouts.length > 40 && world.brokenOff === 0) await new Promise(() => {});
    return renderedByTheApp(it);
  };
  const { job_id } = await submit();
  await eventually(() => expect(world.rollouts.length).toBeGreaterThan(40));
  await jobs(`/${job_id}/stop`, { method: "POST" });
  expect(await ended(job_id)).toMatchObject({ status: "succeeded", finish_reason: "stopped" });
  expect(world.brokenOff).toBeGreaterThan(0);
  expect((await results(job_id)).test_results.length).toBeGreaterThan(0);
});

test("where an invocation may make no more calls, the next one goes on, and nothing counts as failed", async () => {
  const twin = await byLanes(smallJob(), renderedByTheApp);
  const spent = () => {
    throw new Error("Too many subrequests by single Worker invocation.");
  };
  let calls = 0;
  const counted = () => {
    calls += 1;
    return calls > 15;
  };
  let slices = 0;
  const run = JobSlice.prototype.run;
  vi.spyOn(JobSlice.prototype, "run").mockImplementation(function (this: JobSlice) {
    slices += 1;
    calls = 0;
    return run.call(this);
  });
  world.play = async (it) => (counted() ? spent() : renderedByTheApp(it));
  world.complete = async (it) => (it.model === PROPOSER_MODEL && counted() ? spent() : obedient(it));
  const { job_id } = await submit();
  expect(await resultsOf(job_id)).toEqual(twin);
  expect(slices).toBeGreaterThan(3);
});

test("a job that asks for more than the mode has room for is told so, and the estimate reckons with six", async () => {
  const overrides = { "gepa.rollout.max_concurrent": 60 };
  const told =
    'prompt_learning.gepa.rollout.max_concurrent is 60, but this deployment keeps at most 6 rollouts of a job in flight (EXECUTION_MODE is "inline")';
  const validate = async (config_body: ReturnType<typeof smallJob>, more = {}) => {
    const init = posted({ config_body, overrides: more });
    const headers = { ...init.headers, authorization: `Bearer ${ALPHA}` };
    const answer = await call("/api/prompt-learning/validate", { ...init, headers });
    return (await answer.json()) as ValidationReport;
  };
  const messages = async (more: Record<string, number>) =>
    (await validate(smallJob(), more)).warnings.map(({ message }) => message);
  expect(await messages(overrides)).toContain(told);
  expect(await messages({ "gepa.rollout.max_concurrent": 6 })).not.toContain(told.replace("60", "6"));
  const six = await validate(smallJob(), { "gepa.rollout.max_concurrent": 6 });
  const inline = await validate(smallJob(), overrides);
  expect(inline.estimate.seconds).toEqual(six.estimate.seconds);
  setMode("lanes");
  const lanes = await validate(smallJob(), overrides);
  expect(lanes.warnings.map(({ message }) => message)).not.toContain(told);
  expect(lanes.estimate.seconds.high).toBeLessThan(inline.estimate.seconds.high);
});

test("the health tells the mode; one that is none is told by name, and takes no jobs", async () => {
  expect(await (await call("/health")).json()).toMatchObject({ execution_mode: "inline", most_in_flight: 6 });
  setMode("in line");
  const health = await problemOf(await call("/health"), 503);
  expect(health.detail).toContain(
    'EXECUTION_MODE ([vars] of wrangler.toml) must be "lanes" or "inline", and is "in line"',
  );
  await problemOf(await jobs("", posted({ config_body: smallJob() })), 503);
});
