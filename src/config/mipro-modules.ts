// The modules and stages of a MIPRO pipeline (protocol §1.10).

import * as z from "zod";
import { isObject } from "../wire/json.ts";
import { filledIn, identifier, integer, text } from "./fields.ts";
import { PromptLearningPolicyConfig } from "./policy.ts";

/** One stage: a prompt with its own instruction and examples. */
export const MIPROStageConfig = z.object({
  stage_id: identifier().describe("The stage's name, different from all others."),
  baseline_instruction: filledIn(
    "the prompt's own",
    text().describe(
      "The instruction to improve: that of the pipeline's module of this name, else of the prompt.",
    ),
  ),
  baseline_messages: z
    .array(
      z.object({
        role: text().describe("Who speaks."),
        content: z.string().describe("The message's text."),
      }),
    )
    .default([])
    .describe("The messages of the stage's prompt."),
  max_instruction_slots: integer(1)
    .optional()
    .describe("Instructions used together: the whole text, and lines below it."),
  max_demo_slots: integer(0)
    .optional()
    .describe("Sets of examples shown together; 0 for none, 1 where absent."),
  policy: filledIn("the job's policy", PromptLearningPolicyConfig.describe("The stage's model.")),
});
export type MIPROStageConfig = z.infer<typeof MIPROStageConfig>;

/** `["from", "to"]`, or a table with `from` or `source` and `to` or `target`. */
const Edge = z.preprocess(
  (value) => (isObject(value) ? [value.from ?? value.source, value.to ?? value.target] : value),
  z.tuple([identifier(), identifier()], { error: 'a pair of stages such as ["first", "second"]' }),
);

/** One module: stages that run one after the other. */
export const MIPROModuleConfig = z.object({
  module_id: identifier().describe("The module's name, different from all others."),
  description: z.string().optional().describe("What the module is for."),
  stages: z.array(MIPROStageConfig).default([]).describe("The module's stages."),
  edges: z.array(Edge).default([]).describe("Which stage's output goes to which other stage."),
  max_instruction_slots: integer(1).optional().describe("For stages that do not say."),
  max_demo_slots: integer(0).optional().describe("For stages that do not say."),
});
export type MIPROModuleConfig = z.infer<typeof MIPROModuleConfig>;
