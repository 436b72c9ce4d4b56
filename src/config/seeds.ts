// Seed lists (protocol §1.1): a list of whole numbers, or a range as Python's `range(start, end, step)`; and how the
// training seeds are split in two (§1.11).

import * as z from "zod";
import { integer, wholeNumber } from "./fields.ts";
import { MAX_SEEDS } from "./limits.ts";

/** Fewest Pareto seeds of a job (protocol §1.11). */
export const MIN_PARETO_SEEDS = 10;
/** Fewest feedback seeds of a job (protocol §1.11). */
export const MIN_FEEDBACK_SEEDS = 3;
/** Fewest training seeds of a job: they are split into Pareto and feedback seeds. */
export const MIN_TRAINING_SEEDS = MIN_PARETO_SEEDS + MIN_FEEDBACK_SEEDS;
/** Pareto seeds of a job that has enough training seeds and does not say (protocol §1.11). */
export const DEFAULT_PARETO_SEEDS = 64;

/** Fewest seeds from which a job can take 70 % for training. */
export const LEAST_TOTAL_SEEDS = Math.ceil(MIN_TRAINING_SEEDS / 0.7);

const rangeTable = z.object({
  start: wholeNumber().describe("The first seed."),
  end: wholeNumber().describe("The seed after the last one."),
  step: wholeNumber()
    // What follows from the step of a range is not looked at then.
    .refine((step) => step !== 0, { error: "a whole number other than 0", abort: true })
    .default(1)
    .describe("The distance between two seeds."),
});

/** `{start, end, step}`; `end` is exclusive, `step` may be negative but not 0. `SeedRange.toList` expands one. */
export const SeedRange = Object.assign(rangeTable, {
  /** The seeds of a range, in order; `step` is 1 when absent. @throws RangeError over MAX_SEEDS or for a step of 0. */
  toList: ({ start, end, step = 1 }: { start: number; end: number; step?: number }): number[] => {
    if (step === 0) throw new RangeError("the step of a range must not be 0");
    return seedsOfRange({ start, end, step });
  },
});
export type SeedRange = z.infer<typeof rangeTable>;

/** The seeds of a range, in order. Throws RangeError when there are more than MAX_SEEDS. */
export function seedsOfRange(range: SeedRange): number[] {
  const count = rangeLength(range);
  if (count > MAX_SEEDS) throw new RangeError(`a range of ${count} seeds is over the limit of ${MAX_SEEDS}`);
  return Array.from({ length: count }, (_, i) => range.start + i * range.step);
}

/** A seed list, or a range that is expanded into one. */
export const SeedList = z.union(
  [
    z.array(integer(0)).max(MAX_SEEDS, { error: `a list of at most ${MAX_SEEDS} seeds` }),
    SeedRange.refine((range) => rangeLength(range) <= MAX_SEEDS, `a range of at most ${MAX_SEEDS} seeds`)
      .refine((range) => lowestSeed(range) >= 0, "a range of seeds that are all at least 0")
      .transform(seedsOfRange),
  ],
  { error: "a list of seeds such as [0, 1, 2], or a range such as { start = 0, end = 50 }" },
);

/** The two parts of the training seeds. */
export interface SeedSplit {
  /** Seeds that every accepted candidate is scored on. */
  pareto: number[];
  /** Seeds that minibatches are drawn from. */
  feedback: number[];
}

/**
 * Split the training seeds: the first `pareto_set_size` are the Pareto seeds, the rest are for feedback (protocol §1.11); with
 * `shared` all of them are for feedback.
 */
export function splitSeeds(
  seeds: readonly number[],
  archive: { readonly pareto_set_size: number },
  shared = false,
): SeedSplit {
  const { pareto_set_size: size } = archive;
  return { pareto: seeds.slice(0, size), feedback: shared ? [...seeds] : seeds.slice(size) };
}

/** Pareto seeds that suit a rollout budget: what a candidate's score is worth grows with their root, and so does what is left to try. */
function paretoSizeFor(budget: number): number {
  return Math.round(2.1 * Math.sqrt(budget));
}

/**
 * How many of `count` training seeds are Pareto seeds when the config does not say. With a rollout budget about twice its
 * square root, else 64; two thirds of the seeds at most, or all where they are `shared` with feedback. Meant for at least MIN_TRAINING_SEEDS.
 */
export function defaultParetoSize(count: number, budget?: number, shared = false): number {
  if (shared) return Math.min(count, budget === undefined ? DEFAULT_PARETO_SEEDS : atLeastPareto(budget));
  if (budget !== undefined) {
    const most = count - Math.max(MIN_FEEDBACK_SEEDS, Math.floor(count / 3));
    return Math.max(MIN_PARETO_SEEDS, Math.min(most, paretoSizeFor(budget)));
  }
  if (count >= DEFAULT_PARETO_SEEDS + MIN_FEEDBACK_SEEDS) return DEFAULT_PARETO_SEEDS;
  const feedback = Math.max(MIN_FEEDBACK_SEEDS, Math.floor(count / 3));
  return Math.max(MIN_PARETO_SEEDS, count - feedback);
}

function atLeastPareto(budget: number): number {
  return Math.max(MIN_PARETO_SEEDS, paretoSizeFor(budget));
}

function rangeLength({ start, end, step }: SeedRange): number {
  return Math.max(0, Math.ceil((end - start) / step));
}

function lowestSeed(range: SeedRange): number {
  const count = rangeLength(range);
  const last = range.start + (count - 1) * range.step;
  return count === 0 ? 0 : Math.min(range.start, last);
}
