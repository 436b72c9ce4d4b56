// From a checked config to how a GEPA search chooses and judges.

import type { GepaJobConfig } from "../config/job.ts";
import { activeBatch } from "../config/search-sizes.ts";
import type { SearchSettings } from "../engines/gepa/search-settings.ts";
import type { ParentSelection } from "../engines/gepa/selection.ts";

/** The search's options. */
export function searchSettings({ gepa, policy }: GepaJobConfig): SearchSettings {
  return {
    candidate_selection_strategy: selectionOf(gepa) ?? "pareto",
    frontier_type: gepa.frontier_type,
    module_selector: gepa.module_selector,
    acceptance_criterion: gepa.acceptance_criterion ?? "strict_improvement",
    skip_perfect_score: gepa.skip_perfect_score,
    perfect_score: gepa.perfect_score,
    use_merge: gepa.use_merge,
    max_merge_invocations: gepa.max_merge_invocations,
    merge_val_overlap_floor: gepa.merge_val_overlap_floor,
    shared_seeds: gepa.shared_seeds,
    reuse_evaluations: gepa.reuse_evaluations ?? policy.temperature === 0,
    candidate_sampling: gepa.candidate_sampling,
    sampled_parents: gepa.sampled_parents,
    sampled_proposals: gepa.sampled_proposals,
    proposal_selection: gepa.proposal_selection,
    proposal_top_k: gepa.proposal_top_k,
    max_iterations: gepa.max_iterations ?? null,
  };
}

/** How parents are chosen by what the config says, in whichever of its places; undefined where it says nothing. */
export function selectionOf(gepa: GepaJobConfig["gepa"]): ParentSelection | undefined {
  if (gepa.candidate_selection_strategy !== undefined) return gepa.candidate_selection_strategy;
  const batch = activeBatch(gepa);
  if (batch !== undefined) return batch.candidate_selection_strategy === "random" ? "random" : "pareto";
  return gepa.population.selection_pressure === undefined ? undefined : "pareto";
}
