// The order of the candidates that were evaluated in full.

import type { MiproSettings } from "./settings.ts";
import type { Combination, MiproState } from "./state.ts";
import { isProven, standings } from "./trial-pool.ts";

/**
 * The fully evaluated combinations, the best first, ties by when they were evaluated. Those that a cheap model alone scored are not
 * ranked, and say nothing of those that are.
 */
export function ranking(state: MiproState, settings: MiproSettings): Combination[] {
  return leaders(ofProven(state, settings), settings);
}

/** What candidates that were evaluated in full are worth: those that are proven beside each other, and the others beside all. */
export function worthOf(state: MiproState, settings: MiproSettings): Map<string, number> {
  const worth = standings(state, settings);
  return settings.proxied ? new Map([...worth, ...standings(ofProven(state, settings), settings)]) : worth;
}

function ofProven(state: MiproState, { proxied }: MiproSettings): MiproState {
  if (!proxied) return state;
  return { ...state, combinations: state.combinations.filter((one) => isProven(one, state)) };
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
