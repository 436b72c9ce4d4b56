// A limit in US dollars is refused where a model that spends under it has no known price, and only there.

import { expect, test } from "vitest";
import { parseExtraModels } from "../../../src/config/model-list.ts";
import { readRunnable } from "../../../src/config/read.ts";
import { priceIssues } from "../../../src/validation/price-check.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { baseSection } from "../config/base-config.ts";

const MODELS = { ...parseExtraModels("openai:house-model"), own_servers: [], allow_experimental: false };
const POLICY: JsonObject = { "policy.model": "house-model" };
const PROPOSER: JsonObject = {
  "gepa.mutation.llm_model": "house-model",
  "gepa.mutation.llm_provider": "openai",
};
const JUDGE: JsonObject = {
  "verifier.enabled": true,
  "verifier.backend_provider": "openai",
  "verifier.backend_model": "house-model",
};
const TOKENS: JsonObject = { "termination_config.max_tokens": 1_000 };
const costs = (role: string): JsonObject => ({ "termination_config.max_category_costs_usd": { [role]: 1 } });
const USD: JsonObject = { "termination_config.max_cost_usd": 1 };

/** What is found in a config with these options laid over it. */
function found(options: JsonObject) {
  const overrides = Object.fromEntries(
    Object.entries(options).map(([path, value]) => [`prompt_learning.${path}`, value]),
  );
  const mapping = { prompt_learning: baseSection() };
  const { config } = readRunnable({ mapping }, overrides, { models: MODELS });
  return priceIssues(config);
}

test.each<[string, JsonObject, string[]]>([
  ["models whose prices are known", USD, []],
  ["a model without a price and no limit", { ...POLICY, ...PROPOSER, ...JUDGE }, []],
  ["or one on tokens", { ...POLICY, ...PROPOSER, ...TOKENS }, []],
  ["the rollouts' model under a limit for all", { ...POLICY, ...USD }, ["policy"]],
  ["the proposer's", { ...PROPOSER, ...USD }, ["proposer"]],
  ["the judge's", { ...JUDGE, ...USD }, ["verifier"]],
  ["all three", { ...POLICY, ...PROPOSER, ...JUDGE, ...USD }, ["policy", "proposer", "verifier"]],
  ["a limit for the rollouts alone", { ...POLICY, ...PROPOSER, ...costs("policy") }, ["policy"]],
  ["and one for the proposer where it is the rollouts' model", { ...POLICY, ...costs("proposer") }, []],
])("%s", (_, options, roles) => {
  const issues = found(options);
  expect(issues.map(({ message }) => /price of the (\w+)'s model/.exec(message)?.[1])).toEqual(roles);
  for (const { path, pointer, message } of issues) {
    expect(message).toContain(`${path} cannot be kept`);
    expect(message).toContain('"house-model" (openai)');
    expect(pointer).toBe(`/${path.replaceAll(".", "/")}`);
  }
});
