// Who proposes new texts, and how it is asked.

import { describe, expect, test } from "vitest";
import type { ModelRules } from "../../../src/config/model-list.ts";
import { proposerFor } from "../../../src/config/models.ts";
import { proposerSheet } from "../../../src/config/proposer.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { readGepa } from "../../support/read-gepa.ts";
import { baseSection, errorOf, sectionWith } from "./base-config.ts";

/** A GEPA config with these options beside the least. */
function gepaWith(options: JsonObject, mutation: JsonObject = {}, models?: ModelRules) {
  const base = baseSection();
  const mapping = { ...base, gepa: { ...(base.gepa as JsonObject), ...options, mutation } };
  const { config, warnings } = readGepa({ mapping }, {}, models === undefined ? {} : { models });
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
