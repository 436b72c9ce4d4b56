// A model of main effects: what each choice adds by itself, whatever the others are, by least squares with shrinkage. Where
// slots hardly interact, and instructions and demos mostly do not, it learns from far fewer trials than a density over
// combinations: every trial says something of every slot. Thompson sampling searches with it (Thompson 1933).

import type { Random } from "../random.ts";
import { meanOf } from "./scores.ts";
import type { Observation, Parameter, Suggestion } from "./tpe.ts";

/** Trials of a choice that count as much as the belief that it adds nothing. */
const PRIOR_TRIALS = 1;
const ROUNDS = 20;
/** Doubt about a choice that was never tried, against how much trials differ. */
const DOUBT = 0.4;

/** What is known of each choice. */
export interface MainEffects {
  mean: number;
  /** By parameter, by choice: what it adds. */
  effects: number[][];
  /** By parameter, by choice: trials it was in, weighed. */
  counts: number[][];
}

/** Fits the model. A choice of -1, one that is not offered any more, adds nothing. */
export function mainEffects(space: readonly Parameter[], observations: readonly Observation[]): MainEffects {
  const zeros = () => space.map(({ choices }) => Array.from({ length: choices }, () => 0));
  const effects = zeros();
  const counts = zeros();
  const total = observations.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const mean = observations.reduce((sum, { value, weight = 1 }) => sum + value * weight, 0) / (total || 1);
  for (const { choices, weight = 1 } of observations) {
    for (const [slot, row] of counts.entries()) {
      const choice = choices[slot] ?? -1;
      if (row[choice] !== undefined) row[choice] += weight;
    }
  }
  const model = { mean, effects, counts };
  for (let round = 0; round < ROUNDS; round++) {
    for (const slot of space.keys()) refit(model, slot, observations);
  }
  return model;
}

/** The effects of one slot, given those of the others. */
function refit(model: MainEffects, slot: number, observations: readonly Observation[]): void {
  const row = model.effects[slot] ?? [];
  const sums = row.map(() => 0);
  for (const { choices, value, weight = 1 } of observations) {
    const choice = choices[slot] ?? -1;
    const own = row[choice];
    if (own === undefined) continue;
    sums[choice] = (sums[choice] ?? 0) + weight * (value - predicted(model, choices) + own);
  }
  model.effects[slot] = sums.map((sum, choice) => sum / ((model.counts[slot]?.[choice] ?? 0) + PRIOR_TRIALS));
}

/** What the model expects of a combination. */
function predicted({ mean, effects }: MainEffects, choices: readonly number[]): number {
  return effects.reduce((sum, row, slot) => sum + (row[choices[slot] ?? -1] ?? 0), mean);
}

/** The combination that is best under effects drawn from what is believed of them: well-tried choices by their effect, others by luck too. */
export function thompson(
  space: readonly Parameter[],
  finished: readonly Observation[],
  random: Pick<Random, "uniform">,
): Suggestion {
  const model = mainEffects(space, finished);
  const values = finished.map(({ value }) => value);
  const middle = meanOf(values);
  const spread = Math.sqrt(meanOf(values.map((value) => (value - middle) ** 2)));
  const choices = model.effects.map((row, slot) => {
    const drawn = row.map((effect, choice) => {
      const count = model.counts[slot]?.[choice] ?? 0;
      return effect + (DOUBT * spread * bell(random)) / Math.sqrt(count + PRIOR_TRIALS);
    });
    return drawn.indexOf(Math.max(...drawn));
  });
  return { choices, considered: [{ choices, acquisition: predicted(model, choices) }] };
}

/** A draw from the normal distribution (Box and Muller 1958). */
function bell(random: Pick<Random, "uniform">): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
  return radius * Math.cos(2 * Math.PI * random.uniform());
}

/** A candidate's value, drawn towards what its choices lead to expect; the more the less evidence there is of its own. */
export function tempered(model: MainEffects, { choices, value, weight = 1 }: Observation): number {
  return (value * weight + predicted(model, choices) * PRIOR_TRIALS) / (weight + PRIOR_TRIALS);
}
