import { describe, expect, test } from "vitest";
import { readRunnable } from "../../../src/config/read.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { baseSection, errorOf, warningsWith } from "./base-config.ts";

const NO_EFFECT: [string, Json][] = [
  ["free_tier", true],
  ["bootstrap_train_seeds", [1]],
  ["online_pool", [1]],
  ["mipro", { num_iterations: 3 }],
  ["policy.max_steps", 7],
];

test.each(NO_EFFECT)("%s = %j has no effect yet, and that is said", (path, value) => {
  const warnings = warningsWith(path, value);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(new RegExp(`^prompt_learning\\.${path}.* has no effect yet`));
});

test.each([
  ["policy.inference_url", "the service provides the inference URL"],
  ["policy.api_base", "the service provides the inference URL"],
  ["policy.base_url", "the service provides the inference URL"],
  ["display", "it concerns the client"],
  ["results_folder", "it concerns the client"],
  ["env_file_path", "it concerns the client"],
])("%s is ignored, and why is said", (path, why) => {
  const [warning, ...others] = warningsWith(path, "x");
  expect(warning).toContain(`prompt_learning.${path} is ignored: ${why}`);
  expect(others).toEqual([]);
});

test.each([
  ["free_tier", false],
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

describe("what would change what is optimised", () => {
  test.each(["proxy_models", "mipro.proxy_models"])("%s of a MIPRO job is refused", (path) => {
    const given = {
      hi_provider: "openai",
      hi_model: "gpt-4o-mini",
      lo_provider: "openai",
      lo_model: "gpt-4.1-nano",
    };
    const job: JsonObject = { ...baseSection(), algorithm: "mipro", mipro: {} };
    const section =
      path === "proxy_models" ? { ...job, proxy_models: given } : { ...job, mipro: { proxy_models: given } };
    expect(errorOf({ mapping: section }).message).toContain(
      `prompt_learning.${path} is not supported by this version`,
    );
  });
});

test("the plain config of the tests has no warning at all", () => {
  expect(readRunnable({ mapping: baseSection() }).warnings).toEqual([]);
});
