// Reading a reflection prompt: the current instruction, what became of it on some examples, and what must be kept.

import type { Message } from "./chat.ts";
import { takeExample } from "./prompt.ts";

/** One example of a reflection prompt. */
export interface ReviewedExample {
  input: string;
  output: string;
  /** The right answer, from its own section or from the words of the feedback; empty when neither tells. */
  expected: string;
  /** null when the prompt does not say. */
  reward: number | null;
}

/** A reflection prompt taken apart. */
export interface Reflection {
  instruction: string;
  examples: ReviewedExample[];
  /** Placeholders that must stay, with their braces. */
  placeholders: string[];
}

const FENCE = "```";
const EXAMPLE = /^example(?: \d+)?$/;
const SECTIONS: Readonly<Record<string, "input" | "output" | "expected" | "reward" | "feedback">> = {
  input: "input",
  inputs: "input",
  output: "output",
  outputs: "output",
  "generated outputs": "output",
  "model output": "output",
  expected: "expected",
  "expected output": "expected",
  reward: "reward",
  score: "reward",
  feedback: "feedback",
};

/** Take a reflection prompt apart; undefined for a prompt that is none. */
export function readReflection(messages: readonly Message[]): Reflection | undefined {
  const lines = messages
    .filter((message) => message.role !== "assistant")
    .flatMap((message) => message.content.split("\n"));
  const fence = firstFence(lines);
  if (fence === undefined) return undefined;
  const rest = [...lines.slice(0, fence.start), ...lines.slice(fence.end + 1)];
  const examples = examplesIn(lines.slice(fence.end + 1));
  const asksForOne = rest.some((line) => /\binstructions?\b/i.test(line));
  if (examples.length === 0 || !asksForOne) return undefined;
  const instruction = lines.slice(fence.start + 1, fence.end).join("\n");
  return { instruction, examples, placeholders: placeholdersIn(instruction, rest) };
}

function firstFence(lines: readonly string[]): { start: number; end: number } | undefined {
  const start = lines.findIndex((line) => line.trimStart().startsWith(FENCE));
  if (start < 0) return undefined;
  const ticks = /^`+/.exec((lines[start] ?? "").trim())?.[0] ?? FENCE;
  const length = lines.slice(start + 1).findIndex((line) => line.trim() === ticks);
  return length < 0 ? undefined : { start, end: start + 1 + length };
}

/** Examples start at headings such as `## Example 1` and have sections under headings such as `### Output`. */
function examplesIn(lines: readonly string[]): ReviewedExample[] {
  const found: Map<string, string[]>[] = [];
  let section: string[] | undefined;
  for (const line of lines) {
    const heading = headingOf(line);
    const name = heading === undefined ? undefined : SECTIONS[heading.name];
    if (heading !== undefined && EXAMPLE.test(heading.name)) {
      found.push(new Map());
      section = undefined;
    } else if (heading !== undefined && name !== undefined) {
      section = [heading.rest];
      found.at(-1)?.set(name, section);
    } else if (heading !== undefined && heading.level < 3) {
      section = undefined;
    } else {
      section?.push(line);
    }
  }
  return found.map(reviewed);
}

function reviewed(sections: ReadonlyMap<string, string[]>): ReviewedExample {
  const text = (name: string) =>
    (sections.get(name) ?? [])
      .filter((line) => line.trim() !== FENCE)
      .join("\n")
      .trim();
  const reward = Number.parseFloat(text("reward"));
  return {
    input: takeExample(text("input"))?.text ?? text("input"),
    output: firstLine(text("output")),
    expected: firstLine(text("expected")) || expectedIn(text("feedback")),
    reward: Number.isFinite(reward) ? reward : null,
  };
}

/**
 * `### Reward: 0` is a heading of level 3 with the name `reward` and the rest `0`, and `[[ ## role ## ]]` one of level 1;
 * undefined for a line that is no heading.
 */
function headingOf(line: string): { level: number; name: string; rest: string } | undefined {
  const field = /^\[\[ ## (\w+) ## \]\]$/.exec(line.trim())?.[1];
  if (field !== undefined) return { level: 1, name: field, rest: "" };
  const level = /^#{1,6} /.exec(line)?.[0].trim().length;
  if (level === undefined) return undefined;
  const [name = "", ...rest] = line.slice(level).split(":");
  return { level, name: name.trim().toLowerCase(), rest: rest.join(":").trim() };
}

/** The name in quotes after a word such as `expected`. */
function expectedIn(feedback: string): string {
  const text = feedback.toLowerCase();
  const starts = ["expected", "correct answer", "should be", "should have been"]
    .map((word) => text.indexOf(word))
    .filter((at) => at >= 0);
  if (starts.length === 0) return "";
  const open = feedback.indexOf('"', Math.min(...starts));
  const close = open < 0 ? -1 : feedback.indexOf('"', open + 1);
  return close < 0 ? "" : feedback.slice(open + 1, close);
}

/** Those in the instruction, and those on a line that says which to keep. */
function placeholdersIn(instruction: string, rest: readonly string[]): string[] {
  const keep = rest.filter((line) => /\bplaceholders?\b/i.test(line)).join("\n");
  return [...new Set(`${instruction}\n${keep}`.match(/\{[A-Za-z_][A-Za-z0-9_]{0,63}\}/g) ?? [])];
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").trim();
}
