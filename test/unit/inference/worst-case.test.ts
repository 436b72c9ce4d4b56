// What a call can cost at most is never less than what it does cost.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { priceUsd } from "../../../src/inference/prices.ts";
import { worstCase } from "../../../src/inference/worst-case.ts";

const NANO = { provider: "openai", model: "gpt-4.1-nano" } as const;
const bytes = (text: string) => new TextEncoder().encode(text).byteLength;

test("the prompt is bounded by its bytes, the answer by its limit", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme", maxLength: 30 }), { maxLength: 4 }),
      fc.integer({ min: 0, max: 5_000 }),
      (texts, max_completion_tokens) => {
        const messages = texts.map((content) => ({ role: "user", content }));
        const { tokens } = worstCase({ messages, max_completion_tokens }, NANO);
        // A token of a byte-level vocabulary is a byte at least, and each message has a few of its own.
        const prompt = texts.reduce((sum, text) => sum + bytes(text) + 4, 3);
        return tokens >= prompt + max_completion_tokens;
      },
    ),
  );
});

test("US dollars are those of the bound, at the model's own price", () => {
  const messages = [{ role: "user", content: "x".repeat(1_000) }];
  const { tokens, usd } = worstCase({ messages, max_completion_tokens: 500 }, NANO);
  const usage = { prompt_tokens: tokens - 500, completion_tokens: 500, cached_tokens: 0 };
  expect(usd).toBe(priceUsd("openai", "gpt-4.1-nano", usage));
  const dear = worstCase({ messages, max_completion_tokens: 500 }, { provider: "openai", model: "gpt-4o" });
  expect(dear.usd).toBeGreaterThan(10 * usd);
  expect(dear.tokens).toBe(tokens);
});

test("a model's own prefix changes nothing", () => {
  const messages = [{ role: "user", content: "Hello" }];
  const named = worstCase({ messages, max_tokens: 5 }, { provider: "openai", model: "openai/gpt-4.1-nano" });
  expect(named).toEqual(worstCase({ messages, max_tokens: 5 }, NANO));
  expect(named.usd).toBeGreaterThan(0);
});

test("a model without a price counts its tokens", () => {
  const messages = [{ role: "user", content: "Hello" }];
  const bound = worstCase({ messages, max_tokens: 5 }, { provider: "openai", model: "simulated-1" });
  expect(bound.usd).toBe(0);
  expect(bound.tokens).toBeGreaterThan(5);
});

describe("what makes a call dearer makes its bound larger:", () => {
  const messages = [{ role: "user", content: "Hello" }];
  const plain = worstCase({ messages, max_tokens: 100 }, NANO).tokens;
  const tools = [{ type: "function", function: { name: "look", description: "y".repeat(300) } }];
  const picture = { type: "image_url", image_url: { url: "https://x.example/a.png" } };
  test.each([
    ["several choices", { messages, max_tokens: 100, n: 3 }, plain + 200],
    ["tools", { messages, max_tokens: 100, tools }, plain + 300],
    [
      "a schema of the answer",
      { messages, max_tokens: 100, response_format: { s: "z".repeat(99) } },
      plain + 99,
    ],
    ["a picture", { messages: [{ role: "user", content: [picture] }], max_tokens: 100 }, 5_000],
    ["no limit of the answer", { messages }, 65_536],
    ["a limit that is none", { messages, max_tokens: "many" }, 65_536],
  ])("%s", (_, request, least) => {
    expect(worstCase(request, NANO).tokens).toBeGreaterThanOrEqual(least);
  });

  test("and a limit under either name holds, the newer one first", () => {
    expect(worstCase({ messages, max_completion_tokens: 7, max_tokens: 900 }, NANO).tokens).toBe(plain - 93);
    expect(worstCase({ messages, max_completion_tokens: null, max_tokens: 7 }, NANO).tokens).toBe(plain - 93);
  });
});
