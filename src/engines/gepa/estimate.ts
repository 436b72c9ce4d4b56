// What the search of a GEPA job comes to, before it runs. The low end is a search that finds nothing (no child of a generation
// gets past its minibatch, patience ends it), the high end one that keeps every child.

import { type BudgetPlan, FEW_CHILDREN, searchCost } from "../../config/budget.ts";
import { exactly, type SearchEstimate, type Stretch } from "../../config/estimate.ts";
import type { GepaJobConfig } from "../../config/job.ts";
import { componentTexts, promptModules } from "../../config/modules.ts";
import { splitSeeds } from "../../config/seeds.ts";
import type { Range } from "../../wire/validate.ts";
import { iterations } from "./reference-estimate.ts";

const NONE = exactly(0);
const ONE = exactly(1);

/** The search of a job. `plan` is its `planBudget`; a plan with issues has no meaningful estimate. */
export function estimateGepa(config: GepaJobConfig, plan: BudgetPlan): SearchEstimate {
  const isReference = config.gepa.strategy === "reference";
  const bred = isReference ? iterations(config, plan) : breeding(config, plan);
  const { baseline, population, generations } = bred.by_phase;
  const { validation, test } = heldOut(plan, bred.scored);
  const minibatch = exactly(minibatchOf(config));
  const stretches: Stretch[] = [
    { rollouts: baseline, times: ONE, steps: ONE, proposals: NONE },
    { rollouts: population, times: timesOf(population), steps: exactly(2), proposals: ONE },
    // A child of a generation: its parent on the minibatch (perhaps known), itself, and in full when it is better.
    { rollouts: generations, times: bred.generations, steps: { low: 1, high: 3 }, proposals: ONE },
    { rollouts: validation, times: ONE, steps: ONE, proposals: NONE },
    { rollouts: test, times: ONE, steps: ONE, proposals: NONE },
  ];
  return {
    by_phase: { baseline, population, generations, validation, test },
    proposals: bred.proposals,
    stretches,
    texts: Object.values(componentTexts(promptModules(config))),
    examples: minibatch,
    demos: 0,
    calls_per_rollout: promptModules(config).length,
    sensible_budget: sensibleBudget(config),
    assumptions: [
      isReference
        ? "Low: iterations are as dear as can be, and every child is turned down. High: they are cheap, or every child is accepted."
        : "Low: no child of a generation gets past its minibatch, and patience ends the search. High: every child is accepted.",
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
  const minibatch = minibatchOf(config);
  const { feedback } = splitSeeds(gepa.evaluation.seeds, gepa.archive);
  const room = (plan.search ?? Infinity) - cost.baseline;
  // The baseline may reach the target, and then there is no search.
  const sure = termination_config.target_score === undefined ? 1 : 0;

  const newborn = Math.min(initial_size - 1, Math.floor(room / 2 / (minibatch + cost.baseline)));
  // All of them reflect on the baseline, whose rollouts are asked once.
  const born = Math.min(newborn * minibatch, feedback.length) + newborn * cost.baseline;
  const left = room - born;
  const patient =
    patience_generations === 0 ? num_generations : Math.min(patience_generations, num_generations);
  const fewest = patient * children_per_generation;
  const most = num_generations * children_per_generation;
  const bred = {
    low: left < cost.child ? 0 : Math.min(fewest * minibatch, left),
    high: left < cost.child ? 0 : Math.min(most * cost.child, left),
  };
  const children = {
    low: Math.min(fewest, Math.floor(left / cost.child)),
    high: left < cost.child ? 0 : Math.min(most, Math.floor(left / minibatch)),
  };
  return {
    by_phase: {
      baseline: exactly(cost.baseline),
      population: { low: sure * born, high: born },
      generations: { low: sure * bred.low, high: bred.high },
    },
    proposals: { low: sure * (newborn + children.low), high: newborn + children.high },
    generations: {
      low: sure * Math.min(patient, Math.ceil(children.low / children_per_generation)),
      high: Math.min(num_generations, Math.ceil(children.high / children_per_generation)),
    },
    scored: 1 + sure * newborn,
  };
}

/** Seeds of a minibatch. */
function minibatchOf(config: GepaJobConfig): number {
  const { child, baseline } = searchCost(config);
  return (child - baseline) / 2;
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
