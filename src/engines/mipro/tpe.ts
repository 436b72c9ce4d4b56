// The tree-structured Parzen estimator over categorical parameters (Bergstra et al. 2011; Watanabe 2023), multivariate:
// trials are split into the best few and the rest, a density is put through each, and of some points drawn from the first the one
// that is likeliest there, measured against the second, is tried next. With the defaults of `REFERENCE_TPE` every
// number is that of Optuna 5.0's sampler.

import type { Random } from "../random.ts";
import { drawPoints, logDensity, type Parzen, parzenOf, type Smoothing } from "./parzen.ts";

/** The most trials that count as good. */
const MOST_GOOD = 25;

/** How the sampler works. */
export interface TpeSettings extends Smoothing {
  /** Share of the trials that count as good, above 0 and below 1; at most 25 do. */
  gamma: number;
  /** Points that are drawn and compared for each trial. */
  n_candidates: number;
  /** Trials, the baseline's included, before which choices are drawn at random. */
  n_startup_trials: number;
  /** Share of later trials whose choices are drawn at random. */
  epsilon: number;
}

/** The settings of the reference implementation. */
export const REFERENCE_TPE: TpeSettings = {
  gamma: 0.1,
  n_candidates: 24,
  n_startup_trials: 10,
  epsilon: 0,
  categorical_alpha: 1,
  prior_weight: 1,
};

/** One choice to make. */
export interface Parameter {
  name: string;
  /** Number of choices, at least 1. */
  choices: number;
}

/** A finished trial: a choice for each parameter (-1 for one that is no longer offered), and what it scored. */
export interface Observation {
  choices: readonly number[];
  /** Higher is better. */
  value: number;
  /** How much it counts; 1 where absent. */
  weight?: number;
}

/** The generators: one for choices at random, one for the points that are compared. */
export interface TpeStreams {
  startup: Pick<Random, "uniform">;
  model: Pick<Random, "uniform">;
}

/** The next trial's choices, in the order of the parameters, and the points they were taken from. */
export interface Suggestion {
  choices: number[];
  /** Points in the order of their drawing, with what speaks for each; none for a trial at random. */
  considered: { choices: number[]; acquisition: number }[];
}

/** How many of so many trials count as good. */
export function goodCount(trials: number, gamma: number): number {
  return Math.min(Math.ceil(gamma * trials), MOST_GOOD);
}

/**
 * The next trial. `finished` is in the order of the trials' numbers. `pending` are trials under way: each counts as a bad
 * one, so that trials that run together spread out (the constant liar of Ginsbourger et al. 2010, with the lowest value).
 */
export function suggest(
  space: readonly Parameter[],
  finished: readonly Observation[],
  settings: TpeSettings,
  streams: TpeStreams,
  pending: readonly (readonly number[])[] = [],
): Suggestion {
  const isRandom = finished.length < settings.n_startup_trials || drawsAtRandom(settings, streams);
  if (isRandom) return { choices: atRandom(space, streams), considered: [] };
  // As strings: `10_…` stands before `2_…`.
  const order = space
    .map((parameter, at) => ({ ...parameter, at }))
    .filter(({ choices }) => choices > 1)
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  if (order.length === 0) return { choices: space.map(() => 0), considered: [] };
  const { good, bad } = densities(order, finished, pending, settings);
  const points = drawPoints(good, settings.n_candidates, () => streams.model.uniform());
  const considered = points.map((point) => ({
    choices: placed(point, order, space.length),
    acquisition: logDensity(good, point) - logDensity(bad, point),
  }));
  const best = considered.reduce((a, b) => (b.acquisition > a.acquisition ? b : a));
  return { choices: best.choices, considered };
}

function drawsAtRandom({ epsilon }: TpeSettings, { startup }: TpeStreams): boolean {
  return epsilon > 0 && startup.uniform() < epsilon;
}

/** For each parameter the choice with the largest of as many uniforms; one without a choice draws none. */
function atRandom(space: readonly Parameter[], { startup }: TpeStreams): number[] {
  return space.map(({ choices }) => {
    if (choices < 2) return 0;
    const drawn = Array.from({ length: choices }, () => startup.uniform());
    return drawn.indexOf(Math.max(...drawn));
  });
}

interface Placed extends Parameter {
  /** Place in the space. */
  at: number;
}

function densities(
  order: readonly Placed[],
  finished: readonly Observation[],
  pending: readonly (readonly number[])[],
  settings: TpeSettings,
): { good: Parzen; bad: Parzen } {
  const numbered = finished.map((observation, number) => ({ ...observation, number }));
  const ranked = [...numbered].sort((a, b) => b.value - a.value);
  const count = goodCount(finished.length, settings.gamma);
  const byNumber = (trials: typeof numbered) => trials.sort((a, b) => a.number - b.number);
  const liars = pending.map((choices) => ({ choices, weight: 1 }));
  const density = (trials: readonly Pick<Observation, "choices" | "weight">[]) =>
    parzenOf(
      trials.map(({ choices }) => order.map(({ at }) => choices[at] ?? -1)),
      order.map(({ choices }) => choices),
      settings,
      trials.map(({ weight }) => weight ?? 1),
    );
  return {
    good: density(byNumber(ranked.slice(0, count))),
    bad: density([...byNumber(ranked.slice(count)), ...liars]),
  };
}

/** A point of the searched parameters, as a choice for every parameter. */
function placed(point: readonly number[], order: readonly Placed[], length: number): number[] {
  const choices = Array.from({ length }, () => 0);
  for (const [i, { at }] of order.entries()) choices[at] = point[i] ?? 0;
  return choices;
}
