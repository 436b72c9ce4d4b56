// What the sections of both algorithms have in common, so that whoever runs a job need not ask which one it is.

import type { GEPAConfig } from "./gepa.ts";
import type { GepaJobConfig, JobConfig, MiproJobConfig } from "./job.ts";
import type { MIPROConfig } from "./mipro.ts";

/** A config that is kept with its job: without the task app's key. */
export type StoredConfig = Stored<GepaJobConfig> | Stored<MiproJobConfig>;
/** The same of one algorithm. */
export type Stored<Config extends JobConfig> = Omit<Config, "task_app_api_key">;

/** The algorithm's own section of a config. */
export function sectionOf(config: StoredConfig): GEPAConfig | MIPROConfig {
  return config.algorithm === "gepa" ? config.gepa : config.mipro;
}

/** The most rollouts in flight at a time. */
export function maxConcurrent(config: StoredConfig): number {
  return config.algorithm === "gepa" ? config.gepa.rollout.max_concurrent : config.mipro.max_concurrent;
}

/** The dotted path of an option in the algorithm's own section, such as `prompt_learning.gepa.proposer_effort`. */
export function sectionPath(config: Pick<StoredConfig, "algorithm">, option: string): string {
  return `prompt_learning.${config.algorithm}.${option}`;
}

/** The pool of the task app that the validation seeds are of, where the config names one. */
export function validationPool(config: StoredConfig): string | undefined {
  return config.algorithm === "gepa" ? config.gepa.evaluation.validation_pool : undefined;
}

/** The training seeds of a job: those whose scores lead the search. */
export function trainingSeedsOf(config: StoredConfig): readonly number[] {
  return config.algorithm === "gepa" ? config.gepa.evaluation.seeds : (config.mipro.online_pool ?? []);
}
