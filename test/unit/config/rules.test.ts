// The rules across fields, one by one, and together with mistakes that the schemas find: all are named at once.

import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/config/errors.ts";
import { readConfig } from "../../../src/config/read.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { RULE_ROWS, type RuleRow } from "./rule-rows.ts";
import { gepaSection, miproSection } from "./surface-base.ts";

/** The mistakes of a whole config with values laid over it. */
function mistakes(of: RuleRow["of"], overrides: JsonObject, strict = false): string[] {
  const base: JsonObject = JSON.parse(JSON.stringify(of === "gepa" ? gepaSection() : miproSection()));
  if (of === "mipro") delete base.gepa;
  try {
    readConfig({ mapping: base }, overrides, { strict });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ message }) => message);
    throw error;
  }
}

describe.each(RULE_ROWS)("$of: $rule", ({ of, kept, broken, says, strict = false }) => {
  test("is kept", () => {
    expect(mistakes(of, kept, strict)).toEqual([]);
  });

  test("and, broken, is the one mistake named", () => {
    const found = mistakes(of, broken, strict);
    expect(
      found.find((message) => message.startsWith(says)),
      found.join("\n"),
    ).toBeDefined();
    const path = says.slice(0, says.indexOf(" "));
    const table = path.slice(0, path.lastIndexOf("."));
    expect(found.filter((message) => !message.startsWith(table))).toEqual([]);
    if (strict) expect(mistakes(of, broken)).toEqual([]);
  });
});

/** Mistakes of single options, in all kinds of places. */
const SLIPS: Record<RuleRow["of"], JsonObject> = {
  gepa: {
    "gepa.rollout.minibatch_size": 0,
    "gepa.rng_seed": "x",
    "gepa.mutation.rate": 2,
    "gepa.verifier.timeout": -1,
    "termination_config.max_seconds": 0,
    "policy.max_completion_tokens": "many",
    "gepa.token": 7,
    "gepa.evaluation.validation_top_k": 0,
    env_config: 3,
    total_seeds: 3,
    defaults_version: "v9",
  },
  mipro: {
    "mipro.batch_size": 0,
    "mipro.few_shot_score_threshold": 85,
    "mipro.tpe.gamma": 3,
    "mipro.seeds.reference": 5,
    "mipro.grounding": [],
    "policy.temperature": -1,
    "termination_config.max_error_rate": 7,
  },
};

describe("a rule that is broken beside a mistake of a single option", () => {
  const rows = RULE_ROWS.filter(({ strict }) => !strict);
  test.each(rows)("$of: $rule", ({ of, broken }) => {
    const alone = mistakes(of, broken);
    for (const [path, value] of Object.entries(SLIPS[of])) {
      const slip = mistakes(of, { [path]: value });
      expect(slip).toHaveLength(1);
      const both = mistakes(of, { ...broken, [path]: value });
      expect([...both].sort(), path).toEqual([...alone, ...slip].sort());
    }
  });
});

test("what is in the place of a mistake is never spoken of", () => {
  for (const of of ["gepa", "mipro"] as const) {
    for (const key of ["task_app_url", "initial_prompt", "policy", of]) {
      const found = mistakes(of, { [key]: 7 });
      expect(found, key).toHaveLength(1);
      expect(found[0]).toContain(`prompt_learning.${key} must be `);
    }
  }
  expect(
    mistakes("gepa", { "gepa.evaluation.seeds": "all", "gepa.archive.pareto_set_size": 90 }),
  ).toHaveLength(1);
  expect(mistakes("gepa", { "gepa.modules": [{ policy: {} }] }).map((m) => m.split(" ")[0])).toEqual([
    "prompt_learning.gepa.modules[0].module_id",
    "prompt_learning.gepa.modules[0].policy.model",
    "prompt_learning.gepa.modules[0].policy.provider",
  ]);
});
