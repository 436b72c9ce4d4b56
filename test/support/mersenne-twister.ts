// The generators of the reference implementations, so that recorded runs can be replayed draw by draw: MT19937 (Matsumoto
// and Nishimura 1998), and on top of it CPython's `random.Random` and numpy's `RandomState`.

import type { Random, RandomSource, RandomState } from "../../src/engines/random.ts";

const SIZE = 624;
const SHIFT = 397;

/** MT19937. Its state is 624 words and the place of the next one. */
export class MersenneTwister {
  readonly #words: Uint32Array;
  #next: number;

  private constructor(words: Uint32Array, next: number) {
    this.#words = words;
    this.#next = next;
  }

  /** Seeded with one 32-bit word, as numpy does. */
  static fromWord(seed: number): MersenneTwister {
    const words = new Uint32Array(SIZE);
    let last = seed >>> 0;
    words[0] = last;
    for (let i = 1; i < SIZE; i++) {
      last = (Math.imul(last ^ (last >>> 30), 1812433253) + i) >>> 0;
      words[i] = last;
    }
    return new MersenneTwister(words, SIZE);
  }

  /** Seeded with an array of 32-bit words, as CPython does. */
  static fromWords(key: readonly number[]): MersenneTwister {
    const { words, at } = mixIn(MersenneTwister.fromWord(19650218).#words, key);
    let i = at;
    for (let left = SIZE - 1; left > 0; left--) {
      const before = words[i - 1] ?? 0;
      words[i] = ((words[i] ?? 0) ^ Math.imul(before ^ (before >>> 30), 1566083941)) - i;
      i = stepOn(words, i);
    }
    words[0] = 0x80000000;
    return new MersenneTwister(words, SIZE);
  }

  static fromState(state: RandomState): MersenneTwister {
    return new MersenneTwister(Uint32Array.from(state.slice(0, SIZE)), state[SIZE] ?? SIZE);
  }

  state(): RandomState {
    return [...this.#words, this.#next];
  }

  /** The next 32 bits. */
  word(): number {
    if (this.#next >= SIZE) this.#twist();
    let y = this.#words[this.#next++] ?? 0;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** Uniform in [0, 1) with 53 bits: two words. */
  double(): number {
    const high = this.word() >>> 5;
    const low = this.word() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  #twist(): void {
    const words = this.#words;
    for (let i = 0; i < SIZE; i++) {
      const y = ((words[i] ?? 0) & 0x80000000) | ((words[(i + 1) % SIZE] ?? 0) & 0x7fffffff);
      words[i] = (words[(i + SHIFT) % SIZE] ?? 0) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}

function mixIn(words: Uint32Array, key: readonly number[]): { words: Uint32Array; at: number } {
  let i = 1;
  for (let round = 0; round < Math.max(SIZE, key.length); round++) {
    const before = words[i - 1] ?? 0;
    const at = round % key.length;
    words[i] = ((words[i] ?? 0) ^ Math.imul(before ^ (before >>> 30), 1664525)) + (key[at] ?? 0) + at;
    i = stepOn(words, i);
  }
  return { words, at: i };
}

function stepOn(words: Uint32Array, i: number): number {
  if (i + 1 < SIZE) return i + 1;
  words[0] = words[SIZE - 1] ?? 0;
  return 1;
}

/** CPython's `random.Random`. As an engine's `Random` it makes the draws that the reference makes for the same question. */
export class PythonRandom implements Random {
  readonly #twister: MersenneTwister;

  constructor(twister: MersenneTwister) {
    this.#twister = twister;
  }

  /** `random.Random(seed)` for a whole number that is safe in JavaScript. */
  static seeded(seed: number): PythonRandom {
    const size = Math.abs(seed);
    const high = Math.floor(size / 2 ** 32);
    return new PythonRandom(MersenneTwister.fromWords(high > 0 ? [size >>> 0, high] : [size >>> 0]));
  }

  /** `random()`. */
  uniform(): number {
    return this.#twister.double();
  }

  /** `getrandbits(count)`, up to 53 bits. */
  bits(count: number): number {
    if (count <= 32) return this.#twister.word() >>> (32 - count);
    const low = this.#twister.word();
    return (this.#twister.word() >>> (64 - count)) * 2 ** 32 + low;
  }

  /** `randbelow(count)`, also `randrange(count)`. */
  below(count: number): number {
    if (!(count > 0)) throw new RangeError(`cannot draw below ${count}`);
    const size = Math.floor(Math.log2(count)) + 1;
    let drawn = this.bits(size);
    while (drawn >= count) drawn = this.bits(size);
    return drawn;
  }

  /** `randint(low, high)`, both included. */
  integer(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** `choice(items)`. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("there is nothing to pick from");
    return items[this.below(items.length)] as T;
  }

  /** `sample(items, count)`: out of a pool for small populations, with rejection for large ones. */
  sample<T>(items: readonly T[], count: number): T[] {
    if (count > items.length) throw new RangeError(`cannot draw ${count} of ${items.length} items`);
    const fewest = count > 5 ? 21 + 4 ** Math.ceil(Math.log(count * 3) / Math.log(4)) : 21;
    return items.length <= fewest ? this.#outOfPool(items, count) : this.#withRejection(items, count);
  }

  /** `choices(range(len(weights)), weights)[0]`. */
  weighted(weights: readonly number[]): number {
    const cumulative = runningTotals(weights);
    const total = cumulative.at(-1) ?? 0;
    if (!(total > 0)) throw new RangeError("a weighted draw needs a positive weight");
    return firstAbove(cumulative.slice(0, -1), this.uniform() * total);
  }

  /** `choices(items, k=count)`: with repetition, all alike. */
  choices<T>(items: readonly T[], count: number): T[] {
    return Array.from({ length: count }, () => items[Math.floor(this.uniform() * items.length)] as T);
  }

  /** `shuffle`, of a copy. */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }

  state(): RandomState {
    return this.#twister.state();
  }

  #outOfPool<T>(items: readonly T[], count: number): T[] {
    const pool = [...items];
    return Array.from({ length: count }, (_, i) => {
      const at = this.below(items.length - i);
      const drawn = pool[at] as T;
      pool[at] = pool[items.length - i - 1] as T;
      return drawn;
    });
  }

  #withRejection<T>(items: readonly T[], count: number): T[] {
    const taken = new Set<number>();
    while (taken.size < count) taken.add(this.below(items.length));
    return [...taken].map((at) => items[at] as T);
  }
}

/** CPython's generator as the source of an engine's draws. */
export const PYTHON_RANDOM: RandomSource = {
  seed: (seed) => PythonRandom.seeded(seed).state(),
  from: (state) => new PythonRandom(MersenneTwister.fromState(state)),
};

/** numpy's `RandomState`, as far as Optuna uses it. */
export class NumpyRandom {
  readonly #twister: MersenneTwister;

  /** `RandomState(seed)`, a whole number of 32 bits. */
  constructor(seed: number) {
    this.#twister = MersenneTwister.fromWord(seed);
  }

  /** `rand()`. */
  uniform(): number {
    return this.#twister.double();
  }

  /** `choice(len(shares), p=shares)`. */
  choice(shares: readonly number[]): number {
    const cumulative = runningTotals(shares);
    const total = cumulative.at(-1) ?? 0;
    return firstAbove(
      cumulative.map((value) => value / total),
      this.uniform(),
    );
  }
}

/** numpy's generator as the source of streams of uniform numbers. */
export const NUMPY_STREAMS = {
  seed: (seed: number): RandomState => MersenneTwister.fromWord(seed).state(),
  from(state: RandomState) {
    const twister = MersenneTwister.fromState(state);
    return { uniform: () => twister.double(), state: () => twister.state() };
  },
};

function runningTotals(values: readonly number[]): number[] {
  let total = 0;
  return values.map((value) => {
    total += value;
    return total;
  });
}

/** How many of the ascending values are at most `value`. */
function firstAbove(ascending: readonly number[], value: number): number {
  const at = ascending.findIndex((one) => one > value);
  return at < 0 ? ascending.length : at;
}
