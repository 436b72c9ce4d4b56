import { describe, expect, test } from "vitest";
import { FLAT_GEPA_KEYS } from "../../../src/config/aliases.ts";
import { readConfig } from "../../../src/config/read.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { baseSection } from "./base-config.ts";
import { gepaSection, miproSection, mistakes, sectionFor } from "./surface-base.ts";

const strict = { strict: true };
const PLAIN = sectionFor("policy", {
  model: "gpt-4o-mini",
  provider: "openai",
  inference_mode: "synth_hosted",
});

/** Mistakes under strict reading that the plain config does not have. */
const strictly = (path: string, value: Json | undefined) => mistakes(sectionFor(path, value), strict);

test("a config that keeps to the protocol's own words is fine", () => {
  expect(mistakes(PLAIN, strict)).toEqual([]);
  expect(mistakes(gepaSection(), strict)).toEqual([]);
  expect(mistakes(miproSection(), strict)).toEqual([]);
});

describe("strict reading", () => {
  const section = sectionFor("gepa.rollout_budget", 900);
  const message =
    "prompt_learning.gepa.rollout_budget is refused: Deprecated flat GEPA format field 'rollout_budget': " +
    "Use [prompt_learning.gepa.rollout] budget";

  test("is an option of the reader", () => {
    expect(mistakes(section)).toEqual([]);
    expect(mistakes(section, strict)).toEqual([message]);
  });

  test("is an option of the config, in its table or beside it, and of the overrides", () => {
    expect(mistakes({ ...section, strict: true })).toEqual([message]);
    expect(mistakes({ prompt_learning: section, strict: true })).toEqual([message]);
    expect(() => readConfig({ mapping: section }, { strict: true })).toThrow(message);
    expect(
      readConfig({ mapping: { prompt_learning: gepaSection(), strict: true } }).warnings.map((w) => w.path),
    ).not.toContain("strict");
  });
});

test("the flat keys are those of the protocol", () => {
  expect([...FLAT_GEPA_KEYS].sort()).toEqual(
    [
      "archive_size",
      "children_per_generation",
      "crossover_rate",
      "enforce_pattern_token_limit",
      "evaluation_seeds",
      "feedback_fraction",
      "initial_population_size",
      "max_concurrent_rollouts",
      "max_spend_usd",
      "max_token_limit",
      "minibatch_size",
      "mutation_llm_inference_url",
      "mutation_llm_model",
      "mutation_llm_provider",
      "mutation_prompt",
      "mutation_rate",
      "num_generations",
      "pareto_eps",
      "pareto_set_size",
      "patience_generations",
      "rollout_budget",
      "selection_pressure",
      "test_pool",
      "token_counting_model",
      "validation_pool",
      "validation_seeds",
      "validation_top_k",
    ].sort(),
  );
});

test.each(["llm_model", "llm_provider", "llm_inference_url"])("gepa.mutation.%s is deprecated", (key) => {
  expect(strictly(`gepa.mutation.${key}`, "https://m.example")).toEqual([
    `prompt_learning.gepa.mutation.${key} is refused: Deprecated field '${key}': proposer_effort chooses the proposer's model`,
  ]);
});

test.each([
  ["meta_model", "m"],
  ["meta_model_provider", "groq"],
  ["meta_model_inference_url", "https://m.example"],
  ["meta_model_temperature", 1],
  ["meta_model_max_tokens", 9],
  ["meta.model", "m"],
  ["meta.provider", "groq"],
])("mipro.%s is deprecated", (key, value) => {
  const name = key.split(".").at(-1);
  expect(strictly(`mipro.${key}`, value)).toEqual([
    `prompt_learning.mipro.${key} is refused: Deprecated field '${name}': proposer_effort chooses the proposer's model`,
  ]);
  expect(mistakes(sectionFor(`mipro.${key}`, value))).toEqual([]);
});

test.each(["policy", "gepa.modules.0.policy"])("%s says nothing of addresses", (policy) => {
  for (const key of ["inference_url", "api_base", "base_url"]) {
    expect(strictly(`${policy}.${key}`, "https://m.example")[0]).toContain(
      `${key} is refused: the trainer provides the inference URL in rollout requests`,
    );
  }
});

test("the policy says how it is reached", () => {
  expect(strictly("policy.inference_mode", undefined)).toContain(
    'prompt_learning.policy.inference_mode is missing: it must be "synth_hosted"',
  );
});

test("messages have patterns", () => {
  expect(strictly("initial_prompt.messages", [{ role: "system", content: "A" }])).toEqual([
    "prompt_learning.initial_prompt.messages[0].content is refused: a message has its text in pattern",
  ]);
});

test.each(["train_seeds", "gepa.train_seeds"])("%s takes no range", (path) => {
  const section = sectionFor("gepa.evaluation.seeds", undefined);
  const range = { start: 0, end: 30 };
  if (path === "train_seeds") section.train_seeds = range;
  else (section.gepa as JsonObject).train_seeds = range;
  expect(mistakes(section)).toEqual([]);
  expect(mistakes(section, strict)).toEqual([
    `prompt_learning.${path} must be a list of seeds, found { start = 0, end = 30 }`,
  ]);
});

test("the default Pareto set does not adapt", () => {
  const section = sectionFor("gepa.archive", {});
  expect(mistakes(section)).toEqual([]);
  expect(mistakes(section, strict)[0]).toContain(
    "prompt_learning.gepa.archive.pareto_set_size must be a whole number from 10 to 27, found 64",
  );
});

test("stages say what they are", () => {
  expect(strictly("mipro.modules", [{ module_id: "m", stages: [{ stage_id: "s" }] }])).toEqual([
    "prompt_learning.mipro.modules[0].stages[0].baseline_instruction is missing: it must be non-empty text",
    "prompt_learning.mipro.modules[0].stages[0].policy is missing: it must be a table",
  ]);
});

test.each(["verifier", "judge", "gepa.verifier", "gepa.judge"])(
  "a fused reward of %s needs a weight, also while it is off",
  (path) => {
    const says = 'is "fused", which needs weight_event or weight_outcome above 0';
    const fused = { reward_source: "fused" };
    const section = (value: JsonObject): JsonObject => {
      const base = gepaSection();
      const key = path.split(".").at(-1) ?? "";
      if (path.startsWith("gepa.")) {
        const { verifier: _, ...gepa } = base.gepa as JsonObject;
        return { ...base, gepa: { ...gepa, [key]: value } };
      }
      return { ...base, [key]: value };
    };
    expect(mistakes(section(fused))).toEqual([]);
    expect(mistakes(section(fused), strict)).toEqual([`prompt_learning.${path}.reward_source ${says}`]);
    expect(mistakes(section({ ...fused, enabled: true }))).toEqual([
      `prompt_learning.${path}.reward_source ${says}`,
    ]);
    expect(mistakes(section({ ...fused, enabled: true, weight_outcome: 0.25 }))).toEqual([]);
  },
);

test("unknown keys are a warning in strict reading too, as in the protocol", () => {
  const section = { ...baseSection(), wibble: 1, policy: PLAIN.policy ?? null };
  const { warnings } = readConfig({ mapping: section }, {}, strict);
  expect(warnings.map((w) => w.message)).toContain("prompt_learning.wibble is unknown and ignored");
});
