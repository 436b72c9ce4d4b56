// The proposer: rewrites an instruction from the failures it is shown, and from nothing else. It is no master: now and
// then it takes a word that says too little, forgets a line, adds padding or loses a placeholder.

import { chance } from "./noise.ts";
import type { Reflection, ReviewedExample } from "./reflection.ts";
import { type Line, parseLines, writeLines } from "./rule-lines.ts";
import { contentOf, stem, weightOf, wordsOf } from "./words.ts";

/** How often things happen, as probabilities, and how much is written. */
export interface Writer {
  tooBroad: number;
  repairs: number;
  forgetsLine: number;
  losesPlaceholder: number;
  notesSuccess: number;
  asksForBareAnswer: number;
  pads: number;
  /** Words taken from an example: from `minCues` to `maxCues`. */
  minCues: number;
  maxCues: number;
  /** A word must speak this clearly to be taken; 1 is a rare word that is seen nowhere else. */
  clarity: number;
  /** Words kept in one rule, and in all rules together; the oldest go first. */
  cuesPerRule: number;
  cues: number;
}

/** The writer of the demo. */
export const WRITER: Writer = {
  tooBroad: 0.12,
  repairs: 0.6,
  forgetsLine: 0.12,
  losesPlaceholder: 0.04,
  notesSuccess: 0.7,
  asksForBareAnswer: 0.75,
  pads: 0.15,
  minCues: 3,
  maxCues: 5,
  clarity: 0.2,
  cuesPerRule: 14,
  cues: 180,
};

const BARE_ANSWER = "Answer with only the label and nothing else.";
const PADDING = [
  "Take your time and read every sentence closely before you decide, and keep a friendly and professional attitude throughout.",
  "Remember that people describe the same trouble in many different ways, and that the tone of a text says little about its subject.",
  "If several choices look plausible, weigh them against each other and settle for the one that fits the main concern best.",
];

type Rule = Extract<Line, { kind: "rule" }>;

/** The proposer's answer: a sentence, then the new instruction between fences. `key` is all that its luck depends on. */
export function answerAsProposer(reflection: Reflection, key: string, writer: Writer = WRITER): string {
  const failures = reflection.examples.filter(isFailure);
  const instruction = rewritten(reflection, failures, key, writer);
  const opening =
    failures.length === 0
      ? "The examples show no clear failure, so I only tidied the instruction."
      : `I looked at ${failures.length} failing examples and turned what they have in common into rules.`;
  return `${opening}\n\n\`\`\`\n${instruction}\n\`\`\``;
}

/** Only an example whose right answer is known teaches anything. */
function isFailure({ expected, output, reward }: ReviewedExample): boolean {
  return expected !== "" && (reward === null ? output !== expected : reward < 1);
}

/** What went well is noted down too, now and then, where nothing is said of its label yet. */
function isWorthNoting(
  { expected }: ReviewedExample,
  lines: readonly Line[],
  key: string,
  writer: Writer,
): boolean {
  return expected !== "" && rulesFor(lines, expected).length === 0 && chance(key) < writer.notesSuccess;
}

function rewritten(
  reflection: Reflection,
  failures: readonly ReviewedExample[],
  key: string,
  writer: Writer,
): string {
  const kept = forgetful(parseLines(reflection.instruction), key, writer);
  const lines = [...kept];
  reflection.examples.forEach((example, i) => {
    const mistaken = failures.includes(example) && !isWrapped(example);
    if (mistaken) repair(lines, example, reflection.examples, `${key}\nrepair ${i}`, writer);
    else if (!isWorthNoting(example, lines, `${key}\nnote ${i}`, writer)) return;
    const cues = telling(example, reflection.examples, lines, `${key}\ncues ${i}`, writer);
    addCues(lines, example.expected, cues, writer);
  });
  if (
    failures.some(isWrapped) &&
    !asksForBareAnswer(lines) &&
    chance(`${key}\nbare`) < writer.asksForBareAnswer
  ) {
    lines.push({ kind: "text", text: BARE_ANSWER });
  }
  const padding = PADDING[Math.floor(chance(`${key}\npadding`) * PADDING.length)] ?? "";
  if (chance(`${key}\npad`) < writer.pads && !reflection.instruction.includes(padding)) {
    lines.push({ kind: "text", text: padding });
  }
  return withPlaceholders(writeLines(lines), reflection.placeholders, key, writer);
}

/** Without one of its rules or sentences, now and then; never without a line that holds a placeholder. */
function forgetful(lines: Line[], key: string, writer: Writer): Line[] {
  const can = lines.filter(
    (line) => line.kind === "rule" || (line.text.trim() !== "" && !line.text.includes("{")),
  );
  if (can.length < 2 || chance(`${key}\nforget`) >= writer.forgetsLine) return lines;
  const lost = can[Math.floor(chance(`${key}\nforgotten`) * can.length)];
  return lines.filter((line) => line !== lost);
}

/** The right label, in a sentence of chatter. */
function isWrapped(failure: ReviewedExample): boolean {
  return failure.output !== failure.expected && failure.output.includes(failure.expected);
}

function asksForBareAnswer(lines: readonly Line[]): boolean {
  return lines.some((line) => line.kind === "text" && /\bonly\b|\bnothing else\b/i.test(line.text));
}

/** Take the words that misled out of the rule for the wrong answer, unless they were right for another example. */
function repair(
  lines: Line[],
  failure: ReviewedExample,
  examples: readonly ReviewedExample[],
  key: string,
  writer: Writer,
): void {
  const misled = contentOf(failure.input);
  const supported = new Set(
    examples
      .filter((one) => one.expected === failure.output)
      .flatMap((one) => [...contentOf(one.input).keys()]),
  );
  for (const rule of rulesFor(lines, failure.output)) {
    rule.cues = rule.cues.filter(
      (cue) =>
        !misled.has(stem(cue)) || supported.has(stem(cue)) || chance(`${key}\n${cue}`) >= writer.repairs,
    );
  }
}

/** The words of an example that tell its label from the others in sight, the best first. */
function telling(
  failure: ReviewedExample,
  examples: readonly ReviewedExample[],
  lines: readonly Line[],
  key: string,
  writer: Writer,
): string[] {
  const known = new Set(rulesFor(lines, failure.expected).flatMap((rule) => rule.cues.map(stem)));
  const scores = [...surfaceWords(failure.input)]
    .filter(([root]) => !known.has(root))
    .map(([root, word]) => ({
      word,
      score: contrast(root, word, failure, examples, lines) + 0.1 * chance(`${key}\n${word}`),
    }))
    .sort((a, b) => b.score - a.score);
  const clear = scores.filter(({ score }) => score >= writer.clarity);
  const span = writer.maxCues - writer.minCues + 1;
  const cues = clear.slice(0, writer.minCues + Math.floor(chance(key) * span)).map(({ word }) => word);
  const broad = scores.at(-1)?.word;
  if (broad !== undefined && chance(`${key}\nbroad`) < writer.tooBroad) cues.splice(-1, 1, broad);
  return cues;
}

/** How much a word speaks for a label: rare words, words of other examples with it, and not of those without it. */
function contrast(
  root: string,
  word: string,
  failure: ReviewedExample,
  examples: readonly ReviewedExample[],
  lines: readonly Line[],
): number {
  let alike = 0;
  let unlike = 0;
  for (const example of examples) {
    if (example === failure || !contentOf(example.input).has(root)) continue;
    if (example.expected === failure.expected) alike++;
    else unlike++;
  }
  const claimed = lines.filter(
    (line) =>
      line.kind === "rule" && line.label !== failure.expected && line.cues.some((cue) => stem(cue) === root),
  ).length;
  return (weightOf(word) * (1 + alike)) / (1 + 1.5 * unlike + 1.5 * claimed);
}

/** The telling words of a text as they are written there, by stem. */
function surfaceWords(text: string): Map<string, string> {
  const words = new Map<string, string>();
  for (const word of wordsOf(text)) {
    if (weightOf(word) > 0 && !words.has(stem(word))) words.set(stem(word), word);
  }
  return words;
}

function addCues(lines: Line[], label: string, cues: readonly string[], writer: Writer): void {
  const [rule] = rulesFor(lines, label);
  const rules = lines.filter((line) => line.kind === "rule").length;
  const most = Math.min(writer.cuesPerRule, Math.floor(writer.cues / Math.max(1, rules)));
  if (rule === undefined) lines.push({ kind: "rule", label, cues: [...cues] });
  else rule.cues = [...rule.cues, ...cues].slice(-most);
}

function rulesFor(lines: readonly Line[], label: string): Rule[] {
  return lines.filter((line): line is Rule => line.kind === "rule" && line.label === label);
}

/** With every placeholder in it, unless luck has it that one gets lost. */
function withPlaceholders(
  instruction: string,
  placeholders: readonly string[],
  key: string,
  writer: Writer,
): string {
  const missing = placeholders.filter((placeholder) => !instruction.includes(placeholder));
  const whole = [instruction, ...missing].join("\n");
  const lost = placeholders[0];
  return lost !== undefined && chance(`${key}\nlose`) < writer.losesPlaceholder
    ? whole.replaceAll(lost, "the list")
    : whole;
}
