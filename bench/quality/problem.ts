// The problem: name the intent of a question to a bank (Banking77, Casanueva et al. 2020; CC-BY-4.0), dealt anew in every split.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCsv } from "../../examples/banking77/csv.ts";
import { type Example, labelsOf } from "../../examples/task-app-kit/dataset.ts";
import { randomFrom, seedRandom } from "../../src/engines/random.ts";

/** Rows of every label. The test rows are all that the test file has of the labels. */
const PER_LABEL = { train: 10, validation: 5 };
const LABELS = 20;

/** What an optimiser sees, and the test rows that it does not see. */
export interface Problem {
  labels: readonly string[];
  train: readonly Example[];
  validation: readonly Example[];
  test: readonly Example[];
  /** The instruction to improve. */
  baseline: string;
}

/** Which 20 of the 77 intents: the first in alphabetical order, or 20 at random, others in every split. */
export type LabelChoice = "first" | "random";

const BASELINE =
  "You are an expert banking assistant that classifies customer queries into banking intents. Given a customer message, respond with exactly one intent label from the provided list.";

/** The rows of both files. @throws when a file is missing */
export function readRows(folder: string): { train: Example[]; test: Example[] } {
  const read = (name: string): Example[] => {
    const [, ...records] = parseCsv(readFileSync(join(folder, name), "utf8"));
    return records.map(([text = "", label = ""]) => ({ text, label }));
  };
  return { train: read("train.csv"), test: read("test.csv") };
}

/** One split: training and validation rows out of the training file, balanced, and test rows out of the test file. */
export function dealProblem(rows: ReturnType<typeof readRows>, choice: LabelChoice, split: number): Problem {
  const random = randomFrom(seedRandom(1_000_003 * (split + 1)));
  const all = labelsOf(rows.train);
  const labels = (choice === "first" ? all : random.shuffle(all)).slice(0, LABELS).sort();
  const chosen = new Set(labels);
  const mine = labels.map((label) => random.shuffle(rows.train.filter((row) => row.label === label)));
  const { train, validation } = PER_LABEL;
  return {
    labels,
    train: random.shuffle(mine.flatMap((ofLabel) => ofLabel.slice(0, train))),
    validation: random.shuffle(mine.flatMap((ofLabel) => ofLabel.slice(train, train + validation))),
    test: rows.test.filter((row) => chosen.has(row.label)),
    baseline: BASELINE,
  };
}
