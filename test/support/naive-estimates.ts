// The model of all rewards (`src/engines/gepa/estimates.ts`), fitted the plain way: every sweep goes over every reward.

import type { Estimates, Scored } from "../../src/engines/gepa/estimates.ts";

/** Parts of the variance of all rewards: between seeds, and left over. */
const EASE_PART = 0.45;
const NOISE_PART = 0.55;
/** Standard deviations in units of the standard deviation of all rewards: a candidate's own gain, the usual gain of the first round, and its change from round to round. */
const OWN_GAIN = 0.06;
const FIRST_GAIN = { mean: 0.06, deviation: 0.1 };
const GAIN_DRIFT = 0.05;
/** Below this the rewards count as all alike. */
const LEAST_VARIANCE = 1e-4;
const SWEEPS = 40;

/** The same as `estimate`. */
export function naiveEstimate(candidates: readonly Scored[]): Estimates {
  const variance = varianceOf(candidates);
  const seeds = new Map<string, number>();
  const data = candidates.map((candidate) => datumOf(candidate, seeds));
  for (const [at, { parent }] of data.entries()) if (parent !== null) data[parent]?.children.push(at);
  const fit = begin(data, seeds.size, variance);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    fitEase(fit, data, EASE_PART * variance);
    fitLevels(fit, data);
    fitGains(fit, data, variance);
  }
  const ease = new Map([...seeds].map(([seed, at]) => [seed, fit.ease[at] ?? 0]));
  return { levels: [...fit.levels], ease, gains: [...fit.gains], noise: fit.noise, spread: fit.spread };
}

/** A candidate with its seeds by number. */
interface Datum {
  parent: number | null;
  round: number;
  seeds: Int32Array;
  rewards: Float64Array;
  children: number[];
}

interface Fit {
  levels: Float64Array;
  ease: Float64Array;
  gains: Float64Array;
  noise: number;
  spread: number;
}

function datumOf({ parent, round, rewards }: Scored, numbers: Map<string, number>): Datum {
  const entries = Object.entries(rewards);
  const seeds = Int32Array.from(entries, ([seed]) => {
    const number = numbers.get(seed) ?? numbers.size;
    numbers.set(seed, number);
    return number;
  });
  return { parent, round, seeds, rewards: Float64Array.from(entries, ([, reward]) => reward), children: [] };
}

function begin(data: readonly Datum[], seeds: number, variance: number): Fit {
  const rounds = Math.max(0, ...data.map(({ round }) => round));
  const start = meanOf([...(data[0]?.rewards ?? [])]);
  const gains = new Float64Array(rounds + 2).fill(FIRST_GAIN.mean * Math.sqrt(variance));
  return {
    levels: new Float64Array(data.length).fill(start),
    ease: new Float64Array(seeds),
    gains,
    noise: NOISE_PART * variance,
    spread: OWN_GAIN ** 2 * variance,
  };
}

function fitEase(fit: Fit, data: readonly Datum[], prior: number): void {
  const sums = new Float64Array(fit.ease.length);
  const counts = new Float64Array(fit.ease.length);
  for (const [at, { seeds, rewards }] of data.entries()) {
    const level = fit.levels[at] ?? 0;
    for (let i = 0; i < seeds.length; i++) {
      const seed = seeds[i] ?? 0;
      sums[seed] = (sums[seed] ?? 0) + (rewards[i] ?? 0) - level;
      counts[seed] = (counts[seed] ?? 0) + 1;
    }
  }
  for (let seed = 0; seed < sums.length; seed++) {
    fit.ease[seed] = (sums[seed] ?? 0) / fit.noise / ((counts[seed] ?? 0) / fit.noise + 1 / prior);
  }
}

function fitLevels(fit: Fit, data: readonly Datum[]): void {
  for (const [at, { parent, round, seeds, rewards, children }] of data.entries()) {
    let sum = 0;
    for (let i = 0; i < seeds.length; i++) sum += (rewards[i] ?? 0) - (fit.ease[seeds[i] ?? 0] ?? 0);
    let weighted = sum / fit.noise;
    let weight = seeds.length / fit.noise;
    if (parent !== null) {
      weighted += ((fit.levels[parent] ?? 0) + (fit.gains[round] ?? 0)) / fit.spread;
      weight += 1 / fit.spread;
    }
    for (const child of children) {
      weighted += ((fit.levels[child] ?? 0) - (fit.gains[data[child]?.round ?? 0] ?? 0)) / fit.spread;
      weight += 1 / fit.spread;
    }
    if (weight > 0) fit.levels[at] = weighted / weight;
  }
}

function fitGains(fit: Fit, data: readonly Datum[], variance: number): void {
  const first = {
    mean: FIRST_GAIN.mean * Math.sqrt(variance),
    variance: FIRST_GAIN.deviation ** 2 * variance,
  };
  const drift = GAIN_DRIFT ** 2 * variance;
  const sums = new Float64Array(fit.gains.length);
  const counts = new Float64Array(fit.gains.length);
  for (const [at, { parent, round }] of data.entries()) {
    if (parent === null) continue;
    sums[round] = (sums[round] ?? 0) + (fit.levels[at] ?? 0) - (fit.levels[parent] ?? 0);
    counts[round] = (counts[round] ?? 0) + 1;
  }
  for (let round = 1; round < fit.gains.length; round++) {
    const [before, certainty] =
      round === 1 ? [first.mean, 1 / first.variance] : [fit.gains[round - 1] ?? 0, 1 / drift];
    const after = fit.gains[round + 1];
    const weighted =
      (sums[round] ?? 0) / fit.spread + before * certainty + (after === undefined ? 0 : after / drift);
    const weight = (counts[round] ?? 0) / fit.spread + certainty + (after === undefined ? 0 : 1 / drift);
    fit.gains[round] = weighted / weight;
  }
}

function varianceOf(candidates: readonly Scored[]): number {
  const rewards = candidates.flatMap((candidate) => Object.values(candidate.rewards));
  if (rewards.length === 0) return LEAST_VARIANCE;
  const mean = meanOf(rewards);
  return Math.max(LEAST_VARIANCE, meanOf(rewards.map((reward) => (reward - mean) ** 2)));
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
