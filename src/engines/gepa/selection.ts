// Whom a new candidate is made from.

import type { Random } from "../random.ts";
import type { FrontIndex, Survivor } from "./fronts.ts";
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
 * or twice. There must be a candidate. `within` are those that may be selected, best first; all when absent.
 */
export function selectParent(
  index: FrontIndex,
  settings: SelectionSettings,
  random: Random,
  order: WalkOrder = ASCENDING,
  within?: readonly number[],
): number {
  const best = () => within?.[0] ?? index.best();
  const any = () => (within === undefined ? random.below(index.size) : random.pick(within));
  const onFronts = (among?: readonly number[]) =>
    fromFronts(index.survivors(order, among), settings.pressure, random) ?? best();
  switch (settings.selection) {
    case "current_best":
      return best();
    case "random":
      return any();
    case "epsilon_greedy":
      return random.uniform() < settings.epsilon ? any() : best();
    case "top_k_pareto":
      return onFronts(within?.slice(0, settings.k) ?? index.top(settings.k));
    case "pareto":
      return onFronts(within);
  }
}

/** Draws a survivor of dominance removal in proportion to its fronts, to the power of the pressure; undefined where there is none. */
function fromFronts(survivors: readonly Survivor[], pressure: number, random: Random): number | undefined {
  if (survivors.length === 0) return undefined;
  // At the paper's pressure the draw is from a list with repetitions: the population that a recorded draw was made from.
  if (pressure === 1) {
    return random.pick(survivors.flatMap(({ candidate, fronts }) => Array<number>(fronts).fill(candidate)));
  }
  const drawn = random.weighted(survivors.map(({ fronts }) => fronts ** pressure));
  return survivors[drawn]?.candidate;
}
