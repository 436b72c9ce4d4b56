import { describe, expect, test } from "vitest";
import { planBudget } from "../../../src/config/budget.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { gepaSettings } from "../../../src/worker/gepa-settings.ts";
import { readGepa } from "../../support/read-gepa.ts";
import { baseSection, errorOf } from "./base-config.ts";

function mappingWith(options: JsonObject): JsonObject {
  const base = baseSection();
  return { ...base, gepa: { ...(base.gepa as JsonObject), ...options } };
}

function read(options: JsonObject) {
  const { config, warnings } = readGepa({ mapping: mappingWith(options) });
  return {
    settings: gepaSettings(config, planBudget(config)),
    warnings: warnings.map(({ message }) => message),
  };
}

describe("the strategy of a GEPA job", () => {
  test("is generational, and takes what the reference alone does for no more than a remark", () => {
    const { settings, warnings } = read({ use_merge: true, max_iterations: 4 });
    expect(settings.strategy).toBe("generational");
    expect(warnings).toEqual([
      expect.stringContaining('gepa.use_merge has no effect: it belongs to strategy = "reference"'),
      expect.stringContaining("gepa.max_iterations has no effect"),
    ]);
  });

  test("must be able to end when it is the reference's", () => {
    const { issues } = errorOf({ mapping: mappingWith({ strategy: "reference" }) });
    expect(issues.map(({ message }) => message)).toEqual([
      'prompt_learning.gepa.strategy is "reference", which goes on until the rollouts are spent: give gepa.rollout.budget or gepa.max_iterations',
    ]);
  });

  test.each([
    [1, 5],
    [2, 5],
    [4, 8],
  ])("with a proxy and the best %i validated, proves the best %i", (validation_top_k, proof) => {
    const proxy_models = {
      hi_provider: "openai",
      hi_model: "gpt-4.1-nano",
      lo_provider: "groq",
      lo_model: "qwen3-32b",
    };
    const evaluation = {
      ...((mappingWith({}).gepa as JsonObject).evaluation as JsonObject),
      validation_top_k,
    };
    expect(read({ evaluation, proxy_models }).settings.proof).toBe(proof);
    expect(read({ evaluation }).settings.proof).toBeUndefined();
  });

  test("hands every option of the search on", () => {
    const options = {
      candidate_selection_strategy: "top_k_pareto",
      frontier_type: "hybrid",
      module_selector: "all",
      acceptance_criterion: "improvement_or_equal",
      skip_perfect_score: false,
      perfect_score: 0.9,
      use_merge: true,
      max_merge_invocations: 2,
      merge_val_overlap_floor: 3,
      reuse_evaluations: false,
      candidate_sampling: "grid",
      sampled_parents: 2,
      sampled_proposals: 3,
      proposal_selection: "top_k",
      proposal_top_k: 2,
      max_iterations: 40,
    };
    const { settings, warnings } = read({ strategy: "reference", ...options });
    expect(settings).toMatchObject({ strategy: "reference", minibatch_size: 3, search: options });
    expect(warnings).toEqual([]);
  });

  test("says of what belongs to generations that it has no effect with the reference", () => {
    const population = { num_generations: 3, selection_pressure: 2 };
    const { settings, warnings } = read({
      strategy: "reference",
      rollout: { budget: 300, minibatch_size: 5 },
      population,
    });
    expect(warnings).toEqual([
      expect.stringContaining(
        'population.num_generations has no effect: it belongs to strategy = "generational"',
      ),
    ]);
    expect(settings).toMatchObject({ minibatch_size: 5, selection_pressure: 2 });
  });

  test.each([
    [{}, 0, true],
    [{}, 0.7, false],
    [{ reuse_evaluations: true }, 0.7, true],
    [{ reuse_evaluations: false }, 0, false],
  ])("with %j and temperature %d reuses answers: %s", (options, temperature, reused) => {
    const mapping = mappingWith({ strategy: "reference", max_iterations: 3, ...options });
    const policy = { ...(mapping.policy as JsonObject), temperature };
    const { config } = readGepa({ mapping: { ...mapping, policy } });
    expect(gepaSettings(config, planBudget(config)).search.reuse_evaluations).toBe(reused);
  });
});
