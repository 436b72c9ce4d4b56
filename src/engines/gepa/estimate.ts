// What the search of a GEPA job comes to, before it runs. The low end is a search that finds nothing (no child gets past the
// first part of its Pareto seeds, patience ends it), the high end one that keeps every child.

import { type BudgetPlan, FEW_CHILDREN, searchCost } from "../../config/budget.ts";
import { exactly, type SearchEstimate, type Stretch } from "../../config/estimate.ts";
import type { GepaJobConfig } from "../../config/job.ts";
import { componentTexts, promptModules } from "../../config/modules.ts";
import { searchSizes } from "../../config/search-sizes.ts";
import type { Range } from "../../wire/validate.ts";
import { EVIDENCE } from "./planning.ts";
import { iterations } from "./reference-estimate.ts";
import { TRANSFORMATIONS } from "./transformations.ts";

const NONE = exactly(0);
const ONE = exactly(1);

/** The search of a job. `plan` is its `planBudget`; a plan with issues has no meaningful estimate. */
export function estimateGepa(config: GepaJobConfig, plan: BudgetPlan): SearchEstimate {
  const isReference = config.gepa.strategy === "reference";
  const bred = isReference ? iterations(config, plan) : breeding(config, plan);
  const { baseline, population, generations } = bred.by_phase;
  const { validation, test } = heldOut(plan, bred.scored);
  const stretches: Stretch[] = [
    { rollouts: baseline, times: ONE, steps: ONE, proposals: NONE },
    { rollouts: population, times: timesOf(population), steps: exactly(2), proposals: ONE },
    // A child of a generation: its parent on the minibatch (perhaps known), itself, and in full when it may be better.
    { rollouts: generations, times: bred.generations, steps: { low: 1, high: 3 }, proposals: ONE },
    { rollouts: validation, times: ONE, steps: ONE, proposals: NONE },
    { rollouts: test, times: ONE, steps: ONE, proposals: NONE },
  ];
  return {
    by_phase: { baseline, population, generations, validation, test },
    proposals: bred.proposals,
    stretches,
    texts: Object.values(componentTexts(promptModules(config))),
    examples: examplesOf(config),
    demos: 0,
    calls_per_rollout: promptModules(config).length,
    sensible_budget: sensibleBudget(config),
    assumptions: [
      isReference
        ? "Low: iterations are as dear as can be, and every child is turned down. High: they are cheap, or every child is accepted."
        : "Low: no child gets past the first part of its Pareto seeds, and patience ends the search. High: every child is accepted.",
    ],
  };
}

/** The search before the held-out scores. */
export interface Breeding {
  by_phase: { baseline: Range; population: Range; generations: Range };
  proposals: Range;
  generations: Range;
  /** Candidates that are scored in full, at least. */
  scored: number;
}

function breeding(config: GepaJobConfig, plan: BudgetPlan): Breeding {
  const { gepa, termination_config } = config;
  const { initial_size, num_generations, children_per_generation, patience_generations } = gepa.population;
  const cost = searchCost(config);
  const { minibatch, race, firstPart, feedback } = searchSizes(gepa);
  const room = (plan.search ?? Infinity) - cost.baseline;
  // The baseline may reach the target, and then there is no search.
  const sure = termination_config.target_score === undefined ? 1 : 0;

  const newborn = Math.max(0, Math.min(initial_size - 1, Math.floor(room / 2 / cost.child)));
  // Fixed transformations ask for nothing but their own rollouts; where a limit on length forbids them, they are reflections after all.
  const reflected = { low: Math.max(0, newborn - fixedTransformations(config)), high: newborn };
  // All of them reflect on the baseline, whose rollouts are asked once.
  const learnt = (count: number) => Math.min(count * minibatch, feedback.length);
  const born = {
    // Shared seeds may all be known from scoring the baseline.
    low: (gepa.shared_seeds ? 0 : learnt(reflected.low)) + newborn * firstPart,
    high: learnt(reflected.high) + newborn * race,
  };
  // What the generations have left after an expensive and after a cheap first population.
  const left = { low: room - born.high, high: room - born.low };
  const patient =
    patience_generations === 0 ? num_generations : Math.min(patience_generations, num_generations);
  const fewest = patient * children_per_generation;
  const most = num_generations * children_per_generation;
  const bred = {
    low: left.low < cost.child ? 0 : Math.min(fewest * firstPart, left.low),
    high: left.high < cost.child ? 0 : Math.min(most * cost.child, left.high),
  };
  const children = {
    low: Math.max(0, Math.min(fewest, Math.floor(left.low / cost.child))),
    high: left.high < cost.child ? 0 : Math.min(most, Math.floor(left.high / firstPart)),
  };
  return {
    by_phase: {
      baseline: exactly(cost.baseline),
      population: { low: sure * born.low, high: born.high },
      generations: { low: sure * bred.low, high: bred.high },
    },
    proposals: { low: sure * (reflected.low + children.low), high: reflected.high + children.high },
    generations: {
      low: sure * Math.min(patient, Math.ceil(children.low / children_per_generation)),
      high: Math.min(num_generations, Math.ceil(children.high / children_per_generation)),
    },
    scored: 1,
  };
}

/** Children of the first population that are made without a proposal, at most. */
function fixedTransformations(config: GepaJobConfig): number {
  if (config.gepa.proposer_type !== "synth") return 0;
  return TRANSFORMATIONS * Object.keys(componentTexts(promptModules(config))).length;
}

/** Rollouts that a reflection is shown: its minibatch, and what was paid for its siblings and before. */
function examplesOf({ gepa }: GepaJobConfig): Range {
  const { minibatch, feedback } = searchSizes(gepa);
  return { low: minibatch, high: Math.max(minibatch, Math.min(EVIDENCE, feedback.length)) };
}

/** Once, where there is anything in it. */
function timesOf({ low, high }: Range): Range {
  return { low: Math.min(low, 1), high: Math.min(high, 1) };
}

/** The baseline may be among the best, and is scored once then. `scored`: candidates there are at least. */
function heldOut({ validation, test }: BudgetPlan, scored: number): { validation: Range; test: Range } {
  const seeds = validation.seeds.length;
  return {
    validation: {
      low: Math.min(validation.candidates, scored) * seeds,
      high: (validation.candidates + 1) * seeds,
    },
    test: { low: test.seeds.length, high: 2 * test.seeds.length },
  };
}

function sensibleBudget(config: GepaJobConfig): number {
  const cost = searchCost(config);
  const { validation_seeds, validation_top_k, test_pool } = config.gepa.evaluation;
  const held = (validation_top_k + 1) * validation_seeds.length + 2 * test_pool.length;
  return cost.baseline + FEW_CHILDREN * cost.child + held;
}
