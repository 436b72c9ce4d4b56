// GEPA on an adaptive pool: what candidates are scored on, what it costs, and that nothing changes without one.

import { describe, expect, test } from "vitest";
import { planBudget } from "../../../../src/config/budget.ts";
import { readRunnable } from "../../../../src/config/read.ts";
import { gepaEngine } from "../../../../src/engines/gepa/gepa.ts";
import { SEARCH_DEFAULTS } from "../../../../src/engines/gepa/search-settings.ts";
import { DEFAULT_BREEDING, type GepaSettings, type GepaState } from "../../../../src/engines/gepa/state.ts";
import { type PoolOptions, poolSettings } from "../../../../src/engines/pool/pool.ts";
import type { PoolPlan } from "../../../../src/engines/pool/scoring.ts";
import type { JsonObject } from "../../../../src/wire/json.ts";
import { gepaSettings } from "../../../../src/worker/gepa-settings.ts";
import { fruitSettings, range } from "../../../support/fruit.ts";
import { MemoryWork, type ToyWorld } from "../../../support/memory-work.ts";
import { baseSection } from "../../config/base-config.ts";

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];
const world = (change: Partial<ToyWorld> = {}): ToyWorld => ({
  wants: (seed) => [WORDS[seed % 8] ?? "", WORDS[(seed * 3 + 1) % 8] ?? ""],
  ...change,
});

const OPTIONS: PoolOptions = {
  anchor_size: 4,
  pool_init_size: 20,
  pool_min_size: 8,
  warmup_iters: 1,
  anneal_stop_iter: 5,
  pool_update_period: 1,
  min_evals_per_example: 2,
  k_info_prompts: 5,
  info_buffer_factor: 0,
  info_epsilon: 1e-6,
  anchor_selection_method: "clustering",
  exploration_strategy: "diversity",
  heatup_trigger: "after_min_size",
  heatup_size: 3,
  heatup_cooldown_trials: 4,
  heatup_schedule: "repeat",
};
/** With anchors that are not chosen a second time. */
const SETTLED: PoolOptions = { ...OPTIONS, anchor_selection_method: "random" };
const plan = (options: PoolOptions = OPTIONS): PoolPlan => ({
  settings: poolSettings(options, 30),
  examples: range(0, 30).map((seed) => ({ seed })),
});
const pooled = (change: Partial<GepaSettings> = {}) =>
  fruitSettings({
    pareto_seeds: range(0, 30),
    feedback_seeds: range(30, 40),
    validation_seeds: range(40, 46),
    num_generations: 8,
    pool: plan(),
    ...change,
  });

async function run(work: MemoryWork, settings: GepaSettings) {
  const engine = gepaEngine(settings);
  let state: GepaState = engine.begin();
  while (!engine.verdict(state)) {
    work.beginStep();
    state = JSON.parse(JSON.stringify(await engine.step(state, work)));
  }
  return { state, results: engine.results(state) };
}

/** `size` of each pool that was told of, in order. */
const told = (work: MemoryWork) =>
  work.events.filter(({ type }) => type === "prompt.learning.gepa.pool.updated").map(({ data }) => data.size);

/** Rollouts that report how brief the prompt is, which counts for less than how easy the seed is. */
class BrevityWork extends MemoryWork {
  override async evaluate(...[candidate, ...rest]: Parameters<MemoryWork["evaluate"]>) {
    const answers = await super.evaluate(candidate, ...rest);
    const length = Object.values(candidate.texts).join("").length;
    return answers.map((answer) => ({ ...answer, metrics: { brevity: (answer.seed % 5) - length / 1000 } }));
  }
}

const shown = (objectives: Record<string, number> | undefined) => objectives?.brevity ?? 0;

describe("GEPA on an adaptive pool", () => {
  test("scores every accepted candidate on the anchors, and later ones on fewer seeds", async () => {
    const work = new MemoryWork(world());
    const { state, results } = await run(work, pooled());
    const accepted = state.candidates.filter((candidate) => candidate.accepted);
    const anchors = state.pool?.anchors ?? [];
    expect(anchors).toHaveLength(4);
    for (const { rewards } of accepted)
      for (const seed of anchors) expect(rewards).toHaveProperty([String(seed)]);
    expect(Object.keys(accepted[0]?.rewards ?? {})).toHaveLength(20);
    const late = accepted.filter(({ generation }) => generation > 6);
    for (const { rewards } of late) expect(Object.keys(rewards).length).toBeLessThanOrEqual(8);
    expect(results.pool).toMatchObject({ iteration: 8, size: 8, anchors });
    expect(told(work)[0]).toBe(20);
    expect(told(work).at(-1)).toBe(8);
  });

  test("a subsample of the pool has all anchors in it, and other seeds that are drawn", async () => {
    const breeding = { ...DEFAULT_BREEDING, subsample_size: 8 };
    const { state } = await run(new MemoryWork(world()), pooled({ breeding, pool: plan(SETTLED) }));
    const children = state.candidates.slice(1);
    const scored = children.filter(({ accepted }) => accepted);
    expect(scored.length).toBeGreaterThan(3);
    for (const { rewards } of scored) {
      expect(Object.keys(rewards)).toHaveLength(8);
      for (const seed of state.pool?.anchors ?? []) expect(rewards).toHaveProperty([String(seed)]);
    }
    const others = new Set(scored.flatMap(({ rewards }) => Object.keys(rewards)));
    expect(others.size).toBeGreaterThan(8);
  });

  test("what decides about the rest of a race on a subsample is not the anchors alone", async () => {
    const breeding = { ...DEFAULT_BREEDING, subsample_size: 8 };
    const drawn: boolean[] = [];
    for (const rng_seed of range(0, 10)) {
      const settings = pooled({ breeding, num_generations: 1, rng_seed, pool: plan(SETTLED) });
      const { state } = await run(new MemoryWork(world()), settings);
      const first = Object.values(state.partial).flatMap((rewards) => Object.keys(rewards).map(Number));
      drawn.push(...first.map((seed) => state.pool?.anchors.includes(seed) ?? false));
    }
    expect(new Set(drawn)).toEqual(new Set([true, false]));
  });

  test("a subsample smaller than the anchors is drawn of them", async () => {
    const breeding = { ...DEFAULT_BREEDING, subsample_size: 3 };
    const { state } = await run(new MemoryWork(world()), pooled({ breeding, pool: plan(SETTLED) }));
    const scored = state.candidates.slice(1).filter(({ accepted }) => accepted);
    const seeds = [...new Set(scored.flatMap(({ rewards }) => Object.keys(rewards).map(Number)))];
    expect(seeds.sort((a, b) => a - b)).toEqual(state.pool?.anchors);
  });

  test("spends fewer rollouts than the plain run of as many generations, and still finds a better prompt", async () => {
    const [plain, thrifty] = [new MemoryWork(world()), new MemoryWork(world())];
    await run(plain, pooled({ pool: undefined }));
    const { results } = await run(thrifty, pooled());
    expect(thrifty.spent).toBeLessThan(0.75 * plain.spent);
    expect(results.validation[1]?.mean).toBeGreaterThan((results.validation[0]?.mean ?? 1) + 0.3);
  });

  test("comes to the same result whatever the order of the answers", async () => {
    const one = await run(new MemoryWork(world()), pooled());
    const other = await run(new MemoryWork(world({ delay: (n) => (n * 7919) % 13 })), pooled());
    expect(other.state).toEqual(one.state);
  });

  test.each(range(80, 240).filter((n) => n % 23 === 0))(
    "never spends more than %i rollouts",
    async (budget) => {
      const work = new MemoryWork(world({ budget }));
      const { state } = await run(work, pooled({ num_generations: 50 }));
      expect(work.spent).toBeLessThanOrEqual(budget);
      expect(state.validation.length).toBeGreaterThan(0);
    },
  );

  test.each([undefined, plan(SETTLED)])(
    "a perfect score on a few easy seeds does not reach the target",
    async (pool) => {
      const wants = (seed: number) => (seed < 15 ? ["List", "apple"] : ["List", "quince", "sloe", "medlar"]);
      const propose = ({ replicate }: { replicate: number }) => `\`\`\`\nList apple ${replicate}\n\`\`\``;
      const breeding = { ...DEFAULT_BREEDING, subsample_size: 3 };
      const means: number[] = [];
      for (const rng_seed of range(0, 30)) {
        const settings = pooled({ breeding, num_generations: 1, target: 0.95, rng_seed, pool });
        const { state } = await run(new MemoryWork(world({ wants, propose })), settings);
        means.push(...state.candidates.map(({ mean }) => mean ?? 0));
        expect(state.stop).toBe("generations");
      }
      expect(Math.max(...means)).toBe(1);
    },
  );

  // Half of the examples are easier than the others, by as much as every child is better than the baseline.
  const halves = (seed: number) => (seed < 15 ? ["List", "apple"] : ["apple", "quince"]);
  const alike = ({ replicate }: { replicate: number }) => `\`\`\`\nList apple ${replicate}\n\`\`\``;
  test.each([
    [0.7, "no child", () => 0],
    [0.8, "every child", (children: number) => children],
  ])(
    "min_score_threshold = %d on prompts of 0.75 turns down %s, whatever its seeds",
    async (least, _, turned) => {
      const breeding = { ...DEFAULT_BREEDING, subsample_size: 3, min_score_threshold: least };
      for (const pool of [undefined, plan(SETTLED)]) {
        const settings = pooled({ breeding, num_generations: 6, pool });
        const { state } = await run(new MemoryWork(world({ wants: halves, propose: alike })), settings);
        const below = state.candidates.filter(({ reject_reason }) => reject_reason === "below_threshold");
        expect(below).toHaveLength(turned(state.candidates.length - 1));
      }
    },
  );

  test("a front of objectives is held by who is best over all seeds, not by who had the easy ones", async () => {
    const search = { ...SEARCH_DEFAULTS, frontier_type: "objective" as const };
    const breeding = { ...DEFAULT_BREEDING, subsample_size: 8 };
    const { state } = await run(new BrevityWork(world()), pooled({ search, breeding, pool: plan(SETTLED) }));
    const [baseline, ...children] = state.candidates.filter(({ accepted }) => accepted);
    expect(children.some(({ objectives }) => shown(objectives) > shown(baseline?.objectives))).toBe(true);
    // Every text that is learned is longer than the first.
    expect(state.candidates.filter(({ on_front }) => on_front)).toEqual([baseline]);
  });

  test("takes seeds of the reserve in for a while", async () => {
    const options: PoolOptions = {
      ...OPTIONS,
      heatup_trigger: "immediate",
      heatup_reserve_pool: [100, 101, 102, 103],
    };
    const work = new MemoryWork(world());
    await run(work, pooled({ pool: plan(options) }));
    const sizes = told(work).map(Number);
    expect(sizes[0]).toBe(23);
    expect(work.calls.some(({ seed, as }) => seed >= 100 && as === "pareto")).toBe(true);
    expect(work.events.some(({ data }) => Array.isArray(data.heatup) && data.heatup.length === 0)).toBe(true);
  });

  test("counts children that were turned down on a few seeds among the trials of a heat-up", async () => {
    const reserve = { heatup_trigger: "immediate" as const, heatup_reserve_pool: [100, 101, 102, 103] };
    const propose = ({ replicate }: { replicate: number }) => `\`\`\`\nname fruit ${replicate}\n\`\`\``;
    const worse = new MemoryWork(world({ wants: () => ["List", "quince"], propose }));
    const { state } = await run(worse, pooled({ pool: plan({ ...OPTIONS, ...reserve }) }));
    expect(state.candidates.slice(1).some(({ accepted }) => accepted)).toBe(false);
    const pools = worse.events.filter(({ type }) => type === "prompt.learning.gepa.pool.updated");
    const heated = pools.map(({ data }) => Array.isArray(data.heatup) && data.heatup.length > 0);
    // There are 6, 9 and 12 trials: four end a heat-up, and four further ones begin the next.
    expect(heated.slice(0, 4)).toEqual([true, false, false, true]);
  });
});

test("with level NONE a run equals the run of a config without the section, byte for byte", async () => {
  const settingsOf = (pool: JsonObject | undefined) => {
    const section = baseSection();
    const gepa = { ...(section.gepa as JsonObject), ...(pool === undefined ? {} : { adaptive_pool: pool }) };
    const { config } = readRunnable({ mapping: { ...section, gepa } });
    if (config.algorithm !== "gepa") throw new Error("it is a GEPA job");
    return gepaSettings(config, planBudget(config));
  };
  const trace = async (settings: GepaSettings) => {
    const work = new MemoryWork(world({ budget: 400 }));
    const { state, results } = await run(work, { ...settings, validation_seeds: [] });
    return JSON.stringify([state, results, work.events, work.calls, work.proposals]);
  };
  const plain = await trace(settingsOf(undefined));
  expect(await trace(settingsOf({ level: "NONE" }))).toBe(plain);
  expect(
    await trace(settingsOf({ level: "HIGH", anchor_size: 5, pool_min_size: 8, pool_init_size: 12 })),
  ).not.toBe(plain);
});
