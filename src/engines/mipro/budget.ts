// What the steps may spend: the test scores and one full evaluation are set aside before anything else.

import { LEAST_EVALUATIONS } from "../../config/mipro-budget.ts";
import type { StopReason, Work } from "../engine.ts";
import type { MiproSettings } from "./settings.ts";
import type { MiproState } from "./state.ts";

/** Rollouts kept back for the end: the best few and the baseline on the test seeds. */
export function testCost({ test_seeds, test_candidates }: MiproSettings): number {
  return test_seeds.length === 0 ? 0 : test_seeds.length * (test_candidates + 1);
}

/** Where a cheap model scored: of how many of the best the model that counts has the last word. */
export const PROVEN = 5;

/** Rollouts that this takes at most. */
export function proofCost({ proxied, val_seeds, online_seeds, online_sample }: MiproSettings): number {
  const full = val_seeds.length || Math.min(online_seeds.length, online_sample ?? online_seeds.length);
  return proxied ? PROVEN * full : 0;
}

/** What full evaluations may spend in a step. */
export function leftForFull(settings: MiproSettings, work: Work): number {
  return Math.max(0, work.remaining().rollouts - testCost(settings));
}

/** The reason to stop for when there is no room for more. */
export function shortOf(work: Work): StopReason {
  return work.remaining().reason ?? "budget";
}

/** Full evaluations that a run has room for at least. */
export function leastEvaluations({ proxied }: MiproSettings): number {
  return proxied ? LEAST_EVALUATIONS.proxied : LEAST_EVALUATIONS.plain;
}

/** What is set aside for full evaluations once the baseline has its own. */
export function fullReserved({ full }: Pick<MiproState, "full">, settings: MiproSettings): number {
  return full.length * (leastEvaluations(settings) - 1);
}

/** What everything else may spend in a step: a full evaluation that makes something of it stays affordable. */
export function leftForTrials(settings: MiproSettings, reserved: number, work: Work): number {
  return Math.max(0, leftForFull(settings, work) - reserved);
}
