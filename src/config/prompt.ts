// The baseline prompt (protocol §1.5).

import * as z from "zod";
import { integer, text } from "./fields.ts";

/** One message of the prompt, its text a template with `{placeholders}`. */
const MessagePatternConfig = z.object({
  role: text(),
  pattern: z.string(),
  order: integer(0).default(0),
});

/** The prompt to improve. */
export const PromptPatternConfig = z.object({
  id: z.string().optional(),
  name: z.string().optional(),
  messages: z.array(MessagePatternConfig).min(1),
  wildcards: z.record(z.string(), z.string()).default({}),
});
export type PromptPatternConfig = z.infer<typeof PromptPatternConfig>;
