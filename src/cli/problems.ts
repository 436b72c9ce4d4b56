// Config mistakes and warnings as a person wants to read them: place, message, and the line itself with a caret.

import type { ConfigWarning, ProblemItem } from "../client/index.ts";
import type { Paint } from "./paint.ts";
import { oneLine, plural } from "./text.ts";

/** The config file the mistakes are in. */
export interface Source {
  /** As the user named it. */
  file: string;
  /** Empty when it is not known. */
  text: string;
  /** Keys whose values came from the command line, with or without the section in front. */
  overridden?: readonly string[];
}

/** Longest piece of a config line shown, in characters. */
const MAX_SHOWN = 100;
const SECTION = "prompt_learning.";

/** All mistakes, each as a block of lines, in the order of the file. */
export function problemLines(items: readonly ProblemItem[], source: Source, paint: Paint): string[] {
  const lines = source.text.split("\n");
  const ordered = items.toSorted(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
  return ordered.flatMap((item) => [
    `${paint.bold(`${placeOf(item, source)}:`)} ${paint.red("error:")} ${headline(item)}`,
    ...excerpt(lines, item, paint),
    ...expectation(item),
  ]);
}

/** The sentence above the list. */
export function problemTitle(items: readonly ProblemItem[], file: string): string {
  return `${plural(items.length, "mistake")} in ${file}; nothing was submitted`;
}

/** Warnings, one line each. */
export function warningLines(warnings: readonly ConfigWarning[], file: string, paint: Paint): string[] {
  return warnings.map(({ line, path, message }) => {
    const place = line === undefined ? file : `${file}:${line}`;
    return `${place}: ${paint.yellow("warning:")} ${withPath(path, message)}`;
  });
}

function placeOf({ path, line, column }: ProblemItem, { file, overridden = [] }: Source): string {
  if (line === undefined) return overridden.some((key) => sameKey(key, path)) ? "command line" : file;
  return column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
}

/** Whether two dotted keys mean the same: the section in front may be left out. */
function sameKey(one: string, other: string): boolean {
  return withoutSection(one) === withoutSection(other);
}

function withoutSection(key: string): string {
  return key.startsWith(SECTION) ? key.slice(SECTION.length) : key;
}

/** The message; the service ends it with the line, which stands before it here. */
function headline({ path, message, line }: ProblemItem): string {
  const tail = ` (line ${line})`;
  const [first = "", ...more] = (message.endsWith(tail) ? message.slice(0, -tail.length) : message).split(
    "\n",
  );
  // A message of several lines has them for a reason; what is in each must not move the cursor.
  return [withPath(path, first), ...more.map((text) => `  ${oneLine(text)}`)].join("\n");
}

/** The message, led by the path unless it names it already. */
function withPath(path: string, message: string): string {
  const text = oneLine(message);
  return path === "" || text.includes(path) ? text : `${oneLine(path)}: ${text}`;
}

function excerpt(lines: readonly string[], { line, column }: ProblemItem, paint: Paint): string[] {
  const raw = line === undefined ? undefined : lines[line - 1];
  if (line === undefined || raw === undefined || raw.trim() === "" || mayHoldSecret(raw)) return [];
  const number = String(line).padStart(5);
  const from = column === undefined ? 0 : windowStart(raw, column);
  const shown = oneLine(raw.slice(from, from + MAX_SHOWN).trimEnd());
  const cut = from > 0 ? "…" : "";
  const source = `${paint.dim(`${number} |`)} ${cut}${shown}`;
  if (column === undefined) return [source];
  const before = oneLine(raw.slice(from, column - 1)).length + cut.length;
  const carets = "^".repeat(wordLength(raw, column - 1));
  return [source, `${paint.dim("      |")} ${" ".repeat(before)}${paint.red(carets)}`];
}

/** Logs of builds keep what is printed here. */
function mayHoldSecret(line: string): boolean {
  const lower = line.toLowerCase();
  return ["api_key", "secret", "password"].some((word) => lower.includes(word));
}

/** Where to begin a line so that its column is in view. */
function windowStart(raw: string, column: number): number {
  return raw.length <= MAX_SHOWN || column <= MAX_SHOWN / 2 ? 0 : column - 1 - MAX_SHOWN / 2;
}

/** Length of the word at an offset: to the next blank, `=`, comma or bracket. At least 1. */
function wordLength(raw: string, from: number): number {
  let to = from;
  while (to < raw.length && to - from < MAX_SHOWN / 2 && !" \t=,]}\r".includes(raw[to] ?? " ")) to++;
  return Math.max(1, to - from);
}

function expectation({ message, found, expected }: ProblemItem): string[] {
  const parts = [
    expected === undefined || message.includes(expected) ? "" : `expected ${oneLine(expected)}`,
    found === undefined || found === "nothing" || message.includes(found) ? "" : `found ${oneLine(found)}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? [] : [`        ${parts.join("; ")}`];
}
