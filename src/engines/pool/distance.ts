// How alike two examples are, by what is known of them: the words of their texts, and how candidates scored on them.

import type { Seed } from "../engine.ts";
import type { PartlyScored } from "./compare.ts";

/** An example as far as it is known. */
export interface Example {
  readonly seed: Seed;
  /** Its text, such as the question of the dataset's row; absent where the task app does not tell. */
  readonly text?: string;
}

/** Characters of a text that are read; what is alike in longer ones shows in their beginning. */
const MAX_TEXT_CHARS = 2_000;
/** Distance of two examples of which nothing is known. */
const UNKNOWN = 1;

/**
 * The distance of two examples by their places in the list, 0 for alike to 1: the mean of the cosine distance of their
 * words, rare words counting more, and of the mean difference of their scores over the candidates scored on both, as a
 * part of the range of all scores. What is not known of both is left out.
 */
export function exampleDistance(
  examples: readonly Example[],
  candidates: readonly PartlyScored[],
): (a: number, b: number) => number {
  const words = weightedWords(examples.map(({ text }) => text ?? ""));
  const columns = examples.map(({ seed }) => candidates.map(({ rewards }) => rewards[String(seed)]));
  const range = rangeOf(columns);
  return (a, b) => {
    const parts = [
      textDistance(words[a], words[b]),
      scoreDistance(columns[a] ?? [], columns[b] ?? [], range),
    ].filter((part) => part !== undefined);
    return parts.length === 0 ? UNKNOWN : parts.reduce((sum, part) => sum + part, 0) / parts.length;
  };
}

type Words = ReadonlyMap<string, number>;

/** Each text as words with weights (term frequency times inverse document frequency), of length 1; empty for no text. */
function weightedWords(texts: readonly string[]): Words[] {
  const counts = texts.map(countWords);
  const holders = new Map<string, number>();
  for (const words of counts) {
    for (const word of words.keys()) holders.set(word, (holders.get(word) ?? 0) + 1);
  }
  return counts.map((words) => {
    const weights = [...words].map(([word, count]): [string, number] => {
      return [word, count * Math.log(1 + texts.length / (holders.get(word) ?? 1))];
    });
    const length = Math.sqrt(weights.reduce((sum, [, weight]) => sum + weight * weight, 0));
    return new Map(weights.map(([word, weight]) => [word, weight / length]));
  });
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of text
    .slice(0, MAX_TEXT_CHARS)
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)) {
    if (word !== "") counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

function textDistance(a: Words | undefined, b: Words | undefined): number | undefined {
  if (!a?.size || !b?.size) return undefined;
  const [few, many] = a.size <= b.size ? [a, b] : [b, a];
  let cosine = 0;
  for (const [word, weight] of few) cosine += weight * (many.get(word) ?? 0);
  return Math.min(1, Math.max(0, 1 - cosine));
}

type Column = readonly (number | undefined)[];

function scoreDistance(a: Column, b: Column, range: number): number | undefined {
  let sum = 0;
  let shared = 0;
  for (const [at, score] of a.entries()) {
    const other = b[at];
    if (score === undefined || other === undefined) continue;
    sum += Math.abs(score - other);
    shared += 1;
  }
  if (shared === 0) return undefined;
  return range === 0 ? 0 : sum / shared / range;
}

function rangeOf(columns: readonly Column[]): number {
  const scores = columns.flat().filter((score) => score !== undefined);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const score of scores) {
    low = Math.min(low, score);
    high = Math.max(high, score);
  }
  return high > low ? high - low : 0;
}
