// What an iteration of the reference's strategy may cost, so that none begins that the budget cannot hold.

import type { Budget } from "../engine.ts";
import { heldOutCost } from "./heldout.ts";
import { MERGE_SEEDS } from "./merge-seeds.ts";
import { childrenOf } from "./sampling.ts";
import type { GepaSettings } from "./state.ts";

/** How many children an iteration may have at most, so that their worst case fits; 0 where not even one does. */
export function roomFor(settings: GepaSettings, budget: Budget): number {
  const left = budget.rollouts - heldOutCost(settings);
  let room = Math.min(childrenOf(settings.search), budget.trials ?? Number.POSITIVE_INFINITY);
  while (room > 0 && worstCost(settings, room) > left) room -= 1;
  return room;
}

/** Rollouts that an iteration with so many children may need: each one's parent and itself on the minibatch, and all that are kept in full. */
function worstCost(settings: GepaSettings, children: number): number {
  const minibatch = Math.min(settings.minibatch_size, settings.feedback_seeds.length);
  const kept = Math.min(children, mostKept(settings));
  return children * 2 * minibatch + kept * scoredSeeds(settings);
}

/** Pareto seeds that a child is scored on. */
export function scoredSeeds({ pareto_seeds, breeding }: GepaSettings): number {
  return Math.min(pareto_seeds.length, breeding.subsample_size ?? pareto_seeds.length);
}

function mostKept({ search }: GepaSettings): number {
  if (search.proposal_selection === "best") return 1;
  return search.proposal_selection === "top_k" ? search.proposal_top_k : Number.POSITIVE_INFINITY;
}

/** Whether the budget holds a merge: its few seeds, which may be among those it is scored on if it is kept, and these. */
export function mergeFits(settings: GepaSettings, budget: Budget): boolean {
  const few =
    settings.search.reuse_evaluations && settings.breeding.subsample_size === null ? 0 : MERGE_SEEDS;
  return few + scoredSeeds(settings) <= budget.rollouts - heldOutCost(settings);
}
