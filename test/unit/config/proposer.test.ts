// Who proposes new texts, and how it is asked.

import { describe, expect, test } from "vitest";
import type { ModelRules } from "../../../src/config/model-list.ts";
import { proposerFor } from "../../../src/config/models.ts";
import { proposerSheet } from "../../../src/config/proposer.ts";
import { readRunnable } from "../../../src/config/read.ts";
import { estimateTokens } from "../../../src/config/tokens.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { baseSection, errorOf, sectionWith } from "./base-config.ts";

/** A GEPA config with these options beside the least. */
function gepaWith(options: JsonObject, mutation: JsonObject = {}, models?: ModelRules) {
  const base = baseSection();
  const mapping = { ...base, gepa: { ...(base.gepa as JsonObject), ...options, mutation } };
  const { config, warnings } = readRunnable({ mapping }, {}, models === undefined ? {} : { models });
  return { gepa: config.gepa, warnings: warnings.map(({ message }) => message) };
}

describe("the proposer's model", () => {
  test("is the one behind proposer_effort, where nothing else is said", () => {
    expect(proposerFor(gepaWith({ proposer_effort: "HIGH", proposer_output_tokens: "RAPID" }).gepa)).toEqual({
      provider: "openai",
      model: "gpt-5",
      max_tokens: 3_000,
    });
  });

  test("is mutation.llm_model, with its provider and its tokens", () => {
    const mutation = { llm_model: "gpt-4.1", llm_provider: "openai", max_tokens: 700 };
    const { gepa, warnings } = gepaWith({}, mutation);
    expect(proposerFor(gepa)).toEqual({ provider: "openai", model: "gpt-4.1", max_tokens: 700 });
    expect(warnings).toEqual([]);
  });

  test("is mutation.synth_meta_model for synth, and for synth only", () => {
    const mutation = {
      llm_model: "gpt-4.1",
      llm_provider: "openai",
      synth_meta_model: "gemini-2.5-pro",
      synth_meta_provider: "google",
      synth_max_tokens: 900,
    };
    expect(proposerFor(gepaWith({ proposer_type: "synth" }, mutation).gepa)).toEqual({
      provider: "google",
      model: "gemini-2.5-pro",
      max_tokens: 900,
    });
    expect(proposerFor(gepaWith({ proposer_type: "dspy" }, mutation).gepa)).toMatchObject({
      model: "gpt-4.1",
    });
  });

  test.each([
    ["is not on the list", { llm_model: "llama3-groq-70b", llm_provider: "groq" }, "must be a model of groq"],
    ["is a nano", { llm_model: "gpt-5-nano", llm_provider: "openai" }, "must be a stronger model"],
    ["has no provider", { llm_model: "gpt-4.1" }, "needs llm_provider"],
  ])("is not an llm_model that %s, and that is said", (_, mutation, why) => {
    const { gepa, warnings } = gepaWith({}, mutation);
    expect(proposerFor(gepa).model).toBe("gpt-4o-mini");
    expect(warnings[0]).toContain("gepa.mutation.llm_model is ignored, and proposer_effort chooses");
    expect(warnings[0]).toContain(why);
  });

  test("must be allowed where it is asked for by its newer name", () => {
    const section = sectionWith("gepa.mutation", {
      synth_meta_model: "gpt-5-nano",
      synth_meta_provider: "openai",
    });
    expect(errorOf({ mapping: section }).message).toContain("synth_meta_model must be a stronger model");
  });
});

describe("what the proposer is told", () => {
  const template = "Text: <curr_param> Runs: <side_info>";

  test.each([
    ["a whole prompt and further instructions", { metaprompt: template }, "Be bold.", template, "Be bold."],
    ["the same the other way round", { metaprompt: "Be bold." }, template, template, "Be bold."],
    ["further instructions only", { metaprompt: "Be bold." }, "Be brief.", null, "Be bold.\n\nBe brief."],
  ])("is %s", (_, options, prompt, whole, more) => {
    expect(proposerSheet(gepaWith(options, { prompt }).gepa)).toMatchObject({
      template: whole,
      instructions: more,
    });
  });

  test.each([
    ["gepa.metaprompt", "Improve <curr_param>.", "<side_info> is missing"],
    ["gepa.mutation.prompt", "Learn from <side_info>.", "<curr_param> is missing"],
  ])("%s with one of its two places is a mistake", (path, text, why) => {
    const { message } = errorOf({ mapping: sectionWith(path, text) });
    expect(message).toContain(`prompt_learning.${path} must have both`);
    expect(message).toContain(why);
  });
});

test.each([
  ["dspy", { dspy_temperature: 0.1 }, {}, 0.1],
  ["gepa-ai", { gepa_ai_temperature: 0.2 }, { temperature: 0.9 }, 0.2],
  ["synth", { synth_temperature: 0.3 }, { synth_temperature: 0.4 }, 0.3],
  ["synth", {}, { synth_temperature: 0.4, temperature: 0.9 }, 0.4],
  ["dspy", { synth_temperature: 0.3 }, { temperature: 0.9 }, 0.9],
  ["dspy", { dspy_temperature: 0 }, { temperature: 0.9 }, 0],
  ["dspy", {}, {}, null],
])("the temperature of %s with %j and %j is %s", (proposer_type, options, mutation, expected) => {
  const { gepa } = gepaWith({ proposer_type, ...options }, mutation);
  expect(proposerSheet(gepa).temperature).toBe(expected);
});

describe("the specification", () => {
  const rule = (id: string, priority: number | undefined) => ({
    id,
    title: `rule ${id}`,
    constraints: { must: [`do ${id}`], must_not: [`skip ${id}`] },
    examples: [{ kind: "good", prompt: "in", response: `out ${id}` }],
    ...(priority === undefined ? {} : { priority }),
  });
  const document = JSON.stringify({
    metadata: { id: "s", title: "Cards", description: "How cards are handled." },
    principles: [{ id: "p", text: "Be kind." }],
    rules: [rule("low", 2), rule("high", 9), rule("none", undefined)],
    glossary: [{ term: "PIN", definition: "a secret number" }],
  });
  const shown = (options: JsonObject) => proposerSheet(gepaWith(options).gepa).specification;

  test("has its rules by priority, with their constraints and examples, its principles and terms", () => {
    const text = shown({ proposer_type: "spec", spec_text: document });
    const parts = ["Cards", "- Be kind.", "## high: rule high", "- Must: do high", "- Must not: skip high"];
    for (const part of [...parts, 'Good example: "in" → "out high"', "- PIN: a secret number"]) {
      expect(text).toContain(part);
    }
    expect(text.indexOf("rule high")).toBeLessThan(text.indexOf("rule low"));
    expect(text).toContain("rule none");
  });

  test("has no rule below spec_priority_threshold, and none without a priority", () => {
    const text = shown({ spec_text: document, spec_priority_threshold: 8 });
    expect(text).toContain("rule high");
    expect(text).not.toContain("rule low");
    expect(text).not.toContain("rule none");
  });

  test("keeps to spec_max_tokens: examples go first, then the rules of the lowest priority", () => {
    for (const max of [100, 60, 45, 30, 10]) {
      expect(estimateTokens(shown({ spec_text: document, spec_max_tokens: max }))).toBeLessThanOrEqual(max);
    }
    const withoutExamples = shown({ spec_text: document, spec_max_tokens: 95 });
    expect(withoutExamples).toContain("rule none");
    expect(withoutExamples).not.toContain("Good example");
    const short = shown({ spec_text: document, spec_max_tokens: 65 });
    expect(short).toContain("rule high");
    expect(short).not.toContain("rule none");
  });

  test("may be any text, which is cut at its end", () => {
    expect(shown({ spec_text: "Cards are late after a week." })).toBe("Cards are late after a week.");
    const text = shown({ spec_text: "word ".repeat(1_000), spec_max_tokens: 50 });
    expect(estimateTokens(text)).toBeLessThanOrEqual(50);
    expect(text.startsWith("word word")).toBe(true);
  });
});
