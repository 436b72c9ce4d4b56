// The question that asks for an instruction, grounded in what is known of the task (MIPRO paper §4; protocol §7.2). Our own
// wording; the order is program, part, data, current text, examples, history, tip, task.

import { placeholders } from "../../config/template.ts";
import type { ProposalMessage } from "../engine.ts";
import { programText } from "./grounding.ts";
import { fenced, type RenderedParts, renderExamples } from "./render.ts";
import type { MiproSettings } from "./settings.ts";
import type { Grounding } from "./state.ts";
import { TIPS, type TipKey } from "./tips.ts";

/** An instruction that was tried, and what it is worth. */
export interface ScoredInstruction {
  text: string;
  score: number;
}

/** What a proposal is about. */
export interface ProposalSubject {
  /** Position of the stage. */
  stage: number;
  /** Position of the slot among the stage's: 0 asks for the whole instruction, others for a line below it. */
  slot: number;
  /** The text to improve on. */
  current: string;
  tip: TipKey;
  examples: readonly RenderedParts[];
  /** The best first. */
  history: readonly ScoredInstruction[];
  /** How many instructions one answer is to hold. */
  count: number;
}

/** The messages of a proposal. */
export function proposalMessages(
  subject: ProposalSubject,
  settings: MiproSettings,
  grounding: Grounding,
): ProposalMessage[] {
  const { metaprompt, spec } = settings.proposals;
  const content = [
    "You write instructions for language models. Below is one that a model works under, with what is known of its task.",
    ...section("The program", programText(settings)),
    ...section("This part of it", grounding.roles[subject.stage] ?? ""),
    ...section("The data", grounding.dataset ?? ""),
    ...section("Specification", spec ?? ""),
    "# The current instruction",
    fenced(subject.current),
    ...examplesPart(subject.examples),
    ...section("Tried before, with mean rewards", historyText(subject.history)),
    "# What to write",
    ...(metaprompt === null ? [] : [metaprompt]),
    taskText(subject),
  ].join("\n\n");
  return [{ role: "user", content }];
}

function section(title: string, text: string): string[] {
  return text === "" ? [] : [`# ${title}\n\n${text}`];
}

function examplesPart(examples: readonly RenderedParts[]): string[] {
  if (examples.length === 0) return [];
  return ["# Examples of its work", "A reward of 1 is full marks.", renderExamples(examples)];
}

function historyText(history: readonly ScoredInstruction[]): string {
  return history
    .map(({ text, score }) => `- ${score.toFixed(3)}: ${text.replaceAll("\n", " ").trim()}`)
    .join("\n");
}

function taskText({ slot, current, tip, count, history }: ProposalSubject): string {
  const what =
    slot === 0
      ? "a better instruction, whole, to stand in the place of the current one"
      : "one further sentence of 15 to 35 words, to stand on a line of its own below the instruction; say when it applies and what to do then";
  const names = slot === 0 ? placeholders(current) : [];
  const form =
    count === 1
      ? "Answer with nothing but that text, inside one pair of triple backticks."
      : `Write ${count} of them, each different in its approach. Answer with nothing but these texts, each inside its own pair of triple backticks.`;
  const points = [
    "Say what the task is, and the form that answers must have. Keep every fact of the current instruction that matters: the model sees nothing but your text and its input.",
    "Learn from the examples: what do those with low rewards have in common, and what should be done instead? Prefer rules that hold for new inputs.",
    ...(names.length === 0
      ? []
      : [
          `Keep these placeholders exactly, each at least once: ${names.map((name) => `{${name}}`).join(" ")}`,
        ]),
    ...(history.length === 0 ? [] : ["Write something that was not tried before."]),
    ...(TIPS[tip] === "" ? [] : [TIPS[tip]]),
    form,
  ];
  return [`Write ${what}.`, points.map((point) => `- ${point}`).join("\n")].join("\n\n");
}
