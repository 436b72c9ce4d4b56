// A dry run: everything that a submission is checked for except its task app, and what the job would need. Creates nothing.

import type { BudgetPlan } from "../config/budget.ts";
import { estimateJob, type PriceOf, type SearchEstimate } from "../config/estimate.ts";
import type { JobConfig } from "../config/job.ts";
import { bareModel } from "../config/models.ts";
import { resolvedConfig } from "../config/resolved.ts";
import type { Env } from "../durable/env.ts";
import { estimateGepa } from "../engines/gepa/estimate.ts";
import { estimateMipro } from "../engines/mipro/estimate.ts";
import { priceUsd } from "../inference/prices.ts";
import type { ValidationReport } from "../wire/validate.ts";
import type { Submission } from "./submission.ts";
import { checkSubmission } from "./submit.ts";

/** What a submission comes to. @throws ConfigError, as submitting it would */
export function validateSubmission(
  submission: Submission,
  requestOrigin: string,
  env: Env,
): ValidationReport {
  const { reading, plan, warnings } = checkSubmission(submission, requestOrigin, env);
  const { config } = reading;
  const estimate = estimateJob(config, searchOf(config, plan), plan.total, priceOf);
  return { valid: true, ...resolvedConfig(reading), warnings, estimate };
}

function searchOf(config: JobConfig, plan: BudgetPlan): SearchEstimate {
  return config.algorithm === "gepa" ? estimateGepa(config, plan) : estimateMipro(config, plan);
}

const priceOf: PriceOf = ({ provider, model }, tokens) =>
  priceUsd(provider, bareModel(provider, model), { ...tokens, cached_tokens: 0 });
