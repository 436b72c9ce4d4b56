// Examples in the form that proposals show them in: a heading each, a smaller one for each of its parts.

import { fenceFor } from "../gepa/extraction.ts";

/** The parts of an example; those that are null or absent are left out. */
export interface RenderedParts {
  input?: string | null;
  output?: string | null;
  expected?: string | null;
  reward?: number | null;
  feedback?: string | null;
}

const TITLES: Readonly<Record<keyof RenderedParts, string>> = {
  input: "Input",
  output: "Output",
  expected: "Expected",
  reward: "Reward",
  feedback: "Feedback",
};

/** The examples one below the other, numbered from 1. */
export function renderExamples(examples: readonly RenderedParts[], title = "Example"): string {
  return examples.map((example, i) => renderExample(example, `${title} ${i + 1}`)).join("\n\n");
}

function renderExample(example: RenderedParts, title: string): string {
  const sections = (Object.keys(TITLES) as (keyof RenderedParts)[]).flatMap((part) => {
    const value = example[part] ?? null;
    return value === null ? [] : [`### ${TITLES[part]}\n${value}`];
  });
  return [`## ${title}`, ...sections].join("\n\n");
}

/** A text between fences that are longer than any run of backticks in it. */
export function fenced(text: string): string {
  const fence = fenceFor(text);
  return `${fence}\n${text}\n${fence}`;
}
