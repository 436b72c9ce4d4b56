// A job whose task app goes wrong at some call, or at all: what may pass changes nothing of the result; what may not is an
// answer, told once; and nothing is asked more often than it must be.

import { beforeAll, describe, expect, test } from "vitest";
import { MAX_ATTEMPTS } from "../../../src/config/limits.ts";
import { Journal } from "../../../src/durable/journal.ts";
import { migrateJob } from "../../../src/durable/schema.ts";
import type { Sql } from "../../../src/durable/sql.ts";
import { gepaEngine } from "../../../src/engines/gepa/gepa.ts";
import { type AppCall, startFaultApp } from "../../support/fault-app.ts";
import { FAULTS, type Fault, faultNamed, send } from "../../support/faults.ts";
import { fruitSettings, range } from "../../support/fruit.ts";
import { HttpAsker } from "../../support/http-asker.ts";
import { nodeSql } from "../../support/node-sql.ts";
import { life, outcome } from "../../support/toy-job.ts";

const SETTINGS = fruitSettings({
  pareto_seeds: range(0, 4),
  feedback_seeds: range(6, 10),
  minibatch_size: 2,
  initial_size: 2,
  num_generations: 2,
  children_per_generation: 2,
  rng_seed: 3,
  validation_seeds: [12, 13],
  validation_candidates: 1,
});

/** A moment for what a fault writes to be on its way. */
const ON_ITS_WAY_MS = 15;

interface Run {
  sql: Sql;
  asker: HttpAsker;
  calls: AppCall[];
}

let plain: { outcome: string; rollouts: number };
beforeAll(async () => {
  const run = await runJob(() => undefined);
  plain = { outcome: outcome(run.sql), rollouts: run.calls.length };
});

/** A whole job against an app with these faults. */
async function runJob(plan: (call: AppCall) => Fault | undefined): Promise<Run> {
  await using app = await startFaultApp();
  const asker = new HttpAsker(app.url);
  app.plan = (call) => {
    const fault = plan(call);
    if (fault?.slow) setTimeout(() => asker.expire(call.run_id), ON_ITS_WAY_MS);
    return fault;
  };
  const sql = nodeSql();
  migrateJob(sql);
  try {
    await life(sql, asker, undefined, undefined, gepaEngine(SETTINGS));
  } finally {
    expect(asker.timers).toBe(0);
  }
  return { sql, asker, calls: app.calls };
}

const names = (as: Fault["as"]) => Object.keys(FAULTS).filter((name) => faultNamed(name).as === as);
const isFirst = ({ repeats }: AppCall) => repeats === 0;

/** One of each kind. */
const REPRESENTATIVES = [
  ...["reset inside the body", "a garbage status line", "never an answer", "a body that trickles"],
  ...["status 500", "status 503", "status 429, Retry-After: 1000000000", "status 429, Retry-After: soon"],
  ...["an empty body", "truncated JSON", "a page of a proxy", "a reward of 1e999"],
];
const PLACES: readonly [string, (call: AppCall, last: number) => boolean][] = [
  ["at the first call", ({ index }) => index === 0],
  ["in the middle", ({ index }, last) => index === Math.floor(last / 2)],
  ["at the last call", ({ index }, last) => index === last],
  [
    "at every third rollout, again and again but the last attempt",
    ({ seed, repeats }) => seed % 3 === 0 && repeats < MAX_ATTEMPTS - 1,
  ],
];

test.each([
  ...names("retry").map((name) => ({ name, place: "at every rollout once", meets: isFirst })),
  ...REPRESENTATIVES.flatMap((name) => PLACES.map(([place, meets]) => ({ name, place, meets }))),
])(
  "$name, $place, changes nothing of the result, and costs one more call each time",
  async ({ name, meets }) => {
    const fault = faultNamed(name);
    let met = 0;
    const { sql, calls } = await runJob((call) => {
      if (!meets(call, plain.rollouts - 1)) return undefined;
      met += 1;
      return fault;
    });
    expect(met).toBeGreaterThan(0);
    expect(outcome(sql)).toBe(plain.outcome);
    expect(calls.length).toBe(plain.rollouts + met);
  },
);

describe.each(names("final"))("%s", (name) => {
  const fault = faultNamed(name);
  test("at one seed of the search is the answer for that seed: asked once, told with its code, and the job ends", async () => {
    const { sql, calls } = await runJob(({ seed }) => (seed === 2 ? fault : undefined));
    const answers = sql.query("SELECT key, answer FROM rollout").map(({ key, answer }) => ({
      seed: Number(String(key).split("/")[2]),
      answer: JSON.parse(String(answer)),
    }));
    for (const { seed, answer } of answers) {
      if (seed === 2) expect(answer).toMatchObject({ reward: 0, error: { code: fault.code } });
      else expect(answer.error).toBeUndefined();
    }
    expect(answers.some(({ seed }) => seed === 2)).toBe(true);
    expect(calls.every(isFirst)).toBe(true);
    expect(new Journal(sql).totals().rollouts).toBe(calls.length);
  });
});

test.each(names("final"))(
  "%s, at the first, the middle and the last call, is told of each of them, asked once",
  async (name) => {
    const fault = faultNamed(name);
    const met = new Set<string>();
    // The search goes other ways after the first: how many calls it makes is known only then.
    const probe = await runJob(({ index }) => (index === 0 ? fault : undefined));
    const places = [0, Math.floor(probe.calls.length / 2), probe.calls.length - 1];
    const { sql, calls } = await runJob(({ index, run_id }) => {
      if (!places.includes(index)) return undefined;
      met.add(run_id);
      return fault;
    });
    const codes = sql.query("SELECT answer ->> '$.error.code' AS code FROM rollout").map(({ code }) => code);
    expect(codes.filter((code) => code !== null)).toEqual([...met].map(() => fault.code));
    expect(met.size).toBeGreaterThan(1);
    expect(calls.every(isFirst)).toBe(true);
  },
);

test.each([...names("retry"), ...names("final")])(
  "%s at every call fails the job at its baseline, after as many calls as are allowed and no more",
  async (name) => {
    const fault = faultNamed(name);
    const calls: AppCall[] = [];
    const failing = runJob((call) => {
      calls.push(call);
      return fault;
    });
    await expect(failing).rejects.toMatchObject({ code: "baseline_failed" });
    const attempts = fault.as === "final" ? 1 : MAX_ATTEMPTS;
    expect(calls.length).toBe(SETTINGS.pareto_seeds.length * attempts);
  },
);

test("a rollout that gives another answer at its second attempt counts with the answer that was read", async () => {
  const lost: Fault = {
    as: "retry",
    play: ({ response }) => send(response, 503, '{"metrics": {"outcome_reward": 0.125}}'),
  };
  const { sql } = await runJob((call) => (isFirst(call) ? lost : undefined));
  expect(outcome(sql)).toBe(plain.outcome);
});

test("an answer that comes after its time limit is heard by nobody", async () => {
  const late: Fault = {
    as: "retry",
    slow: true,
    play: ({ request, response }) => {
      const answer = () => send(response, 200, '{"metrics": {"outcome_reward": 0.125}}');
      request.socket.on("close", answer);
    },
  };
  const { sql } = await runJob((call) => (isFirst(call) ? late : undefined));
  expect(outcome(sql)).toBe(plain.outcome);
});
