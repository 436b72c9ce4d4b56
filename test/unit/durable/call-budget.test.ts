// A slice counts its calls, and ends before the platform ends it.

import { expect, test } from "vitest";
import { withinBudget } from "../../../src/durable/call-budget.ts";
import { inlineExecution, laneExecution } from "../../../src/durable/execution.ts";
import type { AskedLane, ProposalOrder } from "../../../src/durable/lane-api.ts";
import type { Attempt, RolloutOrder } from "../../../src/rollouts/order.ts";

const ANSWER = {
  kind: "answer" as const,
  value: { reward: 1, usage: { prompt_tokens: 0, completion_tokens: 0, llm_calls: 0, usd: 0 } },
};
const ROLLOUT = {} as RolloutOrder;
const PROPOSAL = {} as ProposalOrder;

function lane(rollout: AskedLane["rollout"]): AskedLane {
  const proposal = { kind: "failure" as const, code: "no", message: "no" };
  return { rollout, propose: async () => proposal, stop: async () => {} };
}

function budgeted(most: number, rollout: AskedLane["rollout"] = async () => ANSWER) {
  let spent = 0;
  const execution = withinBudget(
    laneExecution("job", () => lane(rollout)),
    most,
    () => {
      spent += 1;
    },
  );
  return { execution, spent: () => spent };
}

const refused = (message: string, platform: boolean): Attempt<never> => {
  const more = { congested: false, retry_after_ms: null, platform };
  return { kind: "retry", code: "connection", message, ...more };
};

test("calls of all lanes and kinds are counted together", async () => {
  const { execution, spent } = budgeted(3);
  const [first, second] = execution.lanes("lane", 12);
  const [proposer] = execution.lanes("proposer", 1);
  await first?.rollout(ROLLOUT);
  await second?.rollout(ROLLOUT);
  expect(spent()).toBe(0);
  await proposer?.propose(PROPOSAL);
  expect(spent()).toBe(1);
  expect(await first?.rollout(ROLLOUT)).toEqual(ANSWER);
});

test.each([
  ["Too many subrequests.", true, 1],
  ["Too many API requests by single Worker invocation.", true, 1],
  // A task app may say so of itself.
  ["the task app answered 500: Too many subrequests.", false, 0],
  ["connection refused", true, 0],
])(
  "an attempt that ends with %j, of the platform: %j, ends the slice %i times",
  async (message, platform, times) => {
    const { execution, spent } = budgeted(100, async () => refused(message, platform));
    await execution.lanes("lane", 1)[0]?.rollout(ROLLOUT);
    expect(spent()).toBe(times);
  },
);

test("a lane that cannot be called, because there were too many calls, ends the slice too, and its error comes through", async () => {
  const { execution, spent } = budgeted(100, () => Promise.reject(new Error("Too many API requests")));
  await expect(execution.lanes("lane", 1)[0]?.rollout(ROLLOUT)).rejects.toThrow("Too many API requests");
  expect(spent()).toBe(1);
});

test("lanes of their own are named by job, kind and number; inline there is one for all kinds", () => {
  const names: string[] = [];
  const own = lane(async () => ANSWER);
  const lanes = laneExecution("alpha/job", (name) => {
    names.push(name);
    return own;
  });
  expect(lanes.lanes("lane", 13)).toHaveLength(3);
  lanes.lanes("verifier", 1);
  expect(names).toEqual(["alpha/job/lane-0", "alpha/job/lane-1", "alpha/job/lane-2", "alpha/job/verifier-0"]);
  const inline = inlineExecution(own);
  expect(inline.lanes("lane", 24)).toEqual([own]);
  expect(inline.lanes("verifier", 0)).toEqual([]);
});
