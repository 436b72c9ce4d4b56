import { describe, expect, it } from "vitest";
import type { ProviderName } from "../../../src/config/policy.ts";
import { hasPrice, priceUsd } from "../../../src/inference/prices.ts";
import { readUsage } from "../../../src/inference/usage.ts";

const usage = (prompt_tokens: number, completion_tokens: number, cached_tokens = 0) => ({
  prompt_tokens,
  completion_tokens,
  cached_tokens,
});

describe("priceUsd", () => {
  // US dollars per million tokens, protocol §7.4.
  const prices: [ProviderName, string, number, number][] = [
    ["openai", "gpt-5", 1.25, 10],
    ["openai", "gpt-5-mini", 0.25, 2],
    ["openai", "gpt-5-nano", 0.05, 0.4],
    ["openai", "gpt-4.1", 2, 8],
    ["openai", "gpt-4.1-mini", 0.4, 1.6],
    ["openai", "gpt-4.1-nano", 0.1, 0.4],
    ["openai", "gpt-4o-mini", 0.15, 0.6],
    ["openai", "gpt-4o", 2.5, 10],
    ["openai", "gpt-4o-mini-2024-07-18", 0.15, 0.6],
    ["groq", "openai/gpt-oss-20b", 0.075, 0.3],
    ["groq", "openai/gpt-oss-120b", 0.15, 0.6],
    ["groq", "qwen/qwen3-32b", 0.29, 0.59],
    ["groq", "meta/llama-3.3-70b-versatile", 0.59, 0.79],
    ["groq", "llama-3.3-70b-versatile", 0.59, 0.79],
    ["groq", "meta/llama-3.1-8b-instant", 0.05, 0.08],
    ["google", "gemini-2.5-pro", 1.25, 10],
    ["google", "gemini-2.5-flash", 0.3, 2.5],
    ["google", "models/gemini-2.5-flash", 0.3, 2.5],
    ["google", "gemini-2.5-flash-lite", 0.1, 0.4],
  ];
  it.each(prices)("charges %s %s %d for input and %d for output", (provider, model, input, output) => {
    expect(priceUsd(provider, model, usage(1_000, 0))).toBeCloseTo(input / 1_000, 12);
    expect(priceUsd(provider, model, usage(0, 1_000))).toBeCloseTo(output / 1_000, 12);
  });

  it("charges Gemini 2.5 Pro more beyond 200,000 tokens", () => {
    expect(priceUsd("google", "gemini-2.5-pro", usage(300_000, 0))).toBeCloseTo(0.75, 9);
  });

  it("charges less for cached tokens", () => {
    expect(priceUsd("openai", "gpt-4o-mini", usage(1_000, 0, 1_000))).toBeCloseTo(0.000075, 12);
  });

  it.each([
    ["openai", "gpt-99"],
    ["openai", "simulated-gpt-4o-mini"],
    ["openai", "simulated-x/gpt-4o-mini"],
    ["groq", "gpt-4o-mini"],
    ["openai", ""],
    ["openai", "constructor"],
  ] as const)("does not know what %s %s costs, which is not nothing", (provider, model) => {
    expect(priceUsd(provider, model, usage(1_000, 1_000))).toBeNull();
    expect(hasPrice(provider, model)).toBe(false);
  });

  it("knows which models have a price", () => {
    expect(hasPrice("openai", "gpt-4o-mini")).toBe(true);
  });
});

describe("readUsage", () => {
  it("reads tokens, and how many of them were cached", () => {
    const told = { prompt_tokens: 10, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 4 } };
    expect(readUsage({ usage: told })).toEqual(usage(10, 3, 4));
  });

  it("counts as completion what the total has beyond its parts", () => {
    expect(readUsage({ usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 50 } })).toEqual(
      usage(10, 40),
    );
  });

  it("reads Groq's usage at the end of a stream", () => {
    expect(readUsage({ x_groq: { usage: { prompt_tokens: 1, completion_tokens: 2 } } })).toEqual(usage(1, 2));
  });

  it.each([
    ["no usage", {}],
    ["a usage of null", { usage: null }],
    ["tokens that are text", { usage: { prompt_tokens: "5" } }],
    ["negative tokens", { usage: { prompt_tokens: -5 } }],
    ["endless tokens", { usage: { prompt_tokens: Number.POSITIVE_INFINITY } }],
    ["no object", "usage"],
  ])("is undefined for %s", (_, body) => {
    expect(readUsage(body)).toBeUndefined();
  });

  it("believes in no more cached tokens than there were tokens", () => {
    const told = { prompt_tokens: 5, completion_tokens: 0, prompt_tokens_details: { cached_tokens: 50 } };
    expect(readUsage({ usage: told })).toEqual(usage(5, 0, 5));
  });
});
