// Limits that end a job early (protocol §1.12).

import * as z from "zod";
import { between, flag, integer, number } from "./fields.ts";

/** Every limit; where two of them say the same, the stricter one holds. */
export const TerminationConfig = z.object({
  target_score: number()
    .optional()
    .describe("Ends the search when the best mean on the Pareto seeds reaches it."),
  max_rollouts: integer(1).optional().describe("As `gepa.rollout.budget`; the smaller one holds."),
  max_cost_usd: between(0).optional().describe("The most to spend, in USD."),
  max_total_spend_usd: between(0).optional().describe("Another name of max_cost_usd."),
  max_category_costs_usd: z
    .record(z.string(), number(0))
    .optional()
    .describe("The most to spend in USD by kind of cost, such as proposer or policy."),
  max_tokens: integer(1).optional().describe("The most tokens of all model calls."),
  max_seconds: between(0).optional().describe("The longest running time, in seconds."),
  max_time_seconds: between(0).optional().describe("Another name of max_seconds."),
  max_duration_minutes: between(0).optional().describe("The longest running time, in minutes."),
  max_trials: integer(1).optional().describe("The most candidates to try."),
  max_trials_allowed: integer(1).optional().describe("Another name of max_trials."),
  max_trials_without_improvement: integer(1)
    .optional()
    .describe("Stop after so many candidates without a better one."),
  pessimism_enabled: flag().optional().describe("Whether limits count what is under way as spent."),
  max_error_rate: number(0, 1)
    .optional()
    .describe(
      "Pauses the job when more than this share of the latest 50 rollouts (at least 20) failed. None by default.",
    ),
  max_consecutive_errors: integer(0)
    .optional()
    .describe(
      "Pauses the job when so many rollouts of at least two candidates failed in a row, or 3 at the end of a step and the task app's `/health` or a rollout of the baseline fails too. Default 20; 0 never pauses. Once resumed, the job asks them again.",
    ),
});
export type TerminationConfig = z.infer<typeof TerminationConfig>;
