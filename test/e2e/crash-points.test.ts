// The plug is pulled at every kind of point once: each write, each commit, each alarm, each call, before it, after it, and
// once it is on disk. `npm run crash` does the same at every occurrence, and worse.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../src/wire/json.ts";
import { type Herd, herd, killedTogether } from "../crash/herd.ts";
import { CrashLab } from "../crash/lab.ts";
import { gepaJob, miproJob } from "../crash/subjects.ts";
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
/** Kills of two jobs. */
const KILLS = 15;

let lab: CrashLab;
let job: Subject;
let pair: Herd;

beforeAll(async () => {
  lab = await CrashLab.open();
  job = await subject(lab, { name: "gepa", config: gepaJob(1), concurrent: 1 });
  const mipro = await subject(lab, { name: "mipro", config: quickMiproJob(), concurrent: 1 });
  pair = await herd(lab, [job, mipro]);
});
afterAll(() => lab[Symbol.asyncDispose]());

/** The reference job with fewer proposals: a kill is as good at one as at a hundred. */
function quickMiproJob(): JsonObject {
  const { mipro, ...rest } = miproJob(1);
  return { ...rest, mipro: { ...(mipro as JsonObject), grounding: { n: 3 }, duplicate_retry_limit: 1 } };
}

test("a GEPA and a MIPRO job in one process that is killed at every kind of point end with the identical results, at the cost of a call a kill at most", async () => {
  const kinds = Object.entries(pair.points);
  expect(kinds.length).toBeGreaterThan(30);
  for (let left = kinds; left.length > 0; ) {
    for (const plans of eachPointOnce({ points: Object.fromEntries(left) }, KILLS)) {
      const name = `killed at ${plans.map(({ point }) => point).join(", ")}`;
      const trials = await killedTogether(lab, pair, name, plans.values(), plans.length);
      for (const trial of trials) expect(trial).toMatchObject({ finished: true, faults: [] });
      expect(lab.diedAt.has(plans[0]?.point ?? "")).toBe(true);
    }
    // A point of the beginning comes no more in jobs that have begun: it is the first of later ones.
    left = kinds.filter(([point]) => !lab.diedAt.has(point));
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
