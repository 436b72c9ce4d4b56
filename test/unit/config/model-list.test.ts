import { describe, expect, test } from "vitest";
import {
  checkModel,
  LISTED_ONLY,
  type ModelRole,
  type ModelRules,
  parseExtraModels,
} from "../../../src/config/model-list.ts";
import { PROPOSER_MODELS } from "../../../src/config/models.ts";
import type { ProviderName } from "../../../src/config/policy.ts";
import { readRunnable } from "../../../src/config/read.ts";
import { cpuMs } from "../../support/cpu-time.ts";
import { sectionWith, TOML } from "./base-config.ts";

const PATH = ["policy", "model"];

function check(
  provider: ProviderName,
  model: string,
  rules: Partial<ModelRules> = {},
  role: ModelRole = "policy",
) {
  const findings = checkModel(PATH, { provider, model }, role, { ...LISTED_ONLY, ...rules });
  return findings.map(({ level, says }) => `${level}: ${says}`).join("\n");
}

describe("the list", () => {
  test.each<{ provider: ProviderName; models: string[] }>([
    { provider: "openai", models: ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano"] },
    {
      provider: "openai",
      models: ["gpt-5", "gpt-5-mini", "gpt-5-nano", "openai/GPT-4o", " any/prefix/gpt-5 "],
    },
    {
      provider: "groq",
      models: ["gpt-oss-20b", "openai/gpt-oss-120b", "gpt-oss-120b-preview", "llama-3.3-70b"],
    },
    { provider: "groq", models: ["llama-3.3-70b-versatile", "llama-3.1-8b-instant"] },
    { provider: "groq", models: ["qwen-32b", "qwen/qwen3-32b", "qwen-2.5-coder-32b"] },
    { provider: "google", models: ["gemini-2.5-pro", "gemini-2.5-pro-gt200k", "gemini-2.5-flash"] },
    { provider: "google", models: ["google/gemini-2.5-flash-lite"] },
  ])("$provider has $models", ({ provider, models }) => {
    for (const model of models) expect(check(provider, model)).toBe("");
  });

  test.each<[ProviderName, string]>([
    ["openai", "gpt-4"],
    ["openai", "gpt-4o-"],
    ["openai", "xgpt-4o"],
    ["openai", "gpt-4o/"],
    ["groq", "gpt-oss-b"],
    ["groq", "gpt-oss-20"],
    ["groq", "gpt-oss-xb"],
    ["groq", "llama-3.1-8b-instant-2"],
    ["groq", "qwen32"],
    ["groq", "my-qwen-32b"],
    ["google", "gemini-2.5-pr"],
  ])("%s has no %j", (provider, model) => {
    expect(check(provider, model)).toMatch(/^error: must be a model of /);
  });

  test("a refusal names what is allowed, and the nearest name or the provider whose model it is", () => {
    expect(check("google", "gemini-2.5-flsh")).toBe(
      "error: must be a model of google that this service allows (gemini-2.5-pro, gemini-2.5-pro-gt200k, " +
        'gemini-2.5-flash, gemini-2.5-flash-lite), found "gemini-2.5-flsh"; did you mean "gemini-2.5-flash"?; ' +
        "with allow_experimental any name is taken",
    );
    expect(check("openai", "gemini-2.5-pro")).toContain(
      'found "gemini-2.5-pro", which is a model of google;',
    );
    expect(check("groq", "other")).toContain("gpt-oss-<n>b*, llama-3.3-70b,");
  });

  test("holds every model that a proposer_effort stands for", () => {
    for (const { provider, model } of Object.values(PROPOSER_MODELS)) {
      expect(check(provider, model, {}, "proposer")).toBe("");
    }
  });

  test("a name of a hundred thousand characters is matched in linear time", () => {
    const pattern = `${"a*".repeat(2_000)}b`;
    const spent = cpuMs(() => {
      expect(check("groq", `qwen${"32".repeat(50_000)}`)).toContain("error");
      expect(check("groq", "a".repeat(100_000), { extra: [{ provider: "groq", pattern }] })).toContain(
        "error",
      );
    });
    expect(spent).toBeLessThan(1_000);
  });
});

describe("what is asked of a model", () => {
  test.each<ModelRole>(["proposer", "mutation", "meta"])("a nano model may not be a %s", (role) => {
    expect(check("openai", "gpt-4.1-nano", {}, role)).toContain("must be a stronger model than");
    expect(check("openai", "gpt-4.1-nano", { allow_experimental: true }, role)).toMatch(/^warning: /);
    expect(check("openai", "gpt-4.1-mini", {}, role)).toBe("");
  });

  test("a nano model may be a policy or a proxy", () => {
    expect(check("openai", "gpt-5-nano", {}, "proxy")).toBe("");
  });

  test("gpt-5-pro is refused whatever else is allowed, and the error says why", () => {
    const all: ModelRules = {
      extra: parseExtraModels("openai:*").extra,
      own_servers: ["openai"],
      allow_experimental: true,
    };
    for (const name of ["gpt-5-pro", "openai/GPT-5-Pro", "gpt-5-pro-2025-10-06"]) {
      expect(check("openai", name, all)).toBe(
        `error: must not be "${name}": it is too expensive: $15 in and $120 out for a million tokens`,
      );
    }
  });
});

describe("what lifts the list", () => {
  test("allow_experimental takes any name, with a warning; a listed one needs none", () => {
    const rules = { allow_experimental: true };
    expect(check("openai", "gpt-9", rules)).toBe(
      'warning: is "gpt-9", which is taken because of allow_experimental only',
    );
    expect(check("openai", "gpt-4o", rules)).toBe("");
  });

  test("a server of the operator's own has names of its own", () => {
    expect(check("openai", "qwen3:0.6b", { own_servers: ["openai"] })).toBe("");
    expect(check("groq", "mine", { own_servers: ["openai"] })).toContain("error");
  });

  test("the operator's list adds names and patterns to a provider, and is told in refusals", () => {
    const { extra, odd } = parseExtraModels(
      " openai:My-Model , groq:team/*,google:gemini-3*-flash,x:y,openai:,, ",
    );
    expect(odd).toEqual(["x:y", "openai:"]);
    expect(check("openai", "vendor/MY-model", { extra })).toBe("");
    expect(check("groq", "anything", { extra })).toBe("");
    expect(check("google", "gemini-3.1-flash", { extra })).toBe("");
    expect(check("google", "gemini-3.1-flash-lite", { extra })).toContain(
      "gemini-2.5-flash-lite, gemini-3*-flash)",
    );
    expect(check("openai", "my-modle", { extra })).toContain('did you mean "my-model"?');
  });
});

test("a policy's model is checked with its line, beside the other mistakes of a config", () => {
  const toml = TOML.replace("gpt-4o-mini", "gpt-4o-mni").replace("end = 30", "end = 3");
  expect(() => readRunnable({ toml })).toThrow(
    expect.objectContaining({
      issues: [
        expect.objectContaining({ path: "prompt_learning.policy.model", found: '"gpt-4o-mni"', line: 15 }),
        expect.objectContaining({ path: "prompt_learning.gepa.evaluation.seeds" }),
      ],
    }),
  );
  const mapping = sectionWith("policy.model", "gpt-9");
  const models = { ...LISTED_ONLY, allow_experimental: true };
  const { config, warnings } = readRunnable({ mapping }, {}, { models });
  expect(config.policy.model).toBe("gpt-9");
  expect(warnings.map(({ path }) => path)).toEqual(["prompt_learning.policy.model"]);
});
