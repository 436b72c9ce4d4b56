// The archive: which candidates may become parents, and how all of them rank.

import type { CandidateRecord, Evaluation } from "../engine.ts";

/** Id of the n-th candidate that was proposed; the baseline is number 0. */
export function candidateId(number: number): string {
  return `trans_${String(number).padStart(5, "0")}`;
}

/** Rewards by seed and their mean, summed in the order given. */
export function rewardsOf(evaluations: readonly Evaluation[]): {
  rewards: Record<string, number>;
  mean: number;
} {
  const sum = evaluations.reduce((total, { reward }) => total + reward, 0);
  return {
    rewards: Object.fromEntries(evaluations.map(({ seed, reward }) => [String(seed), reward])),
    mean: sum / evaluations.length,
  };
}

/** What a candidate is ranked by: its estimated level where there is one, else its mean. */
export function rankedBy({ estimate, mean }: CandidateRecord): number {
  return estimate ?? mean ?? Number.NEGATIVE_INFINITY;
}

/** The accepted candidates, best first, ties by age. */
export function ranked(candidates: readonly CandidateRecord[]): CandidateRecord[] {
  return candidates.filter(({ accepted }) => accepted).sort((a, b) => rankedBy(b) - rankedBy(a));
}

/** The same without those of whose rewards some are predicted: what results rank, and held-out seeds score. */
export function provenRanked(candidates: readonly CandidateRecord[]): CandidateRecord[] {
  return ranked(candidates).filter(({ proxied }) => !proxied);
}

/**
 * The ids that may be parents, by age. Where there are more than `archive_size`, those off the front go first, then
 * those that rank lower; of equals the younger goes.
 */
export function archived(
  candidates: readonly CandidateRecord[],
  front: ReadonlySet<string>,
  size: number,
): string[] {
  const order = ranked(candidates);
  const onFront = order.filter(({ id }) => front.has(id));
  const offFront = order.filter(({ id }) => !front.has(id));
  const kept = new Set([...onFront, ...offFront].slice(0, size).map(({ id }) => id));
  return candidates.filter(({ id }) => kept.has(id)).map(({ id }) => id);
}
