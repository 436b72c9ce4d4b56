// The baseline prompt (protocol §1.5).

import * as z from "zod";
import { integer, text } from "./fields.ts";

/** One message of the prompt, its text a template with `{placeholders}`. */
const MessagePatternConfig = z.object({
  role: text().describe("`system`, `developer`, `user`, or another."),
  pattern: z
    .string()
    .describe("The text, a template with `{placeholders}`. `content` is taken too, with a warning."),
  order: integer(0).default(0).describe("Messages are sorted by it, ties by position."),
});

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
});
export type PromptPatternConfig = z.infer<typeof PromptPatternConfig>;
