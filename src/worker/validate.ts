// A dry run: everything that a submission is checked for except its task app, and what the job would need. Creates nothing.

import { estimateJob, type PriceOf } from "../config/estimate.ts";
import { bareModel } from "../config/models.ts";
import { resolvedConfig } from "../config/resolved.ts";
import type { Env } from "../durable/env.ts";
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
  const estimate = estimateJob(reading.config, plan, priceOf);
  return { valid: true, ...resolvedConfig(reading), warnings, estimate };
}

const priceOf: PriceOf = ({ provider, model }, tokens) =>
  priceUsd(provider, bareModel(provider, model), { ...tokens, cached_tokens: 0 });
