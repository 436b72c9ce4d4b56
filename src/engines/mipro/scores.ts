// What the rewards so far say of candidates that were scored on different seeds. Some seeds are harder than others, so
// plain means over different minibatches say more of the seeds than of the candidates: each reward is taken as the candidate's
// own level plus the ease of its seed, and both are fitted to all of them (a two-way layout, by alternating means).

import type { Combination } from "./state.ts";

const ROUNDS = 8;
/** Rewards that a seed needs before its own mean counts as much as that it is like all others. */
const SEED_PRIOR = 1;

/** What is known of a candidate's level. */
export interface Estimate {
  /** Its mean reward, as if every candidate had been scored on the same seeds. */
  mean: number;
  /** Rewards it rests on. */
  count: number;
}

/** The estimate of each candidate that has rewards, by id. */
export function estimates(combinations: readonly Combination[]): Map<string, Estimate> {
  const scored = combinations
    .map(({ id, rewards }) => ({ id, rewards: Object.entries(rewards) }))
    .filter(({ rewards }) => rewards.length > 0);
  const ease = new Map<string, number>();
  let levels = scored.map(({ rewards }) => meanOf(rewards.map(([, reward]) => reward)));
  for (let round = 0; round < ROUNDS; round++) {
    fitEase(ease, scored, levels);
    levels = scored.map(({ rewards }) =>
      meanOf(rewards.map(([seed, reward]) => reward - (ease.get(seed) ?? 0))),
    );
  }
  return new Map(scored.map(({ id, rewards }, i) => [id, { mean: levels[i] ?? 0, count: rewards.length }]));
}

function fitEase(
  ease: Map<string, number>,
  scored: readonly { rewards: readonly [string, number][] }[],
  levels: readonly number[],
): void {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const [i, { rewards }] of scored.entries()) {
    for (const [seed, reward] of rewards) {
      const known = sums.get(seed) ?? { sum: 0, count: 0 };
      sums.set(seed, { sum: known.sum + reward - (levels[i] ?? 0), count: known.count + 1 });
    }
  }
  for (const [seed, { sum, count }] of sums) ease.set(seed, sum / (count + SEED_PRIOR));
}

/** The mean; 0 of nothing. */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A mean reward as the reference has it: per cent, rounded to two places as Python does, exact halves to even. */
export function percent(mean: number): number {
  const value = 100 * mean;
  // The only numbers that lie exactly between two of two places are odd eighths.
  const isHalf = Number.isInteger(value * 8) && (value * 8) % 2 !== 0;
  if (!isHalf) return Number(value.toFixed(2));
  const below = Math.floor(value * 100);
  return (below % 2 === 0 ? below : below + 1) / 100;
}
