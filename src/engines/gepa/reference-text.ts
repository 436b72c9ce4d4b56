// The words of a reflection in the reference's form: the examples as nested headings, the user's own prompt with its two places
// filled, and the new instruction out of the answer. Its faults are mended, which the tests list.

import type { Json } from "../../wire/json.ts";
import { extractInstruction } from "./extraction.ts";

const CURRENT = "<curr_param>";
const EXAMPLES = "<side_info>";
const FENCE = "```";
const DEEPEST = 6;

/** What one example shows: headings to values. */
export type ReflectionRecord = Readonly<Record<string, Json>>;

/** Records as text: `# Example 1`, below it `## Key` for each key, and below that maps and lists a level deeper each. */
export function renderRecords(records: readonly ReflectionRecord[]): string {
  return records
    .map((record, index) => {
      const parts = Object.entries(record).map(([key, value]) => `## ${key}\n${rendered(value, 3)}`);
      return `# Example ${index + 1}\n${parts.join("")}`;
    })
    .join("\n\n");
}

function rendered(value: Json, level: number): string {
  if (value === null || typeof value !== "object") return `${trimmed(asPython(value))}\n\n`;
  const entries = Array.isArray(value)
    ? value.map((item, index) => [`Item ${index + 1}`, item] as const)
    : Object.entries(value);
  if (entries.length === 0) return "\n";
  const heading = "#".repeat(level);
  const deeper = Math.min(level + 1, DEEPEST);
  return entries.map(([key, item]) => `${heading} ${key}\n${rendered(item, deeper)}`).join("");
}

/** A value as Python writes it, which is what recorded prompts hold. */
function asPython(value: string | number | boolean | null): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return value;
  const size = Math.abs(value);
  if (!(size >= 1e16 || (size > 0 && size < 1e-4))) return String(value);
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  const sign = exponent.startsWith("-") ? "-" : "+";
  return `${digits}e${sign}${exponent.replace(/^[+-]/, "").padStart(2, "0")}`;
}

/** A prompt of the user's with its two places filled, both at once: a text that names the other place is left as it is. */
export function filledPrompt(template: string, current: string, examples: string): string {
  return template
    .split(CURRENT)
    .map((part) => part.split(EXAMPLES).join(examples))
    .join(current);
}

/**
 * The instruction in an answer: what stands between the first fence and the last, without a language word on the first fence's
 * line; of one fence alone, what follows it or stands before it; else the whole answer. Where that would be two blocks with talk
 * between them, or begin with a language word, or lack its first word, it is found as everywhere else.
 */
export function extractReference(answer: string): string {
  const plain = extractPlainly(answer);
  const faulty = holdsTwoBlocks(plain) || keepsLanguageWord(answer, plain) || losesWord(answer);
  return faulty ? extractInstruction(answer) : plain;
}

/** As the reference does it, faults included. */
export function extractPlainly(answer: string): string {
  const said = trimmed(answer);
  const start = said.indexOf(FENCE) + FENCE.length;
  const end = said.lastIndexOf(FENCE);
  if (end < 0 || start >= end) return withoutOneFence(said);
  const between = said.slice(start, end);
  const line = between.indexOf("\n");
  const hasWord = line >= 0 && !/\s/.test(between.slice(0, line));
  return trimmed(hasWord ? between.slice(line + 1) : between);
}

function withoutOneFence(said: string): string {
  if (said.startsWith(FENCE)) return trimmed(said.slice(FENCE.length).replace(/^\S*\n?/, ""));
  return said.endsWith(FENCE) ? trimmed(said.slice(0, -FENCE.length)) : said;
}

/** Whether the first fence inside closes a block, and so does not open one: what was taken are two blocks, or more. */
function holdsTwoBlocks(text: string): boolean {
  const fences = text.split("\n").filter((line) => line.trimStart().startsWith(FENCE));
  return fences.length > 1 && fences[0]?.trim() === FENCE;
}

/** Whether a language word and text share the line of the first fence. */
function keepsLanguageWord(answer: string, plain: string): boolean {
  const fenced = /```(\w+) +\S/.exec(answer);
  return fenced !== null && plain.startsWith(`${fenced[1]} `);
}

/** Whether text begins on the line of a fence that is never closed: its first word would be taken for a language. */
function losesWord(answer: string): boolean {
  return /^\s*```\w+ +\S/.test(answer) && answer.split(FENCE).length === 2;
}

/** Without white space at its ends, as Python counts white space. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start] ?? "")) start += 1;
  while (end > start && isSpace(text[end - 1] ?? "")) end -= 1;
  return text.slice(start, end);
}

function isSpace(char: string): boolean {
  const code = char.charCodeAt(0);
  return (code >= 0x1c && code <= 0x1f) || code === 0x85 || (/\s/.test(char) && code !== 0xfeff);
}
