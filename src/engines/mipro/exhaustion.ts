// When there is nothing left to try: a small space, every combination of which is scored on every seed.

import { unscoredSeeds } from "./combinations.ts";
import { roundDue } from "./rounds.ts";
import type { MiproSettings } from "./settings.ts";
import { entriesOf, type Slot, slotsOf } from "./space.ts";
import type { MiproState } from "./state.ts";

/** A space with more combinations is not gone through; a search has fewer trials. */
const MAX_COMBINATIONS = 1_000;

/** Whether every combination that the space offers is known on all seeds of trials. The reference finds out in its own way. */
export function isExhausted(state: MiproState, settings: MiproSettings): boolean {
  if (settings.strategy === "reference") return false;
  const slots = slotsOf(settings, state.banks);
  const size = slots.reduce((product, { choices }) => product * choices, 1);
  if (size > MAX_COMBINATIONS) return false;
  const known = state.combinations.filter((one) => unscoredSeeds(one, state.online).length === 0);
  const done = new Set(known.map(({ choices }) => choices.join()));
  return all(slots, size).every((choices) => done.has(choices.join()));
}

/** The next iteration that brings new instructions; undefined where none does, or where those of this one were nothing new. */
export function nextRound({ iteration, trials }: MiproState, settings: MiproSettings): number | undefined {
  const hasTried = trials.some((row) => row.iteration === iteration && row.kind !== "proof");
  if (roundDue(iteration, settings) !== undefined && !hasTried) return undefined;
  const later = Array.from({ length: settings.num_iterations }, (_, at) => at).slice(iteration + 1);
  return later.find((at) => roundDue(at, settings) !== undefined);
}

function all(slots: readonly Slot[], size: number): number[][] {
  return Array.from({ length: size }, (_, number) => {
    let rest = number;
    const positions = slots.map(({ choices }) => {
      const position = rest % choices;
      rest = Math.floor(rest / choices);
      return position;
    });
    return entriesOf(positions, slots);
  });
}
