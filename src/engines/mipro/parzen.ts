// Parzen estimators over categorical parameters (Bergstra et al. 2011; Watanabe 2023): a mixture over observations of
// products over parameters. That is what "multivariate" means, and how it sees that two choices go well together.

/** Observations that count in full; older ones count for less the older they are. */
const RECENT = 25;

/** How the density is smoothed. */
export interface Smoothing {
  /** Weight of one uniform kernel beside those of the observations; 0 for none. */
  prior_weight: number;
  /** What all kernels together add to every choice, beside the 1 at the observed one. */
  categorical_alpha: number;
}

/** A density over a space of categorical parameters. */
export interface Parzen {
  /** Weights of the kernels, which sum to 1. */
  weights: number[];
  /** By parameter, by kernel: the probability of each choice. */
  rows: number[][][];
}

/** Weights of `count` observations by age, the oldest first: all 1 up to 24; of more, the last 25 are 1 and the others rise evenly from `1 / count`. */
export function ageWeights(count: number): number[] {
  if (count < RECENT) return Array.from({ length: count }, () => 1);
  return [...evenly(1 / count, 1, count - RECENT), ...Array.from({ length: RECENT }, () => 1)];
}

/** `count` numbers from `first` to `last` at even distances. */
function evenly(first: number, last: number, count: number): number[] {
  if (count === 1) return [first];
  const step = (last - first) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? last : i * step + first));
}

/**
 * The density of observations, oldest first. An observation has one choice for each parameter of `sizes`, and -1 for
 * a choice that is no longer offered, of which the kernel then knows nothing. `evidence` weighs the observations
 * beside their age.
 */
export function parzenOf(
  observations: readonly (readonly number[])[],
  sizes: readonly number[],
  smoothing: Smoothing,
  evidence: readonly number[] = [],
): Parzen {
  if (observations.length === 0) {
    return { weights: [1], rows: sizes.map((size) => [Array.from({ length: size }, () => 1 / size)]) };
  }
  const raw = ageWeights(observations.length).map((weight, i) => weight * (evidence[i] ?? 1));
  const mixed = smoothing.prior_weight > 0 ? [...raw, smoothing.prior_weight] : raw;
  const total = mixed.reduce((sum, weight) => sum + weight, 0);
  const base = smoothing.categorical_alpha / mixed.length;
  const rows = sizes.map((size, parameter) =>
    mixed.map((_, kernel) => kernelRow(observations[kernel]?.[parameter] ?? -1, size, base)),
  );
  return { weights: mixed.map((weight) => weight / total), rows };
}

function kernelRow(observed: number, size: number, base: number): number[] {
  if (observed < 0 || observed >= size) return Array.from({ length: size }, () => 1 / size);
  const total = base * size + 1;
  return Array.from({ length: size }, (_, choice) => (choice === observed ? base + 1 : base) / total);
}

/** The logarithm of the density at a point, which has one choice for each parameter. */
export function logDensity({ weights, rows }: Parzen, point: readonly number[]): number {
  const terms = weights.map((weight, kernel) =>
    rows.reduce(
      (sum, row, parameter) => sum + Math.log(row[kernel]?.[point[parameter] ?? -1] ?? 0),
      Math.log(weight),
    ),
  );
  const most = Math.max(...terms);
  if (most === Number.NEGATIVE_INFINITY) return most;
  return most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0));
}

/** `count` points of the density. Draws `count` uniforms for the kernels, then `count` for each parameter in turn. */
export function drawPoints({ weights, rows }: Parzen, count: number, uniform: () => number): number[][] {
  const cumulated = cumulate(weights);
  const last = cumulated.at(-1) ?? 1;
  const kernels = Array.from({ length: count }, () => {
    const drawn = uniform();
    const at = cumulated.findIndex((sum) => drawn < sum / last);
    return at < 0 ? weights.length - 1 : at;
  });
  const columns = rows.map((row) =>
    kernels.map((kernel) => {
      const drawn = uniform();
      const sums = cumulate(row[kernel] ?? []).slice(0, -1);
      return sums.filter((sum) => sum < drawn).length;
    }),
  );
  return kernels.map((_, i) => columns.map((column) => column[i] ?? 0));
}

function cumulate(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => {
    sum += value;
    return sum;
  });
}
