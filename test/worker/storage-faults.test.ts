// A Job whose disk fails at any one of its writes: it goes on to the result of an undisturbed run, or fails and says why.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { JsonObject } from "../../src/wire/json.ts";
import { comparable, eventsOf, eventually, jobObjectOf, jobs, results, submit, view } from "./api.ts";
import { World } from "./world.ts";

const TINY: JsonObject = {
  "gepa.rollout.budget": 30,
  "gepa.evaluation.validation_seeds": [100],
  "gepa.evaluation.test_pool": [],
  "gepa.population.num_generations": 1,
  "gepa.population.children_per_generation": 1,
};

/** A write that fails, every other one of them done all the same; a commit of which nothing is kept; an alarm that cannot be set. */
type Fault = "write" | "commit" | "alarm";

beforeEach(() => {
  new World().install();
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A tiny job that waits to be started, on a disk whose `fatal`th operation of a kind fails. */
async function jobOnFaultyDisk(kind: Fault, fatal: number) {
  const { job_id } = await submit(TINY, { auto_start: false });
  await eventually(async () =>
    expect(await runInDurableObject(jobObjectOf(job_id), (_, { storage }) => storage.getAlarm())).toBeNull(),
  );
  let operations = 0;
  const failsNow = () => ++operations === fatal;
  await runInDurableObject(jobObjectOf(job_id), (_, { storage }) => {
    if (kind === "alarm") breakAlarms(storage, failsNow);
    else if (kind === "commit") breakCommits(storage, failsNow);
    else breakWrites(storage, fatal % 2 === 0, failsNow);
  });
  return { job_id, operations: () => operations };
}

function breakWrites({ sql }: DurableObjectStorage, isDone: boolean, failsNow: () => boolean): void {
  const exec = sql.exec.bind(sql);
  const broken: typeof exec = (statement, ...bindings) => {
    const fails = !/^\s*select/i.test(statement) && failsNow();
    if (!fails) return exec(statement, ...bindings);
    // Read to its end, or the platform could not commit.
    if (isDone) exec(statement, ...bindings).toArray();
    throw new Error("the disk failed");
  };
  Object.defineProperty(sql, "exec", { value: broken });
}

function breakCommits(storage: DurableObjectStorage, failsNow: () => boolean): void {
  const transaction = storage.transactionSync.bind(storage);
  let depth = 0;
  const broken: typeof transaction = (work) => {
    const fails = depth === 0 && failsNow();
    depth += 1;
    try {
      return transaction(() => {
        const done = work();
        if (fails) throw new Error("the disk failed");
        return done;
      });
    } finally {
      depth -= 1;
    }
  };
  Object.defineProperty(storage, "transactionSync", { value: broken });
}

function breakAlarms(storage: DurableObjectStorage, failsNow: () => boolean): void {
  const setAlarm = storage.setAlarm.bind(storage);
  const broken: typeof setAlarm = (...args) =>
    failsNow() ? Promise.reject(new Error("the disk failed")) : setAlarm(...args);
  Object.defineProperty(storage, "setAlarm", { value: broken });
}

/** Starts the job, and again when that did not work; then lets every alarm ring at once until the job has ended. */
async function runToEnd(jobId: string) {
  await eventually(async () => {
    const answer = await jobs(`/${jobId}/start`, { method: "POST" });
    expect([200, 409]).toContain(answer.status);
  });
  return eventually(async () => {
    await runDurableObjectAlarm(jobObjectOf(jobId));
    const job = await view(jobId);
    expect(job.status).toMatch(/succeeded|failed/);
    return job;
  });
}

async function outcome(jobId: string) {
  const told = (await eventsOf(jobId)).filter(({ type }) => !type.endsWith(".progress"));
  return {
    results: comparable(await results(jobId)),
    events: told.map(({ type, message }) => ({ type, message: message.replaceAll(jobId, "") })),
  };
}

test.each<Fault>(["write", "commit", "alarm"])(
  "a failing %s, whichever it is, changes nothing of a job's result",
  async (kind) => {
    const plain = await jobOnFaultyDisk(kind, -1);
    expect((await runToEnd(plain.job_id)).status).toBe("succeeded");
    const twin = await outcome(plain.job_id);
    expect(plain.operations()).toBeGreaterThan(1);
    for (let fatal = 1; fatal <= plain.operations(); fatal++) {
      const { job_id } = await jobOnFaultyDisk(kind, fatal);
      const job = await runToEnd(job_id);
      expect(job, `${kind} ${fatal}`).toMatchObject({ status: "succeeded" });
      expect(await outcome(job_id), `${kind} ${fatal}`).toEqual(twin);
      const seqs = (await eventsOf(job_id)).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    }
  },
  120_000,
);
