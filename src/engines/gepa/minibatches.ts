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
