// Fronts and dominance removal as their definitions say, from scratch each time: what the incremental index is compared with.

import type { FrontierType, Scores } from "../../src/engines/gepa/fronts.ts";

/** Who ties for the best of each key, by age, the keys in order. */
export function naiveFronts(
  type: FrontierType,
  seeds: readonly number[],
  candidates: readonly Scores[],
  eps: number,
): number[][] {
  return keysOf(type, seeds, candidates)
    .map((value) => {
      const values = candidates.map((scores) => value(scores) ?? -Infinity);
      const best = Math.max(...values);
      return best === -Infinity
        ? []
        : values.flatMap((value, candidate) => (value >= best - eps ? [candidate] : []));
    })
    .filter((front) => front.length > 0);
}

type ValueOf = (scores: Scores) => number | undefined;

function keysOf(type: FrontierType, seeds: readonly number[], candidates: readonly Scores[]): ValueOf[] {
  const objectives = inOrder(candidates.flatMap(({ objectives }) => Object.keys(objectives ?? {})));
  const pairs = inOrder(
    candidates.flatMap(({ metrics }) =>
      Object.entries(metrics ?? {}).flatMap(([seed, values]) =>
        Object.keys(values).map((objective) => JSON.stringify([seed, objective])),
      ),
    ),
  );
  const bySeed = seeds.map(
    (seed): ValueOf =>
      ({ rewards }) =>
        rewards[String(seed)],
  );
  const byObjective = objectives.map(
    (name): ValueOf =>
      ({ objectives }) =>
        objectives?.[name],
  );
  const byPair = pairs.map((pair): ValueOf => {
    const [seed, objective] = JSON.parse(pair);
    return ({ metrics }) => metrics?.[seed]?.[objective];
  });
  const keys: Record<FrontierType, ValueOf[]> = {
    instance: bySeed,
    objective: byObjective,
    hybrid: [...bySeed, ...byObjective],
    cartesian: byPair,
  };
  return keys[type];
}

function inOrder(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** The reference's dominance removal, scan by scan: the fronts with the dominated taken off. */
export function naiveRemoval(fronts: readonly number[][], means: readonly number[]): number[][] {
  const programs = [...new Set(fronts.flat())].sort((a, b) => (means[a] ?? 0) - (means[b] ?? 0));
  const dominated = new Set<number>();
  const isDominated = (one: number) =>
    fronts
      .filter((front) => front.includes(one))
      .every((front) => front.some((other) => other !== one && !dominated.has(other)));
  for (;;) {
    const found = programs.find((one) => !dominated.has(one) && isDominated(one));
    if (found === undefined) break;
    dominated.add(found);
  }
  return fronts.map((front) => front.filter((one) => !dominated.has(one)));
}

/** On how many fronts each sits, in the order of first appearance. */
export function naiveCounts(fronts: readonly number[][]): { candidate: number; fronts: number }[] {
  const all = fronts.flat();
  return [...new Set(all)].map((candidate) => ({
    candidate,
    fronts: all.filter((one) => one === candidate).length,
  }));
}
