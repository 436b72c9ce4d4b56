// The smaller tables of the MIPRO section (protocol §1.10): the search, the examples, and the grounding of proposals.

import * as z from "zod";
import { between, flag, integer, number, text, webUrl } from "./fields.ts";
import { SeedList } from "./seeds.ts";

/** Older settings of the proposer; proposer_effort chooses its model now. */
export const MIPROMetaConfig = z.object({
  model: text().optional().describe("Older way to choose the proposer's model; see proposer_effort."),
  provider: text().optional().describe("Who serves that model."),
  inference_url: webUrl().optional().describe("Not used: the service knows where its models are."),
  temperature: number(0).optional().describe("Sampling temperature of the proposer."),
  max_tokens: integer(1).optional().describe("The most tokens of one proposal."),
});
export type MIPROMetaConfig = z.infer<typeof MIPROMetaConfig>;

/** The four seed lists in one table. */
export const MIPROSeedConfig = z.object({
  bootstrap: SeedList.default([]).describe("Seeds from which examples are taken."),
  online: SeedList.default([]).describe("Seeds on which trials are scored."),
  test: SeedList.default([]).describe("Seeds on which the best prompt is scored at the end."),
  reference: SeedList.default([]).describe("Seeds that show the proposer what the task is like."),
});
export type MIPROSeedConfig = z.infer<typeof MIPROSeedConfig>;

/** How the next trial is chosen: a tree-structured Parzen estimator. */
export const MIPROTpeConfig = z.object({
  gamma: between(0, 1).optional().describe("Share of trials that count as good."),
  n_candidates: integer(1).optional().describe("Choices that are compared for each trial."),
  n_startup_trials: integer(0).optional().describe("Trials that are drawn at random first."),
  epsilon: number(0, 1).optional().describe("Share of later trials that are drawn at random."),
  alpha: number(0).optional().describe("Another name of categorical_alpha."),
  categorical_alpha: number(0).optional().describe("Smoothing of the counts of each choice."),
  prior_weight: number(0).optional().describe("Weight of a uniform prior."),
});
export type MIPROTpeConfig = z.infer<typeof MIPROTpeConfig>;

/** How sets of examples are made. */
export const MIPRODemoConfig = z.object({
  max_few_shot_examples: integer(0).optional().describe("The most examples of one set."),
  sets_per_size: integer(1).optional().describe("Sets of each size."),
  include_empty: flag().optional().describe("Whether a prompt without examples is tried too."),
});
export type MIPRODemoConfig = z.infer<typeof MIPRODemoConfig>;

/** How instructions are proposed. */
export const MIPROGroundingConfig = z.object({
  n: integer(1).optional().describe("Instructions to propose."),
  temperature: number(0).optional().describe("Sampling temperature of the proposer."),
  max_tokens: integer(1).optional().describe("The most tokens of one proposal."),
});
export type MIPROGroundingConfig = z.infer<typeof MIPROGroundingConfig>;

/** How new instructions are proposed while the search runs. */
export const MIPROMetaUpdateConfig = z.object({
  enabled: flag().optional().describe("Whether new instructions are proposed during the search."),
  every_iterations: integer(1).optional().describe("Iterations between two rounds of proposals."),
  topk_success: integer(0).optional().describe("Best examples shown to the proposer."),
  topk_failure: integer(0).optional().describe("Worst examples shown to the proposer."),
  validate_on_batch: integer(1)
    .optional()
    .describe("Seeds on which proposals are scored before they are kept."),
  keep_k: integer(1).optional().describe("The most instructions kept."),
  dedup_token_overlap: number(0, 1)
    .optional()
    .describe("Overlap from which on two instructions count as one."),
  regen_temperature_decay: between(0).optional().describe("Factor on the temperature at each round."),
});
export type MIPROMetaUpdateConfig = z.infer<typeof MIPROMetaUpdateConfig>;
