// The seeds of trials.

import type { Seed } from "../engine.ts";
import type { Random } from "../random.ts";
import type { MiproSettings } from "./settings.ts";
import type { MiproState } from "./state.ts";

/**
 * Whether every trial is a full evaluation: where it sees the whole pool, and full evaluations are on no other seeds. The reference goes by
 * its setting alone, and evaluates the whole pool again in full where minibatches are asked for that are as large.
 */
export function trialsAreFull(settings: MiproSettings, pool: number): boolean {
  const { strategy, batch_size, val_seeds, proxied } = settings;
  // The model that counts has the last word, so that a cheap one's trials are never more than trials.
  if (proxied) return false;
  const isWhole = batch_size === null || (strategy === "reference" ? batch_size > pool : batch_size >= pool);
  return isWhole && val_seeds.length === 0;
}

/** Whether every trial of a run is a full evaluation; with an adaptive pool, what held for the first one holds for all. */
export function hasFullTrials({ pool, online }: MiproState, settings: MiproSettings): boolean {
  return pool?.trials_full ?? trialsAreFull(settings, online.length);
}

/**
 * The seeds of the next trials. In the reference every trial draws its own at random; else the trials of one iteration
 * share a minibatch, so that they can be compared, and every seed comes up once before any comes up again.
 */
export function drawMinibatch(
  queue: readonly Seed[],
  online: readonly Seed[],
  settings: MiproSettings,
  random: Random,
): { seeds: Seed[]; queue: Seed[] } {
  const size = settings.batch_size ?? online.length;
  if (size >= online.length) return { seeds: [...online], queue: [...queue] };
  if (settings.strategy === "reference") {
    const positions = random.sample(
      online.map((_, i) => i),
      size,
    );
    return { seeds: positions.flatMap((i) => online[i] ?? []), queue: [] };
  }
  const seeds = queue.slice(0, size);
  if (seeds.length === size) return { seeds, queue: queue.slice(size) };
  const taken = new Set(seeds);
  const epoch = random.shuffle(online);
  const fill = epoch.filter((seed) => !taken.has(seed)).slice(0, size - seeds.length);
  const used = new Set(fill);
  return { seeds: [...seeds, ...fill], queue: epoch.filter((seed) => !used.has(seed)) };
}
