// What a crash leaves in the books: what was under way counts at its worst, and never as more than the limits allow.

import { expect, test } from "vitest";
import { type ByRole, noCharges, total } from "../../../src/durable/ledger.ts";
import { migrateJob } from "../../../src/durable/schema.ts";
import { Spending } from "../../../src/durable/spending.ts";
import { NO_LIMITS } from "../../support/no-limits.ts";
import { nodeSql } from "../../support/node-sql.ts";

/** A job with this exposed, and one rollout in its rows that came to 900 tokens and 0.9 USD. */
function crashed(exposed: ByRole) {
  const sql = nodeSql();
  migrateJob(sql);
  const facts = "INSERT INTO job (one, facts, status, exposed) VALUES (1, '{}', 'running', ?)";
  sql.execute(facts, JSON.stringify(exposed));
  const usage = { prompt_tokens: 800, completion_tokens: 100, llm_calls: 1, usd: 0.9 };
  const row = "INSERT INTO rollout (key, step, answer) VALUES ('a', 1, ?)";
  sql.execute(row, JSON.stringify({ seed: 0, reward: 1, usage }));
  return new Spending(sql);
}

const limit = (most: number) => ({ most, path: [] });
const EXPOSED: ByRole = {
  ...noCharges(),
  policy: { tokens: 200, usd: 0.2 },
  proposer: { tokens: 100, usd: 0.1 },
};

test("what was under way when an object died is written off whole, once, where nothing limits it", () => {
  const spending = crashed(EXPOSED);
  spending.writeOff(2, NO_LIMITS);
  spending.writeOff(2, NO_LIMITS);
  expect(total(spending.before().by_role).tokens).toBe(1_200);
  expect(spending.writtenOff().usd).toBeCloseTo(0.3, 12);
});

test("with what is in rows already it comes to the limit at most, for it was never crossed", () => {
  const spending = crashed(EXPOSED);
  spending.writeOff(2, {
    ...NO_LIMITS,
    tokens: limit(1_000),
    usd: limit(1.05),
    category_usd: { policy: limit(0.95) },
  });
  const { by_role } = spending.before();
  expect(total(by_role).tokens).toBeCloseTo(1_000, 9);
  expect(by_role.policy.usd).toBeCloseTo(0.95, 9);
  expect(total(by_role).usd).toBeLessThanOrEqual(1.05 + 1e-12);
});

test("the mean price is that of the model that counts, where it has rollouts, and the sums are of all", () => {
  const sql = nodeSql();
  migrateJob(sql);
  const usage = { prompt_tokens: 100, completion_tokens: 0, llm_calls: 1 };
  for (const [key, usd] of [
    ["online/a/1/0/gpt-4.1", 1],
    ["online/a/1/0/openai/gpt-4.1-nano", 0.1],
    ["online/a/2/0/openai/gpt-4.1-nano", 0.1],
  ] as const) {
    const answer = JSON.stringify({ seed: 0, reward: 1, usage: { ...usage, usd } });
    sql.execute("INSERT INTO rollout (key, step, answer) VALUES (?, 1, ?)", key, answer);
  }
  const spending = new Spending(sql);
  expect(spending.before(2).mean.usd).toBeCloseTo(0.4, 12);
  expect(spending.before(2, "gpt-4.1").mean.usd).toBe(1);
  expect(spending.before(2, "gpt-4.1").by_role.policy.usd).toBeCloseTo(1.2, 12);
  expect(spending.before(2, "another").mean.usd).toBeCloseTo(0.4, 12);
});
