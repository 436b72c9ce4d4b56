// What the scores of a job say as a whole (protocol §4.4).

import type { JobResults } from "../wire/job.ts";

/** Rewards are means over seeds, those that a proxy predicted left out; null where nothing was scored. */
export interface ScoringSummary {
  best_train_accuracy: number | null;
  /** The baseline is left out. */
  best_val_accuracy: number | null;
  mean_train_accuracy: number | null;
  num_candidates_tried: number;
  num_frontier_candidates: number;
  /** Candidates by training reward: `0.0-0.2` … `0.8-1.0`; rewards outside count in the nearest. */
  score_distribution: Record<string, number>;
}

const BINS = ["0.0-0.2", "0.2-0.4", "0.4-0.6", "0.6-0.8", "0.8-1.0"] as const;

/** Sums up the results of a job. */
export function scoringSummaryOf(results: JobResults): ScoringSummary {
  const rewards = results.attempted_candidates.flatMap(({ accuracy, proxied }) =>
    accuracy === null || proxied ? [] : [accuracy],
  );
  const held = results.validation_results.filter((result) => !result.is_baseline);
  const distribution = Object.fromEntries(BINS.map((bin) => [bin, 0]));
  for (const reward of rewards) {
    const bin = BINS[Math.min(BINS.length - 1, Math.max(0, Math.floor(reward * BINS.length)))];
    if (bin !== undefined) distribution[bin] = (distribution[bin] ?? 0) + 1;
  }
  return {
    best_train_accuracy: maximum(rewards),
    best_val_accuracy: maximum(held.map((result) => result.accuracy)),
    mean_train_accuracy:
      rewards.length === 0 ? null : rewards.reduce((sum, next) => sum + next, 0) / rewards.length,
    num_candidates_tried: results.attempted_candidates.length,
    num_frontier_candidates: results.optimized_candidates.length,
    score_distribution: distribution,
  };
}

function maximum(values: number[]): number | null {
  return values.length === 0 ? null : values.reduce((best, next) => Math.max(best, next));
}
