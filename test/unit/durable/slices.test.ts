// What is counted over many calls goes on from slice to slice: a slice is short, and may end at any call.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Execution, laneExecution } from "../../../src/durable/execution.ts";
import type { AskedLane } from "../../../src/durable/lane-api.ts";
import type { RolloutOrder } from "../../../src/rollouts/order.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { nodeSql } from "../../support/node-sql.ts";
import { PlayedWorld } from "../../support/played-lanes.ts";
import { factsOf, smallGepa, WholeJob } from "../../support/whole-job.ts";

let isWell: boolean;
beforeEach(() => {
  isWell = true;
  vi.spyOn(globalThis, "fetch").mockImplementation(
    async () => new Response("{}", { status: isWell ? 200 : 502 }),
  );
});
afterEach(() => {
  vi.restoreAllMocks();
});

const jobOf = (limits: JsonObject) =>
  smallGepa(100, { initial_size: 1, num_generations: 2, children_per_generation: 1 }, limits);

/** Lanes of a world, some of whose calls a test answers in its place. */
function lanesOf(world: PlayedWorld, change: (lane: AskedLane) => Partial<AskedLane>): () => Execution {
  const { lane } = world;
  const changed: AskedLane = {
    rollout: (order) => lane.rollout(order),
    propose: (order) => lane.propose(order),
    stop: () => lane.stop(),
    ...change(lane),
  };
  return () => laneExecution("alpha/job", () => changed);
}

/** An attempt that ran into its time limit, as calls do that take longer than a slice. */
const TIMED_OUT = {
  kind: "retry",
  code: "timeout",
  message: "no answer in time",
  congested: true,
  retry_after_ms: null,
  platform: false,
} as const;

const REFUSED = { kind: "failure", code: "task_app_refused", message: "the database is away" } as const;

test.each(["rollout", "propose"] as const)(
  "a question whose every attempt (%s) outlasts its slice is given up after five, and the job goes on to its end",
  async (call) => {
    const world = new PlayedWorld();
    let attempts = 0;
    const slow = async () => {
      attempts += 1;
      job.close();
      return TIMED_OUT;
    };
    const executionOf = lanesOf(world, (lane) =>
      call === "rollout"
        ? { rollout: (order) => (order.seed === 2 ? slow() : lane.rollout(order)) }
        : { propose: (order) => (attempts < 5 ? slow() : lane.propose(order)) },
    );
    const job = new WholeJob(world, nodeSql(), executionOf);
    await job.run(await factsOf(jobOf({ max_consecutive_errors: 0 })));
    expect(job.view()).toMatchObject({ status: "succeeded" });
    const table = call === "rollout" ? "rollout" : "call";
    const errors = job.store.sql.query(
      `SELECT answer ->> '$.error.message' AS message FROM ${table} WHERE answer ->> '$.error' IS NOT NULL`,
    );
    expect(errors.length).toBeGreaterThan(0);
    expect(new Set(errors.map(({ message }) => message))).toEqual(
      new Set(["no answer in time (after 5 attempts)"]),
    );
    expect(attempts).toBe(5 * errors.length);
    expect(await job.faults()).toEqual([]);
  },
);

test("failures of a step whose slice ended before anybody knew whose they are, are asked about in the next, and withdrawn in an outage", async () => {
  const facts = await factsOf(jobOf({}));
  const isHeldOut = ({ rollout_id }: RolloutOrder) => rollout_id.includes("-validation-");
  let heldOut = 0;
  const counting = lanesOf(new PlayedWorld(), (lane) => ({
    rollout: (order) => {
      if (isHeldOut(order)) heldOut += 1;
      return lane.rollout(order);
    },
  }));
  await new WholeJob(new PlayedWorld(), nodeSql(), counting).run(facts);
  expect(heldOut).toBeGreaterThan(0);

  let failed = 0;
  const executionOf = lanesOf(new PlayedWorld(), (lane) => ({
    rollout: async (order) => {
      if (!isHeldOut(order)) return lane.rollout(order);
      failed += 1;
      // All of the step's rollouts are on their way: they are answered, and the step is done when the slice is over.
      if (failed === heldOut) job.close();
      return REFUSED;
    },
  }));
  const job = new WholeJob(new PlayedWorld(), nodeSql(), executionOf);
  job.life.create(facts, true);
  job.life.begin();
  await job.slice();
  expect([failed, job.store.standing().status]).toEqual([heldOut, "running"]);
  const steps = job.store.step();
  isWell = false;
  await job.slice();
  expect(job.store.standing()).toMatchObject({ status: "paused", pause_reason: "errors" });
  expect(job.store.step()).toBe(steps);
  const left = "SELECT count(*) AS n FROM rollout WHERE answer ->> '$.error' IS NOT NULL";
  expect(job.store.sql.query(left)).toEqual([{ n: 0 }]);
});

test("failures in a row are counted on from slice to slice", async () => {
  const world = new PlayedWorld();
  let isDown = false;
  let failed = 0;
  const executionOf = lanesOf(world, (lane) => ({
    propose: async (order) => {
      isDown = true;
      return lane.propose(order);
    },
    rollout: async (order) => {
      if (!isDown) return lane.rollout(order);
      failed += 1;
      job.close();
      return REFUSED;
    },
  }));
  const job = new WholeJob(world, nodeSql(), executionOf);
  const section = jobOf({ max_consecutive_errors: 6 });
  const gepa = { ...(section.gepa as JsonObject), population: { initial_size: 5 } };
  job.life.create(await factsOf({ ...section, gepa }), true);
  job.life.begin();
  for (let slices = 0; job.store.standing().status === "running" && slices < 20; slices++) await job.slice();
  expect(job.store.standing()).toMatchObject({ status: "paused", pause_reason: "errors" });
  expect(failed).toBeLessThan(12);
});
