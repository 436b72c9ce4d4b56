// Held-out scores: taken once, after the search, and never looked at by it.

import { BASELINE_RANK, type CandidateRecord, type HeldOutScore, type Work } from "../engine.ts";
import { provenRanked, rewardsOf } from "./archive.ts";
import type { GepaSettings } from "./state.ts";

/** Rollouts kept back for the end: the best few and the baseline on validation seeds, the best and the baseline on test seeds. */
export function heldOutCost(settings: GepaSettings): number {
  const validation = settings.validation_seeds.length * (settings.validation_candidates + 1);
  return validation + settings.test_seeds.length * 2;
}

/** Scores the baseline and the best candidates by training mean (ranks from 1), all together. */
export async function heldOutScores(
  state: { readonly candidates: readonly CandidateRecord[] },
  set: "validation" | "test",
  settings: GepaSettings,
  work: Work,
): Promise<HeldOutScore[]> {
  const seeds = set === "validation" ? settings.validation_seeds : settings.test_seeds;
  const count = set === "validation" ? settings.validation_candidates : 1;
  const best = provenRanked(state.candidates).slice(0, count);
  const baseline = state.candidates[0];
  const entries = [
    ...(baseline ? [{ candidate: baseline, rank: BASELINE_RANK }] : []),
    ...best.map((candidate, index) => ({ candidate, rank: index + 1 })),
  ];
  return Promise.all(
    entries.map(async ({ candidate, rank }) => ({
      id: candidate.id,
      rank,
      ...rewardsOf(await work.evaluate(candidate, seeds, set)),
    })),
  );
}
