// The archive: which candidates may become parents, and how all of them rank.

import type { CandidateRecord, Evaluation, Seed } from "../engine.ts";
import { meanOf, type Scored, survivors } from "./pareto.ts";
import type { GepaSettings } from "./state.ts";

/** Id of the n-th candidate that was proposed; the baseline is number 0. */
export function candidateId(number: number): string {
  return `trans_${String(number).padStart(5, "0")}`;
}

/** Rewards by seed and their mean, summed in the order given. */
export function rewardsOf(evaluations: readonly Evaluation[]): {
  rewards: Record<string, number>;
  mean: number;
} {
  return {
    rewards: Object.fromEntries(evaluations.map(({ seed, reward }) => [String(seed), reward])),
    mean: meanOf(evaluations.map(({ reward }) => reward)),
  };
}

/** Candidates as the Pareto functions want them, with rewards in the order of the seeds. */
export function scoredOf(candidates: readonly CandidateRecord[], seeds: readonly Seed[]): Scored[] {
  return candidates.map(({ id, rewards }) => ({
    id,
    rewards: seeds.map((seed) => rewards[String(seed)] ?? 0),
  }));
}

/** The accepted candidates, best mean first, ties by age. */
export function ranked(candidates: readonly CandidateRecord[]): CandidateRecord[] {
  return candidates.filter(({ accepted }) => accepted).sort((a, b) => (b.mean ?? 0) - (a.mean ?? 0));
}

/** Ids of the accepted candidates that win at least one seed and are not dominated. */
export function frontOf(candidates: readonly CandidateRecord[], settings: GepaSettings): Set<string> {
  const pool = candidates.filter(({ accepted }) => accepted);
  return survivors(scoredOf(pool, settings.pareto_seeds), settings.pareto_eps);
}

/**
 * The ids that may be parents, by age. Where there are more than `archive_size`, those off the front go first, then
 * those of lower mean; of equals the younger goes.
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
