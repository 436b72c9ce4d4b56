// Who makes the calls of a slice, and what becomes of those that wait for a place when it ends.

import { expect, test, vi } from "vitest";
import { type Execution, inlineExecution, laneExecution } from "../../../src/durable/execution.ts";
import { SuspendedError } from "../../../src/durable/gate.ts";
import type { AskedLane, ProposalOrder } from "../../../src/durable/lane-api.ts";
import { Ledger, noCharges } from "../../../src/durable/ledger.ts";
import { Metering } from "../../../src/durable/metering.ts";
import { NO_CHARGE } from "../../../src/inference/attempt.ts";
import type { RolloutOrder } from "../../../src/rollouts/order.ts";
import { settle } from "../../support/fake-clock.ts";
import { NO_LIMITS } from "../../support/no-limits.ts";
import { nodeSql } from "../../support/node-sql.ts";
import { PlayedWorld } from "../../support/played-lanes.ts";
import { factsOf, smallGepa, WholeJob } from "../../support/whole-job.ts";

const ROLLOUT = { modules: [] } as unknown as RolloutOrder;
const PROPOSAL = { messages: [] } as unknown as ProposalOrder;
const ANSWER = {
  kind: "answer" as const,
  value: { reward: 1, usage: { prompt_tokens: 0, completion_tokens: 0, llm_calls: 0, usd: 0 } },
};
const REFUSAL = { kind: "failure" as const, code: "no", message: "no" };

/** A lane whose calls end when the test says so. */
function heldLane() {
  const held = Promise.withResolvers<void>();
  const begun: string[] = [];
  const lane: AskedLane = {
    rollout: async () => {
      begun.push("rollout");
      await held.promise;
      return ANSWER;
    },
    propose: async () => {
      begun.push("proposal");
      await held.promise;
      return REFUSAL;
    },
    stop: async () => {},
  };
  return { lane, begun, release: held.resolve };
}

test("lanes of their own are named by job, kind and number", () => {
  const names: string[] = [];
  const lanes = laneExecution("alpha/job", (name) => {
    names.push(name);
    return heldLane().lane;
  });
  expect(lanes.lanes("lane", 13)).toHaveLength(3);
  lanes.lanes("verifier", 1);
  expect(names).toEqual(["alpha/job/lane-0", "alpha/job/lane-1", "alpha/job/lane-2", "alpha/job/verifier-0"]);
});

test("inline there is one lane, whose six places all kinds of calls share in the order in which they come", async () => {
  const { lane, begun, release } = heldLane();
  const inline = inlineExecution(lane);
  expect(inline.lanes("verifier", 0)).toEqual([]);
  const [rollouts] = inline.lanes("lane", 24);
  const [proposals] = inline.lanes("proposer", 6);
  const calls = Array.from({ length: 4 }, () => [
    rollouts?.rollout(ROLLOUT),
    proposals?.propose(PROPOSAL),
  ]).flat();
  await settle();
  expect(begun).toEqual(["rollout", "proposal", "rollout", "proposal", "rollout", "proposal"]);
  release();
  expect(await Promise.all(calls)).toHaveLength(8);
  expect(begun).toHaveLength(8);
});

test("inline, once the slice ends, what has begun is answered, and what waits for a place or comes later is not begun", async () => {
  const { lane, begun, release } = heldLane();
  const inline = inlineExecution(lane);
  const [own] = inline.lanes("lane", 6);
  const calls = Array.from({ length: 8 }, () => own?.rollout(ROLLOUT));
  const ends = Promise.allSettled(calls);
  await settle();
  inline.close();
  await expect(own?.propose(PROPOSAL)).rejects.toThrow(SuspendedError);
  release();
  const answered = { status: "fulfilled", value: ANSWER };
  const turnedAway = { status: "rejected", reason: expect.any(SuspendedError) };
  expect(await ends).toEqual([...Array(6).fill(answered), ...Array(2).fill(turnedAway)]);
  expect(begun).toHaveLength(6);
});

test("a call that was not begun gives back what was reserved for it, and has spent nothing", async () => {
  const ledger = new Ledger({
    limits: { ...NO_LIMITS, tokens: { most: 1_000_000, path: ["max_tokens"] } },
    spent: noCharges(),
    keptBack: () => NO_CHARGE,
    onExposure: () => {},
    onReached: () => {},
  });
  const model = { provider: "openai", model: "gpt-4.1-nano", request: { messages: [] } } as const;
  const suspended = () => Promise.reject(new SuspendedError("no more places"));
  const call = new Metering(ledger).call("proposer", "k", model, suspended);
  await expect(call).rejects.toThrow(SuspendedError);
  expect(ledger.reserved).toEqual(NO_CHARGE);
  expect(ledger.spent).toEqual(NO_CHARGE);
});

/** Children that are proposed together, so that proposals and rollouts of other children meet. */
const JOB = smallGepa(
  200,
  { initial_size: 8, num_generations: 2, children_per_generation: 8 },
  { max_tokens: 10_000_000 },
);

/** An inline execution whose lane answers one proposal, and then keeps everything until it is released. */
function heldAfterOneProposal(world: PlayedWorld) {
  const held = Promise.withResolvers<void>();
  const calls = { asked: 0, begun: 0 };
  let proposals = 0;
  const begin = async () => {
    calls.begun += 1;
    if (proposals > 1) await held.promise;
  };
  const inline = inlineExecution({
    rollout: (order) => begin().then(() => world.lane.rollout(order)),
    propose: (order) => {
      proposals += 1;
      return begin().then(() => world.lane.propose(order));
    },
    stop: async () => {},
  });
  const counted = (lane: AskedLane): AskedLane => ({
    rollout: (order) => {
      calls.asked += 1;
      return lane.rollout(order);
    },
    propose: (order) => {
      calls.asked += 1;
      return lane.propose(order);
    },
    stop: lane.stop,
  });
  const execution: Execution = { ...inline, lanes: (...of) => inline.lanes(...of).map(counted) };
  return { execution, calls, release: held.resolve };
}

test("a job whose slice ends while calls wait inline begins none of them before the next, spends nothing twice, and comes to the same", async () => {
  const facts = await factsOf(JOB);
  const undisturbed = new PlayedWorld();
  const twin = await new WholeJob(undisturbed).run(facts);
  const world = new PlayedWorld();
  const held = heldAfterOneProposal(world);
  let slices = 0;
  const job = new WholeJob(world, nodeSql(), () => {
    slices += 1;
    return slices === 1 ? held.execution : inlineExecution(world.lane);
  });
  job.life.create(facts, true);
  job.life.begin();
  const slice = job.slice();
  await vi.waitFor(() => expect(held.calls.asked).toBeGreaterThan(held.calls.begun + 1));
  const { begun } = held.calls;
  job.close();
  held.release();
  await slice;
  expect(held.calls.begun).toBe(begun);
  expect(job.view().cost).toMatchObject({ reserved: NO_CHARGE, written_off: NO_CHARGE });
  await job.goOn();
  expect(job.results()).toEqual(twin.results());
  expect(world.spent).toEqual(undisturbed.spent);
  const { prompt_tokens, completion_tokens } = job.view().cost;
  expect(prompt_tokens + completion_tokens).toBe(world.spent.tokens);
  expect(await job.faults()).toEqual([]);
});
