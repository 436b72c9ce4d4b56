// A child's way to its full score: on a part of the seeds first, beside its parent, whose scores are known there. What is paid for the part
// counts for the whole. Owns: whether a child goes on. Decides by what was known before its generation and by its own rewards, never by its
// siblings', so that it need not wait for them.

import { firstPartOf } from "../../config/search-sizes.ts";
import type { Seed } from "../engine.ts";
import { type AcceptanceCriterion, accepts, sumOf } from "./acceptance.ts";
import { type Estimates, expectedGain } from "./estimates.ts";

/** What a race is run by. */
export interface RaceRules {
  /** How the sums on the first part must compare; null to go on while the child may well be better than its parent. */
  acceptance: AcceptanceCriterion | null;
  /** What the child's sum on the first part must have on top of its parent's. */
  min_local_improvement: number;
}

/** A child as the race sees it. */
export interface Racer {
  /** Position of its parent in the estimates. */
  parent: number;
  round: number;
  /** Its parent's rewards by seed. */
  parentRewards: Readonly<Record<string, number>>;
}

/** What the first part showed of the seeds that the parent is scored on too. */
export interface Gate {
  /** Sums of rewards on the same seeds. */
  parent: number;
  child: number;
  seeds: number;
}

/** Standard deviations of doubt that a child is given. */
const DOUBT = 1;

/** The seeds of a race in its two parts: a third of them, and no fewer than the minibatch, decides about the rest. */
export function raceParts(order: readonly Seed[], minibatch: number): { first: Seed[]; rest: Seed[] } {
  const first = firstPartOf(order.length, minibatch);
  return { first: order.slice(0, first), rest: order.slice(first) };
}

/**
 * Why a child is out after the first part; undefined when it goes on. Sums are compared on the seeds that its parent is scored on as well;
 * where there are none, the estimates decide alone, and there is no gate.
 */
export function outOfRace(
  rewards: ReadonlyMap<string, number>,
  racer: Racer,
  estimates: Estimates,
  rules: RaceRules,
): { gate?: Gate; detail?: string } {
  const gate = gateOf(rewards, racer);
  const shown = gate ? { gate } : {};
  const says = gate
    ? `the child scores ${round(gate.child)} on ${gate.seeds} seeds, its parent ${round(gate.parent)}`
    : `the child scores ${round(sumOf([...rewards.values()]))} on ${rewards.size} seeds that its parent is not scored on`;
  if (gate && (rules.acceptance !== null || rules.min_local_improvement !== 0)) {
    const criterion = rules.acceptance ?? "strict_improvement";
    const passes = accepts(criterion, gate.parent, gate.child, rules.min_local_improvement);
    return passes ? shown : { ...shown, detail: says };
  }
  const alike = [...rewards].every(([seed, reward]) => reward === racer.parentRewards[seed]);
  if (alike) return { ...shown, detail: `${says}, and seed by seed the same` };
  const { gain, deviation } = expectedGain(estimates, racer, rewards);
  if (gain + DOUBT * deviation > 0) return shown;
  return { ...shown, detail: `${says}: it is unlikely to be better` };
}

/** Undefined where the parent is scored on none of the seeds: what is not known of it is not 0. */
function gateOf(rewards: ReadonlyMap<string, number>, { parentRewards }: Racer): Gate | undefined {
  const pairs = [...rewards].flatMap(([seed, child]) => {
    const parent = parentRewards[seed];
    return parent === undefined ? [] : [{ parent, child }];
  });
  if (pairs.length === 0) return undefined;
  return {
    parent: sumOf(pairs.map(({ parent }) => parent)),
    child: sumOf(pairs.map(({ child }) => child)),
    seeds: pairs.length,
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
