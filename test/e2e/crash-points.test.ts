// The plug is pulled at every kind of point once: each write, each commit, each alarm, each call, before it, after it, and
// once it is on disk. `npm run crash` does the same at every occurrence, and worse.

import { afterAll, beforeAll, expect, test } from "vitest";
import { CrashLab } from "../crash/lab.ts";
import { gepaJob } from "../crash/subjects.ts";
import { drawsOf, eachPointOnce, killedAt, meddled, type Subject, storm, subject } from "../crash/trials.ts";

const SEED = 1;

let lab: CrashLab;
let job: Subject;

beforeAll(async () => {
  lab = await CrashLab.open();
  job = await subject(lab, { name: "gepa", config: gepaJob(1), concurrent: 1 });
});
afterAll(() => lab[Symbol.asyncDispose]());

test("a job that is killed at any kind of point ends with the identical result, at the cost of one call at most", async () => {
  const plans = eachPointOnce(job);
  expect(plans.length).toBeGreaterThan(30);
  for (const plan of plans)
    expect(await killedAt(lab, job, plan)).toMatchObject({ finished: true, faults: [] });
});

test("a job that is killed again while it comes back, and in a storm of kills, ends with the identical result", async () => {
  const plan = { point: "job INSERT INTO rollout before", occurrence: 30 };
  for (const then of [[1], [2], [5, 3]]) {
    expect(await killedAt(lab, job, plan, then)).toMatchObject({ kills: 1 + then.length, faults: [] });
  }
  const trial = await storm(lab, job, SEED, drawsOf(SEED, 20, 160));
  expect(trial, `seed ${SEED}`).toMatchObject({ finished: true, faults: [] });
  expect(trial.kills).toBeGreaterThan(2);
});

test("a job whose object is aborted, whose alarm rings twice at a time, or is lost in a crash, ends with the identical result", async () => {
  const ringTwice = async (id: string) => {
    await Promise.all([lab.meddle(id, "ring"), lab.meddle(id, "ring")]);
  };
  const loseAlarm = async (id: string) => {
    await lab.meddle(id, "lose-alarm");
    await lab.kill();
  };
  const acts = [(id: string) => lab.meddle(id, "abort"), ringTwice, loseAlarm];
  const trial = await meddled(
    lab,
    job,
    "meddled with",
    acts.map((act, index) => ({ at: 12 * (index + 1), act })),
  );
  expect(trial).toMatchObject({ finished: true, faults: [] });
});
