// The baseline prompt (protocol §1.5).

import * as z from "zod";
import { identifier, integer, text } from "./fields.ts";

/** One message of the prompt, its text a template with `{placeholders}`. */
export const MessagePatternConfig = z.object({
  role: text().describe("`system`, `developer`, `user`, or another."),
  pattern: z
    .string()
    .describe("The text, a template with `{placeholders}`. `content` is taken too, with a warning."),
  order: integer(0).default(0).describe("Messages are sorted by it, ties by position."),
});
export type MessagePatternConfig = z.infer<typeof MessagePatternConfig>;

/** The names that a pipeline's module may have. */
interface ModuleNames {
  name?: string;
  module_id?: string;
  stage_id?: string;
}

/** One module of a pipeline: its name, or a table with its names and its instruction. */
export const PipelineModule = z.union(
  [
    identifier(),
    z
      .object({
        name: identifier().optional().describe("The module's name."),
        module_id: identifier().optional().describe("The module's name, where `name` is not given."),
        stage_id: identifier().optional().describe("The stage that the module runs."),
        description: z.string().optional().describe("What the module is for; shown to the proposer."),
        instruction_text: z
          .string()
          .optional()
          .describe(
            "The module's baseline instruction, with `{placeholders}`: the text that is optimised, and by which the module's calls are recognised. One module may do without, and has the prompt's `messages`.",
          ),
        messages: z
          .array(MessagePatternConfig)
          .min(1)
          .optional()
          .describe(
            "The module's whole prompt, where it has more than a system message of its instruction. Without `instruction_text`, its system messages are optimised.",
          ),
        few_shots: z
          .array(z.json())
          .optional()
          .describe(
            "Examples that the module's prompt shows from the start, each a table with `input` and `output`. They are put in where the task app does not show them already.",
          ),
      })
      .refine((module) => pipelineName(module) !== undefined, {
        error: "a table with a name, a module_id or a stage_id",
      }),
  ],
  { error: "a name, or a table with a name" },
);

export type PipelineModule = z.infer<typeof PipelineModule>;

/** The prompt to improve. */
export const PromptPatternConfig = z.object({
  id: z.string().optional().describe("Sent as the id of `prompt_template`; else the job's id."),
  name: z.string().optional().describe("A label."),
  messages: z.array(MessagePatternConfig).min(1).describe("The prompt."),
  wildcards: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'Placeholder names, each `"REQUIRED"` or `"OPTIONAL"`. A required one that no message contains is an error. With it given, a placeholder that it does not declare is a warning.',
    ),
  metadata: z
    .object({
      pipeline_modules: z
        .array(PipelineModule)
        .optional()
        .describe("The modules of a pipeline that runs several prompts, one after the other."),
    })
    .catchall(z.json())
    .optional()
    .describe("Notes on the prompt, and the modules of a pipeline."),
});
export type PromptPatternConfig = z.infer<typeof PromptPatternConfig>;

/** What a pipeline's module is called; undefined when it has no name of any kind. */
export function pipelineName(module: string | ModuleNames): string | undefined {
  if (typeof module === "string") return module;
  return module.module_id ?? module.name ?? module.stage_id;
}
