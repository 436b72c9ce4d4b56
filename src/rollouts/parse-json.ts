// JSON from outside, without exceptions.

import { MAX_JSON_DEPTH } from "../config/limits.ts";
import { nestsDeeper } from "../inference/body.ts";

/** The value, or what is wrong with the text. */
export type ParsedJson = { kind: "json"; value: unknown } | { kind: "invalid"; message: string };

/** Parse a text as JSON; a byte-order mark before it is no mistake. */
export function parseJson(text: string): ParsedJson {
  if (nestsDeeper(text, MAX_JSON_DEPTH)) {
    return { kind: "invalid", message: `it is nested more than ${MAX_JSON_DEPTH} levels deep` };
  }
  try {
    return { kind: "json", value: JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text) };
  } catch (error) {
    return { kind: "invalid", message: error instanceof Error ? error.message : "unreadable" };
  }
}
