// System-aware crossover (GEPA paper, algorithms 3 and 4): two candidates with a common ancestor are joined, component by
// component, taking from each what only it has changed. Owns: which pair, which ancestor, which texts. Does not own: scoring.

import type { Candidate } from "../engine.ts";
import type { Random } from "../random.ts";
import { ancestry } from "./ancestry.ts";
import { ASCENDING, type WalkOrder } from "./walk-order.ts";

const ATTEMPTS = 10;
const PAIRS = 10;

/** The candidates that may be merged or be ancestors, by number. */
export interface MergePool {
  readonly size: number;
  texts(candidate: number): Candidate["texts"];
  mean(candidate: number): number;
  parents(candidate: number): readonly number[];
  /** The seeds it is scored on. */
  seeds(candidate: number): readonly number[];
}

/** Which merges have been made; plain data. */
export interface MergeMemory {
  /** Pairs with their ancestor, as `[first, second, ancestor]`. */
  triplets: number[][];
  /** Pairs with where each component came from, as `[first, second, …]`. */
  descriptions: number[][];
}

/** No merges yet. */
export const NO_MERGES: MergeMemory = { triplets: [], descriptions: [] };

/** Two candidates joined. */
export interface Merge {
  texts: Record<string, string>;
  /** The two, the older first. */
  parents: [number, number];
  ancestor: number;
}

/** What a merge must heed. */
export interface MergeRules {
  /** The fewest seeds that both must be scored on. */
  overlapFloor: number;
  /** Texts that need not be tried again, so a merge with such texts is passed over; the reference proposes them. */
  known?: (texts: Candidate["texts"]) => boolean;
  order?: WalkOrder;
}

/**
 * Looks for a merge among `candidates` and remembers what it made: up to ten times it draws up to ten pairs until one has a legal
 * ancestor, draws the ancestor in proportion to its mean (all alike where the means come to nothing, over which the reference
 * breaks down), and joins the pair.
 */
export function findMerge(
  pool: MergePool,
  candidates: readonly number[],
  memory: MergeMemory,
  rules: MergeRules,
  random: Random,
): { merge?: Merge; memory: MergeMemory } {
  if (candidates.length < 2 || pool.size < 3) return { memory };
  const search = new MergeSearch(pool, memory, rules.order ?? ASCENDING, random);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = search.pair(candidates);
    if (!found) continue;
    const { texts, sources } = search.join(found);
    const [first, second] = found.parents;
    const description = [first, second, ...sources];
    if (holds(memory.descriptions, description) || rules.known?.(texts)) continue;
    if (overlap(pool, first, second).length < rules.overlapFloor) continue;
    return {
      merge: { ...found, texts },
      memory: {
        triplets: [...memory.triplets, [first, second, found.ancestor]],
        descriptions: [...memory.descriptions, description],
      },
    };
  }
  return { memory };
}

/** The legal `[first, second, ancestor]` for a pair: an ancestor of both, no better than either, from which one side alone has changed a component. */
export function legalAncestors(
  pool: MergePool,
  pair: readonly [number, number],
  lineage: (candidate: number) => readonly number[],
  order: WalkOrder = ASCENDING,
): number[] {
  const [first, second] = pair;
  const [ofFirst, ofSecond] = [lineage(first), lineage(second)];
  if (ofFirst.includes(second) || ofSecond.includes(first)) return [];
  const worse = Math.min(pool.mean(first), pool.mean(second));
  return order
    .common(ofFirst, ofSecond)
    .filter((ancestor) => !(pool.mean(ancestor) > worse) && oneSided(pool, pair, ancestor));
}

class MergeSearch {
  readonly #pool: MergePool;
  readonly #memory: MergeMemory;
  readonly #order: WalkOrder;
  readonly #random: Random;
  readonly #lineage: (candidate: number) => readonly number[];
  readonly #legal = new Map<string, number[]>();

  constructor(pool: MergePool, memory: MergeMemory, order: WalkOrder, random: Random) {
    this.#pool = pool;
    this.#memory = memory;
    this.#order = order;
    this.#random = random;
    this.#lineage = ancestry((candidate) => pool.parents(candidate));
  }

  /** A pair with a legal ancestor that it was not merged over before. */
  pair(candidates: readonly number[]): { parents: [number, number]; ancestor: number } | undefined {
    for (let attempt = 0; attempt < PAIRS; attempt++) {
      const [a = 0, b = 0] = this.#random.sample(candidates, 2);
      const parents: [number, number] = a < b ? [a, b] : [b, a];
      const legal = this.#ancestorsOf(parents);
      if (legal.length === 0) continue;
      const means = legal.map((ancestor) => this.#pool.mean(ancestor));
      const ancestor = legal[drawWeighted(means, this.#random)];
      if (ancestor !== undefined) return { parents, ancestor };
    }
    return undefined;
  }

  /** The joined texts, and for each component in walking order the candidate whose text it is. */
  join({ parents, ancestor }: { parents: [number, number]; ancestor: number }): {
    texts: Record<string, string>;
    sources: number[];
  } {
    const [first, second] = parents;
    const base = this.#pool.texts(ancestor);
    const texts = { ...base };
    const sources = this.#order.components(Object.keys(base)).map((name) => {
      const source = this.#source(name, first, second, base[name]);
      texts[name] = this.#pool.texts(source)[name] ?? "";
      return source;
    });
    return { texts, sources };
  }

  #source(name: string, first: number, second: number, base: string | undefined): number {
    const [one, other] = [this.#pool.texts(first)[name], this.#pool.texts(second)[name]];
    if (one !== other && base === one) return second;
    if (one !== other && base === other) return first;
    // Here both have changed it, or neither has.
    if (base === one && base === other) return first;
    const lead = this.#pool.mean(first) - this.#pool.mean(second);
    if (lead > 0) return first;
    return lead < 0 ? second : this.#random.pick([first, second]);
  }

  #ancestorsOf(pair: [number, number]): number[] {
    const key = pair.join();
    const known = this.#legal.get(key);
    if (known) return known;
    const legal = legalAncestors(this.#pool, pair, this.#lineage, this.#order).filter(
      (ancestor) => !holds(this.#memory.triplets, [...pair, ancestor]),
    );
    this.#legal.set(key, legal);
    return legal;
  }
}

/** The seeds that both are scored on. */
export function overlap(
  pool: MergePool,
  first: number,
  second: number,
  order: WalkOrder = ASCENDING,
): readonly number[] {
  return order.common(pool.seeds(first), pool.seeds(second));
}

function oneSided(pool: MergePool, [first, second]: readonly [number, number], ancestor: number): boolean {
  const [one, other, base] = [pool.texts(first), pool.texts(second), pool.texts(ancestor)];
  return Object.keys(base).some(
    (name) => one[name] !== other[name] && (base[name] === one[name] || base[name] === other[name]),
  );
}

/** Draws an index in proportion to its weight, all alike where the weights come to nothing. */
function drawWeighted(weights: readonly number[], random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return total > 0 && Number.isFinite(total) ? random.weighted(weights) : random.below(weights.length);
}

function holds(lists: readonly (readonly number[])[], wanted: readonly number[]): boolean {
  return lists.some(
    (list) => list.length === wanted.length && list.every((value, at) => value === wanted[at]),
  );
}
