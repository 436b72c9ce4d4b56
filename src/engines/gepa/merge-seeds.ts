// The seeds on which a merge is compared with its two parents before it is scored in full.

import type { Random } from "../random.ts";

/** How many. */
export const MERGE_SEEDS = 5;

/**
 * Five of the seeds that both parents are scored on: up to two on which the first is better, up to two on which the second is,
 * then such on which they are equal, and the rest of any kind. Where there are fewer than five, some come more than once.
 */
export function mergeSeeds(
  common: readonly number[],
  first: (seed: number) => number,
  second: (seed: number) => number,
  random: Random,
): number[] {
  const kinds = [
    common.filter((seed) => first(seed) > second(seed)),
    common.filter((seed) => second(seed) > first(seed)),
    common.filter((seed) => first(seed) === second(seed)),
  ];
  const each = Math.ceil(MERGE_SEEDS / kinds.length);
  const chosen: number[] = [];
  for (const seeds of kinds) {
    const take = Math.min(seeds.length, each, MERGE_SEEDS - chosen.length);
    if (take > 0) chosen.push(...random.sample(seeds, take));
  }
  const missing = MERGE_SEEDS - chosen.length;
  if (missing === 0) return chosen;
  const unused = common.filter((seed) => !chosen.includes(seed));
  if (unused.length >= missing) return [...chosen, ...random.sample(unused, missing)];
  const again = Array.from({ length: missing }, () => common[Math.floor(random.uniform() * common.length)]);
  return [...chosen, ...again.filter((seed) => seed !== undefined)];
}
