// How a job's rollouts are divided, whatever its algorithm.

import { type BudgetPlan, planBudget } from "./budget.ts";
import type { JobConfig } from "./job.ts";
import { planMiproBudget } from "./mipro-budget.ts";

/** The plan of a job's algorithm. */
export function planJob(config: JobConfig): BudgetPlan {
  return config.algorithm === "gepa" ? planBudget(config) : planMiproBudget(config);
}
