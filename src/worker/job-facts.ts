// The part of a job's facts that depends on its algorithm: what its engine works by.

import type { BudgetPlan } from "../config/budget.ts";
import type { JobConfig } from "../config/job.ts";
import type { JobFacts } from "../durable/facts.ts";
import { miproSettings } from "../engines/mipro/from-config.ts";
import { programDescription } from "../rollouts/program.ts";
import type { TaskInfoQuestion } from "../rollouts/task-info.ts";
import { gepaSettings } from "./gepa-settings.ts";

type OfAlgorithm<Facts> = Facts extends JobFacts ? Pick<Facts, "algorithm" | "config" | "settings"> : never;

/** Algorithm, config and settings of a job. The task app is asked what its program does, where the engine has a use for it. */
export async function algorithmFacts(
  config: JobConfig,
  plan: BudgetPlan,
  taskApp: TaskInfoQuestion,
): Promise<OfAlgorithm<JobFacts>> {
  if (config.algorithm === "gepa") {
    const { task_app_api_key: _, ...stored } = config;
    return { algorithm: "gepa", config: stored, settings: gepaSettings(config, plan) };
  }
  const { task_app_api_key: _, ...stored } = config;
  // The pools have these seeds: kept twice, the longest lists would be too much for a row.
  const { seeds: __, ...mipro } = stored.mipro;
  const settings = miproSettings(config, {
    test: { seeds: plan.test.seeds, candidates: plan.test.candidates },
    program_description: config.mipro.program_description ? null : await programDescription(taskApp),
  });
  return { algorithm: "mipro", config: { ...stored, mipro }, settings };
}
