// What the steps may spend: the test scores and one full evaluation are set aside before anything else.

import type { StopReason, Work } from "../engine.ts";
import type { MiproSettings } from "./settings.ts";
import type { MiproState } from "./state.ts";

/** Rollouts kept back for the end: the best few and the baseline on the test seeds. */
export function testCost({ test_seeds, test_candidates }: MiproSettings): number {
  return test_seeds.length === 0 ? 0 : test_seeds.length * (test_candidates + 1);
}

/** What full evaluations may spend in a step. */
export function leftForFull(settings: MiproSettings, work: Work): number {
  return Math.max(0, work.remaining().rollouts - testCost(settings));
}

/** The reason to stop for when there is no room for more. */
export function shortOf(work: Work): StopReason {
  return work.remaining().reason ?? "budget";
}

/** Full evaluations that a run has room for at least: the baseline's and another's, and with a cheap model one that proves the best. */
export function leastEvaluations({ proxied }: MiproSettings): number {
  return proxied ? 3 : 2;
}

/** What is set aside for full evaluations once the baseline has its own. */
export function fullReserved({ full }: Pick<MiproState, "full">, settings: MiproSettings): number {
  return full.length * (leastEvaluations(settings) - 1);
}

/** What everything else may spend in a step: a full evaluation that makes something of it stays affordable. */
export function leftForTrials(settings: MiproSettings, reserved: number, work: Work): number {
  return Math.max(0, leftForFull(settings, work) - reserved);
}
