// What a candidate has scored, out of the answers to its rollouts.

import type { Evaluation } from "../engine.ts";
import type { FrontierType, Scores } from "./fronts.ts";

/** A frontier over objectives, and rollouts that report none. */
class NoObjectivesError extends Error {
  readonly code = "no_objectives";
}

/**
 * Rewards by seed and their mean, added up in the order given, and as far as the frontier needs them the further objectives,
 * which are the metrics that rollouts report: by seed where it is of each, or where `seedsDiffer` from candidate to candidate.
 */
export function scoresOf(
  evaluations: readonly Evaluation[],
  frontier: FrontierType,
  seedsDiffer = false,
): Scored {
  const scores: Scored = {
    rewards: Object.fromEntries(evaluations.map(({ seed, reward }) => [String(seed), reward])),
    mean: evaluations.length === 0 ? null : sum(evaluations) / evaluations.length,
  };
  if (frontier === "instance") return scores;
  const objectives = objectiveMeans(evaluations);
  return frontier === "cartesian" || seedsDiffer
    ? { ...scores, objectives, metrics: metricsBySeed(evaluations) }
    : { ...scores, objectives };
}

/** Scores to be kept with a candidate. */
type Scored = { -readonly [K in keyof Scores]: Scores[K] } & { rewards: Record<string, number> };

/** @throws NoObjectivesError when the frontier needs objectives and the rollouts report none */
export function requireObjectives(evaluations: readonly Evaluation[], frontier: FrontierType): void {
  const none = evaluations.every(({ metrics }) => Object.keys(metrics ?? {}).length === 0);
  if (frontier === "instance" || !none) return;
  throw new NoObjectivesError(
    `frontier_type = "${frontier}" needs objectives, and no rollout of the baseline reported metrics; report some, or use "instance"`,
  );
}

function sum(evaluations: readonly Evaluation[]): number {
  return evaluations.reduce((total, { reward }) => total + reward, 0);
}

function objectiveMeans(evaluations: readonly Evaluation[]): Record<string, number> {
  const totals = new Map<string, { total: number; count: number }>();
  for (const { metrics = {} } of evaluations) {
    for (const [objective, value] of Object.entries(metrics)) {
      const { total, count } = totals.get(objective) ?? { total: 0, count: 0 };
      totals.set(objective, { total: total + value, count: count + 1 });
    }
  }
  return Object.fromEntries([...totals].map(([objective, { total, count }]) => [objective, total / count]));
}

function metricsBySeed(evaluations: readonly Evaluation[]): Record<string, Record<string, number>> {
  return Object.fromEntries(evaluations.map(({ seed, metrics = {} }) => [String(seed), { ...metrics }]));
}
