// A task app over real sentences: name the intent of a question to a bank. Banking77 (Casanueva et al., 2020; CC-BY-4.0)
// is not part of this project: pass the folder that holds its `train.csv` and `test.csv`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asCommand } from "../task-app-kit/command-line.ts";
import { balancedPools, type Example, labelsOf } from "../task-app-kit/dataset.ts";
import { runTaskApp } from "../task-app-kit/main.ts";
import type { LabelTask } from "../task-app-kit/task.ts";
import { startTaskApp, type TaskApp, type TaskAppOptions } from "../task-app-kit/task-app.ts";
import { parseCsv } from "./csv.ts";

/** Intents taken: the first ones in alphabetical order, capitals before small letters. */
const INTENTS = 20;
const PER_LABEL = { train: 10, validation: 5, test: 15 };

/**
 * The task over a folder of CSV files: seeds 0-199 are for training, 200-299 for validation, 300-599 for test. Training and
 * validation come from `train.csv`, test from `test.csv`.
 *
 * @throws when a file is missing, or holds too few examples of an intent.
 */
export function banking77(dataFolder: string | undefined): LabelTask {
  if (dataFolder === undefined) throw new RangeError("--data wants the folder with train.csv and test.csv");
  const all = readExamples(join(dataFolder, "train.csv"));
  const labels = labelsOf(all).slice(0, INTENTS);
  const ofIntents = (examples: Example[]) => examples.filter((example) => labels.includes(example.label));
  const [train = [], validation = []] = balancedPools(ofIntents(all), [
    PER_LABEL.train,
    PER_LABEL.validation,
  ]);
  const [test = []] = balancedPools(ofIntents(readExamples(join(dataFolder, "test.csv"))), [PER_LABEL.test]);
  return {
    id: "banking77",
    title: "Banking77",
    description: "Name the intent of a question to a bank",
    labels,
    pools: { train, validation, test },
    prompt: [
      {
        role: "system",
        content:
          "You are an expert banking assistant that classifies customer queries into banking intents. Given a customer message, respond with exactly one intent label from the provided list.",
      },
      { role: "user", content: "Customer Query: {query}\n\nAvailable Intents:\n{available_intents}" },
    ],
    values: (example) => ({
      query: example.text,
      available_intents: labels.map((label, i) => `${i + 1}. ${label}`).join("\n"),
    }),
  };
}

/** Start the task app. Rejects when the data or the port cannot be had. */
export async function startBanking77(options: TaskAppOptions & { data: string }): Promise<TaskApp> {
  return startTaskApp(banking77(options.data), options);
}

function readExamples(file: string): Example[] {
  const [, ...records] = parseCsv(readFileSync(file, "utf8"));
  return records.map(([text = "", label = ""]) => ({ text, label }));
}

if (import.meta.main) await asCommand(() => runTaskApp(banking77));
