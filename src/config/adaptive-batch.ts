// The adaptive batch of GEPA: smaller minibatches and subsampled validation (protocol §1.9).

import * as z from "zod";
import { integer, number, word } from "./fields.ts";
import { LEVELS, overPreset, requireLevel, toInteger, toNumber } from "./levels.ts";

/** How much of the evaluations is saved. */
export const AdaptiveBatchLevel = word(LEVELS);
export type AdaptiveBatchLevel = z.infer<typeof AdaptiveBatchLevel>;

const MODES = ["full", "subsample"] as const;
const STRATEGIES = ["coverage", "random"] as const;

/** The batch's settings. In a job's config the absent ones come from the level's preset. */
export const GEPAAdaptiveBatchConfig = z.object({
  level: AdaptiveBatchLevel.default("MODERATE").describe("How much to save; NONE switches it off."),
  reflection_minibatch_size: integer(1).default(3).describe("In the place of `rollout.minibatch_size`."),
  min_local_improvement: number()
    .default(0)
    .describe(
      "What a child's sum of rewards on the first part of its Pareto seeds must have on top of its parent's; with strategy reference, on the minibatch. In generations, at 0 the child goes on while it may well be better.",
    ),
  val_evaluation_mode: word(MODES)
    .default("subsample")
    .describe(
      "Whether a child is scored on all Pareto seeds, or on some that are drawn anew in every generation, with strategy reference for every child.",
    ),
  val_subsample_size: integer(1)
    .default(64)
    .describe("Pareto seeds of one scoring, when they are subsampled."),
  candidate_selection_strategy: word(STRATEGIES)
    .default("coverage")
    .describe(
      "How parents are chosen: `coverage` draws in proportion to the Pareto seeds that a candidate is best on, `random` from all alike.",
    ),
});
export type GEPAAdaptiveBatchConfig = z.infer<typeof GEPAAdaptiveBatchConfig>;

/** Each level's settings. */
const ADAPTIVE_BATCH_PRESETS: Readonly<Record<AdaptiveBatchLevel, GEPAAdaptiveBatchConfig>> = {
  NONE: preset("NONE", 8, "full", 64, "random"),
  LOW: preset("LOW", 5, "subsample", 80, "coverage"),
  MODERATE: preset("MODERATE", 3, "subsample", 64, "coverage"),
  HIGH: preset("HIGH", 2, "subsample", 48, "coverage"),
};

/** An adaptive batch as a section of a job's config: absent options come from the level's preset. */
export const AdaptiveBatchSection = overPreset(GEPAAdaptiveBatchConfig, ADAPTIVE_BATCH_PRESETS, "MODERATE");

/** What a batch is resolved from. */
export interface AdaptiveBatchChoice {
  /** MODERATE when absent; in any case of letters. */
  level?: string | null;
  /** Options laid over the level's preset; other keys are dropped. */
  overrides?: Readonly<Record<string, unknown>> | null;
}

/**
 * A batch's settings from its level's preset (protocol §1.9). Numbers are cast and unknown words become the default, so
 * only a wrong level, or a number that is none, is an error. @throws RangeError
 */
export function resolveAdaptiveBatchConfig(choice: AdaptiveBatchChoice = {}): GEPAAdaptiveBatchConfig {
  const level = requireLevel(choice.level, "batch", "MODERATE");
  const given: Record<string, unknown> = { ...ADAPTIVE_BATCH_PRESETS[level], ...choice.overrides };
  return {
    level,
    reflection_minibatch_size: toInteger("reflection_minibatch_size", given.reflection_minibatch_size),
    min_local_improvement: toNumber("min_local_improvement", given.min_local_improvement),
    val_evaluation_mode: MODES.find((mode) => mode === given.val_evaluation_mode) ?? "full",
    val_subsample_size: toInteger("val_subsample_size", given.val_subsample_size),
    candidate_selection_strategy:
      STRATEGIES.find((strategy) => strategy === given.candidate_selection_strategy) ?? "coverage",
  };
}

function preset(
  level: AdaptiveBatchLevel,
  reflection_minibatch_size: number,
  val_evaluation_mode: (typeof MODES)[number],
  val_subsample_size: number,
  candidate_selection_strategy: (typeof STRATEGIES)[number],
): GEPAAdaptiveBatchConfig {
  return {
    level,
    reflection_minibatch_size,
    min_local_improvement: 0,
    val_evaluation_mode,
    val_subsample_size,
    candidate_selection_strategy,
  };
}
