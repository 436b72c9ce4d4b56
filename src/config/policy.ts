// The policy: the model whose prompt is optimised (protocol §1.4).

import * as z from "zod";
import { integer, number, text, word } from "./fields.ts";

/** Everybody who serves models. */
export const PROVIDERS = ["openai", "groq", "google"] as const;

/** Who serves a model. */
export const ProviderName = word(PROVIDERS);
export type ProviderName = z.infer<typeof ProviderName>;

/** Model and sampling settings of every rollout. */
export const PromptLearningPolicyConfig = z.object({
  model: text(),
  provider: ProviderName,
  inference_mode: word(["synth_hosted"]).default("synth_hosted"),
  temperature: number(0).default(0),
  max_completion_tokens: integer(1).default(512),
  policy_name: z.string().optional(),
});
export type PromptLearningPolicyConfig = z.infer<typeof PromptLearningPolicyConfig>;
