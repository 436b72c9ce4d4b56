// Fronts of a score matrix, dominance removal, and the draw of a parent.

import * as z from "zod";
import { FrontIndex } from "../../src/engines/gepa/fronts.ts";
import { SELECTION_DEFAULTS, selectParent } from "../../src/engines/gepa/selection.ts";
import { PythonRandom } from "../support/mersenne-twister.ts";
import { PYTHON_ORDER } from "../support/python-order.ts";
import { differenceOf, firstDifference, firstOf } from "./compare.ts";
import type { Difference, ParityKind } from "./kinds.ts";

const Numbers = z.array(z.number());
const Fronts = z.record(z.string(), Numbers);
const ParetoCase = z.object({
  scores: z.array(Numbers).min(1),
  aggregate: Numbers,
  fronts: Fronts,
  after_removal: Fronts,
  dominators_sorted: Numbers,
  dominators_reference_order: Numbers,
  frequency: z.record(z.string(), z.number()),
  sampling_list_reference_order: Numbers,
  rng_seed: z.number(),
  picks: Numbers,
});
type ParetoCase = z.infer<typeof ParetoCase>;
const ParetoFile = z.object({ cases: z.array(ParetoCase).min(1) });

export const paretoKind: ParityKind = {
  name: "Pareto cases",
  recognises: (file) => ParetoFile.safeParse(file).success,
  cases: (file) =>
    ParetoFile.parse(file).cases.map((one, index) => ({
      name: `case ${index}`,
      run: async () => compare(one),
    })),
};

function compare(one: ParetoCase): Difference | undefined {
  const seeds = (one.scores[0] ?? []).map((_, seed) => seed);
  const index = new FrontIndex("instance", seeds);
  for (const [at, row] of one.scores.entries()) {
    const rewards = Object.fromEntries(row.map((reward, seed) => [String(seed), reward]));
    index.add({ rewards, mean: one.aggregate[at] ?? null });
  }
  const survivors = index.survivors(PYTHON_ORDER);
  const kept = new Set(survivors.map(({ candidate }) => candidate));
  const bySeed = (list: (holders: readonly number[]) => readonly number[]) =>
    Object.fromEntries(
      index.fronts().map(({ key, holders }) => [key.seed, [...list(holders)].sort((a, b) => a - b)]),
    );
  const list = survivors.flatMap(({ candidate, fronts }) => Array<number>(fronts).fill(candidate));
  const random = PythonRandom.seeded(one.rng_seed);
  const pick = () => selectParent(index, SELECTION_DEFAULTS, random, PYTHON_ORDER);
  return firstOf(
    () =>
      differenceOf(
        "fronts",
        one.fronts,
        bySeed((holders) => holders),
      ),
    () =>
      differenceOf(
        "fronts after removal",
        one.after_removal,
        bySeed((holders) => holders.filter((holder) => kept.has(holder))),
      ),
    () =>
      firstDifference(
        "survivor",
        one.dominators_sorted,
        [...kept].sort((a, b) => a - b),
      ),
    () => firstDifference("survivor as listed", one.dominators_reference_order, PYTHON_ORDER.unique(list)),
    () =>
      differenceOf(
        "frequency",
        one.frequency,
        Object.fromEntries(survivors.map(({ candidate, fronts }) => [candidate, fronts])),
      ),
    () => firstDifference("entry of the population", one.sampling_list_reference_order, list),
    () => firstDifference("pick", one.picks, Array.from({ length: one.picks.length }, pick)),
  );
}
