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
  /** Stop as soon as the best mean reward on the Pareto seeds is at least this. */
  target_score: number().optional(),
  /** Together with `gepa.rollout.budget`: the smaller one holds. */
  max_rollouts: integer(1).optional(),
});

export const PromptLearningConfig = z.object({
  algorithm: word(["gepa"]),
  task_app_url: z.string({ error: TASK_URL_WORDS }).min(1, { error: TASK_URL_WORDS }),
  task_app_api_key: z.string().optional(),
  task_app_id: z.string().optional(),
  initial_prompt: PromptPatternConfig,
  policy: PromptLearningPolicyConfig,
  gepa: GEPAConfig,
  env_config: z.record(z.string(), z.json()).optional(),
  termination_config: TerminationConfig.prefault({}),
});
/** A job's config, checked and with every default filled in. */
export type PromptLearningConfig = z.infer<typeof PromptLearningConfig>;
