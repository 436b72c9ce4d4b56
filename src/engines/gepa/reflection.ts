// Reflection (GEPA paper §3.2, appendix B): what the proposer model is told of a text and of what became of it, and the
// new text out of its answer. Pure; the wording of each style is in `styles.ts`.

import type { ProposalMessage } from "../engine.ts";
import { applyEdits, editsIn, looksLikeEdits } from "./edits.ts";
import type { ExampleGroup } from "./examples.ts";
import { extractInstruction } from "./extraction.ts";
import { answerField, styledMessages } from "./styles.ts";

/** A text that was made from the same parent and turned down, and how it did. */
export interface FormerAttempt {
  text: string;
  /** Why it was turned down, in a sentence, with its scores where it has any. */
  verdict: string;
}

/** Another text for the same place, to be joined with the first. */
interface MergePartner {
  text: string;
  /** Its rollouts on the same seeds, or those on which it is the better one. */
  groups: readonly ExampleGroup[];
}

/** All that a reflection is about. A part that is empty or absent is not spoken of. */
export interface ReflectionSubject {
  /** Name of the component to rewrite, such as `system`. */
  component: string;
  /** Its text in the parent. */
  text: string;
  /** What the text is for and where it stands in the pipeline, in a sentence or two. */
  role?: string;
  /** The other texts of the same prompt, by name: shown, not to be changed. */
  beside?: Readonly<Record<string, string>>;
  /** What became of the text: as many examples as the caller sees fit, in groups or in one. */
  groups: readonly ExampleGroup[];
  /** Earlier children of the same parent that were turned down, the latest last. */
  attempts?: readonly FormerAttempt[];
  /** The second parent of a child that shall have the strengths of both. */
  partner?: MergePartner;
  /** Names of placeholders that the new text must hold. */
  placeholders: readonly string[];
  /** The most tokens of the new text; null or absent for no limit. */
  max_tokens?: number | null;
}

/** The styles of `proposer_type`. */
export type ProposerType = "dspy" | "gepa-ai" | "synth" | "spec";

/** How new texts are asked for: the job's options, resolved. Plain data. */
export interface ProposerSettings {
  type: ProposerType;
  /** A whole prompt of the user's with `<curr_param>` and `<side_info>`; null for the style's own. */
  template: string | null;
  /** What the user tells the proposer on top; empty for nothing. */
  instructions: string;
  /** The specification of the system, as text; empty for none. */
  specification: string;
  /** Sampling temperature; null for the model's own. */
  temperature: number | null;
  /** The most tokens of an answer, reasoning included. */
  max_tokens: number;
}

/** The proposer of a job that says nothing of it. */
export const DEFAULT_PROPOSER: ProposerSettings = {
  type: "dspy",
  template: null,
  instructions: "",
  specification: "",
  temperature: null,
  max_tokens: 10_000,
};

/** The messages that ask for a better text. */
export function reflectionMessages(
  subject: ReflectionSubject,
  proposer: ProposerSettings,
): ProposalMessage[] {
  return styledMessages(subject, proposer);
}

/** The new text in an answer; empty when it holds none. Answers of the style "synth" may be edits of the current text. */
export function proposedText(answer: string, subject: ReflectionSubject, proposer: ProposerSettings): string {
  if (proposer.template !== null) return extractInstruction(answer);
  if (proposer.type === "dspy") return extractInstruction(answerField(answer) ?? answer);
  if (proposer.type !== "synth") return extractInstruction(answer);
  const edits = editsIn(answer);
  if (edits !== undefined) return applyEdits(subject.text, edits) ?? "";
  return looksLikeEdits(answer) ? "" : extractInstruction(answer);
}
