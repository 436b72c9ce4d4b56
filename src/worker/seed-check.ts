// Whether the seeds of a job's pools are seeds of its task app: asked of `/task_info` before the job is created. A seed that
// the task app refuses, while it tells of others, would cost the job its rollouts.

import type { AdaptivePoolConfig } from "../config/adaptive-pool.ts";
import { reserveOf } from "../config/checks.ts";
import type { JobConfig } from "../config/job.ts";
import { type SeedVerdict, seedVerdicts, type TaskInfoQuestion } from "../rollouts/task-info.ts";
import type { Algorithm } from "../wire/job.ts";
import { ProblemError } from "./problem.ts";

/** The seed lists of a job by their dotted paths. */
function poolsOf(config: JobConfig): Record<string, readonly number[]> {
  if (config.algorithm === "gepa") {
    const { adaptive_pool, evaluation } = config.gepa;
    const { seeds, validation_seeds, validation_pool, test_pool } = evaluation;
    // Seeds of another pool are not those that `/task_info` tells of.
    const validation = validation_pool === undefined ? validation_seeds : [];
    return {
      ...prefixed("prompt_learning.gepa.evaluation", { seeds, validation_seeds: validation, test_pool }),
      ...reservePool("gepa", adaptive_pool),
    };
  }
  const {
    bootstrap_train_seeds = [],
    online_pool = [],
    reference_pool = [],
    test_pool = [],
    val_seeds = [],
  } = config.mipro;
  const pools = { bootstrap_train_seeds, online_pool, reference_pool, test_pool, val_seeds };
  return { ...prefixed("prompt_learning.mipro", pools), ...reservePool("mipro", config.mipro.adaptive_pool) };
}

function reservePool(
  algorithm: Algorithm,
  pool: AdaptivePoolConfig | undefined,
): Record<string, readonly number[]> {
  return prefixed(`prompt_learning.${algorithm}.adaptive_pool`, { heatup_reserve_pool: reserveOf(pool) });
}

/** Asks for the ends of each pool. @throws ProblemError 422 naming the pool and the seed that the task app refuses */
export async function checkSeeds(config: JobConfig, question: TaskInfoQuestion): Promise<void> {
  const pools = Object.entries(poolsOf(config)).filter(([, seeds]) => seeds.length > 0);
  const asked = new Set(pools.flatMap(([, seeds]) => [seeds[0] ?? 0, seeds.at(-1) ?? 0]));
  const verdicts = await seedVerdicts([...asked], question);
  const told = [...verdicts.values()].some(({ kind }) => kind === "told");
  if (!told) return;
  for (const [path, seeds] of pools) {
    const seed = [seeds[0] ?? 0, seeds.at(-1) ?? 0].find((end) => verdicts.get(end)?.kind === "refused");
    if (seed !== undefined) throw refused(path, seed, verdicts.get(seed));
  }
}

function refused(path: string, seed: number, verdict: SeedVerdict | undefined): ProblemError {
  const said = verdict?.kind === "refused" ? verdict.message : "";
  const detail = `${path} names seed ${seed}, which the task app does not have: ${said}`;
  return new ProblemError(422, "task_app_seed_unknown", "The task app has no such seed", detail);
}

function prefixed<T>(prefix: string, pools: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(pools).map(([key, seeds]) => [`${prefix}.${key}`, seeds]));
}
