// Feedback minibatches: the seeds in shuffled epochs, so that each is seen once before any is seen again.

import type { Seed } from "../engine.ts";
import type { Random } from "../random.ts";

/** What is left of the current epoch, next first. */
export interface SamplerState {
  queue: Seed[];
}

/**
 * The next `size` seeds, all different, starting a new shuffled epoch where one runs out. With fewer than `size`
 * seeds in all, every seed once.
 */
export function nextMinibatch(
  sampler: SamplerState,
  seeds: readonly Seed[],
  size: number,
  random: Random,
): { minibatch: Seed[]; sampler: SamplerState } {
  const wanted = Math.min(size, seeds.length);
  const minibatch = sampler.queue.slice(0, wanted);
  const queue = sampler.queue.slice(minibatch.length);
  if (minibatch.length === wanted) return { minibatch, sampler: { queue } };
  const taken = new Set(minibatch);
  const epoch = random.shuffle(seeds);
  const fill = epoch.filter((seed) => !taken.has(seed)).slice(0, wanted - minibatch.length);
  const used = new Set(fill);
  return { minibatch: [...minibatch, ...fill], sampler: { queue: epoch.filter((seed) => !used.has(seed)) } };
}

/** Where the reference's epochs stand. */
export interface EpochState {
  /** The running epoch; -1 before the first. */
  epoch: number;
  /** Its seeds in order, filled up to whole minibatches. */
  order: Seed[];
  /** How many seeds there were when it was shuffled. */
  seeds: number;
  /** The iteration of the last call, and how many calls that iteration made before it; null before the first. */
  last: { iteration: number; call: number } | null;
}

/** The state before the first epoch. */
export const FIRST_EPOCH: EpochState = { epoch: -1, order: [], seeds: 0, last: null };

/**
 * The reference's minibatch of an iteration (0, 1, …): the seeds in shuffled epochs, the last minibatch of an epoch filled up with
 * the epoch's own seeds from its end backwards. So a seed may come twice in a minibatch, and further calls in one iteration take
 * the next places of the same epoch, from its beginning again where it ends. Draws one shuffle where an epoch begins.
 *
 * @throws RangeError when there are no seeds.
 */
export function epochMinibatch(
  state: EpochState,
  iteration: number,
  seeds: readonly Seed[],
  size: number,
  random: Random,
): { minibatch: Seed[]; state: EpochState } {
  if (seeds.length === 0) throw new RangeError("there are no seeds to draw a minibatch from");
  const call = state.last?.iteration === iteration ? state.last.call + 1 : 0;
  const base = iteration * size;
  const epoch = state.epoch < 0 ? 0 : Math.floor(base / Math.max(state.order.length, 1));
  const begins = state.order.length === 0 || seeds.length !== state.seeds || epoch > state.epoch;
  const current = begins
    ? { epoch, order: filledUp(random.shuffle(seeds), size), seeds: seeds.length }
    : { epoch: state.epoch, order: state.order, seeds: state.seeds };
  const start = (base + call * size) % current.order.length;
  return {
    minibatch: current.order.slice(start, start + size),
    state: { ...current, last: { iteration, call } },
  };
}

/** Seeds filled up to a multiple of `size` with themselves from the end backwards, again and again where need be. */
function filledUp(seeds: readonly Seed[], size: number): Seed[] {
  const missing = (size - (seeds.length % size)) % size;
  const backwards = [...seeds].reverse();
  const fill = Array.from({ length: missing }, (_, at) => backwards[at % backwards.length] as Seed);
  return [...seeds, ...fill];
}
