// The policy: a mediocre reader. It labels a text from the words of the prompt and of the text alone, and makes mistakes.

import type { Message } from "./chat.ts";
import { bellsAfter, chance } from "./noise.ts";
import { type LabellingPrompt, readLabellingPrompt } from "./prompt.ts";
import { type Rule, type Understanding, understand } from "./rules.ts";
import { contentOf } from "./words.ts";

/** How the reader weighs things. Scores have no unit; a full match of a label's name is worth about 1. */
export interface Reader {
  /** Worth of a rule that matches, against a label's name that matches. */
  rules: number;
  /** How strongly long rules are blunted: 0 not at all, 1 wholly. */
  bluntness: number;
  /** Standard deviation of a text's own ambiguity, the same for every instruction. */
  ambiguity: number;
  /** Standard deviation of the mood of the moment, another one for every instruction. */
  mood: number;
  /** Part of the mood that care takes away. */
  care: number;
  /** Words of instruction that are read with full attention. */
  attention: number;
  /** Added mood for each further `attention` words. */
  dilution: number;
  /** Added mood for an instruction that contradicts itself in every word. */
  confusion: number;
  /** Part of contradiction that goes unnoticed. */
  tolerance: number;
  /** Part of the answers that come wrapped in a sentence unless the instruction asks for the label only, or all examples show it. */
  chatter: number;
  /** Worth of a worked example that is just like the text, against a label's name that matches. */
  examples: number;
}

/** The reader of the demo. */
export const READER: Reader = {
  rules: 1.3,
  bluntness: 0.35,
  ambiguity: 0.17,
  mood: 0.08,
  care: 0.15,
  attention: 320,
  dilution: 0.35,
  confusion: 0.7,
  tolerance: 0.25,
  chatter: 0.2,
  examples: 0.8,
};

/** Answer a labelling prompt. `seed` is the request's own; the answer depends on nothing but the arguments. */
export function answerAsPolicy(
  messages: readonly Message[],
  seed: string,
  model: string,
  reader: Reader = READER,
): string {
  const prompt = readLabellingPrompt(messages);
  if (prompt.labels.length === 0) return "I am not sure what to answer.";
  const examples = prompt.shown.map(({ text, answer }) => ({ answer, content: contentOf(text) }));
  const reading = withExamples(understand(prompt.instruction, prompt.labels), prompt);
  const text = contentOf(prompt.example);
  const mood = moodOf(reading, reader);
  const keys = {
    text: `${model}\n${prompt.example}`,
    whole: `${model}\n${seed}\n${[prompt.instruction, ...shownLines(prompt)].join("\n")}\n${prompt.example}`,
  };
  const ofText = bellsAfter(keys.text);
  const ofWhole = bellsAfter(keys.whole);
  const names = nameWords(prompt.labels);
  const scored = prompt.labels.map((label) => ({
    label,
    score:
      nameScore(label, names, text) +
      ruleScore(label, reading, text, reader) +
      reader.examples * likeness(label, examples, text) +
      reader.ambiguity * ofText(`\n${label}`) +
      mood * ofWhole(`\n${label}`),
  }));
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  return wrapped(best.label, reading, keys.whole, reader);
}

function shownLines({ shown }: LabellingPrompt): string[] {
  return shown.map(({ text, answer }) => `${text} -> ${answer}`);
}

/** Worked examples make a prompt longer; and where all of them answer with a bare label, so does the reader. */
function withExamples(reading: Understanding, prompt: LabellingPrompt): Understanding {
  const { shown, labels } = prompt;
  if (shown.length === 0) return reading;
  const words = shownLines(prompt).join(" ").split(/\s+/).length;
  const isBare = shown.every(({ answer }) => labels.includes(answer));
  return { ...reading, length: reading.length + words, bareAnswer: reading.bareAnswer || isBare };
}

/** How much the text is like the example with this label that is most like it: the words they share, against those they have. */
function likeness(
  label: string,
  examples: readonly { answer: string; content: ReadonlyMap<string, number> }[],
  text: ReadonlyMap<string, number>,
): number {
  const mine = examples.filter(({ answer }) => answer === label);
  return Math.max(0, ...mine.map(({ content }) => shared(content, text)));
}

function shared(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  const size = (words: ReadonlyMap<string, number>) =>
    [...words.values()].reduce((sum, weight) => sum + weight, 0);
  const common = [...one].reduce((sum, [word, weight]) => sum + (other.has(word) ? weight : 0), 0);
  return common === 0 ? 0 : common / Math.sqrt(size(one) * size(other));
}

/** How shaky the reader is with this instruction. */
function moodOf(reading: Understanding, reader: Reader): number {
  const excess = Math.max(0, reading.length - reader.attention) / reader.attention;
  const confusion = Math.max(0, reading.contradiction - reader.tolerance);
  const base = reader.mood * (reading.careful ? 1 - reader.care : 1);
  return base + reader.dilution * excess + reader.confusion * confusion;
}

/** For each label the words of its name, and how many names have each word. */
function nameWords(labels: readonly string[]): Map<string, number> {
  const count = new Map<string, number>();
  for (const label of labels) {
    for (const word of contentOf(label).keys()) count.set(word, (count.get(word) ?? 0) + 1);
  }
  return count;
}

function nameScore(
  label: string,
  names: ReadonlyMap<string, number>,
  text: ReadonlyMap<string, number>,
): number {
  const words = contentOf(label);
  let matched = 0;
  let all = 0;
  for (const [word, weight] of words) {
    const worth = weight / Math.sqrt(names.get(word) ?? 1);
    all += worth;
    if (text.has(word)) matched += worth;
  }
  return all === 0 ? 0 : matched / Math.sqrt(all);
}

function ruleScore(
  label: string,
  reading: Understanding,
  text: ReadonlyMap<string, number>,
  reader: Reader,
): number {
  let score = 0;
  for (const rule of reading.rules) {
    if (rule.label !== label) continue;
    score += rule.sign * reader.rules * match(rule, reading.claims, text, reader.bluntness);
  }
  return score;
}

/** How well a rule fits a text: the worth of the cues found, blunted by the number of cues it has. */
function match(
  rule: Rule,
  claims: ReadonlyMap<string, number>,
  text: ReadonlyMap<string, number>,
  bluntness: number,
): number {
  let matched = 0;
  for (const [cue, weight] of rule.cues) {
    if (text.has(cue)) matched += weight / Math.max(1, claims.get(cue) ?? 1);
  }
  return matched === 0 ? 0 : matched / rule.cues.size ** bluntness;
}

function wrapped(label: string, reading: Understanding, key: string, reader: Reader): string {
  if (reading.bareAnswer || chance(`${key}\nchatter`) >= reader.chatter) return label;
  return chance(`${key}\nphrase`) < 0.5 ? `The best match is "${label}".` : `I would say this is ${label}.`;
}
