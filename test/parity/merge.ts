// Legal merges, and attempts at them one after the other. Where the reference breaks down because all ancestors have weight 0,
// ours must go on with a legal merge, and what was recorded up to there must agree.

import * as z from "zod";
import { ancestry } from "../../src/engines/gepa/ancestry.ts";
import { findMerge, legalAncestors, type MergePool, NO_MERGES } from "../../src/engines/gepa/merge.ts";
import { PythonRandom } from "../support/mersenne-twister.ts";
import { PYTHON_ORDER } from "../support/python-order.ts";
import { differenceOf, firstDifference } from "./compare.ts";
import type { Difference, ParityKind } from "./kinds.ts";

const Texts = z.record(z.string(), z.string());
const Merged = z.object({ merged: Texts, id1: z.number(), id2: z.number(), ancestor: z.number() });
const Broken = z.object({ error: z.string() });
const MergeCase = z.object({
  program_candidates: z.array(Texts),
  parents: z.array(z.array(z.number().nullable())),
  agg_scores: z.array(z.number()),
  merge_candidates: z.array(z.number()),
  rng_seed: z.number(),
  legal_triplets: z.array(z.array(z.number())),
  attempts: z.array(z.union([Merged, Broken, z.null()])),
});
type MergeCase = z.infer<typeof MergeCase>;
const MergeFile = z.object({ cases: z.array(MergeCase).min(1) });

export const mergeKind: ParityKind = {
  name: "merges",
  recognises: (file) => MergeFile.safeParse(file).success,
  cases: (file) =>
    MergeFile.parse(file).cases.map((one, index) => ({
      name: `case ${index}`,
      run: async () => compareTriplets(one) ?? compareAttempts(one),
    })),
};

function poolOf(one: MergeCase): MergePool {
  return {
    size: one.program_candidates.length,
    texts: (candidate) => one.program_candidates[candidate] ?? {},
    mean: (candidate) => one.agg_scores[candidate] ?? 0,
    parents: (candidate) => (one.parents[candidate] ?? []).flatMap((parent) => parent ?? []),
    seeds: () => [],
  };
}

function compareTriplets(one: MergeCase): Difference | undefined {
  const pool = poolOf(one);
  const lineage = ancestry((candidate) => pool.parents(candidate));
  const candidates = [...one.merge_candidates].sort((a, b) => a - b);
  const found = candidates.flatMap((first) =>
    candidates
      .filter((second) => second > first)
      .flatMap((second) =>
        [...legalAncestors(pool, [first, second], lineage)].map((ancestor) => [first, second, ancestor]),
      ),
  );
  return firstDifference("legal triplet", sorted(one.legal_triplets), sorted(found));
}

function compareAttempts(one: MergeCase): Difference | undefined {
  const pool = poolOf(one);
  const random = PythonRandom.seeded(one.rng_seed);
  let memory = NO_MERGES;
  for (const [at, expected] of one.attempts.entries()) {
    const rules = { overlapFloor: 0, order: PYTHON_ORDER };
    const found = findMerge(pool, one.merge_candidates, memory, rules, random);
    memory = found.memory;
    const merge = found.merge && {
      merged: found.merge.texts,
      id1: found.merge.parents[0],
      id2: found.merge.parents[1],
      ancestor: found.merge.ancestor,
    };
    const where = `attempt ${at}`;
    if (expected && "error" in expected) return legalOrDifference(one, where, expected.error, merge);
    const difference = differenceOf(where, expected, merge ?? null);
    if (difference) return difference;
  }
  return undefined;
}

/** After a breakdown of the reference there is nothing to compare with: our merge must be one of the legal ones. */
function legalOrDifference(
  one: MergeCase,
  at: string,
  error: string,
  merge: { id1: number; id2: number; ancestor: number } | undefined,
): Difference | undefined {
  const triplet = merge && [merge.id1, merge.id2, merge.ancestor];
  const legal = triplet && one.legal_triplets.some((known) => known.join() === triplet.join());
  return legal
    ? undefined
    : { at, expected: `a legal merge (the reference: ${error})`, found: JSON.stringify(triplet) };
}

function sorted(triplets: readonly (readonly number[])[]): string[] {
  return triplets.map((triplet) => triplet.join()).sort();
}
