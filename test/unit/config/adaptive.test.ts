import { describe, expect, test } from "vitest";
import {
  AdaptivePoolConfig,
  GEPAAdaptiveBatchConfig,
  resolveAdaptiveBatchConfig,
  resolveAdaptivePoolConfig,
} from "../../../src/config/index.ts";
import { readRunnable } from "../../../src/config/read.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { becomes, gepaSection, mistakes, sectionFor } from "./surface-base.ts";

const LEVELS = ["NONE", "LOW", "MODERATE", "HIGH"];
const NEVER = 999_999;

describe("the presets of the adaptive pool", () => {
  test.each([
    ["anchor_size", [0, 50, 30, 20]],
    ["pool_init_size", [undefined, 150, 100, 60]],
    ["pool_min_size", [0, 100, 50, 30]],
    ["warmup_iters", [NEVER, 10, 5, 3]],
    ["anneal_stop_iter", [NEVER, 30, 20, 10]],
    ["pool_update_period", [NEVER, 2, 3, 5]],
    ["min_evals_per_example", [1, 5, 3, 2]],
    ["k_info_prompts", [0, 15, 10, 5]],
    ["info_buffer_factor", [1, 0.95, 0.9, 0.8]],
    ["info_epsilon", [1e-6, 1e-6, 1e-6, 1e-6]],
    ["anchor_selection_method", ["random", "clustering", "clustering", "clustering"]],
    ["exploration_strategy", ["random", "diversity", "diversity", "diversity"]],
    ["heatup_reserve_pool", [undefined, undefined, undefined, undefined]],
    ["heatup_trigger", Array(4).fill("after_min_size")],
    ["heatup_size", [20, 20, 20, 20]],
    ["heatup_cooldown_trials", [50, 50, 50, 50]],
    ["heatup_schedule", Array(4).fill("repeat")],
    ["level", LEVELS],
  ] as const)("%s is %j", (key, values) => {
    expect(LEVELS.map((level) => resolveAdaptivePoolConfig({ level })[key])).toEqual(values);
  });

  test("the class's own defaults are the MODERATE numbers under level LOW", () => {
    const {
      pool_init_size: _,
      pool_min_size: __,
      ...moderate
    } = resolveAdaptivePoolConfig({ level: "MODERATE" });
    expect(AdaptivePoolConfig.parse({})).toEqual({ ...moderate, level: "LOW" });
  });
});

describe("resolveAdaptivePoolConfig", () => {
  test("takes LOW for no level, and a level in any writing", () => {
    expect(resolveAdaptivePoolConfig().level).toBe("LOW");
    expect(resolveAdaptivePoolConfig({ level: null }).level).toBe("LOW");
    expect(resolveAdaptivePoolConfig({ level: " high " }).level).toBe("HIGH");
  });

  test("refuses another level in the protocol's words", () => {
    expect(() => resolveAdaptivePoolConfig({ level: "MAX" })).toThrow(
      "Invalid adaptive pool level 'MAX'. Must be one of: NONE, LOW, MODERATE, HIGH",
    );
  });

  test.each([
    ["LOW", 30, { pool_init_size: 30, pool_min_size: 100, anchor_size: 50 }],
    ["LOW", 200, { pool_init_size: 150, pool_min_size: 100 }],
    ["HIGH", 0, { pool_init_size: 0, pool_min_size: 30 }],
    ["NONE", 40, { pool_init_size: 40 }],
  ])("caps only the first size of %s at %i seeds", (level, devPoolSize, sizes) => {
    expect(resolveAdaptivePoolConfig({ level, devPoolSize })).toMatchObject(sizes);
  });

  test("a last size that is not given is the anchors', as the documentation promises", () => {
    const pool = resolveAdaptivePoolConfig({
      level: "LOW",
      overrides: { pool_min_size: null },
      devPoolSize: 90,
    });
    expect(pool.pool_min_size).toBe(50);
  });

  test("lays overrides over the preset, casts numbers and drops what it does not know", () => {
    const overrides = {
      anchor_size: "7",
      warmup_iters: 2.9,
      info_epsilon: "0.5",
      heatup_reserve_pool: 4,
      anchor_selection_method: "magic",
      exploration_strategy: "magic",
      heatup_trigger: "magic",
      heatup_schedule: "magic",
      other: 1,
    };
    const pool = resolveAdaptivePoolConfig({ level: "NONE", overrides });
    expect(pool).toMatchObject({
      anchor_size: 7,
      warmup_iters: 2,
      info_epsilon: 0.5,
      heatup_reserve_pool: [4],
      anchor_selection_method: "clustering",
      exploration_strategy: "diversity",
      heatup_trigger: "after_min_size",
      heatup_schedule: "repeat",
    });
    expect(pool).not.toHaveProperty("other");
  });

  test.each([[[]], [0], [null]])("a reserve of %j is none", (heatup_reserve_pool) => {
    expect(
      resolveAdaptivePoolConfig({ overrides: { heatup_reserve_pool } }).heatup_reserve_pool,
    ).toBeUndefined();
  });

  test("a number that is none is an error", () => {
    expect(() => resolveAdaptivePoolConfig({ overrides: { anchor_size: "many" } })).toThrow(
      'anchor_size must be a number, found "many"',
    );
  });
});

describe("resolveAdaptiveBatchConfig", () => {
  test.each([
    ["reflection_minibatch_size", [8, 5, 3, 2]],
    ["min_local_improvement", [0, 0, 0, 0]],
    ["val_evaluation_mode", ["full", "subsample", "subsample", "subsample"]],
    ["val_subsample_size", [64, 80, 64, 48]],
    ["candidate_selection_strategy", ["random", "coverage", "coverage", "coverage"]],
    ["level", LEVELS],
  ] as const)("has the presets' %s, %j", (key, values) => {
    expect(LEVELS.map((level) => resolveAdaptiveBatchConfig({ level })[key])).toEqual(values);
  });

  test("takes MODERATE for no level, as the class does", () => {
    expect(resolveAdaptiveBatchConfig()).toEqual(GEPAAdaptiveBatchConfig.parse({}));
  });

  test("refuses another level, and takes the safe word for an unknown one", () => {
    expect(() => resolveAdaptiveBatchConfig({ level: "x" })).toThrow(
      "Invalid adaptive batch level 'x'. Must be one of:",
    );
    const overrides = {
      val_evaluation_mode: "some",
      candidate_selection_strategy: "some",
      val_subsample_size: "9",
    };
    expect(resolveAdaptiveBatchConfig({ overrides })).toMatchObject({
      val_evaluation_mode: "full",
      candidate_selection_strategy: "coverage",
      val_subsample_size: 9,
    });
  });
});

describe("in a job's config", () => {
  test("a section comes out as the resolver has it", () => {
    const pool = becomes("gepa.adaptive_pool", { level: "high", k_info_prompts: 6 });
    expect(pool).toEqual(
      resolveAdaptivePoolConfig({ level: "HIGH", overrides: { k_info_prompts: 6 }, devPoolSize: 30 }),
    );
    expect(becomes("gepa.adaptive_batch", { level: "LOW" })).toEqual(
      resolveAdaptiveBatchConfig({ level: "LOW" }),
    );
  });

  test("an absent section is off, and stays absent", () => {
    expect(becomes("gepa.adaptive_pool", undefined)).toBeUndefined();
    expect(becomes("gepa.adaptive_batch", undefined)).toBeUndefined();
  });

  test("a MIPRO job's pool is no larger than its online pool", () => {
    expect(becomes("mipro.adaptive_pool", { level: "LOW" })).toMatchObject({ pool_init_size: 3 });
  });

  test.each([
    [
      { pool_init_size: 5, pool_min_size: 9 },
      "pool_init_size must be at least pool_min_size, which is 9, found 5",
    ],
    [{ pool_min_size: 5, anchor_size: 6 }, "pool_min_size must be at least anchor_size, which is 6, found 5"],
    [
      { warmup_iters: 5, anneal_stop_iter: 5 },
      "anneal_stop_iter must be above warmup_iters, which is 5, found 5",
    ],
  ])("%j is refused", (pool, says) => {
    expect(mistakes(sectionFor("gepa.adaptive_pool", pool))).toEqual([
      `prompt_learning.gepa.adaptive_pool.${says}`,
    ]);
    const mipro = sectionFor("mipro.adaptive_pool", pool);
    expect(mistakes(mipro)).toEqual([`prompt_learning.mipro.adaptive_pool.${says}`]);
  });

  test.each<[string, JsonObject, string[]]>([
    [
      "gepa",
      { level: "LOW", anchor_size: 12, pool_init_size: 50 },
      [
        "anchor_size is 12, and there are 10 Pareto seeds: it is capped to that",
        "pool_init_size is 50, and there are 10 Pareto seeds: it is capped to that",
      ],
    ],
    [
      "gepa",
      { level: "LOW", anchor_size: 2, pool_min_size: 5, heatup_trigger: "immediate", heatup_size: 3 },
      [
        "heatup_trigger has no effect: there are no heat-ups without a heatup_reserve_pool",
        "heatup_size has no effect: there are no heat-ups without a heatup_reserve_pool",
      ],
    ],
    [
      "gepa",
      {
        level: "LOW",
        anchor_size: 2,
        pool_min_size: 5,
        heatup_trigger: "immediate",
        heatup_reserve_pool: [77, 78],
      },
      [],
    ],
    [
      "gepa",
      { level: "LOW", anchor_size: 2, pool_min_size: 10, pool_init_size: 10 },
      [
        " saves nothing: there are 10 Pareto seeds, and the pool of level LOW never has fewer than 10; a smaller pool_min_size and anchor_size would",
      ],
    ],
    [
      "gepa",
      { level: "MODERATE" },
      [
        " saves nothing: there are 10 Pareto seeds, and the pool of level MODERATE never has fewer than 50; a smaller pool_min_size and anchor_size would",
      ],
    ],
    [
      "mipro",
      { level: "LOW", pool_min_size: 100 },
      ["pool_min_size is 100, and online_pool has 3 seeds: it is capped to that"],
    ],
    ["gepa", { level: "LOW", anchor_size: 2, pool_init_size: 8, pool_min_size: 4 }, []],
    ["gepa", { level: "NONE", anchor_size: 99 }, []],
  ])("a pool of %s that is %j, with fewer seeds than that, is a warning", (algorithm, pool, says) => {
    const mapping = sectionFor(`${algorithm}.adaptive_pool`, pool);
    if (algorithm === "gepa") {
      mapping.gepa = { ...(mapping.gepa as JsonObject), archive: { pareto_set_size: 10 } };
    }
    const about = `prompt_learning.${algorithm}.adaptive_pool`;
    const told = readRunnable({ mapping }).warnings.map(({ message }) => message);
    expect(told.filter((message) => message.startsWith(about))).toEqual(
      says.map((one) => (one.startsWith(" ") ? `${about}${one}` : `${about}.${one}`)),
    );
  });

  test("a reserve is a short list, or one seed", () => {
    const reserve = (value: Json) => sectionFor("gepa.adaptive_pool", { heatup_reserve_pool: value });
    expect(mistakes(reserve({ start: 0, end: 1_001 }))).toEqual([
      "prompt_learning.gepa.adaptive_pool.heatup_reserve_pool must be at most 1000 seeds, found { start = 0, end = 1001 }",
    ]);
    expect(mistakes(reserve({ start: 0, end: 1_000 }))).toEqual([]);
    expect(becomes("gepa.adaptive_pool.heatup_reserve_pool", 7)).toEqual([7]);
    expect(becomes("gepa.adaptive_pool.heatup_reserve_pool", [])).toBeUndefined();
  });

  test("sizes that agree are fine", () => {
    const pool = {
      pool_init_size: 9,
      pool_min_size: 9,
      anchor_size: 9,
      warmup_iters: 1,
      anneal_stop_iter: 2,
    };
    expect(mistakes(sectionFor("gepa.adaptive_pool", pool))).toEqual([]);
  });

  test("strictly, a subsample says how large it is", () => {
    const batch = { val_evaluation_mode: "subsample" };
    const section = sectionFor("gepa.adaptive_batch", batch);
    expect(mistakes(section)).toEqual([]);
    expect(mistakes(section, { strict: true })).toEqual([
      'prompt_learning.gepa.adaptive_batch.val_subsample_size is missing: val_evaluation_mode = "subsample" needs it',
    ]);
    expect(mistakes(gepaSection(), { strict: true })).toEqual([]);
  });
});
