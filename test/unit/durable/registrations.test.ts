// The calls of a rollout under its allowance: each is reserved at its worst before it is made, and what is not known counts at that.

import { expect, test } from "vitest";
import { CallLog } from "../../../src/durable/registrations.ts";
import type { CallRecord } from "../../../src/inference/record.ts";

const worst = { tokens: 100, usd: 1 };

function record(tokens: number, usd: number | null, usage_known = true): CallRecord {
  return {
    model: "m",
    messages: [],
    text: "",
    tool_calls: [],
    finish_reason: null,
    status: 200,
    usage: { prompt_tokens: tokens, completion_tokens: 0 },
    usd,
    usage_known,
    duration_ms: 0,
  };
}

test("calls fit as long as what they cost and what is open at its worst is within the allowance", () => {
  const log = new CallLog({ tokens: 250, usd: 10 });
  const [first, second, third] = [log.begin(), log.begin(), log.begin()];
  expect(log.reserve(first, worst)).toBe(true);
  expect(log.reserve(second, worst)).toBe(true);
  expect(log.reserve(third, worst)).toBe(false);
  log.end(record(30, 0.1), first);
  log.end(record(0, 0), third);
  const fourth = log.begin();
  expect(log.reserve(fourth, worst)).toBe(true);
  expect(log.metered()).toEqual({
    metered: { charge: { tokens: 230, usd: 2.1 }, peak: { tokens: 300, usd: 3 }, refused: true },
  });
});

test.each([
  ["whose usage nobody told", record(0, null, false), worst],
  ["without a price", record(40, null), { tokens: 40, usd: 1 }],
  ["that was turned down", record(0, 0), { tokens: 0, usd: 0 }],
])("a call %s counts for %o", (_, ended, charge) => {
  const log = new CallLog({ tokens: 1_000, usd: 10 });
  const call = log.begin();
  log.reserve(call, worst);
  log.end(ended, call);
  // A record that comes twice is of no more weight.
  log.end(ended, call);
  expect(log.metered().metered?.charge).toEqual(charge);
});

test("without an allowance everything fits, and nothing is metered", () => {
  const log = new CallLog(null);
  expect(log.reserve(log.begin(), { tokens: 1e9, usd: 1e9 })).toBe(true);
  expect(log.metered()).toEqual({});
});

test("calls that are open when a rollout is over are told so", async () => {
  const log = new CallLog(worst);
  log.reserve(log.begin(), worst);
  log.breakOff();
  await expect(log.over).resolves.toBeUndefined();
});
