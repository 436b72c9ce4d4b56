// A slice counts its calls, and ends before the platform ends it.

import { expect, test } from "vitest";
import { withinBudget } from "../../../src/durable/call-budget.ts";
import { inlineExecution, laneExecution } from "../../../src/durable/execution.ts";
import { SuspendedError } from "../../../src/durable/gate.ts";
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

test("the call that uses the budget up is made all the same, and those that wait for a place behind it are not", async () => {
  let begun = 0;
  const hanging = lane(() => {
    begun += 1;
    return new Promise(() => {});
  });
  const execution = withinBudget(inlineExecution(hanging), 3, () => execution.close());
  const [own] = execution.lanes("lane", 6);
  for (let n = 0; n < 3; n++) void own?.rollout(ROLLOUT);
  await expect(own?.rollout(ROLLOUT)).rejects.toThrow(SuspendedError);
  expect(begun).toBe(3);
});
