// The order of the candidates that were evaluated in full.

import type { MiproSettings } from "./settings.ts";
import type { Combination, MiproState } from "./state.ts";
import { isProven, standings } from "./trial-pool.ts";

/**
 * The fully evaluated combinations, the best first, ties by when they were evaluated. Those that a cheap model alone scored are not
 * ranked.
 */
export function ranking(state: MiproState, settings: MiproSettings): Combination[] {
  return leaders(state, settings).filter((one) => !settings.proxied || isProven(one, state));
}

/** The same order, whoever scored them. */
export function leaders(state: MiproState, settings: MiproSettings): Combination[] {
  const worth = standings(state, settings);
  const of = ({ id }: Combination) => worth.get(id) ?? 0;
  return state.combinations
    .filter(({ id }) => worth.has(id))
    .sort((a, b) => of(b) - of(a) || (a.full_order ?? 0) - (b.full_order ?? 0));
}

/** The best that the model that counts has yet to prove, at most `count`. None where there is no cheap model. */
export function toProve(state: MiproState, settings: MiproSettings, count: number): Combination[] {
  if (!settings.proxied) return [];
  return leaders(state, settings)
    .slice(0, count)
    .filter((one) => !isProven(one, state));
}
