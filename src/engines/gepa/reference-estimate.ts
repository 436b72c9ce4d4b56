// What the search of a job with the reference's strategy comes to, before it runs. The low end is one in which every child is turned
// down on its minibatch, the high end one that keeps every child.

import { type BudgetPlan, searchCost } from "../../config/budget.ts";
import { promptComponents } from "../../config/components.ts";
import { exactly } from "../../config/estimate.ts";
import type { GepaJobConfig } from "../../config/job.ts";
import type { Breeding } from "./estimate.ts";
import { childrenOf } from "./sampling.ts";

/** The iterations of a job, in the place of generations. */
export function iterations(config: GepaJobConfig, plan: BudgetPlan): Breeding {
  const { gepa, termination_config } = config;
  const cost = searchCost(config);
  const minibatch = (cost.child - cost.baseline) / 2;
  const left = (plan.search ?? Infinity) - cost.baseline;
  const most = left < cost.child ? 0 : (gepa.max_iterations ?? Infinity);
  const children = childrenOf(gepa);
  // The baseline may reach the target, and then there is no search.
  const sure = termination_config.target_score === undefined ? 1 : 0;
  const rounds = {
    low: sure * Math.min(most, Math.floor(left / (children * cost.child))),
    high: Math.min(most, Math.floor(left / minibatch)),
  };
  const texts =
    gepa.module_selector === "all" ? Object.keys(promptComponents(config.initial_prompt)).length : 1;
  return {
    by_phase: {
      baseline: exactly(cost.baseline),
      population: exactly(0),
      generations: {
        low: Math.min(left, rounds.low * children * minibatch),
        high: Math.min(left, most * children * cost.child),
      },
    },
    proposals: { low: rounds.low * children * texts, high: rounds.high * children * texts },
    generations: rounds,
    scored: 1,
  };
}
