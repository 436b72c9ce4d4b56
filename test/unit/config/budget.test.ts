import { describe, expect, test } from "vitest";
import { type BudgetPlan, planBudget } from "../../../src/config/budget.ts";
import { readRunnable } from "../../../src/config/read.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { baseSection } from "./base-config.ts";

interface Wish {
  budget?: number;
  max_rollouts?: number;
  validation?: number;
  test?: number;
  top_k?: number;
}

/** 10 Pareto seeds, 20 for feedback, minibatches of 3: the baseline costs 10 rollouts, a child at most 16. */
function plan({ budget, max_rollouts, validation = 0, test: tests = 0, top_k = 3 }: Wish): BudgetPlan {
  const section: JsonObject = {
    ...baseSection(),
    gepa: {
      evaluation: {
        seeds: { start: 0, end: 30 },
        validation_seeds: { start: 1_000, end: 1_000 + validation },
        test_pool: { start: 5_000, end: 5_000 + tests },
        validation_top_k: top_k,
      },
      archive: { pareto_set_size: 10 },
      rollout: { minibatch_size: 3, ...(budget === undefined ? {} : { budget }) },
    },
    termination_config: max_rollouts === undefined ? {} : { max_rollouts },
  };
  return planBudget(readRunnable({ mapping: section }).config);
}

const heldOut = ({ validation, test: tests }: BudgetPlan) =>
  (validation.candidates + 1) * validation.seeds.length + 2 * tests.seeds.length;

describe("the total", () => {
  test.each([
    [{}, null],
    [{ budget: 500 }, 500],
    [{ max_rollouts: 400 }, 400],
    [{ budget: 500, max_rollouts: 400 }, 400],
    [{ budget: 300, max_rollouts: 400 }, 300],
  ])("of %j is %s", (wish, total) => {
    expect(plan(wish).total).toBe(total);
  });

  test("without a limit leaves everything as it is wished", () => {
    expect(plan({ validation: 50, test: 20, top_k: 7 })).toMatchObject({
      total: null,
      search: null,
      validation: { candidates: 7, seeds: expect.objectContaining({ length: 50 }) },
      test: { seeds: expect.objectContaining({ length: 20 }) },
      warnings: [],
      issues: [],
    });
  });
});

describe("held-out scores", () => {
  test("get all they ask for, up to half of the budget", () => {
    // 4 candidates on 30 seeds, 2 on 40: 200.
    const result = plan({ budget: 400, validation: 30, test: 40 });
    expect(result.search).toBe(200);
    expect(result.validation).toMatchObject({ candidates: 3, seeds: { length: 30 } });
    expect(result.test.seeds).toHaveLength(40);
    expect(result.warnings).toEqual([]);
  });

  test("of too many candidates are shrunk to fewer candidates first", () => {
    const result = plan({ budget: 398, validation: 30, test: 40 });
    expect(result.validation).toMatchObject({ candidates: 2, seeds: { length: 30 } });
    expect(result.test.seeds).toHaveLength(40);
    expect(result.search).toBe(398 - 170);
    expect(result.warnings).toEqual([
      {
        path: "prompt_learning.gepa.evaluation.validation_top_k",
        message:
          "prompt_learning.gepa.evaluation.validation_top_k is 3, but a budget of 398 leaves 170 rollouts for " +
          "held-out scores: the best 2 will be validated; all of it needs a budget of at least 400",
      },
    ]);
  });

  test("of too many seeds are shrunk in both lists alike, to their first seeds", () => {
    const result = plan({ budget: 140, validation: 30, test: 40 });
    expect(result.validation).toEqual({
      candidates: 1,
      seeds: Array.from({ length: 15 }, (_, i) => 1_000 + i),
    });
    expect(result.test.seeds).toEqual(Array.from({ length: 20 }, (_, i) => 5_000 + i));
    expect(result.search).toBe(70);
    expect(result.warnings.map((w) => w.path)).toEqual([
      "prompt_learning.gepa.evaluation.validation_top_k",
      "prompt_learning.gepa.evaluation.validation_seeds",
      "prompt_learning.gepa.evaluation.test_pool",
    ]);
    expect(result.warnings[1]?.message).toContain(
      "has 30 seeds, but a budget of 140 leaves 70 rollouts for held-out scores: " +
        "the first 15 will be used; all of it needs a budget of at least 280",
    );
  });

  test("leave the search its baseline and one child, even when that is more than half", () => {
    const result = plan({ budget: 33, validation: 30 });
    expect(result.search).toBe(23);
    expect(result.validation).toMatchObject({ candidates: 1, seeds: { length: 5 } });
    expect(result.issues).toEqual([]);
  });

  test("keep one seed of each list at least", () => {
    const result = plan({ budget: 27, validation: 1, test: 400 });
    expect(result.validation.seeds).toHaveLength(1);
    expect(result.test.seeds).toHaveLength(1);
    const other = plan({ budget: 27, validation: 400, test: 1 });
    expect(other.validation.seeds).toHaveLength(1);
    expect(other.test.seeds).toHaveLength(1);
  });
});

describe("a budget that is too small", () => {
  test.each([
    [{}, 23],
    [{ validation: 10 }, 25],
    [{ validation: 10, test: 5 }, 27],
  ])("for %j is an issue that names the least that works", (wish, least) => {
    const [issue, ...others] = plan({ ...wish, budget: least - 1 }).issues;
    expect(others).toEqual([]);
    expect(issue).toMatchObject({
      path: "prompt_learning.gepa.rollout.budget",
      pointer: "/prompt_learning/gepa/rollout/budget",
      found: String(least - 1),
      expected: `a whole number of at least ${least}`,
    });
    expect(plan({ ...wish, budget: least }).issues).toEqual([]);
  });

  test("is laid to max_rollouts where that is the smaller limit", () => {
    expect(plan({ budget: 500, max_rollouts: 5 }).issues[0]?.path).toBe(
      "prompt_learning.termination_config.max_rollouts",
    );
  });

  test("for three children is a warning", () => {
    expect(plan({ budget: 48 }).warnings[0]?.message).toContain(
      "leaves the search 48 rollouts, enough for the baseline and only 2 children; " +
        "3 children need a budget of about 49",
    );
    expect(plan({ budget: 49 }).warnings).toEqual([]);
  });

  test("counts minibatches no larger than the feedback seeds", () => {
    const section = {
      ...baseSection(),
      gepa: {
        evaluation: { seeds: { start: 0, end: 13 } },
        archive: { pareto_set_size: 10 },
        rollout: { budget: 22, minibatch_size: 50 },
      },
    };
    expect(planBudget(readRunnable({ mapping: section }).config).issues[0]?.expected).toContain(
      "at least 23",
    );
  });
});

test("every budget is divided without a rollout too many, and a larger one never fails where a smaller one works", () => {
  for (const wish of [
    {},
    { validation: 7 },
    { validation: 30, test: 40 },
    { test: 9 },
    { validation: 3, test: 100, top_k: 9 },
  ]) {
    let worked = false;
    for (let budget = 1; budget <= 700; budget++) {
      const result = plan({ ...wish, budget });
      const works = result.issues.length === 0;
      expect(works || !worked).toBe(true);
      worked ||= works;
      if (!works) continue;
      expect(heldOut(result) + (result.search ?? 0)).toBe(budget);
      expect(heldOut(result)).toBeLessThanOrEqual(Math.floor(budget / 2));
      expect(result.search).toBeGreaterThanOrEqual(23);
    }
    expect(worked).toBe(true);
  }
}, 60_000);

test.each([
  { validation: 30, test: 40 },
  { validation: 10, top_k: 1 },
])(
  "a budget that a warning asks for makes the warning go away: %j",
  (wish) => {
    for (let budget = 30; budget < 700; budget += 3) {
      for (const { path, message } of plan({ ...wish, budget }).warnings) {
        if (!message.includes("all of it needs")) continue;
        const asked = Number(message.slice(message.lastIndexOf(" ") + 1));
        expect(plan({ ...wish, budget: asked }).warnings.map((w) => w.path)).not.toContain(path);
      }
    }
  },
  60_000,
);
