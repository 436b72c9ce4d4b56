// Candidates that were not scored on the same seeds, compared as if they had been: by what they did on the seeds they
// share, never by raw means over different seeds, which would mostly tell whose seeds were easier.

import type { Seed } from "../engine.ts";

/** A candidate and its rewards by seed, as far as it was scored. */
export interface PartlyScored {
  readonly id: string;
  readonly rewards: Readonly<Record<string, number>>;
}

/** How two candidates did on the seeds that both were scored on. */
export interface SharedDifference {
  /** Seeds that both were scored on. */
  shared: number;
  /** Mean of the first one's reward less the second one's; 0 where they share no seed. */
  mean: number;
}

/** At most so many sweeps over the scores; anchors that all candidates share make a handful enough. */
const MAX_SWEEPS = 200;
/** No effect moves by more than this: the fit has settled. */
const SETTLED = 1e-10;

/** Compares two candidates on the seeds they share. */
export function sharedDifference(one: PartlyScored, other: PartlyScored): SharedDifference {
  let shared = 0;
  let sum = 0;
  for (const [seed, reward] of Object.entries(one.rewards)) {
    const against = other.rewards[seed];
    if (against === undefined) continue;
    shared += 1;
    sum += reward - against;
  }
  return { shared, mean: shared === 0 ? 0 : sum / shared };
}

/**
 * The mean reward that each candidate has, or would have, over all of `seeds`: comparable for all of them, so that
 * sorting by it is a fair order, and a transitive one.
 *
 * A seed that a candidate was not scored on counts with what an additive model expects there: the candidate's effect
 * plus the seed's effect, fitted to all known scores by least squares in alternating sweeps. (These are the "least
 * squares means" of an unbalanced two-way table.) So a candidate is compared through the seeds that it shares with others, a hard
 * seed costs those who were not scored on it nothing, and for a candidate that was scored on all seeds the answer is its
 * plain mean, to the last bit. Seeds that no candidate was scored on do not count. Null for a candidate without a score.
 *
 * Same input, same output: sums run in the order of `candidates` and of `seeds`. Where two groups of candidates share no seed, not
 * even by way of others, nothing can tell the groups apart, and each counts as it scored.
 */
export function comparableMeans(
  candidates: readonly PartlyScored[],
  seeds: readonly Seed[],
): Map<string, number | null> {
  const names = seeds
    .map(String)
    .filter((name) => candidates.some(({ rewards }) => rewards[name] !== undefined));
  const rows = candidates.map(({ rewards }) => names.map((name) => rewards[name]));
  const complete = rows.every((row) => row.every((reward) => reward !== undefined));
  const fit = complete ? undefined : fitted(rows, names.length);
  return new Map(
    candidates.map(({ id }, at) => [id, meanWith(rows[at] ?? [], fit?.rows[at] ?? 0, fit?.columns ?? [])]),
  );
}

/** Effects of an additive model: a score is about `rows[i] + columns[j]`. */
interface Fit {
  rows: number[];
  columns: number[];
}

type Row = readonly (number | undefined)[];

function fitted(table: readonly Row[], width: number): Fit {
  const rows = table.map(() => 0);
  const columns = Array.from({ length: width }, () => 0);
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let moved = 0;
    for (const [i, row] of table.entries()) {
      moved = Math.max(moved, moveTo(rows, i, residualOfRow(row, columns)));
    }
    for (let j = 0; j < width; j++) {
      moved = Math.max(moved, moveTo(columns, j, residualOfColumn(table, rows, j)));
    }
    if (moved < SETTLED) break;
  }
  return { rows, columns };
}

/** Sets an effect and answers by how much it moved; an effect without a score stays. */
function moveTo(effects: number[], at: number, value: number | undefined): number {
  const before = effects[at] ?? 0;
  if (value === undefined) return 0;
  effects[at] = value;
  return Math.abs(value - before);
}

function residualOfRow(row: Row, columns: readonly number[]): number | undefined {
  let sum = 0;
  let count = 0;
  for (const [j, reward] of row.entries()) {
    if (reward === undefined) continue;
    sum += reward - (columns[j] ?? 0);
    count += 1;
  }
  return count === 0 ? undefined : sum / count;
}

function residualOfColumn(
  table: readonly Row[],
  rows: readonly number[],
  column: number,
): number | undefined {
  let sum = 0;
  let count = 0;
  for (const [i, row] of table.entries()) {
    const reward = row[column];
    if (reward === undefined) continue;
    sum += reward - (rows[i] ?? 0);
    count += 1;
  }
  return count === 0 ? undefined : sum / count;
}

function meanWith(row: Row, effect: number, columns: readonly number[]): number | null {
  if (row.every((reward) => reward === undefined)) return null;
  const sum = row.reduce<number>((total, reward, j) => total + (reward ?? effect + (columns[j] ?? 0)), 0);
  return sum / row.length;
}
