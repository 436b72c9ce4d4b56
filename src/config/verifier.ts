// The verifier, formerly judge: a model that scores rollouts beside the task app (protocol §1.6).

import * as z from "zod";
import { isObject } from "../wire/json.ts";
import { flag, freeTable, integer, number, specPath, specText, word } from "./fields.ts";

const table = z.object({
  enabled: flag()
    .default(false)
    .describe("Whether the verifier scores rollouts. Its calls are priced and count for every limit."),
  reward_source: word(["task_app", "verifier", "fused"], { judge: "verifier" })
    .default("task_app")
    .describe(
      "Whose reward counts: the task app's, the verifier's (event and outcome score by their weights, alike where both weights are 0), or both by all three weights, as a weighted mean. With `task_app` the verifier's words reach reflection, and its scores count for nothing.",
    ),
  backend_base: z.string().default("").describe("Not used: the service knows where its models are."),
  backend_api_key_env: z.string().default("SYNTH_API_KEY").describe("Not used: the operator's keys are."),
  backend_provider: z.string().default("").describe("Who serves backend_model; `openai` when absent."),
  backend_model: z.string().default("").describe("The model that judges; the job's proposer when absent."),
  synth_verifier_id: z
    .string()
    .default("")
    .describe(
      "A registered verifier: `name`, or `name@version`. When absent, the rubric in the task app's `/task_info`; without that, the specification is the one criterion.",
    ),
  backend_rubric_id: z
    .string()
    .default("")
    .describe("Older name of synth_verifier_id; each stands for the other."),
  backend_event_enabled: flag()
    .default(true)
    .describe("Whether each step of a rollout (each call of the model) is scored."),
  backend_outcome_enabled: flag().default(true).describe("Whether the outcome of a rollout is scored."),
  backend_options: freeTable()
    .default({})
    .describe("Further fields of each request to the model, such as `temperature`."),
  concurrency: integer(1).default(8).describe("The most verifier calls in flight, up to 192."),
  timeout: number(0)
    .default(60)
    .describe(
      "Seconds for one attempt at a verifier call, above 0; over 600, 600. A call that fails is tried again; at last the rollout fails.",
    ),
  weight_env: number(0).default(1).describe("Weight of the task app's reward in a fused one."),
  weight_event: number(0).default(0).describe("Weight of the mean score of the steps."),
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
