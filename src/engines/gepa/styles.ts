// How a reflection is worded. The words are our own; the parts are the paper's: what the text is for, the text, what
// became of it, what is wanted. All styles say the same things of a subject, in different forms.

import type { ProposalMessage } from "../engine.ts";
import { renderGroups } from "./examples.ts";
import { fenceFor } from "./extraction.ts";
import type { ProposerSettings, ReflectionSubject } from "./reflection.ts";

const CURRENT = "<curr_param>";
const EVIDENCE = "<side_info>";
const ANSWER_FIELD = "improved_instruction";

/** The messages of a reflection in the proposer's style, or in the user's own words. */
export function styledMessages(subject: ReflectionSubject, proposer: ProposerSettings): ProposalMessage[] {
  if (proposer.template !== null) return [filledTemplate(proposer.template, subject, proposer)];
  switch (proposer.type) {
    case "dspy":
      return signature(subject, proposer);
    case "synth":
      return [prose(subject, proposer, editForm(subject))];
    case "gepa-ai":
    case "spec":
      return [prose(subject, proposer, textForm(subject))];
  }
}

/** The text of the field that a signature asks for, as far as the next field; undefined where the answer has no such field. */
export function answerField(answer: string): string | undefined {
  const marker = fieldMarker(ANSWER_FIELD);
  const at = answer.lastIndexOf(marker);
  if (at < 0) return undefined;
  const rest = answer.slice(at + marker.length);
  const end = rest.indexOf("[[ ## ");
  return end < 0 ? rest : rest.slice(0, end);
}

/** The user's template, its two places filled at once, so that a text which mentions the other place is left alone. */
function filledTemplate(
  template: string,
  subject: ReflectionSubject,
  proposer: ProposerSettings,
): ProposalMessage {
  const evidence = joined([...evidenceOf(subject), listed(keepLines(subject))]);
  const filled = template
    .split(CURRENT)
    .map((part) => part.split(EVIDENCE).join(evidence))
    .join(subject.text);
  return { role: "user", content: joined([filled, proposer.instructions]) };
}

/** One message in plain words (styles "gepa-ai", "synth" and "spec"). */
function prose(
  subject: ReflectionSubject,
  proposer: ProposerSettings,
  form: readonly string[],
): ProposalMessage {
  const content = joined([
    `A language model works under the instruction below, the "${subject.component}" text of its prompt.`,
    subject.role,
    fenced(subject.text),
    ...besideOf(subject),
    ...specificationOf(proposer),
    ...evidenceOf(subject),
    "# What is wanted",
    subject.partner === undefined
      ? "Write a better instruction."
      : "Write one instruction that has the strengths of both.",
    listed([...ADVICE, ...specificationLines(proposer), ...keepLines(subject), ...form]),
    proposer.instructions,
  ]);
  return { role: "user", content };
}

/** Fields in, a field out (style "dspy"). */
function signature(subject: ReflectionSubject, proposer: ProposerSettings): ProposalMessage[] {
  const fields: [string, string, string][] = [
    ["component", "name of the text in the prompt", subject.component],
    ["role", "what the text is for", subject.role ?? ""],
    ["current_instruction", "the text as it is", fenced(subject.text)],
    ["other_instructions", "texts that stand beside it and stay as they are", joined(besideOf(subject))],
    ["specification", "how the system is meant to work", joined(specificationOf(proposer))],
    ["examples_with_feedback", "what the model did under it", joined(evidenceOf(subject))],
    ["requirements", "what the new text must keep to", listed(keepLines(subject))],
    ["further_instructions", "what the user wants beside", proposer.instructions],
  ];
  const given = fields.filter(([, , value]) => value.trim() !== "");
  const fence = fenceFor(subject.text, subject.partner?.text ?? "");
  const system = joined([
    "You improve the instructions that a language model works under. Your input has these fields:",
    given.map(([name, meaning]) => `- \`${name}\`: ${meaning}`).join("\n"),
    `Your output has one field:\n- \`${ANSWER_FIELD}\`: the whole new instruction, inside one pair of fences of ${fence.length} backticks`,
    "How to come to it:",
    listed([...ADVICE, ...specificationLines(proposer)]),
  ]);
  const user = joined([
    ...given.map(([name, , value]) => `${fieldMarker(name)}\n${value}`),
    `Answer with the field \`${fieldMarker(ANSWER_FIELD)}\` and nothing after it.`,
  ]);
  return [
    { role: "system", content: system },
    { role: "user", content: user },
  ];
}

function fieldMarker(name: string): string {
  return `[[ ## ${name} ## ]]`;
}

const ADVICE: readonly string[] = [
  "Work out from the inputs what the task is, and state it with the form that answers must have.",
  "Find what the examples with low rewards have in common, and say what to do instead. Prefer rules that will hold for new inputs to remarks about these ones.",
  "Keep every fact about the domain that the current instruction or the feedback holds: the model sees nothing but your text.",
  "Leave what already works as it is.",
];

function textForm({ text, partner }: ReflectionSubject): string[] {
  const ticks = fenceFor(text, partner?.text ?? "");
  const fence = ticks.length === 3 ? "triple backticks" : `fences of ${ticks.length} backticks`;
  return [`Answer with the whole new instruction, and nothing else, inside one pair of ${fence}.`];
}

function editForm(subject: ReflectionSubject): string[] {
  return [
    'Answer with a JSON list of edits inside one pair of triple backticks. {"type": "REPLACE", "find": "…", "text": "…"} puts new words in the place of words of the instruction; {"type": "FOLLOW", "find": "…", "text": "…"} puts new words right after them, or at the end where "find" is empty. Copy "find" letter by letter from the instruction.',
    "Make as few edits as do the work, each one thing. Only where the instruction must be written anew as a whole, answer with the whole new instruction inside the backticks instead.",
    ...(subject.partner === undefined ? [] : ["The edits apply to the first of the two instructions."]),
  ];
}

function keepLines({ placeholders, max_tokens }: ReflectionSubject): string[] {
  const names = placeholders.map((name) => `{${name}}`).join(" ");
  return [
    ...(names === "" ? [] : [`Keep these placeholders exactly, each at least once: ${names}`]),
    ...(max_tokens === undefined || max_tokens === null
      ? []
      : [`Use at most ${max_tokens} tokens, which is about ${Math.floor(max_tokens * 0.75)} words.`]),
  ];
}

function besideOf({ beside = {} }: ReflectionSubject): string[] {
  const texts = Object.entries(beside);
  if (texts.length === 0) return [];
  return [
    "These texts stand beside it and stay as they are:",
    ...texts.map(([name, text]) => `"${name}":\n${fenced(text)}`),
  ];
}

function specificationOf({ specification }: ProposerSettings): string[] {
  return specification === ""
    ? []
    : [`This is how the whole system is meant to work:\n\n${fenced(specification)}`];
}

function specificationLines({ specification }: ProposerSettings): string[] {
  if (specification === "") return [];
  return [
    "Keep to the specification, and take from it what the model needs to know here. Where an example speaks against it, the specification holds.",
  ];
}

function evidenceOf({ groups, partner, attempts = [] }: ReflectionSubject): string[] {
  const examples = renderGroups(groups);
  return [
    ...(examples === ""
      ? []
      : [
          `Here is what it did with that instruction on some examples. A reward of 1 is full marks.\n\n${examples}`,
        ]),
    ...(partner === undefined ? [] : partnerOf(partner)),
    ...(attempts.length === 0
      ? []
      : [
          "# Tried before\n\nThese were tried in its place and turned down. Do not propose them again, and avoid what they have in common.",
          ...attempts.map(
            ({ text, verdict }, i) => `### Attempt ${i + 1}\n${fenced(text)}\n\n### Verdict\n${verdict}`,
          ),
        ]),
  ];
}

function partnerOf({ text, groups }: NonNullable<ReflectionSubject["partner"]>): string[] {
  const examples = renderGroups(groups);
  return [
    `# The other instruction\n\nAnother instruction for the same place does better on other inputs:\n\n${fenced(text)}`,
    ...(examples === "" ? [] : [`Here is what the model did with that one:\n\n${examples}`]),
  ];
}

function fenced(text: string): string {
  const fence = fenceFor(text);
  return `${fence}\n${text}\n${fence}`;
}

function listed(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}

/** The parts that say anything, with blank lines between. */
function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part.trim() !== "").join("\n\n");
}
