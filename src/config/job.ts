// The whole config of a job (protocol §1.3), as one typed, defaulted value.

import * as z from "zod";
import { integer, number, word } from "./fields.ts";
import { GEPAConfig } from "./gepa.ts";
import { PromptLearningPolicyConfig } from "./policy.ts";
import { PromptPatternConfig } from "./prompt.ts";

/** What a task app's URL must be, in words. */
export const TASK_URL_WORDS = "an http or https URL";

/** Limits that end a job early (protocol §1.12). */
const TerminationConfig = z.object({
  target_score: number()
    .optional()
    .describe("Ends the search when the best mean on the Pareto seeds reaches it."),
  max_rollouts: integer(1).optional().describe("As `gepa.rollout.budget`; the smaller one holds."),
});

export const PromptLearningConfig = z.object({
  algorithm: word(["gepa"]).describe("The optimiser."),
  task_app_url: z
    .string({ error: TASK_URL_WORDS })
    .min(1, { error: TASK_URL_WORDS })
    .describe(
      "Base address of the task app; `/health`, `/task_info` and `/rollout` are appended. https at a public address; under `npm run dev` also http and local ones. No user name or password in it.",
    ),
  task_app_api_key: z
    .string()
    .optional()
    .describe(
      'Sent to the task app as `X-API-Key`, `X-API-Keys` and `Authorization: Bearer`. Else the operator\'s `ENVIRONMENT_API_KEY`. Kept with the job, encrypted until it ends, never given back. `"$NAME"` is [a variable](#variables).',
    ),
  task_app_id: z.string().optional().describe("A label; stands in for `gepa.env_name` when that is missing."),
  initial_prompt: PromptPatternConfig.describe("The baseline: the prompt to improve."),
  policy: PromptLearningPolicyConfig.describe("The model that runs the prompt."),
  gepa: GEPAConfig.describe("Settings of GEPA."),
  env_config: z
    .record(z.string(), z.json())
    .optional()
    .describe("A table for the task app, in `env.config` of every rollout."),
  termination_config: TerminationConfig.prefault({}).describe("Limits that end a job early."),
});
/** A job's config, checked and with every default filled in. */
export type PromptLearningConfig = z.infer<typeof PromptLearningConfig>;
