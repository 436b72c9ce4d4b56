// A line through pairs that come one after another, from running sums: the reward of the model that counts (y) by that of the
// cheaper model (x) on the same candidate and seed.

/** Sums over the pairs seen, each pair's weight fading as others follow. Plain data. */
export interface PairSums {
  /** Pairs seen in all. */
  readonly pairs: number;
  /** Sum of weights: as many pairs as the line in effect rests on. */
  readonly weight: number;
  readonly mean_x: number;
  readonly mean_y: number;
  /** Weighted sums of squares and products around the means. */
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
}

/** The line, and how far it can be trusted. */
export interface Line {
  slope: number;
  intercept: number;
  /** Share of y's variance that x explains, 0 to 1; 0 where either does not vary, so that nothing can be said. */
  r2: number;
  /** Variance of y around the line, with two degrees of freedom taken off; Infinity below three pairs. */
  variance: number;
}

/**
 * What a pair's weight is multiplied by when another comes. The line rests on the last five hundred pairs or so, and sees
 * when the two models drift apart, which a sum over all pairs would hide for as long as they agreed before. Pairs come a candidate at
 * a time: fewer would be what one candidate did.
 */
const FADING = 0.998;

/** Before the first pair. */
export const NO_PAIRS: PairSums = { pairs: 0, weight: 0, mean_x: 0, mean_y: 0, xx: 0, xy: 0, yy: 0 };

/** The sums with one more pair (a weighted form of Welford's update, which does not cancel as sums of squares do). */
export function withPair(sums: PairSums, x: number, y: number): PairSums {
  const weight = sums.weight * FADING + 1;
  const dx = x - sums.mean_x;
  const dy = y - sums.mean_y;
  const share = 1 - 1 / weight;
  return {
    pairs: sums.pairs + 1,
    weight,
    mean_x: sums.mean_x + dx / weight,
    mean_y: sums.mean_y + dy / weight,
    xx: sums.xx * FADING + share * dx * dx,
    xy: sums.xy * FADING + share * dx * dy,
    yy: sums.yy * FADING + share * dy * dy,
  };
}

/** The least-squares line through the pairs. */
export function lineOf({ pairs, weight, mean_x, mean_y, xx, xy, yy }: PairSums): Line {
  const slope = xx > 0 ? xy / xx : 0;
  const r2 = xx > 0 && yy > 0 ? Math.min(1, (xy * xy) / (xx * yy)) : 0;
  const variance =
    pairs < 3 ? Number.POSITIVE_INFINITY : (yy * (1 - r2)) / Math.max(weight - 2, Number.EPSILON);
  return { slope, intercept: mean_y - slope * mean_x, r2, variance };
}
