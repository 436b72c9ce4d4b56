// The records of a rollout that makes many calls: its answer is what it would be of all texts, and few texts are kept.

import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_TRACE_CALLS, MAX_TRACE_CHARS } from "../../../src/config/limits.ts";
import { CallRecords } from "../../../src/durable/call-records.ts";
import { Registrations } from "../../../src/durable/registrations.ts";
import type { CallRecord } from "../../../src/inference/record.ts";
import { usageOfCalls } from "../../../src/rollouts/answer.ts";
import type { RolloutOrder } from "../../../src/rollouts/order.ts";
import { exchangeOfCalls, moduleCalls } from "../../../src/rollouts/trace.ts";

type Kind = "known" | "unknown" | "known, failed" | "unknown, failed" | "mismatch";
const KINDS: readonly Kind[] = ["known", "unknown", "known, failed", "unknown, failed", "mismatch"];

function record(n: number, kind: Kind, size = 0): CallRecord {
  const text = (what: string) => `${what} ${n} ${"x".repeat(size)}`;
  const code = kind === "mismatch" ? "prompt_mismatch" : "upstream_429";
  return {
    model: "m",
    ...(kind.startsWith("known") && {
      question: { module: `stage ${n % 2}`, values: { topic: text("topic") }, input: text("question") },
    }),
    messages: Array.from({ length: size > 0 ? 20 : 1 }, () => ({ role: "user", content: text("message") })),
    text: text("answer"),
    tool_calls: [{ name: "look", arguments: text("{}") }],
    finish_reason: "stop",
    status: kind.includes("failed") ? 429 : 200,
    ...(!kind.endsWith("known") && { error: { code, message: `call ${n} failed` } }),
    usage: { prompt_tokens: n, completion_tokens: 1 },
    usd: n / 8,
    usage_known: true,
    duration_ms: 1,
  };
}

/** All that a rollout's answer is made from. */
function shownOf(calls: readonly CallRecord[]) {
  const remarks = Array.from({ length: 60 }, (_, n) => ({ module: `stage ${n % 3}`, feedback: `${n}` }));
  return {
    exchange: exchangeOfCalls(calls),
    calls: moduleCalls(calls, remarks, []),
    usage: usageOfCalls(calls),
    ends: calls.map(({ status, error }) => ({ status, error })),
  };
}

test("an answer is the same of the records that are kept as of all texts", () => {
  const property = fc.property(
    fc.array(fc.constantFrom(...KINDS, "known", "known", "known"), { maxLength: 60, size: "max" }),
    (kinds) => {
      const all = kinds.map((kind, n) => record(n, kind as Kind));
      const records = new CallRecords();
      for (const each of all) records.add(each);
      expect(shownOf(records.all)).toEqual(shownOf(all));
    },
  );
  // What fails is printed with its seed.
  fc.assert(property, { numRuns: 300 });
});

test.each(KINDS)("of thousands of calls (%s) the texts of a few are kept", (kind) => {
  const records = new CallRecords();
  const sizeAfter = (from: number, to: number) => {
    for (let n = from; n < to; n++) records.add(record(n, kind, MAX_TRACE_CHARS));
    return JSON.stringify(records.all).length;
  };
  const few = sizeAfter(0, 100);
  expect((sizeAfter(100, 2_000) - few) / 1_900).toBeLessThan(500);
  const texts = records.all.filter(({ text }) => text !== "");
  expect(texts.length).toBeLessThanOrEqual(MAX_TRACE_CALLS);
});

test("a lane keeps no more of a rollout while it runs, and tells all of what it spent", async () => {
  const { registration } = new Registrations().add({} as RolloutOrder);
  for (let n = 0; n < 500; n++) registration.end(record(n, "known", MAX_TRACE_CHARS), registration.begin());
  const kept = await registration.finished();
  expect(usageOfCalls(kept)).toMatchObject({ llm_calls: 500, prompt_tokens: (499 * 500) / 2 });
  expect(JSON.stringify(kept).length).toBeLessThan(500 * 500 + MAX_TRACE_CALLS * 5 * MAX_TRACE_CHARS);
});
