// How telling a seed is: whether good prompts differ on it. A seed that all of them pass, or all of them fail, tells
// nothing about which is better.

import type { Seed } from "../engine.ts";
import { comparableMeans, type PartlyScored } from "./compare.ts";

/** What is known of a seed. */
export interface SeedInfo {
  /** Variance of its scores over the best prompts; 0 where it is below `info_epsilon` or too few scores are known. */
  informativeness: number;
  /** Candidates that were scored on it. */
  evaluations: number;
}

/** What decides how telling a seed is; see the options of the same names. */
export interface InfoSettings {
  readonly k_info_prompts: number;
  readonly min_evals_per_example: number;
  readonly info_epsilon: number;
}

/**
 * The informativeness of each seed: the variance of its scores over the best `k_info_prompts` prompts that were scored on it.
 *
 * The best are taken for each seed among those scored on it, and not once for all: a seed that left the pool would lose
 * its scores as new prompts take the lead, count as untold, and could never come back.
 */
export function seedInfo(
  candidates: readonly PartlyScored[],
  seeds: readonly Seed[],
  settings: InfoSettings,
): Map<Seed, SeedInfo> {
  const best = bestFirst(candidates, seeds);
  return new Map(
    seeds.map((seed) => {
      const scores = best.map(({ rewards }) => rewards[String(seed)]).filter((score) => score !== undefined);
      return [seed, infoOf(scores.slice(0, settings.k_info_prompts), scores.length, settings)];
    }),
  );
}

function bestFirst(candidates: readonly PartlyScored[], seeds: readonly Seed[]): PartlyScored[] {
  const means = comparableMeans(candidates, seeds);
  return candidates
    .map((candidate) => ({ candidate, mean: means.get(candidate.id) ?? Number.NEGATIVE_INFINITY }))
    .sort((a, b) => b.mean - a.mean || 0)
    .map(({ candidate }) => candidate);
}

function infoOf(scores: readonly number[], evaluations: number, settings: InfoSettings): SeedInfo {
  if (scores.length === 0 || evaluations < settings.min_evals_per_example) {
    return { informativeness: 0, evaluations };
  }
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
  return { informativeness: variance < settings.info_epsilon ? 0 : variance, evaluations };
}
