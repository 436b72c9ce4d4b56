// The baseline once it is scored: the first candidate of every search.

import type { Candidate, CandidateRecord, Evaluation } from "../engine.ts";
import { candidateId } from "./archive.ts";
import type { FrontierType } from "./fronts.ts";
import { requireObjectives, scoresOf } from "./scores.ts";

/** A baseline on which every rollout failed: there is nothing to learn from. */
export class BaselineFailedError extends Error {
  readonly code = "baseline_failed";
}

/**
 * The baseline's record; `seedsDiffer` where others may be scored on other seeds.
 *
 * @throws BaselineFailedError when no rollout worked; NoObjectivesError when the frontier is of metrics and there are none
 */
export function baselineRecord(
  texts: Candidate["texts"],
  evaluations: readonly Evaluation[],
  frontier: FrontierType,
  seedsDiffer = false,
): CandidateRecord {
  const failure = evaluations.every(({ error }) => error) ? evaluations[0]?.error : undefined;
  if (failure) {
    throw new BaselineFailedError(`every rollout of the baseline failed, the first with: ${failure.message}`);
  }
  requireObjectives(evaluations, frontier);
  return {
    id: candidateId(0),
    texts,
    parents: [],
    generation: 0,
    operator: "baseline",
    accepted: true,
    on_front: true,
    ...scoresOf(evaluations, frontier, seedsDiffer),
  };
}
