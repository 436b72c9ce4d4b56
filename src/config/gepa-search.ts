// GEPA's options that go beyond the protocol: which strategy searches, how parents are chosen, children judged and candidates merged.
// They stand in the GEPA section itself.

import { flag, integer, number, word } from "./fields.ts";

/** The fields, by name. */
export const SEARCH_FIELDS = {
  strategy: word(["generational", "reference"])
    .default("generational")
    .describe(
      "How the search goes: in generations of children, or as GEPA's reference implementation does, one proposal at a time, until the budget is spent. With reference, rollout.minibatch_size is 3 where it is not given, and a reflection with a metaprompt that is a whole prompt has the reference's form, which has no place for the texts that were tried and turned down.",
    ),
  candidate_selection_strategy: word(["pareto", "current_best", "epsilon_greedy", "top_k_pareto"])
    .optional()
    .describe(
      "How a parent is chosen: drawn from the Pareto front, the best mean, the best mean but for one time in ten, or drawn from the front of the five best. Not given: pareto with strategy reference; in generations the one that is estimated best.",
    ),
  frontier_type: word(["instance", "objective", "hybrid", "cartesian"])
    .default("instance")
    .describe(
      "What a candidate can be best at: a Pareto seed, the mean of a metric that rollouts report, either, or a metric on a seed.",
    ),
  module_selector: word(["round_robin", "all"])
    .default("round_robin")
    .describe("Which texts of the prompt a child changes: one after the other, or all at once."),
  acceptance_criterion: word(["strict_improvement", "improvement_or_equal"])
    .optional()
    .describe(
      "Whether a child must beat its parent on the minibatch, or only be as good; in generations, on the first part of its Pareto seeds. Not given: strict_improvement with strategy reference; in generations a child goes on while it may well be better.",
    ),
  skip_perfect_score: flag()
    .default(true)
    .describe("Whether a parent without mistake on its minibatch is passed over."),
  perfect_score: number().default(1).describe("The reward from which on a rollout is without mistake."),
  use_merge: flag()
    .default(false)
    .describe(
      "Strategy reference: whether two candidates of one ancestor are merged after an accepted child. In generations, population.crossover_rate says so.",
    ),
  max_merge_invocations: integer(0)
    .default(5)
    .describe(
      "Strategy reference: accepted merges after which no further ones fall due. In generations: children that have two parents at most.",
    ),
  merge_val_overlap_floor: integer(1)
    .default(5)
    .describe("The fewest Pareto seeds that two candidates must both be scored on to be merged."),
  shared_seeds: flag()
    .default(false)
    .describe(
      "Whether the Pareto seeds are for feedback too, as in the reference without a validation set. With reuse_evaluations, what was paid to score a parent is then what it is reflected on; but children are scored on seeds that their proposer has seen.",
    ),
  reuse_evaluations: flag()
    .optional()
    .describe(
      "Whether the answer that is known for a candidate and a seed stands for a further rollout; in generations this concerns the rollouts that parents are reflected on. Not given: where the policy's temperature is 0.",
    ),
  candidate_sampling: word(["single", "same_parent", "independent", "grid"])
    .default("single")
    .describe(
      "Strategy reference: the proposals of one iteration. One; some of one parent, each with a minibatch of its own; some of a parent each; or some of each of some parents. In generations, independent chooses a parent for each child, and everything else one for all of them.",
    ),
  sampled_proposals: integer(1)
    .default(1)
    .describe("Strategy reference: proposals of one iteration, of each parent with candidate_sampling grid."),
  sampled_parents: integer(1)
    .default(1)
    .describe("Strategy reference: parents of one iteration with candidate_sampling grid."),
  proposal_selection: word(["all", "best", "top_k"])
    .default("all")
    .describe(
      "Strategy reference: which children that pass are scored in full: all, the one that gained most, or the few that did.",
    ),
  proposal_top_k: integer(1)
    .default(1)
    .describe(
      "Strategy reference: how many children of one iteration are scored in full with proposal_selection top_k.",
    ),
  max_iterations: integer(1).optional().describe("Strategy reference: iterations that end the search."),
};
