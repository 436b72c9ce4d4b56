// Dominance removal over fronts held as bits (GEPA paper, algorithm 2), in one pass over the candidates that have a say.

import { addAll, type Bits, emptyBits, exceeds, lowest, minus } from "./bits.ts";
import type { WalkOrder } from "./walk-order.ts";

/** The fronts as dominance removal needs to see them. */
export interface FrontView {
  /** Candidates from the worst mean up, equal ones by age. */
  readonly ranked: readonly number[];
  /** Fronts there is room for in every set of bits. */
  readonly room: number;
  mean(candidate: number): number;
  /** The fronts a candidate holds. */
  bits(candidate: number): Bits;
  /** The holders of a front, by age. */
  holders(front: number): readonly number[];
}

/** Walks the holders of a front in some order. */
type Walk = (holders: readonly number[]) => readonly number[];

/**
 * The candidates that are not dominated, in the order of first appearance on a walk over the fronts. One is dominated when
 * each front it holds has another holder that is not. They are tried from the worst mean up, equal ones in the order of first
 * appearance: such a one is necessary if and only if it is the last in this order on a front that no earlier necessary one
 * holds. `within` leaves only these candidates, best first, on the fronts.
 */
export function undominated(view: FrontView, order: WalkOrder, within?: readonly number[]): number[] {
  const kept = new Set<number>();
  const covered = emptyBits(view.room);
  for (const { candidate, last } of lastOnFronts(view, order, within)) {
    if (!exceeds(last, covered)) continue;
    kept.add(candidate);
    addAll(covered, view.bits(candidate));
  }
  return byAppearance(view, [...kept], (holders) => order.front(holders, { within, kept }));
}

/** The candidates that are the last of the trying order on some front, in that order, with those fronts. */
function lastOnFronts(
  view: FrontView,
  order: WalkOrder,
  within: readonly number[] | undefined,
): { candidate: number; last: Bits }[] {
  const found: { candidate: number; last: Bits }[] = [];
  const ranked = within ? view.ranked.filter((candidate) => within.includes(candidate)) : view.ranked;
  const held = union(view, ranked);
  const later = emptyBits(view.room);
  for (let end = ranked.length; end > 0 && exceeds(held, later); ) {
    const start = startOfEquals(view, ranked, end);
    const group = ranked.slice(start, end).filter((candidate) => lowest(view.bits(candidate)) >= 0);
    const walked = byAppearance(view, group, (holders) => order.front(holders, { within }));
    for (const candidate of walked.reverse()) {
      const last = minus(view.bits(candidate), later);
      if (!last) continue;
      found.push({ candidate, last });
      addAll(later, last);
    }
    end = start;
  }
  return found.reverse();
}

/** Where the candidates begin that have the same mean as the one before `end`. */
function startOfEquals(view: FrontView, ranked: readonly number[], end: number): number {
  const meanAt = (at: number) => view.mean(ranked[at] ?? 0);
  let start = end - 1;
  while (start > 0 && meanAt(start - 1) === meanAt(end - 1)) start -= 1;
  return start;
}

/** Candidates sorted by the first front they hold, and on the same front as it is walked. */
function byAppearance(view: FrontView, candidates: readonly number[], walk: Walk): number[] {
  if (candidates.length < 2) return [...candidates];
  const byFront = new Map<number, number[]>();
  for (const candidate of candidates) {
    const front = lowest(view.bits(candidate));
    byFront.set(front, [...(byFront.get(front) ?? []), candidate]);
  }
  return [...byFront]
    .sort(([a], [b]) => a - b)
    .flatMap(([front, same]) => (same.length < 2 ? same : asWalked(view.holders(front), same, walk)));
}

function asWalked(holders: readonly number[], candidates: readonly number[], walk: Walk): number[] {
  const wanted = new Set(candidates);
  return walk(holders).filter((holder) => wanted.has(holder));
}

function union(view: FrontView, candidates: readonly number[]): Bits {
  const all = emptyBits(view.room);
  for (const candidate of candidates) addAll(all, view.bits(candidate));
  return all;
}
