// The whole config of a job (protocol §1.3), as one typed, defaulted value.

import * as z from "zod";
import { between, flag, freeTable, integer, word } from "./fields.ts";
import { GEPAConfig } from "./gepa.ts";
import { MAX_SEEDS } from "./limits.ts";
import { MIPROConfig } from "./mipro.ts";
import { PromptLearningPolicyConfig } from "./policy.ts";
import { PromptPatternConfig } from "./prompt.ts";
import { ProxyModelsConfig } from "./proxy.ts";
import { LEAST_TOTAL_SEEDS } from "./seeds.ts";
import { TerminationConfig } from "./termination.ts";
import { PromptLearningVerifierConfig } from "./verifier.ts";

/** What a task app's URL must be, in words. */
export const TASK_URL_WORDS = "an http or https URL";

/** What a job is. Only the section of its algorithm is read. */
export const PromptLearningConfig = z.object({
  algorithm: word(["gepa", "mipro"]).describe("The optimiser."),
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
  gepa: GEPAConfig.optional().describe("Settings of GEPA."),
  mipro: MIPROConfig.optional().describe('Settings for algorithm = "mipro".'),
  env_config: freeTable().optional().describe("A table for the task app, in `env.config` of every rollout."),
  termination_config: TerminationConfig.prefault({}).describe("Limits that end a job early."),
  verifier: PromptLearningVerifierConfig.optional().describe(
    "A model that scores rollouts beside the task app.",
  ),
  proxy_models: ProxyModelsConfig.optional().describe("A cheap model that stands in for the policy's."),
  free_tier: flag().default(false).describe("Whether only the cheaper proposers may be used."),
  strict: flag().optional().describe("Refuse older spellings instead of taking them with a warning."),
  total_seeds: integer(LEAST_TOTAL_SEEDS, MAX_SEEDS)
    .optional()
    .describe(
      "In place of seed lists: seeds 0 to here, the first 70 % for training, the rest for validation.",
    ),
  defaults_version: word(["v1"]).optional().describe("Which defaults go with total_seeds."),
  max_cost_usd: between(0)
    .optional()
    .describe("As `termination_config.max_cost_usd`; the smaller one holds."),
  max_spend_usd: between(0).optional().describe("Another name of max_cost_usd."),
});
/** A job's config, checked and with every default filled in. */
export type PromptLearningConfig = z.infer<typeof PromptLearningConfig>;

/** The config of a GEPA job. */
export type GepaJobConfig = PromptLearningConfig & { algorithm: "gepa"; gepa: GEPAConfig };
/** The config of a MIPRO job, with its seed lists and modules filled in. */
export type MiproJobConfig = PromptLearningConfig & { algorithm: "mipro"; mipro: MIPROConfig };
/** The config of a job, by its algorithm. */
export type JobConfig = GepaJobConfig | MiproJobConfig;
