import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  advance,
  annealedSize,
  beginPool,
  type PoolOptions,
  type PoolState,
  poolAt,
  poolSettings,
} from "../../../../src/engines/pool/pool.ts";
import { randomFrom, seedRandom } from "../../../../src/engines/random.ts";

const OPTIONS: PoolOptions = {
  anchor_size: 4,
  pool_init_size: 20,
  pool_min_size: 8,
  warmup_iters: 2,
  anneal_stop_iter: 8,
  pool_update_period: 2,
  min_evals_per_example: 2,
  k_info_prompts: 5,
  info_buffer_factor: 0,
  info_epsilon: 1e-6,
  anchor_selection_method: "random",
  exploration_strategy: "diversity",
  heatup_trigger: "after_min_size",
  heatup_size: 3,
  heatup_cooldown_trials: 4,
  heatup_schedule: "repeat",
};

const seedsTo = (count: number) => Array.from({ length: count }, (_, at) => at);
const examplesTo = (count: number) => seedsTo(count).map((seed) => ({ seed }));
const rng = (seed = 1) => randomFrom(seedRandom(seed));

/** Pools of iterations 0 to `iterations`, with `perIteration` candidates scored on each, by `score`. */
function run(
  options: PoolOptions,
  count: number,
  iterations: number,
  score: (candidate: number, seed: number) => number = () => 1,
  perIteration = 1,
  rngSeed = 1,
): PoolState[] {
  const settings = poolSettings(options, count);
  const examples = examplesTo(count);
  const random = rng(rngSeed);
  const pools = [beginPool(settings, examples, random)];
  const scores: { id: string; rewards: Record<string, number> }[] = [];
  for (let iteration = 1; iteration <= iterations; iteration++) {
    const pool = pools.at(-1) as PoolState;
    for (let i = 0; i < perIteration; i++) {
      const candidate = scores.length;
      const rewards = poolAt(pool, seedsTo(count)).map((seed) => [String(seed), score(candidate, seed)]);
      scores.push({ id: `c${candidate}`, rewards: Object.fromEntries(rewards) });
    }
    const news = { iteration, trials: scores.length, scores };
    pools.push(advance(pool, news, settings, examples, random));
  }
  return pools;
}

describe("sizes", () => {
  test.each([
    ["all options fit", OPTIONS, 30, [4, 20, 8]],
    ["fewer seeds than the first size", OPTIONS, 10, [4, 10, 8]],
    ["fewer seeds than anchors", OPTIONS, 3, [3, 3, 3]],
    ["no first size means all seeds", { ...OPTIONS, pool_init_size: undefined }, 30, [4, 30, 8]],
    ["no last size means the anchors", { ...OPTIONS, pool_min_size: undefined }, 30, [4, 20, 4]],
    ["a last size below the anchors is the anchors", { ...OPTIONS, pool_min_size: 1 }, 30, [4, 20, 4]],
    [
      "LOW with thirty seeds",
      { ...OPTIONS, anchor_size: 50, pool_init_size: 150, pool_min_size: 100 },
      30,
      [30, 30, 30],
    ],
  ] as const)("are capped to what exists: %s", (_, options, count, sizes) => {
    const { anchor_size, pool_init_size, pool_min_size } = poolSettings(options, count);
    expect([anchor_size, pool_init_size, pool_min_size]).toEqual(sizes);
  });

  test.each([
    [0, 20],
    [2, 20],
    [3, 18],
    [5, 14],
    [7, 10],
    [8, 8],
    [100, 8],
  ])("fall on a line from warm-up to the last iteration: after %i iterations %i", (iteration, size) => {
    expect(annealedSize(iteration, poolSettings(OPTIONS, 30))).toBe(size);
  });

  test("of the pools are those of annealing", () => {
    const sizes = run(OPTIONS, 30, 10).map((pool) => poolAt(pool, seedsTo(30)).length);
    expect(sizes).toEqual([20, 20, 20, 18, 16, 14, 12, 10, 8, 8, 8]);
  });

  test("fall at once where annealing stops when warm-up does", () => {
    const sizes = run({ ...OPTIONS, warmup_iters: 2, anneal_stop_iter: 2 }, 30, 4).map(({ size }) => size);
    expect(sizes).toEqual([20, 20, 20, 8, 8]);
  });
});

describe("what stays in the pool", () => {
  // Prompts differ on the seeds from 10 on, and agree on the others.
  const telling = (candidate: number, seed: number) => (seed >= 10 ? (candidate + seed) % 2 : 1);

  test("are the telling seeds, beside the anchors", () => {
    const pools = run({ ...OPTIONS, pool_init_size: 20, anneal_stop_iter: 4 }, 20, 6, telling);
    const last = pools.at(-1) as PoolState;
    const chosen = poolAt(last, seedsTo(20)).filter((seed) => !last.anchors.includes(seed));
    expect(chosen).toHaveLength(4);
    for (const seed of chosen) expect(seed).toBeGreaterThanOrEqual(10);
  });

  test("is chosen anew only every pool_update_period iterations", () => {
    const pools = run({ ...OPTIONS, pool_update_period: 3 }, 30, 7, telling);
    expect(pools.map(({ refreshed }) => refreshed)).toEqual([0, 0, 0, 3, 3, 3, 6, 6]);
    expect(pools[4]?.order).toEqual(pools[3]?.order);
    expect(pools[6]?.order).not.toEqual(pools[5]?.order);
  });

  test("does not depend on scores by exploration_strategy random", () => {
    const random = { ...OPTIONS, exploration_strategy: "random" } as const;
    const one = run(random, 30, 8, telling).map((pool) => poolAt(pool, seedsTo(30)));
    const other = run(random, 30, 8, () => 0).map((pool) => poolAt(pool, seedsTo(30)));
    expect(one).toEqual(other);
  });

  test("keeps info_buffer_factor of all information while it shrinks", () => {
    for (const factor of [0.5, 0.9, 1]) {
      const options = { ...OPTIONS, info_buffer_factor: factor, anchor_size: 2, pool_min_size: 2 };
      for (const pool of run(options, 20, 10, telling, 2).slice(3)) {
        const of = (seeds: readonly number[]) =>
          seeds.reduce((sum, seed) => sum + (pool.info[String(seed)] ?? 0), 0);
        expect(of(poolAt(pool, seedsTo(20)))).toBeGreaterThanOrEqual(factor * of(seedsTo(20)) - 1e-9);
      }
    }
  });

  test("never gets its size back once it was small, whatever turns out to be telling", () => {
    // Seeds come to tell prompts apart only after the pool has shrunk.
    const late = (candidate: number, seed: number) => (candidate > 6 ? (candidate + seed) % 2 : 1);
    const sizes = run({ ...OPTIONS, info_buffer_factor: 1 }, 30, 14, late).map(({ size }) => size);
    for (const [at, size] of sizes.entries()) expect(size).toBeLessThanOrEqual(sizes[at - 1] ?? 20);
  });
});

describe("anchors", () => {
  const groups = ["cards and payments", "lost my phone", "exchange rate today"];
  const examples = seedsTo(12).map((seed) => ({ seed, text: `${groups[seed % 3]} ${seed}` }));

  test("by clustering stand for every group of like texts", () => {
    const settings = poolSettings({ ...OPTIONS, anchor_size: 3, anchor_selection_method: "clustering" }, 12);
    for (const seed of [1, 2, 3, 4, 5]) {
      const { anchors } = beginPool(settings, examples, rng(seed));
      expect(new Set(anchors.map((anchor) => anchor % 3)).size).toBe(3);
    }
  });

  test("by clustering are chosen once more, when scores tell seeds apart that have no text", () => {
    const options = {
      ...OPTIONS,
      anchor_size: 2,
      pool_init_size: 12,
      anchor_selection_method: "clustering",
    } as const;
    // Half of the seeds are for even prompts, half for odd ones.
    const score = (candidate: number, seed: number) => (candidate % 2 === seed % 2 ? 1 : 0);
    for (const rngSeed of seedsTo(10)) {
      const pools = run(options, 12, 6, score, 1, rngSeed);
      expect(pools.map(({ settled }) => settled)).toEqual([false, false, true, true, true, true, true]);
      const { anchors } = pools.at(-1) as PoolState;
      expect(new Set(anchors.map((anchor) => anchor % 2)).size, `drawn from ${rngSeed}`).toBe(2);
      expect(pools[2]?.anchors).toEqual(anchors);
    }
  });

  test("are different for another seed of the generator, and the same for the same", () => {
    const settings = poolSettings(OPTIONS, 100);
    const of = (seed: number) => beginPool(settings, examplesTo(100), rng(seed)).anchors;
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });
});

describe("heat-ups", () => {
  const reserve = [101, 102, 103, 104, 105];
  const hot = (options: Partial<PoolOptions>, iterations: number) =>
    run(
      { ...OPTIONS, anneal_stop_iter: 4, heatup_reserve_pool: reserve, ...options },
      30,
      iterations,
      () => 1,
      2,
    ).map(({ heat }) => heat.seeds.length);

  // Two trials an iteration; four trials of cool-down are two iterations.
  test.each([
    ["after_min_size", "repeat", [0, 0, 0, 0, 3, 3, 0, 0, 3, 3, 0, 0, 3]],
    ["after_min_size", "once", [0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0]],
    ["immediate", "repeat", [3, 3, 0, 0, 3, 3, 0, 0, 3, 3, 0, 0, 3]],
    ["immediate", "once", [3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["every_N_trials_after_min", "repeat", [0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 3, 3, 3]],
    ["every_N_trials_after_min", "once", [0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0]],
  ] as const)("by %s, %s, come and go", (heatup_trigger, heatup_schedule, seeds) => {
    expect(hot({ heatup_trigger, heatup_schedule }, 12)).toEqual(seeds);
  });

  test("take the reserve in turn, round and round", () => {
    const pools = run(
      { ...OPTIONS, heatup_trigger: "immediate", heatup_reserve_pool: reserve },
      30,
      12,
      () => 1,
      2,
    );
    const rounds = [pools[0], pools[4], pools[8]].map((pool) => pool?.heat.seeds ?? []);
    expect(new Set([...(rounds[0] ?? []), ...(rounds[1] ?? [])])).toEqual(new Set(reserve));
    expect(rounds[2]).not.toEqual(rounds[0]);
    expect(poolAt(pools[0] as PoolState, seedsTo(30)).slice(-3)).toEqual(rounds[0]);
  });

  test("do not happen without a reserve", () => {
    expect(hot({ heatup_trigger: "immediate", heatup_reserve_pool: undefined }, 3)).toEqual([0, 0, 0, 0]);
  });

  test("change the seeds at every iteration where the cool-down is 0", () => {
    const pools = run(
      { ...OPTIONS, heatup_trigger: "immediate", heatup_cooldown_trials: 0, heatup_reserve_pool: reserve },
      30,
      2,
    );
    expect(pools.map(({ heat }) => heat.count)).toEqual([1, 2, 3]);
  });
});

describe("a pool", () => {
  const options = fc.record({
    anchor_size: fc.nat(12),
    pool_init_size: fc.option(fc.nat(30), { nil: undefined }),
    pool_min_size: fc.option(fc.nat(30), { nil: undefined }),
    warmup_iters: fc.nat(4),
    anneal_stop_iter: fc.nat(8),
    pool_update_period: fc.integer({ min: 1, max: 4 }),
    min_evals_per_example: fc.integer({ min: 1, max: 4 }),
    k_info_prompts: fc.nat(6),
    info_buffer_factor: fc.double({ min: 0, max: 1, noNaN: true }),
    info_epsilon: fc.constant(1e-6),
    anchor_selection_method: fc.constantFrom("random" as const, "clustering" as const),
    exploration_strategy: fc.constantFrom("random" as const, "diversity" as const),
    heatup_trigger: fc.constantFrom(
      "after_min_size" as const,
      "immediate" as const,
      "every_N_trials_after_min" as const,
    ),
    heatup_size: fc.integer({ min: 1, max: 6 }),
    heatup_cooldown_trials: fc.nat(5),
    heatup_schedule: fc.constantFrom("repeat" as const, "once" as const),
    heatup_reserve_pool: fc.option(fc.array(fc.nat(40), { maxLength: 8 }), { nil: undefined }),
  });

  test("always holds the anchors, keeps its size within bounds, and survives JSON, whatever the options and the scores", () => {
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 25 }), fc.nat(), (given, count, salt) => {
        const settings = poolSettings(given, count);
        const score = (candidate: number, seed: number) => ((candidate * 7 + seed * 13 + salt) % 5) / 4;
        for (const pool of run(given, count, 10, score, 2)) {
          const seeds = poolAt(pool, seedsTo(count));
          expect(seeds).toEqual(expect.arrayContaining([...pool.anchors]));
          expect(pool.anchors).toHaveLength(settings.anchor_size);
          expect(new Set(seeds).size).toBe(seeds.length);
          const base =
            seeds.length - pool.heat.seeds.filter((seed) => seeds.indexOf(seed) >= pool.size).length;
          expect(pool.size).toBeGreaterThanOrEqual(settings.pool_min_size);
          expect(pool.size).toBeLessThanOrEqual(settings.pool_init_size);
          expect(base).toBe(pool.size);
          expect(seeds.length).toBeLessThanOrEqual(pool.size + settings.heatup_size);
          for (const seed of pool.common) expect(seeds).toContain(seed);
          expect(JSON.parse(JSON.stringify(pool))).toEqual(pool);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("goes on from its stored state as if it had never stopped", () => {
    const settings = poolSettings({ ...OPTIONS, anchor_selection_method: "clustering" }, 30);
    const examples = examplesTo(30);
    const scores = [
      { id: "a", rewards: Object.fromEntries(seedsTo(30).map((seed) => [seed, seed % 2])) },
      { id: "b", rewards: Object.fromEntries(seedsTo(30).map((seed) => [seed, seed % 3])) },
    ];
    const news = { iteration: 4, trials: 2, scores };
    const first = beginPool(settings, examples, rng());
    const straight = advance(first, news, settings, examples, rng(9));
    expect(advance(JSON.parse(JSON.stringify(first)), news, settings, examples, rng(9))).toEqual(straight);
  });

  test("of a thousand examples is clustered by a sample, and still has its anchors", () => {
    const settings = poolSettings(
      { ...OPTIONS, anchor_size: 50, anchor_selection_method: "clustering" },
      1_000,
    );
    const many = seedsTo(1_000).map((seed) => ({ seed, text: `${groupsOf(seed)} example number ${seed}` }));
    expect(beginPool({ ...settings, pool_init_size: 100 }, many, rng()).anchors).toHaveLength(20);
  });
});

function groupsOf(seed: number): string {
  return ["alpha", "beta", "gamma"][seed % 3] ?? "";
}
