// `GET /task_info` and `GET /info`: what the task is, and what its seeds hold.

import { exampleAt, POOL_NAMES } from "./dataset.ts";
import type { LabelTask } from "./task.ts";

/** The seeds in a query: repeated `seeds` or `seed` keys; undefined where one of them is no whole number. */
export function seedsInQuery(query: URLSearchParams): number[] | undefined {
  const seeds = [...query.getAll("seeds"), ...query.getAll("seed")]
    .flatMap((value) => value.split(","))
    .map((value) => (value.trim() === "" ? Number.NaN : Number(value)));
  return seeds.every((seed) => Number.isInteger(seed)) ? seeds : undefined;
}

/** The answer: the set of tasks for no seed, one task for one seed, a list for several. */
export function taskInfo(task: LabelTask, seeds: readonly number[]): unknown {
  if (seeds.length === 0) return { taskset: { ...dataset(task), name: task.title, labels: task.labels } };
  const infos = seeds.map((seed) => infoOf(task, seed));
  return infos.length === 1 ? infos[0] : infos;
}

/** The service in short. */
export function serviceInfo(task: LabelTask): unknown {
  return {
    service: { task: { id: task.id, name: task.title, description: task.description }, version: "1" },
    dataset: dataset(task),
    rubrics: null,
    inference: {},
    limits: { max_turns: 1 },
  };
}

function infoOf(task: LabelTask, seed: number) {
  const example = exampleAt(task.pools, seed);
  return {
    task: { id: task.id, name: task.title, description: task.description, version: "1" },
    environment: task.id,
    dataset: { ...dataset(task), seed },
    rubric: {},
    inference: {},
    limits: { max_turns: 1 },
    task_metadata: { seed, input: example.text, expected_output: example.label, labels: task.labels },
  };
}

function dataset(task: LabelTask) {
  const sizes = Object.fromEntries(POOL_NAMES.map((name) => [name, task.pools[name].length]));
  const total = POOL_NAMES.reduce((sum, name) => sum + task.pools[name].length, 0);
  return { id: task.id, splits: POOL_NAMES, default_split: "train", split_sizes: sizes, size: total };
}
