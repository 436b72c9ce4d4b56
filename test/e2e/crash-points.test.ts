// The plug is pulled at every kind of point once: each write, each commit, each alarm, each call, before it, after it, and
// once it is on disk. `npm run crash` does the same at every occurrence, and worse.

import { afterAll, beforeAll, expect, test } from "vitest";
import { CrashLab } from "../crash/lab.ts";
import { gepaJob } from "../crash/subjects.ts";
import {
  drawsOf,
  eachPointOnce,
  killedAt,
  meddled,
  pointsLater,
  type Subject,
  storm,
  subject,
} from "../crash/trials.ts";

const SEED = 1;
/** Kills of one job. */
const KILLS = 8;

let lab: CrashLab;
let job: Subject;

beforeAll(async () => {
  lab = await CrashLab.open();
  job = await subject(lab, { name: "gepa", config: gepaJob(1), concurrent: 1 });
});
afterAll(() => lab[Symbol.asyncDispose]());

test("jobs that are killed at every kind of point end with the identical result, at the cost of a call a kill at most", async () => {
  let left = job.points;
  expect(Object.keys(left).length).toBeGreaterThan(30);
  while (Object.keys(left).length > 0) {
    const missed: Record<string, number> = {};
    for (const [plan, ...then] of eachPointOnce({ points: left }, KILLS)) {
      if (plan === undefined) continue;
      const trial = await killedAt(lab, job, plan, then);
      expect(trial).toMatchObject({ finished: true, faults: [] });
      expect(trial.kills, `kills at ${plan.point}`).toBeGreaterThan(0);
      // A point of the beginning comes no more in a job that has begun: it is the first of a later job.
      for (const { point } of then.slice(trial.kills - 1)) missed[point] = left[point] ?? 1;
    }
    left = missed;
  }
});

test("a job that is killed again while it comes back, and in a storm of kills, ends with the identical result", async () => {
  const plan = { point: "job INSERT INTO rollout before", occurrence: 12 };
  expect(await killedAt(lab, job, plan, pointsLater([1, 2, 5]))).toMatchObject({ kills: 4, faults: [] });
  const trial = await storm(lab, job, SEED, drawsOf(SEED, 40, 200));
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
    acts.map((act, index) => ({ at: 5 * (index + 1), act })),
  );
  expect(trial).toMatchObject({ finished: true, faults: [] });
});
