// What a proposer is shown of a specification (protocol §1.10): the rules that matter enough, with or without examples, and no
// more than a number of tokens.

import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { firstTokens } from "./tokens.ts";

/** How a specification is cut. */
export interface SpecLimits {
  max_tokens: number;
  /** Whether what stands under `examples` is shown. */
  include_examples: boolean;
  /** Entries with a `priority` below it are left out; undefined for none. */
  priority_threshold?: number;
}

const MAX_DEPTH = 32;

/**
 * The part of a specification that is shown; empty for an empty one. Of JSON, entries go by their `priority` and examples by
 * their key; of other text, examples are the sections under a Markdown heading that speaks of examples.
 */
export function specExcerpt(text: string, limits: SpecLimits): string {
  const json = parsed(text);
  const kept =
    json === undefined ? withoutSections(text, limits) : JSON.stringify(pruned(json, limits, 0), null, 2);
  return firstTokens(kept.trim(), limits.max_tokens);
}

function parsed(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function pruned(value: Json, limits: SpecLimits, depth: number): Json {
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) {
    return value.filter((item) => matters(item, limits)).map((item) => pruned(item, limits, depth + 1));
  }
  if (!isObject(value)) return value;
  const table: JsonObject = value;
  return Object.fromEntries(
    Object.entries(table)
      .filter(([key, inner]) => (limits.include_examples || !isAboutExamples(key)) && matters(inner, limits))
      .map(([key, inner]) => [key, pruned(inner, limits, depth + 1)]),
  );
}

function matters(value: Json, { priority_threshold: least }: SpecLimits): boolean {
  if (least === undefined || !isObject(value) || Array.isArray(value)) return true;
  const { priority } = value;
  return typeof priority !== "number" || priority >= least;
}

function isAboutExamples(name: string): boolean {
  return /\bexamples?\b/i.test(name.replaceAll("_", " "));
}

/** Without the sections of examples, each up to the next heading of its level or above. */
function withoutSections(text: string, { include_examples }: SpecLimits): string {
  if (include_examples) return text;
  let skipping = 0;
  return text
    .split("\n")
    .filter((line) => {
      const level = /^#{1,6}(?= )/.exec(line)?.[0].length ?? 0;
      if (level > 0 && (skipping === 0 || level <= skipping)) skipping = isAboutExamples(line) ? level : 0;
      return skipping === 0;
    })
    .join("\n");
}
