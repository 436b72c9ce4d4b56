// How good candidates are, out of scores that are few, noisy and uneven. Owns: a model of all rewards together. Does not own: what is
// decided by it.
//
// A reward is taken as a candidate's level plus a seed's own ease plus noise. A candidate's level is its parent's plus the gain that is
// usual in its round plus something of its own, and usual gains change little from round to round. So a lucky score counts for less the
// less there is behind it, seeds that are easy for all are no merit, and when rewriting no longer pays on average, it takes more to
// believe in one rewriting. All are normal distributions; their joint mode is found by going round (Gauss-Seidel).

/** What is known of a candidate. */
export interface Scored {
  /** Position of its parent among the candidates; null for the first. The parent comes before it. */
  parent: number | null;
  /** 0 for the baseline, then 1, 2, … */
  round: number;
  /** Rewards by seed, as many as there are. */
  rewards: Readonly<Record<string, number>>;
}

/** The model, fitted. */
export interface Estimates {
  /** By candidate: its level, comparable across candidates whatever the seeds they were scored on. */
  levels: number[];
  /** By seed: how much better candidates do there than elsewhere. */
  ease: Map<string, number>;
  /** By round, from 1 to the one after the last: the gain on the parent that is usual. */
  gains: number[];
  /** Variance of a reward around level and ease. */
  noise: number;
  /** Variance of a candidate's own part of its gain. */
  spread: number;
}

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

/** Fits the model to all candidates, the baseline first. The rewards are gone through once; a sweep goes over candidates and seeds, not over pairs. */
export function estimate(candidates: readonly Scored[]): Estimates {
  const sums = summed(candidates);
  const fit = begin(sums);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    fitEase(fit, sums);
    fitLevels(fit, sums);
    fitGains(fit, sums);
  }
  const ease = new Map([...sums.seeds].map(([seed, at]) => [seed, fit.ease[at] ?? 0]));
  return { levels: [...fit.levels], ease, gains: [...fit.gains], noise: fit.noise, spread: fit.spread };
}

/**
 * How much better a new child is than its parent, given rewards on some seeds: the expected gain, and its standard deviation as far as
 * it comes from this child.
 */
export function expectedGain(
  estimates: Estimates,
  child: { parent: number; round: number },
  rewards: ReadonlyMap<string, number>,
): { gain: number; deviation: number } {
  const { noise, spread, ease } = estimates;
  const level = estimates.levels[child.parent] ?? 0;
  const usual = estimates.gains[child.round] ?? estimates.gains.at(-1) ?? 0;
  let seen = 0;
  for (const [seed, reward] of rewards) seen += reward - (ease.get(seed) ?? 0) - level;
  const precision = rewards.size / noise + 1 / spread;
  return { gain: (seen / noise + usual / spread) / precision, deviation: Math.sqrt(1 / precision) };
}

/** A candidate, with what matters of its rewards. */
interface Datum {
  parent: number | null;
  round: number;
  /** How many seeds it is scored on, and the sum of its rewards there. */
  count: number;
  total: number;
  /** Number of its group. */
  group: number;
  children: number[];
}

/** The candidates that are scored on the same seeds. */
interface Group {
  seeds: Int32Array;
  members: number[];
}

/** What the fit needs of all rewards. */
interface Sums {
  data: Datum[];
  groups: Group[];
  /** Numbers of the seeds. */
  seeds: Map<string, number>;
  /** By seed: the sum of all rewards there, and how many they are. */
  rewards: Float64Array;
  counts: Float64Array;
  /** Of all rewards. */
  variance: number;
}

interface Fit {
  levels: Float64Array;
  ease: Float64Array;
  gains: Float64Array;
  noise: number;
  spread: number;
}

/** A candidate's rewards as numbers. */
interface Row {
  /** Its seeds, as one text that is equal for equal seeds. */
  key: string;
  values: Float64Array;
  total: number;
  squares: number;
}

/** Rows that were made before, by the rewards that they were made of; they never change. */
const ROWS = new WeakMap<Scored["rewards"], Row>();

function rowOf(rewards: Scored["rewards"]): Row {
  const known = ROWS.get(rewards);
  if (known) return known;
  const values = Float64Array.from(Object.values(rewards));
  const total = values.reduce((sum, value) => sum + value, 0);
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  const row = { key: Object.keys(rewards).join(), values, total, squares };
  ROWS.set(rewards, row);
  return row;
}

function summed(candidates: readonly Scored[]): Sums {
  const rows = candidates.map(({ rewards }) => rowOf(rewards));
  const seeds = new Map<string, number>();
  const groups = new Map<string, Group & { number: number }>();
  const data = candidates.map(({ parent, round, rewards }, at): Datum => {
    const { key = "", values, total = 0 } = rows[at] ?? {};
    const group = groups.get(key) ?? { number: groups.size, seeds: numbered(rewards, seeds), members: [] };
    groups.set(key, group);
    group.members.push(at);
    return { parent, round, count: values?.length ?? 0, total, group: group.number, children: [] };
  });
  for (const [at, { parent }] of data.entries()) if (parent !== null) data[parent]?.children.push(at);
  const bySeed = sumsBySeed(rows, [...groups.values()], seeds.size);
  return { data, groups: [...groups.values()], seeds, ...bySeed, variance: varianceOf(rows) };
}

function numbered(rewards: Scored["rewards"], numbers: Map<string, number>): Int32Array {
  return Int32Array.from(Object.keys(rewards), (seed) => {
    const number = numbers.get(seed) ?? numbers.size;
    numbers.set(seed, number);
    return number;
  });
}

function sumsBySeed(
  rows: readonly Row[],
  groups: readonly Group[],
  count: number,
): Pick<Sums, "rewards" | "counts"> {
  const rewards = new Float64Array(count);
  const counts = new Float64Array(count);
  for (const { seeds, members } of groups) {
    for (const member of members) addAt(rewards, seeds, rows[member]?.values);
    for (const seed of seeds) counts[seed] = (counts[seed] ?? 0) + members.length;
  }
  return { rewards, counts };
}

function addAt(sums: Float64Array, seeds: Int32Array, values: Float64Array | undefined): void {
  for (let i = 0; i < seeds.length; i++) {
    const seed = seeds[i] ?? 0;
    sums[seed] = (sums[seed] ?? 0) + (values?.[i] ?? 0);
  }
}

function begin({ data, seeds, variance }: Sums): Fit {
  const rounds = Math.max(0, ...data.map(({ round }) => round));
  const { total = 0, count = 0 } = data[0] ?? {};
  const gains = new Float64Array(rounds + 2).fill(FIRST_GAIN.mean * Math.sqrt(variance));
  return {
    levels: new Float64Array(data.length).fill(count === 0 ? 0 : total / count),
    ease: new Float64Array(seeds.size),
    gains,
    noise: NOISE_PART * variance,
    spread: OWN_GAIN ** 2 * variance,
  };
}

function fitEase(fit: Fit, { groups, rewards, counts, variance }: Sums): void {
  const prior = EASE_PART * variance;
  const above = Float64Array.from(rewards);
  for (const { seeds, members } of groups) {
    const levels = members.reduce((sum, member) => sum + (fit.levels[member] ?? 0), 0);
    for (const seed of seeds) above[seed] = (above[seed] ?? 0) - levels;
  }
  for (let seed = 0; seed < above.length; seed++) {
    fit.ease[seed] = (above[seed] ?? 0) / fit.noise / ((counts[seed] ?? 0) / fit.noise + 1 / prior);
  }
}

function fitLevels(fit: Fit, { data, groups }: Sums): void {
  const ease = groups.map(({ seeds }) => seeds.reduce((sum, seed) => sum + (fit.ease[seed] ?? 0), 0));
  for (const [at, { parent, round, count, total, group, children }] of data.entries()) {
    let weighted = (total - (ease[group] ?? 0)) / fit.noise;
    let weight = count / fit.noise;
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

function fitGains(fit: Fit, { data, variance }: Sums): void {
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

function varianceOf(rows: readonly Row[]): number {
  const count = rows.reduce((sum, { values }) => sum + values.length, 0);
  if (count === 0) return LEAST_VARIANCE;
  const mean = rows.reduce((sum, { total }) => sum + total, 0) / count;
  const squares = rows.reduce((sum, row) => sum + row.squares, 0) / count;
  return Math.max(LEAST_VARIANCE, squares - mean * mean);
}
