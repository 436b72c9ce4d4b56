// What the pool of a search compares candidates by.

import { describe, expect, test } from "vitest";
import type { CandidateRecord } from "../../../../src/engines/engine.ts";
import { poolFor } from "../../../../src/engines/gepa/pool.ts";
import { SEARCH_DEFAULTS } from "../../../../src/engines/gepa/search-settings.ts";
import { DEFAULT_BREEDING, type GepaSettings } from "../../../../src/engines/gepa/state.ts";
import { type PoolOptions, poolSettings } from "../../../../src/engines/pool/pool.ts";
import { fruitSettings, range } from "../../../support/fruit.ts";

function record(id: string, estimate: number, rewards: Record<string, number>): CandidateRecord {
  const values = Object.values(rewards);
  const mean = values.reduce((sum, reward) => sum + reward, 0) / values.length;
  const parents: string[] = [];
  return {
    id,
    texts: { system: id },
    parents,
    generation: 0,
    operator: "reflection",
    accepted: true,
    rewards,
    mean,
    estimate,
    on_front: false,
  };
}

/** Scored where it is easy, and better by nothing but its mean. */
const LUCKY = record("lucky", 0.5, { 0: 1, 1: 0.9 });
const GOOD = record("good", 0.7, { 2: 0.6, 3: 0.6 });

/** `brief` is the better one on the seed that both know, and the other's further seed is easy. */
const BRIEF = {
  ...record("brief", 0, { 0: 0, 2: 0 }),
  objectives: { brevity: 0.4 },
  metrics: { 0: { brevity: 0.6 }, 2: { brevity: 0.2 } },
};
const WORDY = {
  ...record("wordy", 0, { 0: 0, 1: 0 }),
  objectives: { brevity: 0.7 },
  metrics: { 0: { brevity: 0.5 }, 1: { brevity: 0.9 } },
};

const pool = (change: Partial<GepaSettings>) =>
  poolFor(fruitSettings({ pareto_seeds: range(0, 4), feedback_seeds: range(10, 14), ...change }));
const OPTIONS: PoolOptions = {
  anchor_size: 1,
  pool_init_size: 4,
  pool_min_size: 2,
  warmup_iters: 1,
  anneal_stop_iter: 5,
  pool_update_period: 1,
  min_evals_per_example: 1,
  k_info_prompts: 2,
  info_buffer_factor: 0,
  info_epsilon: 1e-6,
  anchor_selection_method: "random",
  exploration_strategy: "diversity",
  heatup_trigger: "after_min_size",
  heatup_size: 1,
  heatup_cooldown_trials: 1,
  heatup_schedule: "repeat",
};
const POOL = { settings: poolSettings(OPTIONS, 4), examples: range(0, 4).map((seed) => ({ seed })) };
const SUBSAMPLE = { ...DEFAULT_BREEDING, subsample_size: 2 };

describe("candidates of a search are ranked", () => {
  test("by their means, where all are scored on the same seeds", () => {
    const plain = pool({});
    plain.follow([LUCKY, GOOD]);
    expect(plain.fronts.best()).toBe(plain.numberOf("lucky"));
    expect(plain.mean(plain.numberOf("good"))).toBe(GOOD.mean);
  });

  test.each([
    ["an adaptive pool", { pool: POOL }],
    ["a subsample", { breeding: SUBSAMPLE }],
  ])("by their estimates, where %s makes their seeds differ", (_, change) => {
    const fair = pool(change);
    fair.follow([LUCKY, GOOD]);
    expect(fair.fronts.top(2)).toEqual([fair.numberOf("good"), fair.numberOf("lucky")]);
    expect(fair.mean(fair.numberOf("good"))).toBe(GOOD.estimate);
  });

  test("by the estimates of now, which every generation changes", () => {
    const fair = pool({ pool: POOL });
    fair.follow([LUCKY, GOOD]);
    fair.follow([{ ...LUCKY, estimate: 0.8 }, GOOD]);
    expect(fair.fronts.best()).toBe(fair.numberOf("lucky"));
  });
});

describe("objectives of candidates are compared", () => {
  const search = { ...SEARCH_DEFAULTS, frontier_type: "objective" as const };
  const holders = (made: ReturnType<typeof pool>, ...candidates: CandidateRecord[]) => {
    made.follow(candidates);
    return made.fronts.holders().map((number) => made.member(number).id);
  };

  test("by their means, where all are scored on the same seeds", () => {
    expect(holders(pool({ search }), BRIEF, WORDY)).toEqual(["wordy"]);
  });

  test.each([
    ["an adaptive pool", { pool: POOL }],
    ["a subsample", { breeding: SUBSAMPLE }],
  ])("by what they would be over all seeds, where %s makes their seeds differ", (_, change) => {
    expect(holders(pool({ search, ...change }), BRIEF, WORDY)).toEqual(["brief"]);
  });

  test("anew with every candidate that tells how easy a seed is", () => {
    const fair = pool({ search, pool: POOL });
    expect(holders(fair, BRIEF, WORDY)).toEqual(["brief"]);
    expect(holders(fair, { ...BRIEF, estimate: 0.1 }, WORDY)).toEqual(["brief"]);
    const metrics = { 1: { brevity: 0.1 }, 2: { brevity: 0.9 } };
    const third = { ...record("third", 0, { 1: 0, 2: 0 }), objectives: { brevity: 0.5 }, metrics };
    expect(holders(fair, BRIEF, WORDY, third)).toEqual(
      holders(pool({ search, pool: POOL }), BRIEF, WORDY, third),
    );
    expect(holders(fair, BRIEF, WORDY, third)).toEqual(["wordy"]);
  });
});
