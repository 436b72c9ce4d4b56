// How many rollouts a step may plan with, from what is left of the limits on tokens and US dollars.

import { describe, expect, test } from "vitest";
import type { JobLimits } from "../../../src/config/job-limits.ts";
import { noCharges } from "../../../src/durable/ledger.ts";
import { roomFor, type SpentBefore } from "../../../src/durable/spending.ts";
import { NO_LIMITS } from "../../support/no-limits.ts";

const limit = (most: number) => ({ most, path: [] });

/** Ten rollouts of 100 tokens and 1 USD on the average, the dearest twice that; two proposals of 500 tokens and 5 USD. */
const SPENT: SpentBefore = {
  by_role: {
    ...noCharges(),
    policy: { tokens: 1_000, usd: 10 },
    proposer: { tokens: 1_000, usd: 10 },
  },
  rollouts: 10,
  dearest: { tokens: 200, usd: 2 },
  mean: { tokens: 100, usd: 1 },
  proposal: { tokens: 500, usd: 5 },
};
/** The same, with judgements of 50 tokens and 0.5 USD a rollout. */
const JUDGED: SpentBefore = {
  ...SPENT,
  by_role: { ...SPENT.by_role, verifier: { tokens: 500, usd: 5 } },
};

describe("room for rollouts", () => {
  test.each<[string, Partial<JobLimits>, SpentBefore, number, ReturnType<typeof roomFor>]>([
    ["is not limited without limits", {}, SPENT, 0, null],
    ["is not limited by time or trials", { seconds: limit(1), trials: limit(1) }, SPENT, 0, null],
    [
      "is what is left at the dearest price",
      { tokens: limit(4_100) },
      SPENT,
      0,
      { rollouts: 10, reason: "tokens" },
    ],
    [
      "or at the mean, where the config says so",
      { tokens: limit(4_100), pessimistic: false },
      SPENT,
      0,
      { rollouts: 21, reason: "tokens" },
    ],
    ["sets proposals aside", { tokens: limit(4_000) }, SPENT, 2, { rollouts: 5, reason: "tokens" }],
    ["counts US dollars alike", { usd: limit(41) }, SPENT, 2, { rollouts: 5, reason: "cost" }],
    [
      "is that of the limit that leaves least",
      { tokens: limit(4_000), usd: limit(26) },
      SPENT,
      0,
      { rollouts: 3, reason: "cost" },
    ],
    [
      "knows the limit of the rollouts' own role, which proposals do not touch",
      { category_usd: { policy: limit(18) } },
      SPENT,
      9,
      { rollouts: 4, reason: "cost" },
    ],
    [
      "pays for the judgement of each",
      { tokens: limit(5_000) },
      JUDGED,
      0,
      { rollouts: 10, reason: "tokens" },
    ],
    [
      "knows the judges' own limit",
      { category_usd: { verifier: limit(8) } },
      JUDGED,
      0,
      { rollouts: 6, reason: "cost" },
    ],
    ["does not mind a limit of proposals alone", { category_usd: { proposer: limit(1) } }, SPENT, 9, null],
    [
      "is none, and not less, once a limit is passed",
      { usd: limit(5) },
      SPENT,
      3,
      { rollouts: 0, reason: "cost" },
    ],
    [
      "is not known before there is a price",
      { tokens: limit(5), usd: limit(5) },
      { ...SPENT, rollouts: 0, dearest: { tokens: 0, usd: 0 } },
      0,
      null,
    ],
    [
      "goes by tokens where a model costs nothing",
      { tokens: limit(2_400), usd: limit(1) },
      { ...SPENT, dearest: { tokens: 200, usd: 0 } },
      0,
      { rollouts: 2, reason: "tokens" },
    ],
  ])("%s", (_, limits, spent, proposals, expected) => {
    expect(roomFor({ ...NO_LIMITS, ...limits }, spent, proposals)).toEqual(expected);
  });
});
