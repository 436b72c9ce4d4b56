// Limits that end a job early (protocol §1.12).

import * as z from "zod";
import { between, flag, integer, number } from "./fields.ts";

/** Every limit; where two of them say the same, the stricter one holds. */
export const TerminationConfig = z.object({
  target_score: number()
    .optional()
    .describe("Ends the search when the best mean on the Pareto seeds reaches it."),
  max_rollouts: integer(1).optional().describe("As `gepa.rollout.budget`; the smaller one holds."),
  max_cost_usd: between(0)
    .optional()
    .describe(
      "The most to spend in USD on all model calls: of rollouts through the inference URL, of proposals and of verifiers. A hard cap: a call that could cross it is not made, and the job ends with its best so far. Models without a known price are refused then. [How](#limits)",
    ),
  max_spend_usd: between(0).optional().describe("Another name of max_cost_usd."),
  max_total_spend_usd: between(0).optional().describe("Another name of max_cost_usd."),
  max_category_costs_usd: z
    .strictObject({
      policy: between(0).optional().describe("Of rollouts."),
      proposer: between(0).optional().describe("Of proposals."),
      verifier: between(0).optional().describe("Of judgements."),
    })
    .optional()
    .describe("The most to spend in USD by who spends it, each as max_cost_usd."),
  max_tokens: integer(1)
    .optional()
    .describe("The most tokens of all model calls, sent and generated; a hard cap like max_cost_usd."),
  max_total_tokens: integer(1).optional().describe("Another name of max_tokens."),
  max_seconds: between(0)
    .optional()
    .describe(
      "The longest running time in seconds, pauses left out. The search ends early enough for its held-out scores, as far as can be told from the rollouts so far; at the limit everything in flight is broken off.",
    ),
  max_time_seconds: between(0).optional().describe("Another name of max_seconds."),
  max_wall_clock_seconds: between(0).optional().describe("Another name of max_seconds."),
  max_duration_minutes: between(0).optional().describe("max_seconds in minutes."),
  max_trials: integer(1).optional().describe("The most candidates or trials to try, beside the baseline."),
  max_trials_allowed: integer(1).optional().describe("Another name of max_trials."),
  max_trials_without_improvement: integer(1)
    .optional()
    .describe("Ends the search after so many candidates or trials without a better one."),
  pessimism_enabled: flag()
    .optional()
    .describe(
      "How a step is planned under limits on tokens and USD: by the dearest rollout so far (true, the default), or by their mean, which uses the limit up further and may break a step off. Neither crosses a limit.",
    ),
  max_error_rate: number(0, 1)
    .optional()
    .describe(
      "Pauses the job when more than this share of the latest 50 rollouts (at least 20) failed, or at least 3 and more than this share of a step's and the task app's `/health` or a rollout of the baseline fails too. None by default. Once resumed, the job asks again what failed in the step under way; what failed in steps before keeps its reward of 0.",
    ),
  max_consecutive_errors: integer(0)
    .optional()
    .describe(
      "Pauses the job when so many rollouts of at least two candidates failed in a row, or a whole step or 3 at its end and the task app's `/health` or a rollout of the baseline fails too. Default 20; 0 with no `max_error_rate` never pauses. Once resumed, the job asks again what failed in the step under way.",
    ),
});
export type TerminationConfig = z.infer<typeof TerminationConfig>;
