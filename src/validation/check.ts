// All checks of a config that need neither a deployment nor a call: it can be read, its budget holds, and so do its limits.

import type { BudgetPlan } from "../config/budget.ts";
import { ConfigError, type ConfigIssue } from "../config/errors.ts";
import { planJob } from "../config/job-plan.ts";
import { type ConfigReading, type ReadOptions, readRunnable } from "../config/read.ts";
import type { ConfigWarning } from "../wire/job.ts";
import type { JsonObject } from "../wire/json.ts";
import { priceIssues } from "./price-check.ts";

/** A config as it comes, and how it is to be read. */
export interface ConfigToCheck {
  source: { toml: string } | { mapping: JsonObject };
  overrides: JsonObject;
  options: ReadOptions;
}

/** A config that can run, as far as it can be told from itself. */
export interface CheckedConfig {
  reading: ConfigReading;
  plan: BudgetPlan;
  /** Of the config and of the budget. */
  warnings: ConfigWarning[];
}

/** Checks a config. @throws ConfigError with every mistake */
export function checkConfig({ source, overrides, options }: ConfigToCheck): CheckedConfig {
  const reading = readRunnable(source, overrides, options);
  const plan = planJob(reading.config);
  if (plan.issues.length > 0) throw refusal(reading, plan.issues, plan.warnings);
  const unpriced = priceIssues(reading.config);
  if (unpriced.length > 0) throw refusal(reading, unpriced, plan.warnings);
  const later = plan.warnings.map((found) => placed(reading, found));
  return { reading, plan, warnings: [...reading.warnings, ...later] };
}

/** The error for mistakes that are found after reading, each where it stands in the TOML. */
export function refusal(
  reading: ConfigReading,
  issues: readonly ConfigIssue[],
  more: readonly ConfigWarning[] = [],
): ConfigError {
  return new ConfigError(
    issues.map((issue) => ({ ...issue, ...reading.place(issue.path) })),
    [...reading.warnings, ...more.map((warning) => placed(reading, warning))],
  );
}

/** A warning that is found after reading, with its line in the TOML. */
export function placed({ place }: ConfigReading, warning: ConfigWarning): ConfigWarning {
  const at = place(warning.path);
  return at === undefined ? warning : { ...warning, line: at.line };
}
