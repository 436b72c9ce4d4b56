// Sets of demos out of a pool, without asking anybody. A set is a list of positions in the pool.

import type { Demo } from "../engine.ts";
import type { Random } from "../random.ts";
import type { DemoSettings } from "./settings.ts";

/**
 * The sets of a stage: the empty one; the labelled demos; the bootstrapped ones; then, size by size, random
 * ones of bootstrapped demos, filled up with labelled ones, `sets_per_size` of each size. Sets that show the same are one.
 */
export function demoSets(pool: readonly Demo[], settings: DemoSettings, random: Random): number[][] {
  const at = (bootstrapped: boolean) =>
    pool.flatMap((demo, i) => (demo.bootstrapped === bootstrapped ? [i] : []));
  const [good, labelled] = [at(true), at(false)];
  const most = Math.max(settings.max_bootstrapped, settings.max_labelled);
  const sets: number[][] = [[], drawn(labelled, settings.max_labelled, random)];
  sets.push(good.slice(0, settings.max_bootstrapped));
  for (let size = 1; size <= most; size++) {
    for (let nth = 0; nth < settings.sets_per_size; nth++) {
      const first = drawn(good, Math.min(size, settings.max_bootstrapped), random);
      sets.push(filledUp(first, labelled, Math.min(size, settings.max_labelled), pool, random));
    }
  }
  return distinct(sets).slice(0, settings.max_sets);
}

function drawn(from: readonly number[], count: number, random: Random): number[] {
  return random.sample(from, Math.min(count, from.length));
}

/** With labelled demos of other seeds, up to `size` in all. */
function filledUp(
  set: readonly number[],
  labelled: readonly number[],
  size: number,
  pool: readonly Demo[],
  random: Random,
): number[] {
  const seeds = new Set(set.map((i) => pool[i]?.seed));
  const others = labelled.filter((i) => !seeds.has(pool[i]?.seed));
  return [...set, ...drawn(others, Math.max(0, size - set.length), random)];
}

function distinct(sets: readonly number[][]): number[][] {
  const seen = new Set<string>();
  return sets.filter((set) => {
    const key = [...set].sort((a, b) => a - b).join();
    return !seen.has(key) && seen.add(key);
  });
}
