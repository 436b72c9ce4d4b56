// Atomic transformations of a text (protocol §7.1, §7.2): REPLACE puts words in the place of others, FOLLOW puts words
// after others. The proposer "synth" answers with a list of them, so that what already works stays as it is.

import { isObject } from "../../wire/json.ts";
import { extractInstruction } from "./extraction.ts";

/** One transformation. `find` is looked for as it is written; the first place where it stands counts. */
export interface TextEdit {
  type: "REPLACE" | "FOLLOW";
  /** The words that the edit hangs on; empty for a FOLLOW at the end of the text. */
  find: string;
  text: string;
}

/** What the words of an edit may be called in an answer, the first that is there counts. */
const KEYS: Readonly<Record<keyof TextEdit, readonly string[]>> = {
  type: ["type", "op", "operation", "kind"],
  find: ["find", "localizer", "locator", "old_text", "old", "target", "after"],
  text: ["text", "new_text", "new", "replacement", "insert", "content"],
};

/** The edits in an answer; undefined where it holds no list of them, as when it is a whole new text. */
export function editsIn(answer: string): TextEdit[] | undefined {
  const value = parsed(extractInstruction(answer));
  const list: unknown = isObject(value) ? (value.edits ?? value.transformations ?? [value]) : value;
  if (!Array.isArray(list)) return undefined;
  const edits = list.map(readEdit).filter((edit) => edit !== undefined);
  return edits.length === 0 ? undefined : edits;
}

/** Whether an answer is meant as a list of edits though none can be read in it; it is then no text either. */
export function looksLikeEdits(answer: string): boolean {
  const said = extractInstruction(answer).trimStart();
  return /^[[{]/.test(said) && /"(?:REPLACE|FOLLOW)"/i.test(said);
}

/** The text after the edits, one after the other. Those whose words are not found are passed over; undefined when all are. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string | undefined {
  let result = text;
  let applied = 0;
  for (const edit of edits) {
    const next = edit.type === "REPLACE" ? replaced(result, edit) : followed(result, edit);
    if (next === undefined) continue;
    applied += 1;
    result = next;
  }
  return applied === 0 ? undefined : result.trim();
}

function replaced(text: string, { find, text: words }: TextEdit): string | undefined {
  const at = find === "" ? -1 : text.indexOf(find);
  return at < 0 ? undefined : text.slice(0, at) + words + text.slice(at + find.length);
}

/** New words go on a line of their own where the words before them end a line, else they follow a space. */
function followed(text: string, { find, text: words }: TextEdit): string | undefined {
  if (words.trim() === "") return undefined;
  const at = find === "" ? text.length - find.length : text.indexOf(find);
  if (at < 0) return undefined;
  const [before, after] = [text.slice(0, at + find.length), text.slice(at + find.length)];
  const endsLine = after === "" || after.startsWith("\n");
  const hasSpace = before === "" || /\s$/.test(before) || /^\s/.test(words);
  return `${before}${hasSpace ? "" : endsLine ? "\n" : " "}${words}${after}`;
}

function readEdit(value: unknown): TextEdit | undefined {
  if (!isObject(value)) return undefined;
  const word = (key: keyof TextEdit): string | undefined => {
    const found = KEYS[key].map((name) => value[name]).find((one) => typeof one === "string");
    return typeof found === "string" ? found : undefined;
  };
  const type = word("type")?.trim().toUpperCase();
  const text = word("text");
  if ((type !== "REPLACE" && type !== "FOLLOW") || text === undefined) return undefined;
  return { type, find: word("find") ?? "", text };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
