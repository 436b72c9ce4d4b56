// The Pareto fronts of a search, kept up to date candidate by candidate (GEPA paper, algorithm 2). A front belongs to one
// key, such as a seed, and is held by the candidates that tie for the best value there. Owns: who holds which front, and the
// ranking by mean. Does not own: whom to choose. It is derived from the candidates and never stored.

import type { Seed } from "../engine.ts";
import { type Bits, clearBit, emptyBits, setBit, widened } from "./bits.ts";
import { type FrontView, undominated } from "./dominance.ts";
import { ASCENDING, type WalkOrder } from "./walk-order.ts";

/** What has a front of its own: each seed, each objective's mean, both, or each objective on each seed. */
export type FrontierType = "instance" | "objective" | "hybrid" | "cartesian";

/** What a candidate has scored. */
export interface Scores {
  /** Rewards by seed; some of the seeds will do. */
  readonly rewards: Readonly<Record<string, number>>;
  /** Mean of the rewards; null of none. */
  readonly mean: number | null;
  /** Mean of each further objective over the seeds that have it. */
  readonly objectives?: Readonly<Record<string, number>>;
  /** The further objectives by seed. */
  readonly metrics?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What a front belongs to; a cartesian one has both. */
export interface FrontKey {
  readonly seed?: string;
  readonly objective?: string;
}

/** One front: the best value, and who ties for it, by age. */
export interface Front {
  readonly key: FrontKey;
  readonly best: number;
  readonly holders: readonly number[];
}

/** A candidate that dominance removal leaves, and the number of fronts that it holds. */
export interface Survivor {
  readonly candidate: number;
  readonly fronts: number;
}

interface Entry {
  mean: number;
  /** The fronts it holds, and how many they are. */
  bits: Bits;
  count: number;
}

interface OpenFront {
  key: FrontKey;
  best: number;
  holders: number[];
  /** Values by candidate, as far as they may be needed again: with a tolerance, and for means, which change. */
  values: Map<number, number>;
}

/**
 * The fronts of candidates that are numbered by age, from 0. Adding one costs the fronts it is scored on; dominance removal
 * costs a few word operations for each candidate that has a say.
 */
export class FrontIndex {
  readonly #type: FrontierType;
  readonly #eps: number;
  readonly #fronts: OpenFront[] = [];
  readonly #positions = new Map<string, number>();
  readonly #entries: Entry[] = [];
  readonly #ranked: number[] = [];
  #room = 32;

  /** `seeds` fixes the order of the fronts; values within `eps` of the best tie with it. */
  constructor(type: FrontierType, seeds: readonly Seed[], eps = 0) {
    this.#type = type;
    this.#eps = eps;
    if (type === "instance" || type === "hybrid") {
      for (const seed of seeds) this.#open(String(seed), { seed: String(seed) });
    }
  }

  /** How many candidates there are. */
  get size(): number {
    return this.#entries.length;
  }

  /** Takes in the next candidate and gives its number. */
  add(scores: Scores): number {
    const candidate = this.#entries.length;
    this.#entries.push({ mean: scores.mean ?? -Infinity, bits: emptyBits(this.#room), count: 0 });
    this.#rank(candidate);
    this.#score(candidate, scores);
    return candidate;
  }

  /** Takes in a candidate's scores on further seeds; the means given are the new ones over all its seeds. */
  extend(candidate: number, scores: Scores): void {
    this.#ranked.splice(this.#ranked.indexOf(candidate), 1);
    this.#entry(candidate).mean = scores.mean ?? -Infinity;
    this.#rank(candidate);
    this.#score(candidate, scores);
  }

  /** Mean reward; -Infinity of none. */
  mean(candidate: number): number {
    return this.#entry(candidate).mean;
  }

  /** The oldest of the candidates with the best mean. */
  best(): number {
    const top = this.#ranked.at(-1);
    if (top === undefined) throw new RangeError("there is no candidate");
    return this.#ranked[this.#firstWithMean(this.mean(top))] ?? top;
  }

  /** The `count` best by mean, best first, equal ones by age. */
  top(count: number): number[] {
    const order = [...this.#ranked].sort((a, b) => this.mean(b) - this.mean(a) || a - b);
    return order.slice(0, count);
  }

  /** The fronts that anybody holds, in the order of their keys. */
  fronts(): readonly Front[] {
    return this.#fronts.filter(({ holders }) => holders.length > 0);
  }

  /** Who holds any front, by age. */
  holders(): number[] {
    return this.#entries.flatMap(({ count }, candidate) => (count > 0 ? [candidate] : []));
  }

  /**
   * The candidates that dominance removal leaves, in the order of first appearance on a walk over the fronts. `within`
   * leaves only these candidates, best first, on the fronts.
   */
  survivors(order: WalkOrder = ASCENDING, within?: readonly number[]): Survivor[] {
    return undominated(this.#view(), order, within).map((candidate) => ({
      candidate,
      fronts: this.#entry(candidate).count,
    }));
  }

  #view(): FrontView {
    return {
      ranked: this.#ranked,
      room: this.#room,
      mean: (candidate) => this.#entry(candidate).mean,
      bits: (candidate) => this.#entry(candidate).bits,
      holders: (front) => this.#front(front).holders,
    };
  }

  #score(candidate: number, scores: Scores): void {
    if (this.#type === "instance" || this.#type === "hybrid") this.#scoreSeeds(candidate, scores);
    if (this.#type === "objective" || this.#type === "hybrid") this.#scoreObjectives(candidate, scores);
    if (this.#type === "cartesian") this.#scorePairs(candidate, scores);
  }

  #scoreSeeds(candidate: number, { rewards }: Scores): void {
    for (const [seed, reward] of Object.entries(rewards)) {
      this.#offer(candidate, this.#positions.get(seed) ?? this.#open(seed, { seed }), reward);
    }
  }

  #scoreObjectives(candidate: number, { objectives = {} }: Scores): void {
    for (const [objective, mean] of Object.entries(objectives)) {
      const name = `mean ${objective}`;
      const at = this.#positions.get(name) ?? this.#open(name, { objective });
      this.#withdraw(candidate, at);
      this.#offer(candidate, at, mean);
    }
  }

  #scorePairs(candidate: number, { metrics = {} }: Scores): void {
    for (const [seed, values] of Object.entries(metrics)) {
      for (const [objective, value] of Object.entries(values)) {
        const name = `${seed} ${objective}`;
        const at = this.#positions.get(name) ?? this.#open(name, { seed, objective });
        this.#offer(candidate, at, value);
      }
    }
  }

  /** Puts a candidate on a front if its value is good enough, and those off it that are not any more. */
  #offer(candidate: number, at: number, value: number): void {
    const front = this.#front(at);
    if (this.#eps > 0 || front.key.seed === undefined) front.values.set(candidate, value);
    if (value > front.best) this.#raise(front, at, value);
    if (!(value >= front.best - this.#eps)) return;
    front.holders.splice(insertion(front.holders, candidate), 0, candidate);
    const entry = this.#entry(candidate);
    setBit(entry.bits, at);
    entry.count += 1;
  }

  #raise(front: OpenFront, at: number, best: number): void {
    front.best = best;
    const stays = (holder: number) => (front.values.get(holder) ?? -Infinity) >= best - this.#eps;
    for (const holder of front.holders) if (!stays(holder)) this.#release(holder, at);
    front.holders = front.holders.filter(stays);
  }

  #release(candidate: number, at: number): void {
    const entry = this.#entry(candidate);
    clearBit(entry.bits, at);
    entry.count -= 1;
  }

  /** Takes back the value that a candidate had before, which only a mean can have. */
  #withdraw(candidate: number, at: number): void {
    const front = this.#front(at);
    if (!front.values.delete(candidate)) return;
    for (const holder of front.holders) this.#release(holder, at);
    const rest = [...front.values];
    front.holders = [];
    front.best = -Infinity;
    for (const [other, value] of rest) this.#offer(other, at, value);
  }

  #open(name: string, key: FrontKey): number {
    const at = this.#fronts.length;
    this.#positions.set(name, at);
    this.#fronts.push({ key, best: -Infinity, holders: [], values: new Map() });
    if (at >= this.#room) {
      this.#room *= 2;
      for (const entry of this.#entries) entry.bits = widened(entry.bits, this.#room);
    }
    return at;
  }

  #rank(candidate: number): void {
    const mean = this.mean(candidate);
    let at = this.#firstWithMean(mean);
    for (; at < this.#ranked.length; at++) {
      const other = this.#ranked[at] ?? 0;
      if (this.mean(other) > mean || other > candidate) break;
    }
    this.#ranked.splice(at, 0, candidate);
  }

  /** Where in the ranking those with this mean or a better one begin. */
  #firstWithMean(mean: number): number {
    let low = 0;
    let high = this.#ranked.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.mean(this.#ranked[middle] ?? 0) < mean) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #front(at: number): OpenFront {
    const front = this.#fronts[at];
    if (!front) throw new RangeError(`there is no front number ${at}`);
    return front;
  }

  #entry(candidate: number): Entry {
    const entry = this.#entries[candidate];
    if (!entry) throw new RangeError(`there is no candidate number ${candidate}`);
    return entry;
  }
}

/** Where a number belongs in an ascending list; mostly at its end. */
function insertion(ascending: readonly number[], value: number): number {
  let at = ascending.length;
  while (at > 0 && (ascending[at - 1] ?? 0) > value) at -= 1;
  return at;
}
