// The adaptive pool (protocol §1.8): on which seeds candidates are scored, fewer and more telling ones as the search
// goes on. A state machine over plain data, for any engine. Invariants: the anchors are in every pool; without a heat-up the
// size is between the last and the first one, and it never grows.

import type { Seed } from "../engine.ts";
import type { Random } from "../random.ts";
import { chooseAnchors } from "./anchors.ts";
import type { PartlyScored } from "./compare.ts";
import type { Example } from "./distance.ts";
import { coldHeat, type HeatSettings, type HeatState, heatAfter } from "./heatup.ts";
import { type InfoSettings, type SeedInfo, seedInfo } from "./informativeness.ts";

/** What a pool works by; see the options of the same names. Sizes fit the seeds: anchors <= last <= first <= all. */
export interface PoolSettings extends InfoSettings, HeatSettings {
  readonly anchor_size: number;
  readonly pool_init_size: number;
  readonly pool_min_size: number;
  readonly warmup_iters: number;
  readonly anneal_stop_iter: number;
  readonly pool_update_period: number;
  readonly info_buffer_factor: number;
  readonly anchor_selection_method: "random" | "clustering";
  readonly exploration_strategy: "random" | "diversity";
  readonly heatup_reserve_pool: readonly Seed[];
}

/** The options of a pool as they are given, some of them perhaps absent or too large. */
export type PoolOptions = Omit<PoolSettings, "pool_init_size" | "pool_min_size" | "heatup_reserve_pool"> & {
  readonly pool_init_size?: number;
  readonly pool_min_size?: number;
  readonly heatup_reserve_pool?: readonly Seed[];
};

/** A pool between two iterations. Plain data. */
export interface PoolState {
  /** The iteration that the pool is for, from 0. */
  readonly iteration: number;
  /** Seeds in every pool, in the order of the training seeds. */
  readonly anchors: readonly Seed[];
  /** Whether the anchors stay from now on. They are chosen again once, when the scores tell the seeds apart. */
  readonly settled: boolean;
  /** All other seeds, those to take first in front. */
  readonly order: readonly Seed[];
  /** Seeds in the pool, the anchors included and those from the reserve not. */
  readonly size: number;
  /** Informativeness by seed at the last refresh; seeds without any are left out. */
  readonly info: Readonly<Record<string, number>>;
  /** The iteration of the last refresh. */
  readonly refreshed: number;
  /** Seeds that have been in every pool so far. */
  readonly common: readonly Seed[];
  readonly heat: HeatState;
}

/** What happened since the last iteration. */
export interface PoolNews {
  /** Iterations done; the pool that comes of it is for the next one. */
  readonly iteration: number;
  /** Candidates scored on the pool in the whole run. */
  readonly trials: number;
  /** All candidates with their rewards so far, in any fixed order. */
  readonly scores: readonly PartlyScored[];
}

/** The settings that fit `count` seeds: sizes capped to what there is, absent ones filled in; a seed stands once in the reserve. */
export function poolSettings(options: PoolOptions, count: number): PoolSettings {
  const pool_init_size = Math.min(options.pool_init_size ?? count, count);
  const anchor_size = Math.min(options.anchor_size, pool_init_size);
  const least = Math.min(options.pool_min_size ?? anchor_size, pool_init_size);
  return {
    ...options,
    anchor_size,
    pool_init_size,
    pool_min_size: Math.max(least, anchor_size),
    heatup_reserve_pool: [...new Set(options.heatup_reserve_pool ?? [])],
  };
}

/** The pool of the first iteration. `examples` are all training seeds, in their order. */
export function beginPool(settings: PoolSettings, examples: readonly Example[], random: Random): PoolState {
  const { anchor_selection_method: method, anchor_size, heatup_reserve_pool } = settings;
  const anchors = chooseAnchors(method, anchor_size, examples, [], random);
  const seeds = examples.map(({ seed }) => seed);
  const order = random.shuffle(without(seeds, anchors));
  const pool: PoolState = {
    iteration: 0,
    anchors,
    settled: method === "random",
    order,
    size: settings.pool_init_size,
    info: {},
    refreshed: 0,
    common: [],
    heat: heatAfter(
      coldHeat(random.shuffle(heatup_reserve_pool)),
      0,
      annealedSize(0, settings) <= settings.pool_min_size,
      settings,
    ),
  };
  return { ...pool, common: baseSeeds(pool) };
}

/** The seeds to score candidates on now: in the order of `seeds`, the training seeds, then those from the reserve. */
export function poolAt(pool: PoolState, seeds: readonly Seed[]): Seed[] {
  const base = new Set(baseSeeds(pool));
  const ordered = seeds.filter((seed) => base.has(seed));
  return [...ordered, ...pool.heat.seeds.filter((seed) => !base.has(seed))];
}

/** The pool of the next iteration. Draws of `random` depend on the arguments alone. */
export function advance(
  pool: PoolState,
  news: PoolNews,
  settings: PoolSettings,
  examples: readonly Example[],
  random: Random,
): PoolState {
  const isDue = news.iteration - pool.refreshed >= settings.pool_update_period;
  const fresh = isDue ? refreshed(pool, news, settings, examples, random) : pool;
  const target = annealedSize(news.iteration, settings);
  const size = Math.min(pool.size, Math.max(target, sizeToKeep(fresh, settings.info_buffer_factor)));
  const next = {
    ...fresh,
    iteration: news.iteration,
    size,
    heat: heatAfter(fresh.heat, news.trials, target <= settings.pool_min_size, settings),
  };
  const base = new Set(baseSeeds(next));
  return { ...next, common: pool.common.filter((seed) => base.has(seed)) };
}

/** The size that annealing asks for: the first until `warmup_iters`, the last from `anneal_stop_iter` on, and between them a line. */
export function annealedSize(iteration: number, settings: PoolSettings): number {
  const { pool_init_size, pool_min_size, warmup_iters, anneal_stop_iter } = settings;
  if (iteration <= warmup_iters) return pool_init_size;
  if (iteration >= anneal_stop_iter) return pool_min_size;
  const done = (iteration - warmup_iters) / (anneal_stop_iter - warmup_iters);
  return Math.round(pool_init_size + (pool_min_size - pool_init_size) * done);
}

function baseSeeds({ anchors, order, size }: PoolState): Seed[] {
  return [...anchors, ...order.slice(0, Math.max(0, size - anchors.length))];
}

/** The fewest seeds, taken in the pool's order, that hold this share of all that is known to be telling. */
function sizeToKeep({ anchors, order, info }: PoolState, share: number): number {
  const of = (seed: Seed) => info[String(seed)] ?? 0;
  const total = [...anchors, ...order].reduce((sum, seed) => sum + of(seed), 0);
  let kept = anchors.reduce((sum, seed) => sum + of(seed), 0);
  let size = anchors.length;
  // The last digit of a sum must not cost a seed.
  const wanted = share * total * (1 - 1e-12);
  for (const seed of order) {
    if (kept >= wanted) break;
    kept += of(seed);
    size += 1;
  }
  return size;
}

function refreshed(
  pool: PoolState,
  news: PoolNews,
  settings: PoolSettings,
  examples: readonly Example[],
  random: Random,
): PoolState {
  const seeds = examples.map(({ seed }) => seed);
  const known = seedInfo(news.scores, seeds, settings);
  const isTold = pool.common.every(
    (seed) => (known.get(seed)?.evaluations ?? 0) >= Math.max(1, settings.min_evals_per_example),
  );
  const anchors =
    !pool.settled && isTold ? anchorsByScores(pool, news, settings, examples, random) : pool.anchors;
  const telling = [...known].filter(([, { informativeness }]) => informativeness > 0);
  return {
    ...pool,
    anchors,
    settled: pool.settled || isTold,
    order: explorationOrder(without(seeds, anchors), known, settings, random),
    info: Object.fromEntries(telling.map(([seed, { informativeness }]) => [String(seed), informativeness])),
    refreshed: news.iteration,
  };
}

/** Only of seeds that were in every pool: so all candidates so far have been scored on the new anchors too. */
function anchorsByScores(
  pool: PoolState,
  { scores }: PoolNews,
  settings: PoolSettings,
  examples: readonly Example[],
  random: Random,
): Seed[] {
  const common = new Set(pool.common);
  const choice = examples.filter(({ seed }) => common.has(seed));
  return chooseAnchors("clustering", settings.anchor_size, choice, scores, random);
}

/**
 * By informativeness, the most telling first. Of those that tell nothing, seeds with too few scores to know go before
 * seeds known to tell nothing, and those with more scores before those with fewer; what is left is drawn.
 */
function explorationOrder(
  seeds: readonly Seed[],
  known: ReadonlyMap<Seed, SeedInfo>,
  settings: PoolSettings,
  random: Random,
): Seed[] {
  const drawn = random.shuffle(seeds);
  if (settings.exploration_strategy === "random") return drawn;
  const rank = (seed: Seed): [number, number, number] => {
    const { informativeness, evaluations } = known.get(seed) ?? { informativeness: 0, evaluations: 0 };
    return [informativeness, evaluations < settings.min_evals_per_example ? 1 : 0, evaluations];
  };
  return drawn
    .map((seed) => ({ seed, rank: rank(seed) }))
    .sort((a, b) => b.rank[0] - a.rank[0] || b.rank[1] - a.rank[1] || b.rank[2] - a.rank[2])
    .map(({ seed }) => seed);
}

function without(seeds: readonly Seed[], taken: readonly Seed[]): Seed[] {
  const gone = new Set(taken);
  return seeds.filter((seed) => !gone.has(seed));
}
