// How a search ends, whichever strategy ran it: with its reason, then the held-out scores of the best, then done.

import type { Budget, CandidateRecord, HeldOutScore, StopReason, Work } from "../engine.ts";
import * as told from "./events.ts";
import { heldOutScores } from "./heldout.ts";
import type { GepaSettings } from "./state.ts";

/** What a search has left to do when it has ended. */
export type EndPhase = "validation" | "test" | "done";

/** What ending needs of a state, and sets in it. */
interface Ending {
  phase: string;
  candidates: readonly CandidateRecord[];
  stop: StopReason | null;
  validation: HeldOutScore[];
  test: HeldOutScore[];
}

/** A state with the phase that ending brought it to. */
type Ended<State> = State & { phase: EndPhase };

/** Ends the search with its reason; what remains is to score the best on held-out seeds. */
export function ended<State extends Ending>(
  state: State,
  stop: StopReason,
  settings: GepaSettings,
  work: Work,
): Ended<State> {
  work.emit(told.stopEvent(stop, settings));
  return { ...state, stop, phase: enter(state, "validation", settings, work) };
}

/** The reason to stop for when there is no room for more. */
export function shortOf({ trials = 1, reason = "budget" }: Budget): StopReason {
  return trials < 1 ? "trials" : reason;
}

/** Scores the baseline and the best on one held-out set, and goes on to what comes after it. */
export async function heldOutScored<State extends Ending>(
  state: State,
  set: "validation" | "test",
  settings: GepaSettings,
  work: Work,
): Promise<Ended<State>> {
  const scores = await heldOutScores(state, set, settings, work);
  for (const event of told.heldOutEvents(set, scores)) work.emit(event);
  const phase = enter(state, set === "validation" ? "test" : "done", settings, work);
  return { ...state, [set]: scores, phase };
}

/**
 * Where a search goes that ends for a reason from outside: to the held-out scores if they are wanted and there is anything to
 * score, else to its end. One that has ended already stays where it is.
 */
export function concluded<State extends Ending>(
  state: State,
  reason: StopReason,
  heldOut: boolean,
  settings: GepaSettings,
): State | Ended<State> {
  // A proof that comes here has no room left.
  const isEnding = state.stop !== null && state.phase !== "proof";
  if (state.phase === "done" || (isEnding && heldOut)) return state;
  const stop = state.stop ?? reason;
  const scorable = heldOut && state.candidates.length > 0;
  return { ...state, stop, phase: scorable ? withSeeds("validation", settings) : "done" };
}

/** Moves on to a phase, or past it where it has no seeds, and tells so. */
function enter(from: Pick<Ending, "phase">, phase: EndPhase, settings: GepaSettings, work: Work): EndPhase {
  const next = withSeeds(phase, settings);
  const before = from.phase === "validation" || from.phase === "test" ? from.phase : "optimization";
  work.emit(told.phaseEvent(before, next === "done" ? "complete" : next));
  return next;
}

function withSeeds(phase: EndPhase, settings: GepaSettings): EndPhase {
  if (phase === "validation" && settings.validation_seeds.length === 0) return withSeeds("test", settings);
  return phase === "test" && settings.test_seeds.length === 0 ? "done" : phase;
}
