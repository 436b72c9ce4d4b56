// How parents are chosen and children judged, whichever strategy runs the search.

import type { AcceptanceCriterion } from "./acceptance.ts";
import type { ModuleSelector } from "./components.ts";
import type { FrontierType } from "./fronts.ts";
import type { ParentSelection } from "./selection.ts";

/**
 * Which pairs of a parent and a minibatch make the children of an iteration: `single` one, `same_parent` some minibatches for one
 * parent, `independent` a parent for each minibatch, `grid` some parents with some minibatches each.
 */
export type CandidateSampling = "single" | "same_parent" | "independent" | "grid";

/** Which of the children that pass are scored in full: all, the one that gained most, or the few that did. */
export type ProposalSelection = "all" | "best" | "top_k";

/** The options of a search beside its sizes. Plain data. */
export interface SearchSettings {
  candidate_selection_strategy: ParentSelection;
  frontier_type: FrontierType;
  module_selector: ModuleSelector;
  acceptance_criterion: AcceptanceCriterion;
  /** Whether a parent that makes no mistake on its minibatch is passed over. */
  skip_perfect_score: boolean;
  /** The reward from which on a rollout is without mistake. */
  perfect_score: number;
  /** Whether two candidates are merged now and then. */
  use_merge: boolean;
  /** Accepted merges after which no further ones fall due. */
  max_merge_invocations: number;
  /** The fewest seeds that two candidates must both be scored on to be merged. */
  merge_val_overlap_floor: number;
  /** Whether the Pareto seeds are among the feedback seeds, so that one rollout serves for both. */
  shared_seeds: boolean;
  /** Whether an answer that is known for a candidate and a seed stands for a further rollout of it. */
  reuse_evaluations: boolean;
  candidate_sampling: CandidateSampling;
  /** Parents of an iteration with `grid`. */
  sampled_parents: number;
  /** Children of an iteration with `same_parent` and `independent`, of each parent with `grid`. */
  sampled_proposals: number;
  proposal_selection: ProposalSelection;
  /** How many pass at most with `top_k`. */
  proposal_top_k: number;
  /** Iterations after which the search ends; null for no limit. */
  max_iterations: number | null;
}

/** The reference's defaults. */
export const SEARCH_DEFAULTS: Readonly<SearchSettings> = {
  candidate_selection_strategy: "pareto",
  frontier_type: "instance",
  module_selector: "round_robin",
  acceptance_criterion: "strict_improvement",
  skip_perfect_score: true,
  perfect_score: 1,
  use_merge: false,
  max_merge_invocations: 5,
  merge_val_overlap_floor: 5,
  shared_seeds: false,
  reuse_evaluations: true,
  candidate_sampling: "single",
  sampled_parents: 1,
  sampled_proposals: 1,
  proposal_selection: "all",
  proposal_top_k: 1,
  max_iterations: null,
};
