// The one seeded generator of the engines. Its state is plain data inside the engine's own state, so a step that runs
// again draws the same numbers again.

/** State of a generator: plain data, four 32-bit words for our own. */
export type RandomState = readonly number[];

/** Draws of an engine, in the order they are asked for. A test may put a recorded tape or another generator behind it. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** A whole number from 0 to `count - 1`. */
  below(count: number): number;
  /** One of `items`, which must not be empty; an item that stands there more often is drawn more often. */
  pick<T>(items: readonly T[]): T;
  /** `count` of the items, each at most once, in random order; `count` is at most `items.length`. */
  sample<T>(items: readonly T[], count: number): T[];
  /** Index of one of `weights`, drawn in proportion; their sum is positive and finite, and one below 0 counts as 0. */
  weighted(weights: readonly number[]): number;
  /** A new array with the items in random order. */
  shuffle<T>(items: readonly T[]): T[];
  /** The state to store once the step's draws are done. */
  state(): RandomState;
}

/** Where an engine gets its generators from. The product has one, `RANDOM`; replays of recorded runs bring their own. */
export interface RandomSource {
  /** The state that belongs to a seed (any whole number). */
  seed(seed: number): RandomState;
  /** The generator that goes on from a state. */
  from(state: RandomState): Random;
}

/** The product's generator, sfc32. */
export const RANDOM: RandomSource = { seed: seedRandom, from: randomFrom };

/** The state that belongs to a seed (any whole number). */
export function seedRandom(seed: number): RandomState {
  const generator = new Sfc32([seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, 0x9e3779b9, 1]);
  for (let i = 0; i < 16; i++) generator.uniform();
  return generator.state();
}

/** The generator that goes on from a state. */
export function randomFrom(state: RandomState): Random {
  return new Sfc32(state);
}

class Sfc32 implements Random {
  #words: [number, number, number, number];

  constructor([a = 0, b = 0, c = 0, counter = 0]: RandomState) {
    this.#words = [a, b, c, counter];
  }

  uniform(): number {
    const [a, b, c, counter] = this.#words;
    const out = (a + b + counter) >>> 0;
    const rotated = ((c << 21) | (c >>> 11)) >>> 0;
    this.#words = [(b ^ (b >>> 9)) >>> 0, (c + (c << 3)) >>> 0, (rotated + out) >>> 0, (counter + 1) >>> 0];
    return out / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("there is nothing to pick from");
    return items[this.below(items.length)] as T;
  }

  sample<T>(items: readonly T[], count: number): T[] {
    if (count > items.length) throw new RangeError(`cannot draw ${count} of ${items.length} items`);
    return this.shuffle(items).slice(0, count);
  }

  weighted(weights: readonly number[]): number {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (!(total > 0)) throw new RangeError("a weighted draw needs a positive weight");
    let left = this.uniform() * total;
    let last = 0;
    for (const [index, weight] of weights.entries()) {
      if (weight <= 0) continue;
      last = index;
      left -= weight;
      if (left < 0) return index;
    }
    return last;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, key: this.uniform() }));
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }

  state(): RandomState {
    return [...this.#words];
  }
}
