// Reading an instruction: which of its sentences speak for or against a label, and what else it asks for.

import { contentOf, wordsOf } from "./words.ts";

/** What a sentence says about a label. */
export interface Rule {
  label: string;
  /** +1 for the label, -1 against it. */
  sign: 1 | -1;
  /** The telling words of the sentence by stem, with their weights; the label's own name is not among them. */
  cues: ReadonlyMap<string, number>;
}

/** An instruction as the simulated LLM understands it. */
export interface Understanding {
  rules: Rule[];
  /** For each cue, how many labels claim it. */
  claims: Map<string, number>;
  /** Part of the cues' weight that several labels claim, 0 to 1. */
  contradiction: number;
  /** Words in the instruction, without the list of labels. */
  length: number;
  /** Whether it asks for the label and nothing else. */
  bareAnswer: boolean;
  /** Whether it asks for care. */
  careful: boolean;
}

const NEGATIONS = new Set(["not", "never", "don't", "isn't", "avoid"]);
const ANSWER_WORDS = ["label", "category", "intent", "name", "answer", "respond", "reply", "output"];
const CARE_WORDS = ["carefully", "meaning", "goal", "closely"];

/** Instructions understood lately: a policy reads the same one for thousands of examples. */
const understood = new Map<string, Understanding>();
const REMEMBERED = 32;

/** Read an instruction, given the labels it may speak of. */
export function understand(instruction: string, labels: readonly string[]): Understanding {
  const key = `${labels.join("\n")}\n\n${instruction}`;
  const known = understood.get(key) ?? read(instruction, labels);
  understood.delete(key);
  understood.set(key, known);
  if (understood.size > REMEMBERED) understood.delete(understood.keys().next().value ?? "");
  return known;
}

function read(instruction: string, labels: readonly string[]): Understanding {
  const sentences = sentencesOf(instruction);
  const rules = sentences.flatMap((sentence) => rulesOf(sentence, labels));
  const claims = claimsOf(rules);
  return {
    rules,
    claims,
    contradiction: contradictionIn(rules, claims),
    length: instruction.split(/\s+/).length,
    bareAnswer: sentences.some(asksForBareAnswer),
    careful: CARE_WORDS.some((word) => wordsOf(instruction).includes(word)),
  };
}

function sentencesOf(text: string): string[] {
  return text
    .split("\n")
    .flatMap((line) => line.split(/[.!?;] /))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
}

function rulesOf(sentence: string, labels: readonly string[]): Rule[] {
  const named = labels
    .map((label) => ({ label, at: positionOf(label, sentence) }))
    .filter(({ at }) => at >= 0);
  if (named.length === 0) return [];
  const rest = named.reduce((text, { label }) => blanked(text, label), sentence);
  const cues = contentOf(rest);
  return named.map(({ label, at }) => ({ label, sign: isNegated(sentence.slice(0, at)) ? -1 : 1, cues }));
}

/** Where a label is named as a word of its own, with underscores or spaces; -1 where it is not. */
function positionOf(label: string, sentence: string): number {
  const text = sentence.toLowerCase();
  for (const name of namesOf(label)) {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      if (!isWordCharacter(text[at - 1]) && !isWordCharacter(text[at + name.length])) return at;
    }
  }
  return -1;
}

function blanked(sentence: string, label: string): string {
  return namesOf(label).reduce((text, name) => text.replaceAll(name, " "), sentence.toLowerCase());
}

function namesOf(label: string): string[] {
  const name = label.toLowerCase();
  const spaced = name.replaceAll("_", " ");
  return spaced === name || !spaced.includes(" ") ? [name] : [name, spaced];
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[a-z0-9_]/.test(character);
}

/** A negation among the last three words before the label. */
function isNegated(before: string): boolean {
  return before
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
    .slice(-3)
    .some((word) => NEGATIONS.has(word));
}

function claimsOf(rules: readonly Rule[]): Map<string, number> {
  const claimants = new Map<string, Set<string>>();
  for (const rule of rules) {
    if (rule.sign < 0) continue;
    for (const cue of rule.cues.keys()) {
      claimants.set(cue, (claimants.get(cue) ?? new Set()).add(rule.label));
    }
  }
  return new Map([...claimants].map(([cue, labels]) => [cue, labels.size]));
}

function contradictionIn(rules: readonly Rule[], claims: ReadonlyMap<string, number>): number {
  let all = 0;
  let shared = 0;
  for (const rule of rules) {
    for (const [cue, weight] of rule.cues) {
      all += weight;
      if ((claims.get(cue) ?? 0) > 1) shared += weight;
    }
  }
  return all === 0 ? 0 : shared / all;
}

function asksForBareAnswer(sentence: string): boolean {
  const text = sentence.toLowerCase();
  const words = wordsOf(text);
  const strict =
    words.includes("only") ||
    ["exactly one", "nothing else", "no explanation", "no other text", "just the"].some((phrase) =>
      text.includes(phrase),
    );
  return strict && ANSWER_WORDS.some((word) => words.includes(word));
}
