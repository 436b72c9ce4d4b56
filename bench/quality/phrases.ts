// A second simulated LLM, written apart from the first. A word counts for how rare it is in unlabelled text; a line of the instruction
// that names a label is a rule, and fires by the share of its words that the text has, so that a rule of many words is a weak one; of
// several rules for a label the strongest counts. Long instructions weaken all rules. Its proposer writes one line for each label that
// it saw fail, from the rarest words that the failing texts have and others lack, and turns confusions into "not" lines.

import { bellsAfter, chance } from "../../examples/simulated-llm/noise.ts";
import type { ReviewedExample } from "../../examples/simulated-llm/reflection.ts";
import type { Simulator } from "./world.ts";

const READS = {
  rules: 1.1,
  against: 0.6,
  names: 1,
  noise: 0.13,
  /** Words read before rules weaken, and how many more halve them. */
  attention: 260,
  halving: 400,
  chatter: 0.15,
} as const;

const WRITES = {
  /** Failing rows that one rewriting takes in. */
  rows: 24,
  words: 4,
  tooBroad: 0.15,
  forgets: 0.15,
  against: 0.3,
  asksForBare: 0.7,
  startsOver: 0.03,
  lines: 60,
} as const;

const BARE = "Reply with only the intent label, nothing else.";

/** The simulator, given texts without labels to learn from how rare words are. */
export function phraseSimulator(texts: readonly string[]): Simulator {
  const rarity = rarityOf(texts);
  const readings = new Map<string, Reading>();
  return {
    // This one does not learn from worked examples.
    answer: (prompt, text, labels) => {
      const instruction = typeof prompt === "string" ? prompt : prompt.instruction;
      const key = `${labels.join(" ")}\n${instruction}`;
      const reading = readings.get(key) ?? read(instruction, labels, rarity);
      if (readings.size > 50) readings.clear();
      readings.set(key, reading);
      return answer(reading, instruction, text, labels, rarity);
    },
    rewrite: (instruction, examples, key) => rewrite(instruction, examples, rarity, key),
  };
}

type Rarity = (word: string) => number;

function rarityOf(texts: readonly string[]): Rarity {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of wordSet(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const most = Math.log(texts.length);
  return (word) => (most - Math.log(counts.get(word) ?? 1)) / most;
}

function wordSet(text: string): Set<string> {
  const words = text.toLowerCase().split(/[^a-z]+/);
  return new Set(words.filter((word) => word.length > 2).map((word) => word.replace(/(?:ing|ed|s)$/, "")));
}

interface Rule {
  label: string;
  against: boolean;
  words: string[];
  weight: number;
}

interface Reading {
  rules: Rule[];
  force: number;
  bare: boolean;
}

function read(instruction: string, labels: readonly string[], rarity: Rarity): Reading {
  const lines = instruction.split(/\n|(?<=\.) /);
  const rules = lines.flatMap((line) => {
    const named = labels.filter((label) =>
      new RegExp(`(^|[^A-Za-z_])${label.replace(/[^\w]/g, ".")}($|[^A-Za-z_])`).test(line),
    );
    return named.map((label) => {
      const words = [...wordSet(named.reduce((text, name) => text.replaceAll(name, " "), line))];
      const weight = words.reduce((sum, word) => sum + rarity(word), 0);
      return { label, against: new RegExp(`not ${label.replace(/[^\w]/g, ".")}`).test(line), words, weight };
    });
  });
  const extra = Math.max(0, instruction.split(/\s+/).length - READS.attention);
  return {
    rules,
    force: 1 / (1 + extra / READS.halving),
    bare: /\bonly\b[^.\n]*\b(?:label|intent)|nothing else/i.test(instruction),
  };
}

function answer(
  reading: Reading,
  instruction: string,
  text: string,
  labels: readonly string[],
  rarity: Rarity,
): string {
  const has = wordSet(text);
  const share = (words: readonly string[], weight: number) =>
    weight === 0 ? 0 : words.reduce((sum, word) => sum + (has.has(word) ? rarity(word) : 0), 0) / weight;
  const noise = bellsAfter(`${instruction}\n${text}`);
  let best = { label: "", score: Number.NEGATIVE_INFINITY };
  for (const label of labels) {
    const name = [...wordSet(label.replaceAll("_", " "))];
    const weight = name.reduce((sum, word) => sum + rarity(word), 0);
    let [pro, contra] = [0, 0];
    for (const rule of reading.rules) {
      if (rule.label !== label) continue;
      const fires = share(rule.words, rule.weight);
      if (rule.against) contra = Math.max(contra, fires);
      else pro = Math.max(pro, fires);
    }
    const rules = reading.force * (READS.rules * pro - READS.against * contra);
    const score = READS.names * share(name, weight) + rules + READS.noise * noise(`\n${label}`);
    if (score > best.score) best = { label, score };
  }
  if (reading.bare || chance(`${instruction}\n${text}\nwrap`) >= READS.chatter) return best.label;
  return `This looks like ${best.label}.`;
}

function rewrite(
  instruction: string,
  examples: readonly ReviewedExample[],
  rarity: Rarity,
  key: string,
): string {
  const failing = examples.filter(
    ({ expected, output, reward }) => expected !== "" && (reward === null ? output !== expected : reward < 1),
  );
  const taken = failing.slice(0, WRITES.rows);
  let lines =
    chance(`${key}/over`) < WRITES.startsOver ? instruction.split("\n").slice(0, 1) : instruction.split("\n");
  if (lines.length > 2 && chance(`${key}/forget`) < WRITES.forgets) {
    const lost = 1 + Math.floor(chance(`${key}/which`) * (lines.length - 1));
    lines = lines.filter((_, at) => at !== lost);
  }
  for (const label of new Set(taken.map(({ expected }) => expected))) {
    const mine = taken.filter((row) => row.expected === label && !row.output.includes(label));
    if (mine.length === 0) continue;
    const words = tellingWords(mine, examples, rarity, `${key}/${label}`);
    if (words.length > 0) lines.push(`- ${words.join(", ")}: ${label}`);
    const wrong = mine[0]?.output ?? "";
    if (/^\w+$/.test(wrong) && chance(`${key}/${label}/not`) < WRITES.against) {
      lines.push(`- ${words.slice(0, 2).join(", ")}: not ${wrong}`);
    }
  }
  const wrapped = taken.some(({ output, expected }) => output !== expected && output.includes(expected));
  if (wrapped && !lines.includes(BARE) && chance(`${key}/bare`) < WRITES.asksForBare) lines.push(BARE);
  return [...lines.slice(0, 1), ...lines.slice(1).slice(-WRITES.lines)].join("\n");
}

/** Words of the failing rows, by how rare they are and how many of those rows have them, less for each other row that has them. */
function tellingWords(
  mine: readonly ReviewedExample[],
  all: readonly ReviewedExample[],
  rarity: Rarity,
  key: string,
): string[] {
  const others = all
    .filter(({ expected }) => expected !== mine[0]?.expected)
    .map(({ input }) => wordSet(input));
  const count = new Map<string, number>();
  for (const { input } of mine)
    for (const word of wordSet(input)) count.set(word, (count.get(word) ?? 0) + 1);
  const scored = [...count].map(([word, has]) => {
    const against = others.filter((words) => words.has(word)).length;
    return { word, score: (rarity(word) * has) / (1 + 1.5 * against) + 0.1 * chance(`${key}/${word}`) };
  });
  scored.sort((a, b) => b.score - a.score);
  const words = scored.slice(0, WRITES.words).map(({ word }) => word);
  if (chance(`${key}/broad`) < WRITES.tooBroad && scored.length > WRITES.words)
    words.splice(-1, 1, scored.at(-1)?.word ?? "");
  return words;
}
