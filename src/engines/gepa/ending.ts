// How a search ends, whichever strategy ran it: with its reason, then the held-out scores of the best, then done.

import type { Budget, CandidateRecord, HeldOutScore, StopReason, Work } from "../engine.ts";
import * as told from "./events.ts";
import { heldOutScores } from "./heldout.ts";
import type { GepaSettings } from "./state.ts";

/** What a search has left to do when it has ended. */
export type EndPhase = "validation" | "test" | "done";

/** What ending needs of a state. */
export interface Ending {
  phase: string;
  candidates: readonly CandidateRecord[];
  stop: StopReason | null;
}

/** Ends the search with its reason; what remains is to score the best on held-out seeds. */
export function endSearch(
  from: Ending,
  stop: StopReason,
  settings: GepaSettings,
  work: Work,
): { stop: StopReason; phase: EndPhase } {
  work.emit(told.stopEvent(stop, settings));
  return { stop, phase: enter(from, "validation", settings, work) };
}

/** The reason to stop for when there is no room for more. */
export function shortOf({ trials = 1, reason = "budget" }: Budget): StopReason {
  return trials < 1 ? "trials" : reason;
}

/** Scores the baseline and the best on one held-out set. */
export async function scoreHeldOut(
  from: Ending,
  set: "validation" | "test",
  settings: GepaSettings,
  work: Work,
): Promise<{ scores: HeldOutScore[]; phase: EndPhase }> {
  const scores = await heldOutScores(from, set, settings, work);
  for (const event of told.heldOutEvents(set, scores)) work.emit(event);
  return { scores, phase: enter(from, set === "validation" ? "test" : "done", settings, work) };
}

/**
 * Where a search goes that ends for a reason from outside: to the held-out scores if they are wanted and there is anything to
 * score, else to its end. Undefined when it has ended already.
 */
export function concluded(
  from: Ending,
  reason: StopReason,
  heldOut: boolean,
  settings: GepaSettings,
): { stop: StopReason; phase: EndPhase } | undefined {
  // What proves the best of a search that has ended is broken off like the search itself.
  const isEnding = from.stop !== null && from.phase !== "proof";
  if (from.phase === "done" || (isEnding && heldOut)) return undefined;
  const stop = from.stop ?? reason;
  const scorable = heldOut && from.candidates.length > 0;
  return { stop, phase: scorable ? withSeeds("validation", settings) : "done" };
}

/** Moves on to a phase, or past it where it has no seeds, and tells so. */
function enter(from: Ending, phase: EndPhase, settings: GepaSettings, work: Work): EndPhase {
  const next = withSeeds(phase, settings);
  const before = from.phase === "validation" || from.phase === "test" ? from.phase : "optimization";
  work.emit(told.phaseEvent(before, next === "done" ? "complete" : next));
  return next;
}

function withSeeds(phase: EndPhase, settings: GepaSettings): EndPhase {
  if (phase === "validation" && settings.validation_seeds.length === 0) return withSeeds("test", settings);
  return phase === "test" && settings.test_seeds.length === 0 ? "done" : phase;
}
