// A dry run: everything that a submission is checked for except its task app, and what the job would need. Creates nothing.

import type { Env } from "../durable/env.ts";
import { mostInFlight } from "../durable/execution-mode.ts";
import { validationReport } from "../validation/report.ts";
import type { ValidationReport } from "../wire/validate.ts";
import { executionMode } from "./operator.ts";
import type { Submission } from "./submission.ts";
import { checkSubmission } from "./submit.ts";

/** What a submission comes to. @throws ConfigError or ProblemError, as submitting it would */
export function validateSubmission(
  submission: Submission,
  requestOrigin: string,
  env: Env,
): ValidationReport {
  return validationReport(checkSubmission(submission, requestOrigin, env), mostInFlight(executionMode(env)));
}
