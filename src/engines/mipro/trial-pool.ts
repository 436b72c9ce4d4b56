// The adaptive pool of a search (protocol §1.8): minibatches are drawn from it, and full evaluations are on all of it, unless held-out seeds
// decide. Without a pool nothing here changes anything.

import type { Seed, Work } from "../engine.ts";
import { comparableMeans } from "../pool/compare.ts";
import { type PoolState, poolAt, poolSettings } from "../pool/pool.ts";
import { movedPool, openPool, type PoolPlan, poolEvent } from "../pool/scoring.ts";
import { trialsAreFull } from "./minibatches.ts";
import type { MiproSettings } from "./settings.ts";
import type { Combination, MiproState, TrialPool } from "./state.ts";

/** Opens the pool over the online seeds that the run uses; where the budget is short of a first pool, without a reserve. */
export function withPool(state: MiproState, settings: MiproSettings, isShort = false): MiproState {
  if (settings.pool === undefined) return state;
  const all = state.online;
  const { examples, settings: given } = planOver(settings.pool, all);
  const plan = { examples, settings: isShort ? { ...given, heatup_reserve_pool: [] } : given };
  const now = openPool(plan, settings.rng_seed);
  if (now === null) return state;
  const trials_full = trialsAreFull(settings, poolAt(now, all).length);
  return onPool(state, { all, now, trials_full }, settings);
}

/** The pool of the next iteration, and what is told of it. `trials` are those of the whole run. */
export function movedOn(state: MiproState, trials: number, settings: MiproSettings, work: Work): MiproState {
  const { pool, combinations } = state;
  const plan = planOf(state, settings);
  if (pool === undefined || plan === undefined) return state;
  const scored = combinations.map(({ id, rewards }) => ({ id, rewards }));
  const now = movedPool(pool.now, plan, state.iteration, scored, settings.rng_seed, trials);
  if (now === null) return state;
  tellPool(pool.now, now, plan, work);
  return onPool(state, { ...pool, now }, settings);
}

/** Tells of the first pool. */
export function tellOpened(state: MiproState, settings: MiproSettings, work: Work): void {
  const plan = planOf(state, settings);
  if (plan !== undefined && state.pool !== undefined) tellPool(null, state.pool.now, plan, work);
}

/** The plan of the pool over the seeds that the run uses; undefined without a pool. */
export function planOf({ pool }: MiproState, settings: MiproSettings): PoolPlan | undefined {
  return pool && settings.pool && planOver(settings.pool, pool.all);
}

/** Whether candidates that were evaluated in full may have been on different seeds. */
export function differsInFull({ pool }: MiproState, { val_seeds }: MiproSettings): boolean {
  return pool !== undefined && val_seeds.length === 0;
}

/** Whether no reward on the seeds of full evaluations is predicted. */
export function isProven({ proxied }: Combination, { full }: Pick<MiproState, "full">): boolean {
  const predicted = new Set(proxied);
  return !full.some((seed) => predicted.has(seed));
}

/**
 * What candidates that were evaluated in full are worth beside each other, by id: their means, or where they were on different pools, the
 * means that they would have had over all seeds. Of a proven candidate predicted rewards do not count.
 */
export function standings(state: MiproState, settings: MiproSettings): Map<string, number> {
  const full = state.combinations.filter(({ full_score }) => full_score !== null);
  if (!differsInFull(state, settings))
    return new Map(full.map(({ id, full_score }) => [id, full_score ?? 0]));
  const seeds = [...(state.pool?.all ?? []), ...(settings.pool?.settings.heatup_reserve_pool ?? [])];
  const scores = full.map((one) => ({
    id: one.id,
    rewards: isProven(one, state) ? ownRewards(one) : one.rewards,
  }));
  return new Map([...comparableMeans(scores, [...new Set(seeds)])].map(([id, mean]) => [id, mean ?? 0]));
}

/** The rewards that the model that counts has given. */
export function ownRewards({ rewards, proxied }: Combination): Record<string, number> {
  if (proxied === undefined) return rewards;
  const predicted = new Set(proxied.map(String));
  return Object.fromEntries(Object.entries(rewards).filter(([seed]) => !predicted.has(seed)));
}

function planOver({ settings, examples }: PoolPlan, all: readonly Seed[]): PoolPlan {
  const used = new Set(all);
  return {
    settings: poolSettings(settings, all.length),
    examples: examples.filter(({ seed }) => used.has(seed)),
  };
}

function onPool(state: MiproState, pool: TrialPool, settings: MiproSettings): MiproState {
  const online = poolAt(pool.now, pool.all);
  const inside = new Set(online);
  return {
    ...state,
    pool,
    online,
    full: settings.val_seeds.length > 0 ? state.full : online,
    queue: state.queue.filter((seed) => inside.has(seed)),
  };
}

function tellPool(before: PoolState | null, now: PoolState, plan: PoolPlan, work: Work): void {
  const event = poolEvent("mipro", before, now, plan);
  if (event) work.emit(event);
}
