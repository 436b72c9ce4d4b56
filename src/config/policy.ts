// The policy: the model whose prompt is optimised (protocol §1.4).

import * as z from "zod";
import { freeTable, integer, number, text, webUrl, word } from "./fields.ts";

/** Everybody who serves models. */
export const PROVIDERS = ["openai", "groq", "google"] as const;

/** Who serves a model. */
export const ProviderName = word(PROVIDERS, { gemini: "google" });
export type ProviderName = z.infer<typeof ProviderName>;

/** How rollouts reach the model: through the inference URL that the service provides. */
export const InferenceMode = word(["synth_hosted"]);
export type InferenceMode = z.infer<typeof InferenceMode>;

/** Model and sampling settings of every rollout, or of one stage of a pipeline. */
export const PromptLearningPolicyConfig = z.object({
  model: text().describe(
    "The model of every call through the `inference_url`, whatever the task app names. The provider's own prefix may stand in front (`openai/gpt-4o`). It must be on [the list](#models).",
  ),
  provider: ProviderName.describe("Who serves it."),
  inference_url: webUrl()
    .optional()
    .describe("Not used: the service tells each rollout where to send its model calls."),
  inference_mode: InferenceMode.default("synth_hosted").describe("Kept for the protocol."),
  temperature: number(0)
    .default(0)
    .describe(
      "Sent to the task app, and added to calls that set none. Left out for the reasoning models of OpenAI (gpt-5, o-series), which take only their own.",
    ),
  max_completion_tokens: integer(1)
    .default(512)
    .describe("Sent to the task app, and added to calls that do not set it."),
  policy_name: z
    .string()
    .optional()
    .describe("`policy_id` and `policy_name` of the rollout request; else `prompt-learning`."),
  max_steps: integer(1)
    .optional()
    .describe(
      "The most model calls of one rollout, for task apps with several: sent to the task app as `policy.config.max_steps`.",
    ),
  config: freeTable()
    .optional()
    .describe(
      "Further settings, sent to the task app in `policy.config`, where the service's own fields hold.",
    ),
  context_override: z
    .json()
    .optional()
    .describe("Context that the task app lays over its own: sent to it as `policy.config.context_override`."),
});
export type PromptLearningPolicyConfig = z.infer<typeof PromptLearningPolicyConfig>;
