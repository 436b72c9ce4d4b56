// Studies of Optuna's TPE sampler over categorical spaces, with its tables and densities.

import * as z from "zod";
import { ageWeights, logDensity, parzenOf } from "../../src/engines/mipro/parzen.ts";
import { goodCount, REFERENCE_TPE, type Suggestion, suggest } from "../../src/engines/mipro/tpe.ts";
import { NumpyRandom } from "../support/mersenne-twister.ts";
import { differenceOf, firstDifference, firstOf } from "./compare.ts";
import type { Difference, ParityCase, ParityKind } from "./kinds.ts";

/** How far two sums of logarithms may lie apart. */
const TOLERANCE = 1e-9;

const Numbers = z.array(z.number());
const ParzenCase = z.object({
  observations: Numbers,
  n_choices: z.number(),
  mixture_weights: Numbers,
  kernel_rows: z.array(Numbers),
  log_pdf: Numbers,
});
const Trial = z.object({
  number: z.number(),
  params: z.record(z.string(), z.number()),
  value: z.number(),
  best_acquisition: z.number().optional(),
  near_ties: z.number().optional(),
  ei_candidates: z.array(Numbers).optional(),
  ei_param_order: z.array(z.string()).optional(),
  acquisition: Numbers.optional(),
});
const Run = z.object({
  seed: z.number(),
  suggest_order: z.array(z.string()),
  n_choices: z.record(z.string(), z.number()),
  value_table: z.record(z.string(), Numbers).optional(),
  trials: z.array(Trial),
});
const TpeFile = z.object({
  default_gamma: z.record(z.string(), z.number()).optional(),
  default_weights: z.record(z.string(), Numbers).optional(),
  parzen: z.array(ParzenCase).optional(),
  runs: z.array(Run),
});
type Run = z.infer<typeof Run>;
type Trial = z.infer<typeof Trial>;

export const tpeKind: ParityKind = {
  name: "TPE studies",
  recognises: (file) => TpeFile.safeParse(file).success,
  cases(file) {
    const { default_gamma = {}, default_weights = {}, parzen = [], runs } = TpeFile.parse(file);
    return [
      ...table("gamma table", default_gamma, (count) => goodCount(count, REFERENCE_TPE.gamma)),
      ...table("weight table", default_weights, ageWeights),
      ...parzen.map((one, i): ParityCase => ({ name: `density ${i}`, run: async () => compareDensity(one) })),
      ...runs.map(
        (run, i): ParityCase => ({ name: `study ${i}, seed ${run.seed}`, run: async () => replay(run) }),
      ),
    ];
  },
};

function table(name: string, rows: Record<string, unknown>, make: (count: number) => unknown): ParityCase[] {
  const entries = Object.entries(rows);
  if (entries.length === 0) return [];
  const compare = () =>
    firstOf(
      ...entries.map(
        ([n, value]) =>
          () =>
            differenceOf(`n = ${n}`, value, make(Number(n))),
      ),
    );
  return [{ name, run: async () => compare() }];
}

function compareDensity(one: z.infer<typeof ParzenCase>): Difference | undefined {
  const density = parzenOf(
    one.observations.map((choice) => [choice]),
    [one.n_choices],
    REFERENCE_TPE,
  );
  const points = Array.from({ length: one.n_choices }, (_, choice) => logDensity(density, [choice]));
  return firstOf(
    () => close("mixture weight", one.mixture_weights, density.weights),
    () =>
      firstOf(
        ...one.kernel_rows.map((row, i) => () => close(`kernel ${i}`, row, density.rows[0]?.[i] ?? [])),
      ),
    () => close("log density", one.log_pdf, points),
  );
}

function close(what: string, expected: readonly number[], found: readonly number[]): Difference | undefined {
  const isClose = expected.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN)) <= TOLERANCE);
  const at = expected.length === found.length ? isClose.indexOf(false) : expected.length;
  if (at < 0) return undefined;
  return { at: `${what} ${at}`, expected: String(expected[at]), found: String(found[at]) };
}

/** The sampler before each trial, told the recorded trials before it. */
function replay(run: Run): Difference | undefined {
  const streams = { startup: new NumpyRandom(run.seed), model: new NumpyRandom(run.seed) };
  const space = run.suggest_order.map((name) => ({ name, choices: run.n_choices[name] ?? 0 }));
  const choicesOf = ({ params }: Trial) => run.suggest_order.map((name) => params[name] ?? -1);
  for (const [at, trial] of run.trials.entries()) {
    // The first is the baseline's: nobody suggested it.
    if (at === 0) continue;
    const finished = run.trials.slice(0, at).map((one) => ({ choices: choicesOf(one), value: one.value }));
    const found = suggest(space, finished, REFERENCE_TPE, streams);
    const difference = compareTrial(run, trial, choicesOf(trial), found);
    if (difference) return difference;
  }
  return undefined;
}

function compareTrial(run: Run, trial: Trial, choices: number[], found: Suggestion): Difference | undefined {
  const at = `trial ${trial.number}`;
  if (found.considered.length === 0) return differenceOf(`${at}, at random`, choices, found.choices);
  const order = trial.ei_param_order ?? [];
  const drawn = found.considered.map((one) =>
    order.map((name) => one.choices[run.suggest_order.indexOf(name)]),
  );
  const acquisitions = found.considered.map(({ acquisition }) => acquisition);
  const best = Math.max(...acquisitions);
  const isNear = (acquisition: number) => acquisition >= best - TOLERANCE;
  const { acquisition, best_acquisition, ei_candidates, near_ties } = trial;
  return firstOf(
    () => (ei_candidates ? firstDifference(`${at}, point`, ei_candidates, drawn) : undefined),
    () => (acquisition ? close(`${at}, acquisition`, acquisition, acquisitions) : undefined),
    () => (best_acquisition === undefined ? undefined : close(`${at}, best`, [best_acquisition], [best])),
    () =>
      near_ties === undefined
        ? undefined
        : differenceOf(`${at}, near ties`, near_ties, acquisitions.filter(isNear).length),
    () => isAmongBest(at, choices, found, isNear),
  );
}

function isAmongBest(
  at: string,
  choices: number[],
  { considered }: Suggestion,
  isNear: (acquisition: number) => boolean,
): Difference | undefined {
  const best = considered.filter(({ acquisition }) => isNear(acquisition)).map((one) => one.choices);
  if (best.some((one) => one.join() === choices.join())) return undefined;
  return { at: `${at}, pick`, expected: JSON.stringify(choices), found: `one of ${JSON.stringify(best)}` };
}
