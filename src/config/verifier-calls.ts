// How often a job's verifier is asked (protocol §1.6), and which model it is; for the estimate.

import type { Range } from "../wire/validate.ts";
import type { JobConfig } from "./job.ts";
import type { ModelChoice } from "./models.ts";
import { verifierSheet } from "./verifier-sheet.ts";

/** Tokens of a verdict: scores and a remark. */
const VERDICT_TOKENS: Range = { low: 20, high: 500 };

/** The verifier of a job, as far as it costs anything. */
interface Judging {
  model: ModelChoice;
  /** Calls for one rollout. */
  calls: Range;
  /** Tokens of one answer. */
  answer: Range;
  concurrency: number;
}

/** The verifier of a job; undefined where there is none. One whose scores do not count is asked all the same, for its words. */
export function judging(config: JobConfig): Judging | undefined {
  const sheet = verifierSheet(config);
  if (sheet === undefined) return undefined;
  const { wanted, provider, model, concurrency } = sheet;
  return {
    model: { provider, model },
    // A rubric for the outcome, one for the steps, or both.
    calls: { low: 1, high: Number(wanted.event) + Number(wanted.outcome) },
    answer: VERDICT_TOKENS,
    concurrency,
  };
}
