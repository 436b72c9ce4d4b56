// The verifier, formerly judge: a model that scores rollouts beside the task app (protocol §1.6).

import * as z from "zod";
import { isObject } from "../wire/json.ts";
import { flag, freeTable, integer, number, specPath, specText, word } from "./fields.ts";

const table = z.object({
  enabled: flag().default(false).describe("Whether the verifier scores rollouts."),
  reward_source: word(["task_app", "verifier", "fused"], { judge: "verifier" })
    .default("task_app")
    .describe("Whose reward counts: the task app's, the verifier's, or both by the weights below."),
  backend_base: z.string().default("").describe("Address of the verifier's service."),
  backend_api_key_env: z
    .string()
    .default("SYNTH_API_KEY")
    .describe("Name of the environment variable that holds the key of that service."),
  backend_provider: z.string().default("").describe("Who serves the verifier's model."),
  backend_model: z.string().default("").describe("The verifier's model."),
  synth_verifier_id: z.string().default("").describe("Which verifier to use, or which rubric."),
  backend_rubric_id: z
    .string()
    .default("")
    .describe("Older name of synth_verifier_id; each stands for the other."),
  backend_event_enabled: flag().default(true).describe("Whether single steps of a rollout are scored."),
  backend_outcome_enabled: flag().default(true).describe("Whether the outcome of a rollout is scored."),
  backend_options: freeTable().default({}).describe("Further options, passed to the verifier."),
  concurrency: integer(1).default(8).describe("The most verifier calls in flight."),
  timeout: number(0).default(60).describe("Seconds for one verifier call."),
  weight_env: number(0).default(1).describe("Weight of the task app's reward."),
  weight_event: number(0).default(0).describe("Weight of the scores of single steps."),
  weight_outcome: number(0).default(0).describe("Weight of the score of the outcome."),
  spec_path: specPath("what the verifier goes by"),
  spec_text: specText(),
  spec_max_tokens: integer(1).default(5000).describe("The most tokens of that specification."),
  spec_context: z.string().optional().describe("What else the verifier is told beside the specification."),
});

/** The verifier's settings, under its newer name; `index.ts` has the older one too. */
export const PromptLearningVerifierConfig = z.preprocess(withBothIds, table);
export type PromptLearningVerifierConfig = z.infer<typeof PromptLearningVerifierConfig>;

/** Whichever of the two ids is given stands for the other too. */
function withBothIds(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { synth_verifier_id, backend_rubric_id } = value;
  const id = synth_verifier_id || backend_rubric_id;
  if (typeof id !== "string") return value;
  return { ...value, synth_verifier_id: synth_verifier_id || id, backend_rubric_id: backend_rubric_id || id };
}
