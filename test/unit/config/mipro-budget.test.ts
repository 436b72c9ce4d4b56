// How the budget of a MIPRO job is divided, and what is said where it is short.

import { describe, expect, test } from "vitest";
import type { BudgetPlan } from "../../../src/config/budget.ts";
import { planMiproBudget, sensibleMiproBudget } from "../../../src/config/mipro-budget.ts";
import { readConfig } from "../../../src/config/read.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { baseSection } from "./base-config.ts";

/** 6 bootstrap, 4 reference, 20 online and 5 test seeds, the best 2 tested; trials of 8 seeds, 3 at a time. */
const MIPRO = {
  bootstrap_train_seeds: { start: 0, end: 6 },
  online_pool: { start: 10, end: 30 },
  reference_pool: { start: 40, end: 44 },
  test_pool: { start: 50, end: 55 },
  test_top_k: 2,
  num_evaluations_per_iteration: 3,
  batch_size: 8,
};

function configOf(overrides: JsonObject) {
  const { gepa: _, ...section } = baseSection();
  const { config } = readConfig({ mapping: { ...section, algorithm: "mipro", mipro: MIPRO } }, overrides);
  if (config.algorithm !== "mipro") throw new Error("not MIPRO");
  return config;
}

const plan = (budget: number, more: JsonObject = {}): BudgetPlan =>
  planMiproBudget(configOf({ "mipro.rollout_budget": budget, ...more }));
const warnings = (made: BudgetPlan) => made.warnings.map(({ message }) => message);

test("without a limit everything is done, and nothing is said", () => {
  expect(planMiproBudget(configOf({}))).toEqual({
    total: null,
    search: null,
    validation: { candidates: 0, seeds: [] },
    test: { candidates: 2, seeds: [50, 51, 52, 53, 54] },
    warnings: [],
    issues: [],
  });
});

test("the smaller limit holds, and the test scores are set aside", () => {
  const { total, search, test } = plan(500, { "termination_config.max_rollouts": 400 });
  expect([total, search, test.candidates]).toEqual([400, 400 - 15, 2]);
});

describe("a budget that cannot reach the bootstrap and one full evaluation", () => {
  test("is told what the parts take, and what would be enough", () => {
    expect(warnings(plan(70))).toEqual([
      "prompt_learning.mipro.rollout_budget leaves the search 55 rollouts, and the baseline and one full evaluation take 20 " +
        "each, the bootstrap 10, a trial 8: the bootstrap or the trials will be cut short; all of it needs a budget of at least 75",
    ]);
    expect(warnings(plan(75))).toEqual([]);
  });

  test("that is smaller still is told that full evaluations shrink", () => {
    expect(warnings(plan(50))[0]).toContain("full evaluations will see 10 seeds only");
  });

  test("is told of the limit that is meant", () => {
    const { warnings: said } = planMiproBudget(configOf({ "termination_config.max_rollouts": 60 }));
    expect(said.map(({ path }) => path)).toEqual(["prompt_learning.termination_config.max_rollouts"]);
  });
});

test("test scores get half of the budget at most: fewer candidates, then fewer seeds", () => {
  const few = plan(28);
  expect(few.test).toEqual({ candidates: 1, seeds: [50, 51, 52, 53, 54] });
  expect(warnings(few)[0]).toBe(
    "prompt_learning.mipro.test_top_k is 2, but a budget of 28 leaves 10 rollouts for test scores: the best 1 will be tested; all of it needs a budget of at least 30",
  );
  const fewer = plan(12);
  expect(fewer.test).toEqual({ candidates: 1, seeds: [50, 51, 52] });
  expect(warnings(fewer)[1]).toContain(
    "has 5 seeds, but a budget of 12 leaves 6 rollouts for test scores: the first 3",
  );
});

test("a budget without room for two candidates is an error", () => {
  expect(plan(3).issues.map(({ message }) => message)).toEqual([
    "prompt_learning.mipro.rollout_budget must be a whole number of at least 4, found 3: the baseline and another candidate need a rollout each, and one each on a test seed",
  ]);
  expect(plan(2, { "mipro.test_pool": [] }).issues).toEqual([]);
});

test("every budget is divided without a rollout too many", () => {
  for (let budget = 4; budget < 120; budget++) {
    const { total, search, test: held, issues } = plan(budget);
    expect(issues).toEqual([]);
    expect((search ?? 0) + (held.candidates + 1) * held.seeds.length).toBe(total);
    expect(search).toBeGreaterThanOrEqual(budget / 2);
  }
});

test("with the sensible budget nothing is left to say", () => {
  const changes: JsonObject[] = [{}, { "mipro.reference_pool": [] }, { "mipro.val_seeds": [60, 61, 62] }];
  for (const more of changes) {
    const sensible = sensibleMiproBudget(configOf(more));
    expect(warnings(plan(sensible, more))).toEqual([]);
  }
});
