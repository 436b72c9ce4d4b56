// Reading a labelling prompt: which labels there are, what the example is, and what is instruction.

import type { Message } from "./chat.ts";

/** A worked example that a prompt shows. */
interface ShownExample {
  text: string;
  /** The answer, as it is shown. */
  answer: string;
}

/** A prompt taken apart. */
export interface LabellingPrompt {
  /** Everything that is neither the list of labels nor the example. */
  instruction: string;
  /** The labels offered, in their order. */
  labels: string[];
  /** The text to label. */
  example: string;
  /** Worked examples: earlier messages of the user with the answers after them, and blocks of `Input:` and `Output:` lines. */
  shown: ShownExample[];
}

const LIST_HEADINGS = ["categories", "category", "labels", "intents", "classes", "options"];
const EXAMPLE_HEADINGS = ["ticket", "query", "message", "text", "input", "question", "review", "example"];
const MAX_LABEL_CHARS = 60;

/** Take a prompt apart. The example is in the last user message, the labels may be anywhere. */
export function readLabellingPrompt(messages: readonly Message[]): LabellingPrompt {
  const last = messages.findLastIndex((message) => message.role === "user");
  const labels: string[] = [];
  const instruction: string[] = [];
  const shown: ShownExample[] = [];
  let example = "";
  messages.forEach((message, i) => {
    if (message.role === "assistant") return;
    const answer = messages[i + 1]?.role === "assistant" ? messages[i + 1]?.content : undefined;
    const isShown = i !== last && message.role === "user" && answer !== undefined;
    const asked = i === last || isShown ? takeExample(message.content) : undefined;
    const blocks = takeBlocks(asked?.rest ?? message.content.split("\n"));
    const taken = takeLabels(blocks.rest);
    labels.push(...taken.labels);
    shown.push(...blocks.shown);
    if (isShown) {
      shown.push({ text: asked?.text ?? taken.rest.join("\n").trim(), answer: answer.trim() });
      return;
    }
    if (i === last) example = asked?.text ?? taken.rest.join("\n").trim();
    if (i !== last || asked !== undefined) instruction.push(...taken.rest);
  });
  return { instruction: instruction.join("\n").trim(), labels: [...new Set(labels)], example, shown };
}

/** Worked examples written as an `Input:` line with an `Output:` line right below, and the other lines. */
function takeBlocks(lines: readonly string[]): { shown: ShownExample[]; rest: string[] } {
  const shown: ShownExample[] = [];
  const rest: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const [input, output] = [afterWord("Input:", lines[i]), afterWord("Output:", lines[i + 1])];
    if (input === undefined || output === undefined) {
      rest.push(lines[i] ?? "");
      continue;
    }
    if (/^Example \d+$/.test(rest.at(-1) ?? "")) rest.pop();
    shown.push({ text: input, answer: output });
    i += 1;
  }
  return { shown, rest };
}

function afterWord(word: string, line: string | undefined): string | undefined {
  return line?.startsWith(word) ? line.slice(word.length).trim() : undefined;
}

/** The example, from a line such as `Ticket: …` to the next heading, and the lines around it; undefined without such a line. */
export function takeExample(content: string): { text: string; rest: string[] } | undefined {
  const lines = content.split("\n");
  const start = lines.findIndex((line) => isExampleHeading(line));
  if (start < 0) return undefined;
  const after = lines
    .slice(start + 1)
    .findIndex((line, i, all) => i > 0 && all[i - 1] === "" && isHeading(line));
  const end = after < 0 ? lines.length : start + 1 + after;
  const first = lines[start] ?? "";
  const text = [first.slice(first.indexOf(":") + 1), ...lines.slice(start + 1, end)].join("\n").trim();
  return { text, rest: [...lines.slice(0, start), ...lines.slice(end)] };
}

/** The labels among some lines: bare list items, lines or comma-separated words after a heading such as `Categories:`. */
function takeLabels(lines: readonly string[]): { labels: string[]; rest: string[] } {
  const labels: string[] = [];
  const rest: string[] = [];
  let inList = false;
  for (const line of lines) {
    const item = listItem(line);
    const inline = isListHeading(line) ? labelsAfterColon(line) : [];
    if (inline.length > 1) {
      labels.push(...inline);
      inList = false;
    } else if (item.marked ? isLabel(item.text, inList) : inList && isLabel(item.text, false)) {
      labels.push(item.text);
    } else {
      inList = isListHeading(line) || (inList && line.trim() === "");
      rest.push(line);
    }
  }
  return { labels, rest };
}

/** A line without its bullet or number. */
function listItem(line: string): { text: string; marked: boolean } {
  const trimmed = line.trim();
  const mark = /^(?:[-*•]|\d{1,3}[.)])\s+/.exec(trimmed)?.[0] ?? "";
  return { text: trimmed.slice(mark.length).trim(), marked: mark !== "" };
}

/** A name such as `refund_status`; where `loose`, any word or a few words without punctuation will do too. */
function isLabel(text: string, loose: boolean): boolean {
  if (text === "" || text.length > MAX_LABEL_CHARS || /[.,:;!"]/.test(text)) return false;
  const words = text.split(" ").length;
  return loose ? words <= 4 : words === 1 && text.includes("_");
}

function isListHeading(line: string): boolean {
  const words = line.toLowerCase().split(/[^a-z]+/);
  return line.includes(":") && LIST_HEADINGS.some((heading) => words.includes(heading));
}

function labelsAfterColon(line: string): string[] {
  const tail = line.slice(line.indexOf(":") + 1).trim();
  const parts = tail.split(",").map((part) => bareName(part));
  return parts.every((part) => isLabel(part, true)) ? parts : [];
}

/** `and refund_status.` names `refund_status`. */
function bareName(text: string): string {
  const name = text.trim().replace(/^(?:and|or) /, "");
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

function isExampleHeading(line: string): boolean {
  if (!isHeading(line)) return false;
  const words = line.slice(0, line.indexOf(":")).toLowerCase().split(" ");
  return EXAMPLE_HEADINGS.includes(words.at(-1) ?? "");
}

/** Up to three words and a colon. */
function isHeading(line: string): boolean {
  const colon = line.indexOf(":");
  return (
    colon > 0 && /^[A-Z][A-Za-z ]*$/.test(line.slice(0, colon)) && line.slice(0, colon).split(" ").length <= 3
  );
}
