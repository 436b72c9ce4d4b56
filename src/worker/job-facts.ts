// The part of a job's facts that depends on its algorithm: what its engine works by.

import type { BudgetPlan } from "../config/budget.ts";
import type { JobConfig } from "../config/job.ts";
import { MAX_TOLD_EXAMPLES } from "../config/limits.ts";
import { sectionOf, trainingSeedsOf } from "../config/section.ts";
import type { JobFacts } from "../durable/facts.ts";
import { miproSettings } from "../engines/mipro/from-config.ts";
import { programDescription } from "../rollouts/program.ts";
import { exampleTexts, type TaskInfoQuestion } from "../rollouts/task-info.ts";
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
    return {
      algorithm: "gepa",
      config: stored,
      settings: gepaSettings(config, plan, await textsFor(config, taskApp)),
    };
  }
  const { task_app_api_key: _, ...stored } = config;
  // The pools have these seeds: kept twice, the longest lists would be too much for a row.
  const { seeds: __, ...mipro } = stored.mipro;
  const settings = miproSettings(config, {
    test: { seeds: plan.test.seeds, candidates: plan.test.candidates },
    program_description: config.mipro.program_description ? null : await programDescription(taskApp),
    texts: await textsFor(config, taskApp),
  });
  return { algorithm: "mipro", config: { ...stored, mipro }, settings };
}

/** The texts of the examples, where a pool clusters them. A task app that does not tell them keeps no job from running. */
async function textsFor(config: JobConfig, taskApp: TaskInfoQuestion): Promise<ReadonlyMap<number, string>> {
  const pool = sectionOf(config).adaptive_pool;
  const clusters =
    pool !== undefined && pool.level !== "NONE" && pool.anchor_selection_method === "clustering";
  if (!clusters) return new Map();
  const told = await exampleTexts(trainingSeedsOf(config).slice(0, MAX_TOLD_EXAMPLES), taskApp);
  return told.kind === "told" ? told.value : new Map();
}
