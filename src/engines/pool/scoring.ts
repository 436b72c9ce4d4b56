// The seeds that an engine scores candidates on: all of them, or those of an adaptive pool. For any engine; a job without a pool runs as
// if there were no such thing, to the last draw.

import type { EngineEvent, PoolSummary, Seed } from "../engine.ts";
import { RANDOM, type Random } from "../random.ts";
import type { PartlyScored } from "./compare.ts";
import type { Example } from "./distance.ts";
import { advance, beginPool, type PoolSettings, type PoolState, poolAt } from "./pool.ts";

/** An adaptive pool to be used: its settings, and what is known of the seeds it is made of. Plain data. */
export interface PoolPlan {
  readonly settings: PoolSettings;
  /** All seeds that score candidates, in order. */
  readonly examples: readonly Example[];
}

/** The pool before the first iteration; null without a plan. */
export function openPool(plan: PoolPlan | null | undefined, rngSeed: number): PoolState | null {
  return plan ? beginPool(plan.settings, plan.examples, drawsOf(rngSeed, 0)) : null;
}

/** The seeds to score candidates on now, out of `all`. */
export function scoringSeeds(pool: PoolState | null | undefined, all: readonly Seed[]): readonly Seed[] {
  return pool ? poolAt(pool, all) : all;
}

/**
 * The pool after an iteration. `scored` are all candidates with their rewards, as far as they were scored; `trials` of them there were in
 * the whole run, those with rewards where absent.
 */
export function movedPool(
  pool: PoolState | null | undefined,
  plan: PoolPlan | null | undefined,
  iteration: number,
  scored: readonly PartlyScored[],
  rngSeed: number,
  trials?: number,
): PoolState | null {
  if (!pool || !plan) return null;
  const scores = scored.filter(({ rewards }) => Object.keys(rewards).length > 0);
  const news = { iteration, trials: trials ?? scores.length, scores };
  return advance(pool, news, plan.settings, plan.examples, drawsOf(rngSeed, iteration));
}

/** A pool in short. */
export function poolSummary(pool: PoolState, plan: PoolPlan): PoolSummary {
  const seeds = poolAt(
    pool,
    plan.examples.map(({ seed }) => seed),
  );
  const apart = new Set([...pool.anchors, ...pool.heat.seeds]);
  return {
    iteration: pool.iteration,
    size: seeds.length,
    anchors: [...pool.anchors],
    exploration: seeds.filter((seed) => !apart.has(seed)),
    heatup: pool.heat.seeds.filter((seed) => !pool.anchors.includes(seed)),
  };
}

/** Tells of the pool where it is not the one before; undefined where it is. */
export function poolEvent(
  algorithm: "gepa" | "mipro",
  before: PoolState | null | undefined,
  pool: PoolState | null | undefined,
  plan: PoolPlan | null | undefined,
): EngineEvent | undefined {
  if (!pool || !plan) return undefined;
  const { anchors, exploration, heatup, ...summary } = poolSummary(pool, plan);
  const last = before && poolSummary(before, plan);
  const same = last && JSON.stringify([last.anchors, last.exploration, last.heatup]);
  if (same === JSON.stringify([anchors, exploration, heatup])) return undefined;
  const hot = heatup.length === 0 ? "" : `, ${heatup.length} from the reserve`;
  return {
    type: `prompt.learning.${algorithm}.pool.updated`,
    message: `Candidates are scored on ${summary.size} seeds now: ${anchors.length} anchors, ${exploration.length} others${hot}`,
    data: { ...summary, anchors, exploration, heatup },
  };
}

/** Draws of the pool's own, so that the search draws the same numbers with a pool and without. */
function drawsOf(rngSeed: number, iteration: number): Random {
  return RANDOM.from(RANDOM.seed((rngSeed + 1) * 1_000_003 + iteration));
}
