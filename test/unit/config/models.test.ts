import { expect, test } from "vitest";
import { GEPAConfig } from "../../../src/config/gepa.ts";
import {
  bareModel,
  PROPOSER_MODELS,
  PROPOSER_OUTPUT_TOKENS,
  takesTemperature,
} from "../../../src/config/models.ts";

test.each([
  ["openai", "openai/gpt-4o", "gpt-4o"],
  ["openai", "gpt-4o", "gpt-4o"],
  ["openai", " OpenAI/gpt-4o ", "gpt-4o"],
  ["openai", "ft:gpt-4o:org/x", "ft:gpt-4o:org/x"],
  ["google", "google/gemini-2.5-pro", "gemini-2.5-pro"],
  ["google", "models/gemini-2.5-pro", "gemini-2.5-pro"],
  ["google", "google/models/gemini-2.5-pro", "gemini-2.5-pro"],
  ["groq", "openai/gpt-oss-20b", "openai/gpt-oss-20b"],
  ["groq", "groq/openai/gpt-oss-20b", "openai/gpt-oss-20b"],
  ["groq", "groq/llama-3.1-8b-instant", "llama-3.1-8b-instant"],
] as const)("%s knows %s as %s", (provider, model, bare) => {
  expect(bareModel(provider, model)).toBe(bare);
});

test.each([
  ["openai", "gpt-4o-mini", true],
  ["openai", "gpt-5-mini", false],
  ["openai", "openai/GPT-5", false],
  ["openai", "gpt-5-chat-latest", true],
  ["openai", "o3-mini", false],
  ["groq", "openai/gpt-oss-20b", true],
  ["groq", "o3", true],
] as const)("%s %s takes a temperature: %s", (provider, model, takes) => {
  expect(takesTemperature(provider, model)).toBe(takes);
});

test("every proposer effort has a model, every output size a number of tokens", () => {
  expect(PROPOSER_MODELS).toEqual({
    LOW_CONTEXT: { provider: "groq", model: "openai/gpt-oss-120b" },
    LOW: { provider: "openai", model: "gpt-4o-mini" },
    MEDIUM: { provider: "openai", model: "gpt-4o" },
    HIGH: { provider: "openai", model: "gpt-5" },
  });
  expect(PROPOSER_OUTPUT_TOKENS).toEqual({ RAPID: 3_000, FAST: 10_000, SLOW: 25_000 });
  const { proposer_effort, proposer_output_tokens } = GEPAConfig.parse({ evaluation: { seeds: [] } });
  expect(PROPOSER_MODELS[proposer_effort].model).toBe("gpt-4o-mini");
  expect(PROPOSER_OUTPUT_TOKENS[proposer_output_tokens]).toBe(10_000);
});
