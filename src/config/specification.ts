// The specification of a system, as a proposer is shown it: a JSON document with principles, rules and a glossary, or plain text.

import { isObject } from "../wire/json.ts";
import { estimateTokens } from "./tokens.ts";

/** How much of a specification is shown. */
export interface SpecificationLimits {
  max_tokens: number;
  /** Rules of a lower priority, or of none, are left out; undefined for all rules. */
  priority_threshold?: number | undefined;
  /** Whether the examples of rules are shown; default true. */
  include_examples?: boolean;
}

interface SpecRule {
  priority: number;
  text: string;
  examples: string;
}

const CONSTRAINTS: readonly (readonly [string, string])[] = [
  ["must", "Must"],
  ["must_not", "Must not"],
  ["should", "Should"],
  ["should_not", "Should not"],
];

/**
 * A specification as text within its limits. Of a document in JSON the rules stand by priority, the highest first; where
 * all is too much, first the examples go, then the rules of the lowest priority. Any other text is cut at the end.
 */
export function specificationText(source: string, limits: SpecificationLimits): string {
  const document = parsed(source);
  if (!isObject(document) || !Array.isArray(document.rules)) return cut(source.trim(), limits.max_tokens);
  const rules = rulesOf(document.rules, limits.priority_threshold);
  const [head, tail] = [headOf(document), glossaryOf(document.glossary)];
  const withExamples = rules.map(({ text, examples }) => joined([text, examples]));
  const bare = rules.map(({ text }) => text);
  const forms = limits.include_examples === false ? [bare] : [withExamples, bare];
  for (const form of forms) {
    const whole = joined([...head, ...form, ...tail]);
    if (estimateTokens(whole) <= limits.max_tokens) return whole;
  }
  const kept = fitting(bare, [...head, ...tail], limits.max_tokens);
  return cut(joined([...head, ...kept, ...tail]), limits.max_tokens);
}

/** As many of the first rules as have room beside the rest. */
function fitting(rules: readonly string[], rest: readonly string[], max: number): string[] {
  let left = max - estimateTokens(joined(rest));
  return rules.filter((rule) => {
    left -= estimateTokens(rule) + 1;
    return left >= 0;
  });
}

function rulesOf(rules: readonly unknown[], threshold: number | undefined): SpecRule[] {
  return rules
    .filter(isObject)
    .map((rule) => ({
      priority: typeof rule.priority === "number" ? rule.priority : Number.NEGATIVE_INFINITY,
      text: ruleText(rule),
      examples: exampleTexts(rule.examples),
    }))
    .filter(({ priority }) => threshold === undefined || priority >= threshold)
    .sort((a, b) => (a.priority === b.priority ? 0 : b.priority - a.priority));
}

function ruleText(rule: Record<string, unknown>): string {
  const constraints = isObject(rule.constraints) ? rule.constraints : {};
  const lines = CONSTRAINTS.flatMap(([key, word]) =>
    texts(constraints[key]).map((line) => `- ${word}: ${line}`),
  );
  const title = [textOf(rule.id), textOf(rule.title) || textOf(rule.text)]
    .filter((part) => part !== "")
    .join(": ");
  return [`## ${title}`, textOf(rule.rationale), ...lines].filter((line) => line !== "").join("\n");
}

function exampleTexts(examples: unknown): string {
  const list: unknown[] = Array.isArray(examples) ? examples : [];
  return list
    .filter(isObject)
    .map(({ kind, prompt, response }) => {
      const word = textOf(kind) === "bad" ? "Bad" : "Good";
      return `${word} example: "${textOf(prompt)}" → "${textOf(response)}"`;
    })
    .join("\n");
}

function headOf(document: Record<string, unknown>): string[] {
  const metadata = isObject(document.metadata) ? document.metadata : {};
  const principles: unknown[] = Array.isArray(document.principles) ? document.principles : [];
  return [
    [textOf(metadata.title), textOf(metadata.description)].filter((part) => part !== "").join("\n"),
    principles
      .filter(isObject)
      .map((principle) => `- ${textOf(principle.text)}`)
      .join("\n"),
  ];
}

function glossaryOf(glossary: unknown): string[] {
  const items: unknown[] = Array.isArray(glossary) ? glossary : [];
  const lines = items
    .filter(isObject)
    .map(({ term, definition }) => `- ${textOf(term)}: ${textOf(definition)}`);
  return lines.length === 0 ? [] : [["## Terms", ...lines].join("\n")];
}

/** The beginning of a text, at a line's end where there is one. */
function cut(text: string, max: number): string {
  if (estimateTokens(text) <= max) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (estimateTokens(text.slice(0, middle)) <= max) low = middle;
    else high = middle - 1;
  }
  const head = text.slice(0, low);
  const line = head.lastIndexOf("\n");
  return (line > head.length / 2 ? head.slice(0, line) : head).trimEnd().toWellFormed();
}

function texts(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [];
  return list.map(textOf).filter((text) => text !== "");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part.trim() !== "").join("\n\n");
}
