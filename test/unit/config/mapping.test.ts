import { expect, test } from "vitest";
import {
  ConfigError,
  fromMapping,
  fromPath,
  PromptLearningConfig,
  PromptLearningJudgeConfig,
  PromptLearningPolicyConfig,
  PromptLearningVerifierConfig,
  SeedRange,
  toDict,
} from "../../../src/config/index.ts";
import { baseSection, TOML } from "./base-config.ts";
import { gepaSection, miproSection } from "./surface-base.ts";

const reads = (text: string) => ({ read: async () => text });

test("a config comes from a mapping, with its table or without", () => {
  const bare = fromMapping(baseSection());
  expect(bare.gepa?.evaluation.seeds).toHaveLength(30);
  expect(fromMapping({ prompt_learning: baseSection() })).toEqual(bare);
  expect(fromMapping(baseSection(), { overrides: { "policy.model": "gpt-4o" } }).policy.model).toBe("gpt-4o");
  expect(() => fromMapping({ algorithm: "gepa" })).toThrow(ConfigError);
  expect(() => fromMapping(baseSection(), { strict: true })).toThrow("inference_mode is missing");
});

test("options that nobody knows are kept, lists and tables of both algorithms included", () => {
  const messages = [{ role: "system", pattern: "A", cache: true }];
  const config = fromMapping({ ...baseSection(), team: "a", initial_prompt: { messages }, mipro: { x: 1 } });
  expect(toDict(config).prompt_learning).toMatchObject({
    team: "a",
    initial_prompt: { messages: [{ role: "system", pattern: "A", order: 0, cache: true }] },
  });
  expect(config.mipro).toBeUndefined();
});

test.each([gepaSection, miproSection])(
  "a dictionary has no nulls and reads as the same config again",
  (section) => {
    const config = fromMapping(section());
    const dictionary = toDict(config);
    expect(Object.keys(dictionary)).toEqual(["prompt_learning"]);
    expect(JSON.stringify(dictionary)).not.toContain("null");
    expect(fromMapping(dictionary)).toEqual(config);
  },
);

test("a config comes from a file: TOML, or JSON by its name", async () => {
  const config = await fromPath("job.toml", reads(TOML));
  expect(config.policy.model).toBe("gpt-4o-mini");
  const again = await fromPath("JOB.JSON", reads(JSON.stringify(toDict(config))));
  expect(again).toEqual(config);
});

test.each([
  ["job.json", "{", "The config is not valid JSON"],
  ["job.json", "[]", "The config must be a JSON object"],
  ["job.toml", "[", "The config is not valid TOML"],
])("%s with %j is a config error", async (path, text, says) => {
  const error = await fromPath(path, reads(text)).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ConfigError);
  expect(String(error)).toContain(says);
});

test("a file that is not there is a config error with its name", async () => {
  const read = () => Promise.reject(new Error("no such file"));
  await expect(fromPath("missing.toml", { read })).rejects.toThrow(
    "Config not found: missing.toml: no such file",
  );
});

test("a range is a list as Python has it", () => {
  expect(SeedRange.toList({ start: 0, end: 10 })).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(SeedRange.toList({ start: 0, end: 100, step: 2 }).slice(-2)).toEqual([96, 98]);
  expect(SeedRange.toList(SeedRange.parse({ start: 3, end: 0, step: -1 }))).toEqual([3, 2, 1]);
  expect(SeedRange.toList({ start: 5, end: 5 })).toEqual([]);
  expect(() => SeedRange.toList({ start: 0, end: 5, step: 0 })).toThrow("must not be 0");
});

test("the judge is the verifier, and schemas stand alone", () => {
  expect(PromptLearningJudgeConfig).toBe(PromptLearningVerifierConfig);
  expect(PromptLearningConfig.safeParse({}).success).toBe(false);
  const policy = { model: "m", provider: "gemini", inference_url: " https://m.example " };
  expect(PromptLearningPolicyConfig.parse(policy)).toMatchObject({
    provider: "google",
    inference_url: "https://m.example",
  });
  expect(PromptLearningPolicyConfig.safeParse({ ...policy, inference_url: "" }).success).toBe(false);
});
