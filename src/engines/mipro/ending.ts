// How a search ends: with its reason, then the last promising candidates in full, the proof where a cheap model scored, and the test scores.

import type { StopReason, Work } from "../engine.ts";
import { PROVEN, testCost } from "./budget.ts";
import * as told from "./events.ts";
import { mostPromising } from "./promise.ts";
import { ranking, toProve, worthOf } from "./ranking.ts";
import type { MiproSettings } from "./settings.ts";
import type { MiproState } from "./state.ts";

/** Whether the best is as good as was asked for. */
export function reachedTarget(state: MiproState, settings: MiproSettings): boolean {
  const { target } = settings;
  const best = worthOf(state, settings).get(state.incumbent ?? "");
  return target !== null && best !== undefined && best >= target;
}

/** Whether the best has a score that is predicted. */
export function isUnproven(state: MiproState, settings: MiproSettings): boolean {
  return state.incumbent !== ledByProven(state, settings).incumbent;
}

/** Where a cheap model scored, the best of those that were proven is the best of a search that is over. */
function ledByProven(state: MiproState, settings: MiproSettings): MiproState {
  if (!settings.proxied) return state;
  return { ...state, incumbent: ranking(state, settings)[0]?.id ?? null };
}

/** Reasons for which the reference has not evaluated its last candidates in full. */
const SHORT: readonly StopReason[] = ["budget", "tokens", "cost"];

/** Ends the search with its reason; what remains is to evaluate the last promising candidates in full, and the test scores. */
export function endSearch(
  state: MiproState,
  stop: StopReason,
  settings: MiproSettings,
  work: Work,
): MiproState {
  work.emit(told.stopEvent(stop, settings));
  const ended = { ...state, stop };
  const isOpen = settings.strategy === "parallel" ? stop !== "target" : SHORT.includes(stop);
  if (isOpen && mostPromising(ended, settings, 1).length > 0) return { ...ended, phase: "full_evaluation" };
  return enterProof(ended, settings, work);
}

/** Goes on to the proof of the best, where a cheap model scored any of them. */
export function enterProof(before: MiproState, settings: MiproSettings, work: Work): MiproState {
  const state = ledByProven(before, settings);
  if (toProve(state, settings, PROVEN).length > 0) return { ...state, phase: "proof" };
  return enterTest(state, settings, work);
}

/** Goes on to the test scores, where there are test seeds. */
export function enterTest(state: MiproState, settings: MiproSettings, work: Work): MiproState {
  const phase = settings.test_seeds.length === 0 || state.incumbent === null ? "done" : "test";
  work.emit(told.phaseEvent("optimization", phase === "done" ? "complete" : "test"));
  return { ...state, phase };
}

/** Ends the search for a reason from outside, with the best that is known. */
export function conclude(
  state: MiproState,
  settings: MiproSettings,
  reason: StopReason,
  heldOut: boolean,
  proof = true,
): MiproState {
  const isScorable = heldOut && state.incumbent !== null && testCost(settings) > 0;
  if (state.phase === "done") return state;
  if (state.phase === "test" && isScorable) return state;
  const proves = heldOut && proof && toProve(state, settings, PROVEN).length > 0;
  const isDoubtful = state.phase === "proof" && state.stop === "target";
  const ended = ledByProven({ ...state, stop: isDoubtful ? reason : (state.stop ?? reason) }, settings);
  if (proves && state.phase !== "test") return { ...ended, phase: "proof" };
  return { ...ended, phase: isScorable ? "test" : "done" };
}
