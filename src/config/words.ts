// Expected and found, in words: what a schema wanted, from zod's issues, and what a config holds, without secrets.

import type * as z from "zod";

const MAX_FOUND_CHARS = 60;
const SECRET_WORDS = ["api_key", "apikey", "secret", "token", "password"];
/** Options of the protocol that have such a word in their name and hold nothing secret. */
const NOT_SECRET = new Set([
  "max_completion_tokens",
  "max_tokens",
  "proposer_output_tokens",
  "max_token_limit",
  "token_counting_model",
]);

const TYPE_WORDS: Record<string, string> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  null: "null",
  number: "a number",
  object: "a table",
  record: "a table",
  string: "text",
};

type RawIssue = z.core.$ZodRawIssue;

/** What a schema wanted, in words that follow "must be". Fields with words of their own (fields.ts) never get here. */
export function expectedWords(issue: RawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_WORDS[issue.expected] ?? issue.expected;
    case "invalid_value":
      return choice(issue.values.map((value) => JSON.stringify(value)));
    case "too_small":
      return bound(issue.origin, issue.exact === true ? "exactly" : "at least", issue.minimum);
    case "too_big":
      return bound(issue.origin, issue.exact === true ? "exactly" : "at most", issue.maximum);
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_format":
      return `text in ${issue.format} form`;
    case "unrecognized_keys":
      return `a table without ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
    case "invalid_union":
      return choice([...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map((e) => e.message)))]);
    case "invalid_key":
      return "a table with valid keys";
    case "invalid_element":
      return "a collection of valid values";
    default:
      return "a valid value";
  }
}

/** A value in words: short, tables and lists without their content, and text under a secret's key not at all. */
export function foundWords(value: unknown, key: string | number | undefined): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return isSecretKey(key) ? "text (not shown)" : quoted(value);
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  }
  return typeof value === "object" && value !== null ? (rangeWords(value) ?? "a table") : String(value);
}

/** A range of seeds as it is written; undefined for any other table. */
function rangeWords(value: object): string | undefined {
  const entries = Object.entries(value);
  const isRange = "start" in value && "end" in value && entries.length <= 3;
  if (!isRange || entries.some(([, part]) => typeof part !== "number")) return undefined;
  return `{ ${entries.map(([key, part]) => `${key} = ${part}`).join(", ")} }`;
}

/** Whether text under this key may be a secret. */
export function isSecretKey(key: string | number | undefined): boolean {
  if (typeof key !== "string" || NOT_SECRET.has(key)) return false;
  const lower = key.toLowerCase();
  return SECRET_WORDS.some((word) => lower.includes(word));
}

/** Text in double quotes, cut to a readable length. */
export function quoted(text: string, max = MAX_FOUND_CHARS): string {
  return JSON.stringify(text.length > max ? `${text.slice(0, max)}…` : text);
}

/** `a`, `a or b`, `a, b or c`. */
function choice(options: readonly string[]): string {
  const last = options.at(-1) ?? "nothing";
  return options.length < 2 ? last : `${options.slice(0, -1).join(", ")} or ${last}`;
}

/** `1 seed`, `2 seeds`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function bound(origin: string, how: string, limit: number | bigint): string {
  const count = Number(limit);
  if (origin === "string") {
    return how === "at least" && count === 1
      ? "non-empty text"
      : `text of ${how} ${counted(count, "character")}`;
  }
  if (origin === "array" || origin === "set") {
    return how === "at least" && count === 1
      ? "a non-empty list"
      : `a list of ${how} ${counted(count, "item")}`;
  }
  return `${origin === "int" ? "a whole number" : "a number"} of ${how} ${limit}`;
}
