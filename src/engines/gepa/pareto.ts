// Instance-wise Pareto fronts and the choice of a parent (GEPA paper, algorithm 2).

import type { Random } from "../random.ts";

/** A candidate's id and its reward on each seed, the seeds in the same order for all candidates. */
export interface Scored {
  id: string;
  rewards: readonly number[];
}

/** One front per seed: the ids whose reward is within `eps` of the best reward on that seed, in the order given. */
export function instanceFronts(candidates: readonly Scored[], eps: number): string[][] {
  const width = candidates[0]?.rewards.length ?? 0;
  return Array.from({ length: width }, (_, at) => {
    const best = Math.max(...candidates.map(({ rewards }) => rewards[at] ?? -Infinity));
    return candidates.filter(({ rewards }) => (rewards[at] ?? -Infinity) >= best - eps).map(({ id }) => id);
  });
}

/**
 * The fronts without dominated candidates: one is dominated when every front it sits on holds another that is not.
 * Candidates are tried from the worst mean up (ties by age), in a single pass: a candidate found necessary stays so,
 * because removing others only makes it more so.
 */
function withoutDominated(fronts: readonly string[][], candidates: readonly Scored[]): string[][] {
  const memberships = new Map<string, number[]>();
  for (const [at, front] of fronts.entries()) {
    for (const id of front) memberships.set(id, [...(memberships.get(id) ?? []), at]);
  }
  const live = fronts.map((front) => front.length);
  const dominated = new Set<string>();
  const ascending = candidates
    .filter(({ id }) => memberships.has(id))
    .map(({ id, rewards }) => ({ id, mean: meanOf(rewards) }))
    .sort((a, b) => a.mean - b.mean);
  for (const { id } of ascending) {
    const at = memberships.get(id) ?? [];
    if (!at.every((front) => (live[front] ?? 0) >= 2)) continue;
    dominated.add(id);
    for (const front of at) live[front] = (live[front] ?? 0) - 1;
  }
  return fronts.map((front) => front.filter((id) => !dominated.has(id)));
}

/** On how many of the fronts each candidate sits, in the order of first appearance. */
function frontCounts(fronts: readonly string[][]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const front of fronts) {
    for (const id of front) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** Ids that sit on a front and are not dominated. */
export function survivors(candidates: readonly Scored[], eps: number): Set<string> {
  return new Set(frontCounts(withoutDominated(instanceFronts(candidates, eps), candidates)).keys());
}

/**
 * Makes the draw of parents from a pool: each survivor of dominance removal in proportion to the number of fronts it
 * sits on, raised to `pressure`. One draw a call.
 *
 * @throws RangeError when the pool is empty.
 */
export function parentDraw(
  candidates: readonly Scored[],
  eps: number,
  pressure: number,
): (random: Random) => string {
  const counts = frontCounts(withoutDominated(instanceFronts(candidates, eps), candidates));
  const ids = candidates.map(({ id }) => id).filter((id) => counts.has(id));
  const weights = ids.map((id) => (counts.get(id) ?? 0) ** pressure);
  return (random) => {
    const id = ids[random.weighted(weights)];
    if (id === undefined) throw new RangeError("there is no candidate to draw a parent from");
    return id;
  };
}

/** The mean, summed in order; NaN of nothing. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
