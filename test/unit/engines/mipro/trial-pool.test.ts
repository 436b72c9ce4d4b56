// MIPRO on an adaptive pool: what trials and full evaluations are on, that candidates of different pools are compared fairly, and that
// nothing changes without one.

import { describe, expect, test } from "vitest";
import { planMiproBudget } from "../../../../src/config/mipro-budget.ts";
import { readRunnable } from "../../../../src/config/read.ts";
import { miproSettings } from "../../../../src/engines/mipro/from-config.ts";
import { miproEngine } from "../../../../src/engines/mipro/mipro.ts";
import { ranking, worthOf } from "../../../../src/engines/mipro/ranking.ts";
import type { MiproSettings } from "../../../../src/engines/mipro/settings.ts";
import type { Combination, MiproState } from "../../../../src/engines/mipro/state.ts";
import { type PoolOptions, poolSettings } from "../../../../src/engines/pool/pool.ts";
import type { PoolPlan } from "../../../../src/engines/pool/scoring.ts";
import type { JsonObject } from "../../../../src/wire/json.ts";
import { range } from "../../../support/fruit.ts";
import { MemoryWork, type ToyWorld } from "../../../support/memory-work.ts";
import { fruitTrials } from "../../../support/mipro-fruit.ts";
import { miproSection } from "../../config/surface-base.ts";

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];
const world = (change: Partial<ToyWorld> = {}): ToyWorld => ({
  wants: (seed) => [WORDS[seed % 8] ?? "", WORDS[(seed * 3 + 1) % 8] ?? ""],
  expected: (seed) => WORDS[seed % 8] ?? "",
  propose: ({ replicate }) =>
    `\`\`\`\nList fruit ${WORDS.filter((_, i) => ((replicate * 7 + i * 5) % 8) % 3 === 0).join(" ")} ${replicate}\n\`\`\``,
  ...change,
});

const OPTIONS: PoolOptions = {
  anchor_size: 4,
  pool_init_size: 18,
  pool_min_size: 9,
  warmup_iters: 1,
  anneal_stop_iter: 4,
  pool_update_period: 1,
  min_evals_per_example: 2,
  k_info_prompts: 5,
  info_buffer_factor: 0,
  info_epsilon: 1e-6,
  anchor_selection_method: "clustering",
  exploration_strategy: "diversity",
  heatup_trigger: "after_min_size",
  heatup_size: 3,
  heatup_cooldown_trials: 6,
  heatup_schedule: "repeat",
};
const plan = (options: Partial<PoolOptions> = {}): PoolPlan => ({
  settings: poolSettings({ ...OPTIONS, ...options }, 24),
  examples: range(8, 32).map((seed) => ({ seed })),
});
const pooled = (change: Partial<MiproSettings> = {}) =>
  fruitTrials({ num_iterations: 8, pool: plan(), ...change });

async function run(work: MemoryWork, settings: MiproSettings) {
  const engine = miproEngine(settings);
  let state: MiproState = engine.begin();
  while (!engine.verdict(state)) {
    work.beginStep();
    state = JSON.parse(JSON.stringify(await engine.step(state, work)));
  }
  return { state, results: engine.results(state) };
}

/** What was told of each pool, in order. */
const told = (work: MemoryWork) =>
  work.events.filter(({ type }) => type === "prompt.learning.mipro.pool.updated").map(({ data }) => data);

describe("MIPRO on an adaptive pool", () => {
  test("evaluates in full on the pool of the moment, which always holds the anchors", async () => {
    const work = new MemoryWork(world());
    const { state, results } = await run(work, pooled());
    const fulls = state.trials.filter(({ kind }) => kind === "full" || kind === "baseline");
    const anchors = results.pool?.anchors ?? [];
    expect(anchors).toHaveLength(4);
    expect(fulls[0]?.seeds).toHaveLength(18);
    expect(fulls.at(-1)?.seeds).toHaveLength(9);
    for (const { seeds } of fulls) expect(seeds).toEqual(expect.arrayContaining(anchors));
    const sizes = told(work).map(({ size }) => Number(size));
    expect(sizes[0]).toBe(18);
    expect(sizes.at(-1)).toBe(9);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(results.pool).toMatchObject({ size: 9, heatup: [] });
  });

  test("draws every minibatch from the pool of its iteration, whatever is left of the one before", async () => {
    const engine = miproEngine(pooled({ batch_size: 5 }));
    const work = new MemoryWork(world());
    let state = engine.begin();
    const left = new Set<number>();
    while (!engine.verdict(state)) {
      const { online, trials } = state;
      state = await engine.step(state, work);
      const drawn = state.trials.slice(trials.length).filter(({ kind }) => kind === "minibatch");
      for (const { seeds } of drawn) expect(online).toEqual(expect.arrayContaining(seeds));
      for (const seed of online) if (!state.online.includes(seed)) left.add(seed);
    }
    expect(left.size).toBeGreaterThan(5);
    expect(state.trials.filter(({ kind }) => kind === "minibatch")).toHaveLength(24);
  });

  test("spends fewer rollouts than the plain run of as many trials, and still finds a better prompt", async () => {
    const [plain, thrifty] = [new MemoryWork(world()), new MemoryWork(world())];
    // As many full evaluations as trials, nearly: those are what a pool makes cheaper.
    const often = { full_eval_every_k: 1, trials_per_iteration: 2 };
    await run(plain, pooled({ ...often, pool: undefined }));
    const { results } = await run(thrifty, pooled(often));
    expect(thrifty.spent).toBeLessThan(0.75 * plain.spent);
    expect(results.test[1]?.mean).toBeGreaterThan((results.test[0]?.mean ?? 1) + 0.3);
  });

  test("with a proxy, ranks what is proven by its own rewards alone: no prediction tells which seeds are easy", () => {
    const one = (full_order: number, rewards: Record<string, number>, proxied?: number[]): Combination => ({
      id: `trans_${full_order}`,
      choices: [full_order],
      rewards,
      full_score: 0.5,
      full_order,
      iteration: 0,
      ...(proxied ? { proxied } : {}),
    });
    // The first is better on the seed that both ran on, by a hair; the second ran on another one too, which a prediction calls hard.
    const proven = [one(0, { 8: 0.6, 9: 0.5 }), one(1, { 8: 0.5, 10: 0.5 })];
    const prediction = one(2, { 8: 1, 10: 0 }, [8, 10]);
    const settings = pooled({ proxied: true });
    const state = (combinations: Combination[]) =>
      ({
        ...miproEngine(settings).begin(),
        combinations,
        full: [8],
        pool: { all: range(8, 32), now: { anchors: [8], order: [], size: 1 }, trials_full: false },
      }) as unknown as MiproState;
    const order = (combinations: Combination[]) => ranking(state(combinations), settings).map(({ id }) => id);
    expect(order([...proven, prediction])).toEqual(order(proven));
    const means = (combinations: Combination[]) =>
      proven.map(({ id }) => worthOf(state(combinations), settings).get(id));
    expect(means([...proven, prediction])).toEqual(means(proven));
    // In the search a prediction counts as what it predicts.
    expect(worthOf(state([...proven, prediction]), settings).get("trans_2")).toBeGreaterThan(0.3);
    // What is proven on the seeds that decide now was on others before, where its rewards are predictions: those count for nothing.
    const earlier = one(3, { 8: 0.55, 9: 1 }, [9]);
    expect(order([...proven, earlier])).toEqual(order([...proven, one(3, { 8: 0.55 })]));
    expect(order([...proven, earlier])).toEqual(["trans_0", "trans_3", "trans_1"]);
  });

  test("ranks candidates of different pools as if all had run on all seeds, so that an easy pool wins nothing", () => {
    // The second is better on each seed that both ran on; the first ran on the easy ones beside them.
    const one = (id: string, rewards: Record<string, number>, full_order: number): Combination => {
      const values = Object.values(rewards);
      const full_score = values.reduce((sum, reward) => sum + reward, 0) / values.length;
      return { id, choices: [full_order], rewards, full_score, full_order, iteration: 0 };
    };
    const easy = Object.fromEntries(range(10, 18).map((seed) => [String(seed), 1]));
    const combinations = [one("first", { 8: 0.2, 9: 0.4, ...easy }, 0), one("second", { 8: 0.3, 9: 0.5 }, 1)];
    const settings = pooled();
    const opened = { ...miproEngine(settings).begin(), combinations };
    const now = { anchors: [8, 9], order: [], size: 2 };
    const state = {
      ...opened,
      pool: { all: range(8, 32), now, trials_full: false },
    } as unknown as MiproState;
    expect(ranking(state, settings).map(({ id }) => id)).toEqual(["second", "first"]);
    expect(ranking(opened, fruitTrials()).map(({ id }) => id)).toEqual(["first", "second"]);
  });

  test("names the first of its ranking the best, with what it is worth beside the others", async () => {
    const { state, results } = await run(new MemoryWork(world()), pooled());
    expect(state.incumbent).toBe(results.ranking[0]);
    const byId = new Map(results.candidates.map((candidate) => [candidate.id, candidate]));
    const worth = results.ranking.map((id) => byId.get(id)?.estimate ?? Number.NaN);
    expect(worth).toEqual([...worth].sort((a, b) => b - a));
    expect(Object.keys(byId.get("trans_00000")?.rewards ?? {}).length).toBeGreaterThanOrEqual(18);
  });

  test("full evaluations stay on the validation seeds where there are some; trials are on the pool", async () => {
    const { state } = await run(new MemoryWork(world()), pooled({ val_seeds: range(70, 76) }));
    const fulls = state.trials.filter(({ kind }) => kind === "full");
    expect(fulls.length).toBeGreaterThan(0);
    for (const { seeds } of fulls) expect(seeds).toEqual(range(70, 76));
    expect(state.online).toHaveLength(9);
  });

  test("every trial is a full evaluation where a minibatch holds the first pool, heated up or not", async () => {
    const heated = plan({
      pool_init_size: 8,
      pool_min_size: 6,
      heatup_trigger: "immediate",
      heatup_reserve_pool: [100, 101, 102],
    });
    const { state } = await run(new MemoryWork(world()), pooled({ batch_size: 11, pool: heated }));
    expect(state.trials.some(({ kind }) => kind === "minibatch")).toBe(false);
    expect(state.trials.length).toBe(1 + 8 * 3);
    expect(state.trials.some(({ seeds }) => seeds.includes(100))).toBe(true);
    expect(state.trials.at(-1)?.seeds.length).toBeLessThanOrEqual(9);
  });

  test.each([
    ["immediate", 21],
    ["after_min_size", 18],
    ["every_N_trials_after_min", 18],
  ] as const)("takes seeds of the reserve in for a while: %s", async (heatup_trigger, first) => {
    const work = new MemoryWork(world());
    const pool = plan({ heatup_trigger, heatup_reserve_pool: [100, 101, 102, 103] });
    await run(work, pooled({ pool, num_iterations: 10 }));
    const heated = told(work).map(({ heatup }) => (Array.isArray(heatup) ? heatup.length : 0));
    expect(told(work)[0]?.size).toBe(first);
    expect(heated).toContain(3);
    expect(heated).toContain(0);
    expect(work.calls.some(({ seed }) => seed >= 100)).toBe(true);
  });

  test.each([40, 55, 70])(
    "gives a budget of %i rollouts, short of a first pool that is heated up, a pool that it holds twice",
    async (budget) => {
      const pool = plan({ heatup_trigger: "immediate", heatup_reserve_pool: [100, 101, 102] });
      const work = new MemoryWork(world({ budget }));
      const { state } = await run(work, pooled({ pool }));
      expect(2 * Number(told(work)[0]?.size)).toBeLessThanOrEqual(budget - 16);
      expect(work.calls.every(({ seed }) => seed < 100)).toBe(true);
      expect(state.trials.filter(({ kind }) => kind === "full").length).toBeGreaterThan(0);
    },
  );

  test("comes to the same result whatever the order of the answers", async () => {
    const one = await run(new MemoryWork(world()), pooled());
    const other = await run(new MemoryWork(world({ delay: (n) => (n * 7919) % 13 })), pooled());
    expect(other.state).toEqual(one.state);
  });

  test.each(range(30, 330).filter((n) => n % 47 === 0))(
    "never spends more than %i rollouts, and ends with the best so far",
    async (budget) => {
      const work = new MemoryWork(world({ budget }));
      const { state } = await run(work, pooled({ num_iterations: 30 }));
      expect(work.spent).toBeLessThanOrEqual(budget);
      expect(state.incumbent).not.toBeNull();
      expect(state.test.length).toBeGreaterThan(1);
    },
  );
});

test("with level NONE a run equals the run of a config without the section, byte for byte", async () => {
  const settingsOf = (pool: JsonObject | undefined) => {
    const section = miproSection();
    const mipro: JsonObject = {
      ...(section.mipro as JsonObject),
      modules: null,
      bootstrap_train_seeds: range(0, 8),
      online_pool: range(8, 32),
      reference_pool: null,
      test_pool: range(32, 40),
      num_iterations: 5,
      num_evaluations_per_iteration: 3,
      batch_size: 8,
      full_eval_every_k: 3,
      ...(pool === undefined ? {} : { adaptive_pool: pool }),
    };
    const { config } = readRunnable({ mapping: { ...section, gepa: null, mipro } });
    if (config.algorithm !== "mipro") throw new Error("it is a MIPRO job");
    return miproSettings(config, { test: planMiproBudget(config).test });
  };
  const trace = async (settings: MiproSettings) => {
    const work = new MemoryWork(world({ budget: 400 }));
    const { state, results } = await run(work, settings);
    return JSON.stringify([settings, state, results, work.events, work.calls, work.proposals]);
  };
  const plain = await trace(settingsOf(undefined));
  expect(await trace(settingsOf({ level: "NONE" }))).toBe(plain);
  expect(
    await trace(settingsOf({ level: "HIGH", anchor_size: 5, pool_min_size: 8, pool_init_size: 12 })),
  ).not.toBe(plain);
});
