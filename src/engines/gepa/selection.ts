// Whom a new candidate is made from.

import type { Random } from "../random.ts";
import type { FrontIndex } from "./fronts.ts";
import { ASCENDING, type WalkOrder } from "./walk-order.ts";

/**
 * `pareto` draws from the candidates on the fronts (GEPA paper, algorithm 2), `top_k_pareto` does so with none but the k best
 * on the fronts, `current_best` takes the best mean, `epsilon_greedy` the best mean but for every tenth time or so, when it
 * draws from all candidates alike, and `random` always does that.
 */
export type ParentSelection = "pareto" | "current_best" | "epsilon_greedy" | "top_k_pareto" | "random";

/** How parents are selected. */
export interface SelectionSettings {
  selection: ParentSelection;
  /** Exponent on the number of fronts that a candidate holds; 1 is the paper's rule. For `pareto` and `top_k_pareto`. */
  pressure: number;
  /** How often `epsilon_greedy` draws from all: 0 to 1. */
  epsilon: number;
  /** How many candidates `top_k_pareto` considers. */
  k: number;
}

/** The reference's numbers. */
export const SELECTION_DEFAULTS: Readonly<SelectionSettings> = {
  selection: "pareto",
  pressure: 1,
  epsilon: 0.1,
  k: 5,
};

/**
 * Selects one parent, by number. Draws once, but for `current_best`, which draws nothing, and `epsilon_greedy`, which draws once
 * or twice. There must be a candidate.
 */
export function selectParent(
  index: FrontIndex,
  settings: SelectionSettings,
  random: Random,
  order: WalkOrder = ASCENDING,
): number {
  switch (settings.selection) {
    case "current_best":
      return index.best();
    case "random":
      return random.below(index.size);
    case "epsilon_greedy":
      return random.uniform() < settings.epsilon ? random.below(index.size) : index.best();
    case "top_k_pareto":
      return fromFronts(index, settings.pressure, random, order, index.top(settings.k));
    case "pareto":
      return fromFronts(index, settings.pressure, random, order);
  }
}

/** Draws a survivor of dominance removal in proportion to its fronts, to the power of the pressure; the best where none holds a front. */
function fromFronts(
  index: FrontIndex,
  pressure: number,
  random: Random,
  order: WalkOrder,
  within?: readonly number[],
): number {
  const survivors = index.survivors(order, within);
  if (survivors.length === 0) return index.best();
  // At the paper's pressure the draw is from a list with repetitions: the population that a recorded draw was made from.
  if (pressure === 1) {
    return random.pick(survivors.flatMap(({ candidate, fronts }) => Array<number>(fronts).fill(candidate)));
  }
  const drawn = random.weighted(survivors.map(({ fronts }) => fronts ** pressure));
  return survivors[drawn]?.candidate ?? index.best();
}
