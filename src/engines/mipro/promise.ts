// Which candidates are worth a full evaluation.

import { promises } from "./sampling.ts";
import { meanOf } from "./scores.ts";
import type { MiproSettings } from "./settings.ts";
import { slotsOf } from "./space.ts";
import type { Combination, MiproState } from "./state.ts";

/** The most promising candidates that were not evaluated in full, the best first, ties by age. */
export function mostPromising(state: MiproState, settings: MiproSettings, count: number): Combination[] {
  const promise =
    settings.strategy === "reference"
      ? meanOfTrials(state)
      : promises(state, slotsOf(settings, state.banks), settings);
  const byId = new Map(state.combinations.map((one) => [one.id, one]));
  // In the order of their first trials.
  return [...promise.keys()]
    .flatMap((id) => byId.get(id) ?? [])
    .filter((one) => !hasFull(one, state, settings))
    .sort((a, b) => (promise.get(b.id) ?? 0) - (promise.get(a.id) ?? 0))
    .slice(0, count);
}

/** In the reference the baseline's first evaluation is none of those that choose: it may come up, and be evaluated, again. */
function hasFull({ id, full_score }: Combination, state: MiproState, { strategy }: MiproSettings): boolean {
  if (strategy === "parallel") return full_score !== null;
  return state.trials.some(({ kind, candidate_id }) => kind === "full" && candidate_id === id);
}

/** The plain mean of what each candidate's trials scored. */
function meanOfTrials(state: MiproState): Map<string, number> {
  const values = new Map<string, number[]>();
  for (const { kind, candidate_id, value } of state.trials) {
    if (kind === "minibatch") values.set(candidate_id, [...(values.get(candidate_id) ?? []), value]);
  }
  return new Map([...values].map(([id, list]) => [id, meanOf(list)]));
}
