import { describe, expect, test } from "vitest";
import { readRunnable } from "../../../src/config/read.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { baseSection, errorOf, warningsWith } from "./base-config.ts";
import { miproSection } from "./surface-base.ts";

const NO_EFFECT: [string, Json][] = [
  ["bootstrap_train_seeds", [1]],
  ["online_pool", [1]],
  ["mipro", { num_iterations: 3 }],
];

test.each(NO_EFFECT)("%s = %j belongs to the other algorithm, and that is said", (path, value) => {
  const warnings = warningsWith(path, value);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(
    new RegExp(`^prompt_learning\\.${path}.* is ignored: it belongs to algorithm = "mipro"$`),
  );
});

test.each([
  ["policy.inference_url", "the service provides the inference URL"],
  ["policy.api_base", "the service provides the inference URL"],
  ["policy.base_url", "the service provides the inference URL"],
  ["display", "it concerns the client"],
  ["results_folder", "it concerns the client"],
  ["env_file_path", "it concerns the client"],
  ["gepa.use_byok", "the operator's keys are used"],
  ["gepa.unified_optimization", "prompts are optimised here"],
])("%s is ignored, and why is said", (path, why) => {
  const value = path === "gepa.use_byok" ? true : path === "gepa.unified_optimization" ? {} : "x";
  const [warning, ...others] = warningsWith(path, value);
  expect(warning).toContain(`prompt_learning.${path} is ignored: ${why}`);
  expect(others).toEqual([]);
});

test.each([
  ["backend_base", "https://judge.example", "the service knows where its models are"],
  ["backend_api_key_env", "JUDGE_KEY", "the operator's keys are used"],
])("verifier.%s of the section of either algorithm is ignored, and why is said", (key, value, why) => {
  const { gepa: _, ...rest } = miproSection();
  const mipro = { ...(miproSection().mipro as JsonObject), verifier: { [key]: value } };
  const of = [
    ["gepa", warningsWith(`gepa.verifier.${key}`, value)],
    ["mipro", readRunnable({ mapping: { ...rest, mipro } }).warnings.map(({ message }) => message)],
  ] as const;
  for (const [algorithm, warnings] of of)
    expect(warnings).toContain(`prompt_learning.${algorithm}.verifier.${key} is ignored: ${why}`);
});

test.each(["inference_url", "api_base", "base_url"])(
  "%s in a module's policy is ignored, whatever it is",
  (key) => {
    const policy = { provider: "openai", model: "gpt-4o", [key]: "x" };
    expect(warningsWith("gepa.modules", [{ module_id: "a", policy }])).toEqual([
      `prompt_learning.gepa.modules[0].policy.${key} is ignored: the service provides the inference URL`,
    ]);
  },
);

test.each([
  ["free_tier", true],
  ["policy.max_steps", 7],
  ["policy.config", { a: 1 }],
  ["policy.context_override", { files: {} }],
  ["mipro", null],
  ["verifier", { enabled: false, reward_source: "fused" }],
  ["verifier", {}],
  ["gepa.verifier", { enabled: "no" }],
  ["gepa.adaptive_pool", { level: "none" }],
  ["gepa.proposer_type", "dspy"],
  ["gepa.proposer_type", "synth"],
  ["gepa.metaprompt", "x"],
  ["gepa.token.counting_model", "gpt-4o"],
  ["gepa.modules", [{ module_id: "a" }]],
  ["gepa.modules", []],
] as [string, Json][])("%s = %j asks for nothing, so nothing is said", (path, value) => {
  expect(warningsWith(path, value)).toEqual([]);
});

describe("MIPRO in the way of the reference", () => {
  const job = (more: JsonObject, beside: JsonObject = {}) => {
    const mipro = { bootstrap_train_seeds: [0, 1], online_pool: [2, 3], strategy: "reference", ...more };
    return { mapping: { ...baseSection(), gepa: null, algorithm: "mipro", ...beside, mipro } };
  };

  test.each(["proxy_models", "mipro.proxy_models"])("has no use for %s, and refuses it", (path) => {
    const proxy_models = {
      hi_provider: "openai",
      hi_model: "gpt-4o-mini",
      lo_provider: "openai",
      lo_model: "gpt-4.1-nano",
    };
    const source = path === "proxy_models" ? job({}, { proxy_models }) : job({ proxy_models });
    expect(errorOf(source).message).toContain(
      `prompt_learning.${path} is not for strategy = "reference", which scores on the policy's model alone`,
    );
  });

  test("a stage's policy needs no address, and that is said", () => {
    const policy = { provider: "openai", model: "gpt-4o", inference_url: "x" };
    const modules = [{ module_id: "a", stages: [{ stage_id: "b", policy }] }];
    expect(readRunnable(job({ modules })).warnings.map(({ message }) => message)).toEqual([
      "prompt_learning.mipro.modules[0].stages[0].policy.inference_url is ignored: the service provides the inference URL",
    ]);
  });

  test("has no adaptive pool, and says so", () => {
    const messages = (level: string) =>
      readRunnable(job({ adaptive_pool: { level } })).warnings.map(({ message }) => message);
    const says = 'prompt_learning.mipro.adaptive_pool has no effect: it belongs to strategy = "parallel"';
    expect(messages("LOW")).toContain(says);
    expect(messages("NONE")).not.toContain(says);
  });
});

test("the plain config of the tests has no warning at all", () => {
  expect(readRunnable({ mapping: baseSection() }).warnings).toEqual([]);
});
