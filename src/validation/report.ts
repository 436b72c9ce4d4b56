// What a checked config comes to: every value with its origin, and what its job would need.

import type { BudgetPlan } from "../config/budget.ts";
import { estimateJob, type PriceOf, type SearchEstimate } from "../config/estimate.ts";
import type { JobConfig } from "../config/job.ts";
import { bareModel } from "../config/models.ts";
import { resolvedConfig } from "../config/resolved.ts";
import { estimateGepa } from "../engines/gepa/estimate.ts";
import { estimateMipro } from "../engines/mipro/estimate.ts";
import { priceUsd } from "../inference/prices.ts";
import type { ValidationReport } from "../wire/validate.ts";
import type { CheckedConfig } from "./check.ts";

/** The report of a dry run. */
export function validationReport({ reading, plan, warnings }: CheckedConfig): ValidationReport {
  const { config } = reading;
  const estimate = estimateJob(config, searchOf(config, plan), plan.total, priceOf);
  return { valid: true, ...resolvedConfig(reading), warnings, estimate };
}

function searchOf(config: JobConfig, plan: BudgetPlan): SearchEstimate {
  return config.algorithm === "gepa" ? estimateGepa(config, plan) : estimateMipro(config, plan);
}

const priceOf: PriceOf = ({ provider, model }, tokens) =>
  priceUsd(provider, bareModel(provider, model), { ...tokens, cached_tokens: 0 });
