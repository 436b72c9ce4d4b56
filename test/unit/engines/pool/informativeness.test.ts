// How telling seeds are, and what the options of a pool say of it (protocol §1.8).

import { describe, expect, test } from "vitest";
import type { Seed } from "../../../../src/engines/engine.ts";
import type { PartlyScored } from "../../../../src/engines/pool/compare.ts";
import { type InfoSettings, seedInfo } from "../../../../src/engines/pool/informativeness.ts";
import {
  advance,
  beginPool,
  type PoolOptions,
  poolAt,
  poolSettings,
} from "../../../../src/engines/pool/pool.ts";
import { RANDOM } from "../../../../src/engines/random.ts";

const SETTINGS: InfoSettings = { k_info_prompts: 10, min_evals_per_example: 1, info_epsilon: 0 };

/** Candidates by their rewards: a row has one for each seed from 0 on, undefined where it was not scored. */
const candidates = (...rows: (number | undefined)[][]): PartlyScored[] =>
  rows.map((row, at) => ({
    id: `c${at}`,
    rewards: Object.fromEntries(
      row.flatMap((reward, seed) => (reward === undefined ? [] : [[String(seed), reward]])),
    ),
  }));

const infoOf = (scores: PartlyScored[], seeds: Seed[], change: Partial<InfoSettings> = {}) =>
  seeds.map((seed) => seedInfo(scores, seeds, { ...SETTINGS, ...change }).get(seed)?.informativeness);

describe("a seed is as telling as", () => {
  test("its scores vary: not at all where all prompts do the same there", () => {
    const scores = candidates([1, 0, 0.5], [1, 1, 0.5], [1, 0, 1], [1, 1, 1]);
    expect(infoOf(scores, [0, 1, 2])).toEqual([0, 0.25, 0.0625]);
  });

  test("they vary over the best k_info_prompts prompts: what bad ones do there says nothing", () => {
    // The last two are the best by their means, and agree on seed 1.
    const scores = candidates([0, 0, 0, 0], [1, 1, 1, 0], [1, 1, 0, 1]);
    expect(infoOf(scores, [1, 2], { k_info_prompts: 2 })).toEqual([0, 0.25]);
    expect(infoOf(scores, [1], { k_info_prompts: 3 })).toEqual([expect.closeTo(2 / 9, 12)]);
    expect(infoOf(scores, [1, 2], { k_info_prompts: 0 })).toEqual([0, 0]);
  });

  test("they vary over the best of those that were scored there", () => {
    // The best two have left seed 1 alone.
    const scores = candidates([1, undefined], [1, undefined], [0, 1], [0, 0]);
    expect(infoOf(scores, [1], { k_info_prompts: 2 })).toEqual([0.25]);
  });

  test("nothing below min_evals_per_example scores", () => {
    const scores = candidates([1, 1], [1, 0], [0, undefined]);
    expect(infoOf(scores, [0, 1], { min_evals_per_example: 2 })).toEqual([expect.closeTo(2 / 9, 12), 0.25]);
    expect(infoOf(scores, [0, 1], { min_evals_per_example: 3 })).toEqual([expect.closeTo(2 / 9, 12), 0]);
  });

  test("nothing below info_epsilon", () => {
    const scores = candidates([0, 0.5], [1, 0.6]);
    expect(infoOf(scores, [0, 1], { info_epsilon: 0.002 })).toEqual([0.25, expect.closeTo(0.0025, 12)]);
    expect(infoOf(scores, [0, 1], { info_epsilon: 0.003 })).toEqual([0.25, 0]);
  });
});

test("of seeds that tell nothing, those with too few scores to know go before those that are known to", () => {
  const options: PoolOptions = {
    ...{ anchor_size: 0, pool_init_size: 6, pool_min_size: 3, warmup_iters: 0, anneal_stop_iter: 1 },
    ...{ pool_update_period: 1, min_evals_per_example: 3, k_info_prompts: 5, info_buffer_factor: 0 },
    ...{ info_epsilon: 1e-6, heatup_size: 1, heatup_cooldown_trials: 1 },
    anchor_selection_method: "random",
    exploration_strategy: "diversity",
    heatup_trigger: "after_min_size",
    heatup_schedule: "repeat",
  };
  const examples = [0, 1, 2, 3, 4, 5].map((seed) => ({ seed }));
  // Seeds 0 to 2 are passed by all; 3 and 4 were seen twice, and 5 once.
  const scores = candidates([1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1]);
  for (let drawn = 0; drawn < 20; drawn++) {
    const random = RANDOM.from(RANDOM.seed(drawn));
    const settings = poolSettings(options, 6);
    const first = beginPool(settings, examples, random);
    const next = advance(first, { iteration: 1, trials: 3, scores }, settings, examples, random);
    expect(poolAt(next, [0, 1, 2, 3, 4, 5]), `drawn from ${drawn}`).toEqual([3, 4, 5]);
  }
});
