// Everything that the reference's strategy decides, in the order in which it does. Candidates are numbers by age, iterations count
// from 1, and 0 is the baseline.

import type { Candidate, Seed } from "../engine.ts";

/** One decision. */
export type Decision = { iteration: number } & (
  | { kind: "candidate_selected"; candidate: number; score: number }
  | { kind: "minibatch_sampled"; seeds: readonly Seed[] }
  /** Rewards on a minibatch, or on the seeds of a merge; the candidate is null for a child. */
  | { kind: "evaluated"; candidate: number | null; rewards: readonly number[] }
  | { kind: "skipped"; candidate: number; reason: "all_scores_perfect" }
  /** What a proposal is about to be asked for. */
  | { kind: "proposing"; candidate: number; components: readonly string[]; seeds: readonly Seed[] }
  | { kind: "proposed"; texts: Candidate["texts"] }
  /** Sums of rewards on the minibatch. */
  | { kind: "candidate_rejected"; parent: number; child: number }
  | { kind: "candidate_accepted"; candidate: number; score: number; parents: readonly number[] }
  /** Who holds any front now, and who did until now. */
  | { kind: "front_updated"; front: readonly number[]; displaced: readonly number[] }
  /** Rewards on the Pareto seeds, in the order in which they are added up. */
  | { kind: "scored"; candidate: number; rewards: readonly (readonly [Seed, number])[] }
  | { kind: "merge_attempted"; parents: readonly number[]; texts: Candidate["texts"] }
  | { kind: "merge_accepted"; candidate: number; parents: readonly number[] }
  | { kind: "merge_rejected"; parents: readonly number[] }
  | { kind: "iteration_ended"; accepted: boolean }
);
