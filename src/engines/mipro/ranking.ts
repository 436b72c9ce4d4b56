// The order of the candidates that were evaluated in full.

import type { MiproSettings } from "./settings.ts";
import type { Combination, MiproState } from "./state.ts";
import { standings } from "./trial-pool.ts";

/** The fully evaluated combinations, the best first, ties by when they were evaluated. */
export function ranking(state: MiproState, settings: MiproSettings): Combination[] {
  const worth = standings(state, settings);
  const of = ({ id }: Combination) => worth.get(id) ?? 0;
  return state.combinations
    .filter(({ id }) => worth.has(id))
    .sort((a, b) => of(b) - of(a) || (a.full_order ?? 0) - (b.full_order ?? 0));
}
