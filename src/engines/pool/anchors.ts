// Anchors: the few seeds that every candidate is scored on. By clustering they are the middles of groups of like examples, so that
// few of them stand for all (k-medoids: the greedy start of PAM, Kaufman and Rousseeuw 1987, then Voronoi iteration, Park and Jun 2009).

import type { Seed } from "../engine.ts";
import type { Random } from "../random.ts";
import type { PartlyScored } from "./compare.ts";
import { type Example, exampleDistance } from "./distance.ts";

/** More examples than this are clustered by a sample: the work grows with the square. */
const MAX_CLUSTERED = 400;
const MAX_ROUNDS = 20;

/** Draws `count` of the examples as anchors, in their order; at most all of them. */
export function chooseAnchors(
  method: "random" | "clustering",
  count: number,
  examples: readonly Example[],
  candidates: readonly PartlyScored[],
  random: Random,
): Seed[] {
  const wanted = Math.min(count, examples.length);
  if (wanted === examples.length) return examples.map(({ seed }) => seed);
  const chosen =
    method === "random" ? random.sample(examples, wanted) : clustered(wanted, examples, candidates, random);
  const seeds = new Set(chosen.map(({ seed }) => seed));
  return examples.map(({ seed }) => seed).filter((seed) => seeds.has(seed));
}

function clustered(
  count: number,
  examples: readonly Example[],
  candidates: readonly PartlyScored[],
  random: Random,
): Example[] {
  // Where points tie, as all do of which nothing is known, the earlier one wins: so chance decides which that is.
  const order = random.shuffle(examples);
  const sample = order.slice(0, MAX_CLUSTERED);
  const distances = matrixOf(sample.length, exampleDistance(sample, candidates));
  const middles = medoids(distances, Math.min(count, sample.length));
  const kept = middles.map((at) => sample[at]).filter((example) => example !== undefined);
  return [...kept, ...order.slice(MAX_CLUSTERED).slice(0, count - kept.length)];
}

type Matrix = readonly (readonly number[])[];

function matrixOf(size: number, distance: (a: number, b: number) => number): Matrix {
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const [a, row] of matrix.entries()) {
    for (let b = 0; b < a; b++) {
      const far = distance(a, b);
      row[b] = far;
      const mirrored = matrix[b];
      if (mirrored) mirrored[a] = far;
    }
  }
  return matrix;
}

/** The places of `count` medoids of the points, rising; ties go to the earlier point. */
function medoids(distances: Matrix, count: number): number[] {
  let middles = spreadOut(distances, count);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const groups = nearest(distances, middles);
    const next = groups.map((group, at) => middleOf(distances, group) ?? middles[at] ?? 0);
    const settled = next.every((point, at) => point === middles[at]);
    middles = next;
    if (settled) break;
  }
  return [...middles].sort((a, b) => a - b);
}

/** The most central point, then at each turn the point that brings all points nearest to a chosen one. */
function spreadOut(distances: Matrix, count: number): number[] {
  const middles: number[] = [];
  const gaps = distances.map(() => Number.POSITIVE_INFINITY);
  while (middles.length < count) {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const [point, row] of distances.entries()) {
      if (middles.includes(point)) continue;
      const total = gaps.reduce((sum, gap, at) => sum + Math.min(gap, row[at] ?? 0), 0);
      if (total < least) [best, least] = [point, total];
    }
    middles.push(best);
    for (const [at, gap] of gaps.entries()) gaps[at] = Math.min(gap, distances[best]?.[at] ?? 0);
  }
  return middles;
}

/** The points by the medoid nearest to them; a medoid is with itself. */
function nearest(distances: Matrix, middles: readonly number[]): number[][] {
  const groups = middles.map((): number[] => []);
  const own = new Map(middles.map((point, at) => [point, at]));
  for (const [point, row] of distances.entries()) {
    let best = own.get(point) ?? 0;
    if (!own.has(point)) {
      for (const [at, middle] of middles.entries()) {
        if ((row[middle] ?? 0) < (row[middles[best] ?? 0] ?? 0)) best = at;
      }
    }
    groups[best]?.push(point);
  }
  return groups;
}

function middleOf(distances: Matrix, group: readonly number[]): number | undefined {
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const point of group) {
    const total = group.reduce((sum, other) => sum + (distances[point]?.[other] ?? 0), 0);
    if (total < least) [best, least] = [point, total];
  }
  return best;
}
