// The sampler by itself: TPE beside random search on random categorical objectives, separable ones and ones whose slots interact, with
// noise on every trial. Regret is how far the choice that looks best after 30 trials lies below the best there is, on a
// scale where a random choice lies at 1.

import { parseArgs } from "node:util";
import { PARALLEL_TPE } from "../src/engines/mipro/from-config.ts";
import { mainEffects, tempered } from "../src/engines/mipro/main-effects.ts";
import { samplerOf } from "../src/engines/mipro/sampling.ts";
import type { MiproSettings } from "../src/engines/mipro/settings.ts";
import { type Observation, type Parameter, REFERENCE_TPE } from "../src/engines/mipro/tpe.ts";
import { RANDOM, type Random } from "../src/engines/random.ts";

const SLOTS = { least: 2, most: 6 };
const CHOICES = { least: 3, most: 12 };
/** Standard deviation of the noise, on a scale where that of the objective is 1. */
const NOISE = 0.5;
const RESTARTS = 60;

/** By name: random choices, the reference's estimator, the same with our defaults, and with a model of main effects in turn. */
const SAMPLERS: Readonly<Record<string, Sampler>> = {
  random: { sampler: "tpe", tpe: { ...REFERENCE_TPE, n_startup_trials: Number.POSITIVE_INFINITY } },
  reference: { sampler: "tpe", tpe: REFERENCE_TPE },
  tpe: { sampler: "tpe", tpe: PARALLEL_TPE },
  mixed: { sampler: "mixed", tpe: PARALLEL_TPE },
};

type Sampler = Pick<MiproSettings, "sampler" | "tpe">;

/** An objective to be maximised: a value for a choice in each slot. */
interface Objective {
  sizes: number[];
  value(choices: readonly number[]): number;
  best: number;
  /** Mean over random choices. */
  middle: number;
}

/** Prints the mean regret of each sampler on each kind of objective, with standard errors, and the difference to random search. */
export async function tpe(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      objectives: { type: "string", default: "200" },
      trials: { type: "string", default: "30" },
      seed: { type: "string", default: "0" },
    },
  });
  const trials = Number(values.trials);
  console.log(`Regret after ${trials} trials, ${values.objectives} objectives, noise ${NOISE}`);
  for (const kind of ["separable", "interacting"] as const) {
    const regrets = new Map<string, number[]>();
    for (let i = 0; i < Number(values.objectives); i++) {
      const seed = Number(values.seed) + i;
      const objective = randomObjective(kind, RANDOM.from(RANDOM.seed(seed)));
      for (const [name, settings] of Object.entries(SAMPLERS)) {
        const regret = regretOf(objective, settings, trials, seed);
        regrets.set(name, [...(regrets.get(name) ?? []), regret]);
      }
    }
    report(kind, regrets);
  }
}

function report(kind: string, regrets: ReadonlyMap<string, readonly number[]>): void {
  const random = regrets.get("random") ?? [];
  console.log(`\n${kind}`);
  for (const [name, values] of regrets) {
    const ahead = values.map((value, i) => (random[i] ?? 0) - value);
    const versus = name === "random" ? "" : `  below random search by ${shown(ahead)}`;
    console.log(`  ${name.padEnd(10)} ${shown(values)}${versus}`);
  }
}

function shown(values: readonly number[]): string {
  const mean = meanOf(values);
  const variance = meanOf(values.map((value) => (value - mean) ** 2)) * (values.length / (values.length - 1));
  const error = Math.sqrt(variance / values.length);
  return `${mean.toFixed(3)} ± ${error.toFixed(3)}`;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A random objective of a kind: a random worth for each choice, and in the interacting kind for each pair of choices too. */
function randomObjective(kind: "separable" | "interacting", random: Random): Objective {
  const between = ({ least, most }: typeof SLOTS) => least + random.below(most - least + 1);
  const sizes = Array.from({ length: between(SLOTS) }, () => between(CHOICES));
  const worth = sizes.map((size) => Array.from({ length: size }, () => bell(random)));
  const pairs = kind === "separable" ? [] : pairsOf(sizes, random);
  const raw = (choices: readonly number[]) =>
    worth.reduce((sum, row, slot) => sum + (row[choices[slot] ?? 0] ?? 0), 0) +
    pairs.reduce((sum, { a, b, table }) => sum + (table[choices[a] ?? 0]?.[choices[b] ?? 0] ?? 0), 0);
  const samples = Array.from({ length: 2_000 }, () => raw(sizes.map((size) => random.below(size))));
  const mean = meanOf(samples);
  const deviation = Math.sqrt(meanOf(samples.map((value) => (value - mean) ** 2)));
  const value = (choices: readonly number[]) => (raw(choices) - mean) / deviation;
  return { sizes, value, best: bestOf(sizes, value, random), middle: 0 };
}

function pairsOf(sizes: readonly number[], random: Random) {
  return sizes.flatMap((size, a) =>
    sizes.slice(a + 1).map((other, i) => ({
      a,
      b: a + 1 + i,
      table: Array.from({ length: size }, () => Array.from({ length: other }, () => bell(random) * 0.7)),
    })),
  );
}

function bell(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

/** The best value, by ascent from many random places, slot by slot. */
function bestOf(sizes: readonly number[], value: Objective["value"], random: Random): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let restart = 0; restart < RESTARTS; restart++) {
    let at = sizes.map((size) => random.below(size));
    for (let moved = true; moved; ) {
      moved = false;
      for (const [slot, size] of sizes.entries()) {
        for (let choice = 0; choice < size; choice++) {
          const next = at.map((now, i) => (i === slot ? choice : now));
          if (value(next) <= value(at)) continue;
          at = next;
          moved = true;
        }
      }
    }
    best = Math.max(best, value(at));
  }
  return best;
}

/** The regret of the choice that looks best. */
function regretOf(objective: Objective, settings: Sampler, trials: number, seed: number): number {
  const streams = { startup: RANDOM.from(RANDOM.seed(seed + 1)), model: RANDOM.from(RANDOM.seed(seed + 2)) };
  const noise = RANDOM.from(RANDOM.seed(seed + 3));
  const space = objective.sizes.map((choices, i) => ({ name: String(i), choices }));
  const finished: Observation[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const { choices } = samplerOf(trial, finished, settings)(space, finished, settings.tpe, streams);
    finished.push({ choices, value: objective.value(choices) + NOISE * bell(noise) });
  }
  return (objective.best - objective.value(looksBest(space, finished))) / (objective.best - objective.middle);
}

/** Of the combinations tried, the one whose mean looks best, drawn towards what its choices lead to expect: the engine's own rule. */
function looksBest(space: readonly Parameter[], finished: readonly Observation[]): readonly number[] {
  const tried = new Map<string, { choices: readonly number[]; values: number[] }>();
  for (const { choices, value } of finished) {
    const known = tried.get(choices.join()) ?? { choices, values: [] };
    known.values.push(value);
    tried.set(choices.join(), known);
  }
  const known = [...tried.values()].map(({ choices, values }) => ({
    choices,
    value: meanOf(values),
    weight: values.length,
  }));
  const model = mainEffects(space, known);
  return known.reduce((a, b) => (tempered(model, b) > tempered(model, a) ? b : a)).choices;
}
