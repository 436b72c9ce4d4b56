// What a checked config comes to: every value with its origin, and what its job would need.

import type { BudgetPlan } from "../config/budget.ts";
import { estimateJob, type PriceOf, type SearchEstimate } from "../config/estimate.ts";
import type { JobConfig } from "../config/job.ts";
import { MAX_CONCURRENT_ROLLOUTS } from "../config/limits.ts";
import { bareModel } from "../config/models.ts";
import { resolvedConfig } from "../config/resolved.ts";
import { maxConcurrent } from "../config/section.ts";
import { estimateGepa } from "../engines/gepa/estimate.ts";
import { estimateMipro } from "../engines/mipro/estimate.ts";
import { priceUsd } from "../inference/prices.ts";
import type { ValidationReport } from "../wire/validate.ts";
import type { CheckedConfig } from "./check.ts";

/** The report of a dry run, for a service that keeps no more than `most` rollouts of a job in flight. */
export function validationReport(
  { reading, plan, warnings }: CheckedConfig,
  most = MAX_CONCURRENT_ROLLOUTS,
): ValidationReport {
  const { config } = reading;
  const slots = Math.min(maxConcurrent(config), most);
  const estimate = estimateJob(config, searchOf(config, plan), plan.total, priceOf, undefined, slots);
  return { valid: true, ...resolvedConfig(reading), warnings, estimate };
}

function searchOf(config: JobConfig, plan: BudgetPlan): SearchEstimate {
  return config.algorithm === "gepa" ? estimateGepa(config, plan) : estimateMipro(config, plan);
}

const priceOf: PriceOf = ({ provider, model }, tokens) =>
  priceUsd(provider, bareModel(provider, model), { ...tokens, cached_tokens: 0 });
