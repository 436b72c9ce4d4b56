// Text that came from outside, made fit to keep: bounded, well formed, without secrets.

import { MAX_ERROR_CHARS, MAX_TRACE_CHARS } from "../config/limits.ts";
import { excerpt } from "../inference/capped.ts";
import { redactSecrets } from "../inference/redact.ts";

/** Characters looked at to make one line; what comes after cannot appear in it, whatever white space there is. */
const LINE_WINDOW_CHARS = 16 * 1024;

/** The beginning and the end of a text, about MAX_TRACE_CHARS in all, without the secrets. */
export function keptText(text: string, secrets: readonly string[]): string {
  // Cut twice: masking costs time per character, and a secret that the first cut halves falls to the second.
  const clean = redactSecrets(excerpt(text, 2 * MAX_TRACE_CHARS), secrets);
  return excerpt(clean, MAX_TRACE_CHARS).toWellFormed();
}

/** A message in one line of at most `max` characters: control characters and runs of white space become one space. */
export function oneLine(text: string, secrets: readonly string[] = [], max = MAX_ERROR_CHARS): string {
  const line = text
    .slice(0, LINE_WINDOW_CHARS)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  const clean = redactSecrets(line, secrets);
  return (clean.length <= max ? clean : `${clean.slice(0, max - 1)}…`).toWellFormed();
}

/** Any JSON value as text: a string as it is, null and undefined as nothing, the rest as JSON. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "[a value nested too deep to show]";
  }
}
