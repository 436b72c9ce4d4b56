// The adaptive pool: fewer training seeds for each candidate as the search goes on (protocol §1.8).

import * as z from "zod";
import { integer, number, word } from "./fields.ts";
import { LEVELS, overPreset, requireLevel, toInteger, toNumber } from "./levels.ts";
import { SeedList } from "./seeds.ts";

/** How much of the pool is saved. */
export const AdaptiveCurriculumLevel = word(LEVELS);
export type AdaptiveCurriculumLevel = z.infer<typeof AdaptiveCurriculumLevel>;

const ANCHOR_METHODS = ["random", "clustering"] as const;
const STRATEGIES = ["random", "diversity"] as const;
const TRIGGERS = ["after_min_size", "immediate", "every_N_trials_after_min"] as const;
const SCHEDULES = ["repeat", "once"] as const;

/** Seeds in reserve; a job's row has no room for another list as long as the others. */
const MAX_RESERVE = 1_000;

const oneOrMore = z.preprocess(
  (value) => {
    if (typeof value === "number") return [value];
    return Array.isArray(value) && value.length === 0 ? undefined : value;
  },
  SeedList.refine((seeds) => seeds.length <= MAX_RESERVE, {
    error: `at most ${MAX_RESERVE} seeds`,
  }).optional(),
);

/**
 * The pool's settings. The defaults are those of the protocol's class, equal to level MODERATE; in a job's config they
 * come from the level's preset.
 */
export const AdaptivePoolConfig = z.object({
  level: AdaptiveCurriculumLevel.default("LOW").describe("How much to save; NONE switches the pool off."),
  anchor_size: integer(0).default(30).describe("Seeds that every candidate is scored on."),
  pool_init_size: integer(0).optional().describe("Seeds in the pool at first; all of them when absent."),
  pool_min_size: integer(0).optional().describe("Seeds in the pool at last; the anchors when absent."),
  warmup_iters: integer(0).default(5).describe("Iterations before the pool begins to shrink."),
  anneal_stop_iter: integer(0).default(20).describe("Iteration at which the pool has its last size."),
  pool_update_period: integer(1)
    .default(3)
    .describe("Iterations between two looks at how telling each seed is."),
  min_evals_per_example: integer(1)
    .default(3)
    .describe("Scores that a seed needs before it counts as telling."),
  k_info_prompts: integer(0).default(10).describe("Best prompts over which a seed's scores are compared."),
  info_buffer_factor: number(0, 1)
    .default(0.9)
    .describe("Share of all information that a shrunken pool keeps."),
  info_epsilon: number(0).default(1e-6).describe("Differences below this count as none."),
  anchor_selection_method: word(ANCHOR_METHODS)
    .default("clustering")
    .describe(
      "How anchors are chosen: at random, or as the middles of groups of like examples, by the texts that `/task_info` tells of them and, once there are any, by their scores.",
    ),
  exploration_strategy: word(STRATEGIES)
    .default("diversity")
    .describe("How the other seeds are chosen: at random, or those on which good prompts differ most."),
  heatup_reserve_pool: oneOrMore.describe("Seeds in reserve, added when the pool is heated up."),
  heatup_trigger: word(TRIGGERS)
    .default("after_min_size")
    .describe(
      "When seeds of the reserve join the pool: with the run, when the pool has its last size, or so many trials (heatup_cooldown_trials) after that.",
    ),
  heatup_size: integer(1).default(20).describe("Seeds added by one heat-up, those of the reserve in turn."),
  heatup_cooldown_trials: integer(0)
    .default(50)
    .describe(
      "Trials after which they are taken off again. Heat-ups that repeat rest for as many; with every_N_trials_after_min they change their seeds instead.",
    ),
  heatup_schedule: word(SCHEDULES)
    .default("repeat")
    .describe("Whether heat-ups repeat, or there is one only."),
});
export type AdaptivePoolConfig = z.infer<typeof AdaptivePoolConfig>;

const HEATUP = {
  heatup_trigger: "after_min_size",
  heatup_size: 20,
  heatup_cooldown_trials: 50,
  heatup_schedule: "repeat",
} as const;
const TELLING = {
  info_epsilon: 1e-6,
  anchor_selection_method: "clustering",
  exploration_strategy: "diversity",
  ...HEATUP,
} as const;
const NEVER = 999_999;

/** Each level's settings. */
const ADAPTIVE_POOL_PRESETS: Readonly<Record<AdaptiveCurriculumLevel, AdaptivePoolConfig>> = {
  NONE: {
    level: "NONE",
    anchor_size: 0,
    warmup_iters: NEVER,
    anneal_stop_iter: NEVER,
    pool_update_period: NEVER,
    min_evals_per_example: 1,
    k_info_prompts: 0,
    info_buffer_factor: 1,
    info_epsilon: 1e-6,
    anchor_selection_method: "random",
    exploration_strategy: "random",
    ...HEATUP,
  },
  LOW: {
    level: "LOW",
    anchor_size: 50,
    pool_init_size: 150,
    pool_min_size: 100,
    warmup_iters: 10,
    anneal_stop_iter: 30,
    pool_update_period: 2,
    min_evals_per_example: 5,
    k_info_prompts: 15,
    info_buffer_factor: 0.95,
    ...TELLING,
  },
  MODERATE: {
    level: "MODERATE",
    anchor_size: 30,
    pool_init_size: 100,
    pool_min_size: 50,
    warmup_iters: 5,
    anneal_stop_iter: 20,
    pool_update_period: 3,
    min_evals_per_example: 3,
    k_info_prompts: 10,
    info_buffer_factor: 0.9,
    ...TELLING,
  },
  HIGH: {
    level: "HIGH",
    anchor_size: 20,
    pool_init_size: 60,
    pool_min_size: 30,
    warmup_iters: 3,
    anneal_stop_iter: 10,
    pool_update_period: 5,
    min_evals_per_example: 2,
    k_info_prompts: 5,
    info_buffer_factor: 0.8,
    ...TELLING,
  },
};

/** An adaptive pool as a section of a job's config: absent options come from the level's preset. */
export const AdaptivePoolSection = overPreset(AdaptivePoolConfig, ADAPTIVE_POOL_PRESETS, "LOW");

/** What a pool is resolved from. */
export interface AdaptivePoolChoice {
  /** LOW when absent; in any case of letters. */
  level?: string | null;
  /** Options laid over the level's preset; other keys are dropped, null means the preset's "not given". */
  overrides?: Readonly<Record<string, unknown>> | null;
  /** Training seeds of the job; null when it is not known. */
  devPoolSize?: number | null;
}

/**
 * A pool's settings from its level's preset (protocol §1.8). Numbers are cast and unknown words become the default, so
 * only a wrong level, or a number that is none, is an error. @throws RangeError
 */
export function resolveAdaptivePoolConfig(choice: AdaptivePoolChoice = {}): AdaptivePoolConfig {
  const level = requireLevel(choice.level, "pool", "LOW");
  const given: Record<string, unknown> = { ...ADAPTIVE_POOL_PRESETS[level], ...choice.overrides };
  const whole = (key: string) => toInteger(key, given[key]);
  const wholeOrNone = (key: string) =>
    given[key] === null || given[key] === undefined ? undefined : whole(key);
  const reserve = reserveOf(given.heatup_reserve_pool);
  const pool: AdaptivePoolConfig = {
    level,
    anchor_size: whole("anchor_size"),
    pool_init_size: wholeOrNone("pool_init_size"),
    pool_min_size: wholeOrNone("pool_min_size"),
    warmup_iters: whole("warmup_iters"),
    anneal_stop_iter: whole("anneal_stop_iter"),
    pool_update_period: whole("pool_update_period"),
    min_evals_per_example: whole("min_evals_per_example"),
    k_info_prompts: whole("k_info_prompts"),
    info_buffer_factor: toNumber("info_buffer_factor", given.info_buffer_factor),
    info_epsilon: toNumber("info_epsilon", given.info_epsilon),
    anchor_selection_method: ANCHOR_METHODS.find((m) => m === given.anchor_selection_method) ?? "clustering",
    exploration_strategy: STRATEGIES.find((s) => s === given.exploration_strategy) ?? "diversity",
    heatup_trigger: TRIGGERS.find((t) => t === given.heatup_trigger) ?? "after_min_size",
    heatup_size: whole("heatup_size"),
    heatup_cooldown_trials: whole("heatup_cooldown_trials"),
    heatup_schedule: SCHEDULES.find((s) => s === given.heatup_schedule) ?? "repeat",
    ...(reserve === undefined ? {} : { heatup_reserve_pool: reserve }),
  };
  return sizedPool(pool, choice.devPoolSize ?? undefined);
}

/**
 * The pool with both of its sizes, as far as they can be known: at first all of the job's training seeds, or no more
 * than there are; at last the anchors.
 */
export function sizedPool(pool: AdaptivePoolConfig, devPoolSize: number | undefined): AdaptivePoolConfig {
  const { pool_init_size: first, pool_min_size: last, ...rest } = pool;
  const init = devPoolSize === undefined ? first : Math.min(first ?? devPoolSize, devPoolSize);
  return {
    ...rest,
    ...(init === undefined ? {} : { pool_init_size: init }),
    // The documentation's promise; the protocol's old code took all training seeds, so that nothing ever shrank.
    pool_min_size: last ?? pool.anchor_size,
  };
}

function reserveOf(value: unknown): number[] | undefined {
  const list = Array.isArray(value) ? value : value ? [value] : [];
  return list.length === 0 ? undefined : list.map((seed) => toInteger("heatup_reserve_pool", seed));
}
