// Reflection (GEPA paper §3.2, appendix B): the question to the proposer model, and the new text out of its answer.

import { placeholders } from "../../config/template.ts";
import type { Evaluation, ProposalMessage, RejectReason } from "../engine.ts";

/** What a reflection is about. */
export interface ReflectionSubject {
  /** Component to rewrite, such as `system`. */
  component: string;
  /** All texts of the parent. */
  texts: Readonly<Record<string, string>>;
  /** The parent's rollouts on the minibatch. */
  evaluations: readonly Evaluation[];
}

/** The messages that ask for a better text. Our own wording; the structure is the paper's: current text, examples with feedback, the task. */
export function reflectionMessages({ component, texts, evaluations }: ReflectionSubject): ProposalMessage[] {
  const current = texts[component] ?? "";
  const fence = fenceFor(current);
  const names = placeholders(current);
  const keep =
    names.length === 0
      ? []
      : [
          `Keep these placeholders exactly, each at least once: ${names.map((name) => `{${name}}`).join(" ")}`,
        ];
  const content = [
    `A language model works under the instruction below, the "${component}" text of its prompt.`,
    `${fence}\n${current}\n${fence}`,
    "Here is what it did with that instruction on some examples. A reward of 1 is full marks.",
    ...evaluations.map(renderExample),
    "Write a better instruction.",
    [
      "- Work out from the inputs what the task is, and state it with the form that answers must have.",
      "- Find what the examples with low rewards have in common, and say what to do instead. Prefer rules that will hold for new inputs to remarks about these ones.",
      "- Keep every fact about the domain that the current instruction or the feedback holds: the model sees nothing but your text.",
      "- Leave what already works as it is.",
      ...keep.map((line) => `- ${line}`),
      "- Answer with the whole new instruction, and nothing else, inside one pair of triple backticks.",
    ].join("\n"),
  ].join("\n\n");
  return [{ role: "user", content }];
}

function renderExample(evaluation: Evaluation, index: number): string {
  const { trace, error, reward } = evaluation;
  const parts: [string, string | undefined][] = [
    ["Input", trace?.input],
    ["Output", trace?.output],
    ["Expected", trace?.expected],
    ["Reward", String(reward)],
    ["Feedback", trace?.feedback ?? (error ? `The run failed: ${error.message}` : undefined)],
  ];
  const sections = parts.flatMap(([title, text]) => (text === undefined ? [] : [`### ${title}\n${text}`]));
  return [`## Example ${index + 1}`, ...sections].join("\n\n");
}

/** A fence longer than any run of backticks in the text. */
function fenceFor(text: string): string {
  let longest = 2;
  let run = 0;
  for (const char of text) {
    run = char === "`" ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return "`".repeat(longest + 1);
}

/**
 * The instruction in a proposer's answer: the last block in triple backticks, whose own inner blocks (a fence with a
 * language word opens one) belong to it; without a block, the whole answer; of a block never closed, all that follows.
 */
export function extractInstruction(answer: string): string {
  const lines = answer.split("\n");
  let depth = 0;
  let start = 0;
  let found: string | undefined;
  for (const [at, line] of lines.entries()) {
    const fence = fenceLine(line);
    if (fence === undefined) continue;
    if (depth === 0) {
      start = at + 1;
      depth = 1;
    } else if (fence !== "") {
      depth += 1;
    } else {
      depth -= 1;
      if (depth === 0) found = lines.slice(start, at).join("\n").trim() || found;
    }
  }
  if (depth > 0) found = lines.slice(start).join("\n").trim() || found;
  return found ?? stripInlineFence(answer.trim());
}

/** The word behind a fence's backticks ("" for none); undefined for a line that is no fence. */
function fenceLine(line: string): string | undefined {
  const trimmed = line.trim();
  if (!trimmed.startsWith("```")) return undefined;
  let at = 3;
  while (trimmed[at] === "`") at += 1;
  const rest = trimmed.slice(at);
  return rest.includes("`") || rest.includes(" ") ? undefined : rest;
}

function stripInlineFence(text: string): string {
  return text.length >= 6 && text.startsWith("```") && text.endsWith("```") ? text.slice(3, -3).trim() : text;
}

/**
 * Why a new text for a component cannot be evaluated; undefined when it can. It must say something, keep every
 * placeholder of the text it replaces, and use none that the prompt does not know, which nobody could fill.
 */
export function proposalFault(
  proposed: string,
  replaced: string,
  known: readonly string[],
): { reason: RejectReason; detail: string } | undefined {
  if (proposed.trim() === "") return { reason: "empty_proposal", detail: "the proposal holds no text" };
  const present = placeholders(proposed);
  const lost = placeholders(replaced).filter((name) => !present.includes(name));
  if (lost.length > 0) return { reason: "lost_placeholder", detail: `the proposal lost ${braced(lost)}` };
  const unknown = present.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    return { reason: "unknown_placeholder", detail: `nothing fills ${braced(unknown)} of the proposal` };
  }
  return undefined;
}

function braced(names: readonly string[]): string {
  return names.map((name) => `{${name}}`).join(", ");
}
