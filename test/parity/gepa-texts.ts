// Examples rendered for a reflection, and instructions taken out of answers. Where the reference's own rule gives what was recorded
// and ours differs, the recording shows one of the rule's faults, which `extractReference` names and mends.

import * as z from "zod";
import {
  extractPlainly,
  extractReference,
  filledPrompt,
  renderRecords,
} from "../../src/engines/gepa/reference-text.ts";
import { differenceOf } from "./compare.ts";
import type { ParityKind } from "./kinds.ts";

const TextFile = z.object({
  extraction: z.array(z.object({ lm_output: z.string(), new_instruction: z.string() })),
  rendering: z.array(
    z.object({
      current: z.string(),
      records: z.array(z.record(z.string(), z.json())),
      /** "DEFAULT" stands for a prompt that is nothing but its two places, with no current text. */
      template: z.string(),
      side_info_only: z.string(),
    }),
  ),
});

export const gepaTextKind: ParityKind = {
  name: "texts of reflections",
  recognises: (file) => TextFile.safeParse(file).success,
  cases(file) {
    const { extraction, rendering } = TextFile.parse(file);
    return [
      ...extraction.map(({ lm_output, new_instruction }, index) => ({
        name: `extraction ${index}`,
        run: async () => compareExtraction(lm_output, new_instruction),
      })),
      ...rendering.map(({ current, records, template, side_info_only }, index) => ({
        name: `rendering ${index}`,
        run: async () => {
          const examples = renderRecords(records);
          const found = template === "DEFAULT" ? examples : filledPrompt(template, current, examples);
          return differenceOf("the text", side_info_only, found);
        },
      })),
    ];
  },
};

function compareExtraction(answer: string, recorded: string) {
  return (
    differenceOf("the rule's text", recorded, extractPlainly(answer)) ??
    (showsFault(recorded, answer)
      ? undefined
      : differenceOf("the instruction", recorded, extractReference(answer)))
  );
}

/** Whether what was recorded is no instruction: it holds a fence between two blocks, or has kept or lost a word of the fence's line. */
function showsFault(recorded: string, answer: string): boolean {
  const [firstFence = ""] = recorded.split("\n").filter((line) => line.trimStart().startsWith("```"));
  const twoBlocks = firstFence.trim() === "```";
  const wordAndText = /```\w+ +\S/.test(answer);
  return twoBlocks || wordAndText;
}
