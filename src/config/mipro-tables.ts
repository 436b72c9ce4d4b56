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
  gamma: between(0, 1)
    .optional()
    .describe('Share of trials that count as good; 0.15, or 0.1 with strategy = "reference".'),
  n_candidates: integer(1).optional().describe("Points that are compared for each trial; 24 where absent."),
  n_startup_trials: integer(0)
    .optional()
    .describe(
      'Trials, the baseline included, before which choices are drawn at random; 6, or 10 with strategy = "reference".',
    ),
  epsilon: number(0, 1).optional().describe("Share of later trials that are drawn at random."),
  alpha: number(0).optional().describe("Another name of categorical_alpha."),
  categorical_alpha: number(0)
    .optional()
    .describe("What is added to each choice, shared by all observations; 1 where absent."),
  prior_weight: number(0)
    .optional()
    .describe("Weight of a uniform density beside that of each trial; 1 where absent."),
});
export type MIPROTpeConfig = z.infer<typeof MIPROTpeConfig>;

/** How sets of examples are made. */
export const MIPRODemoConfig = z.object({
  max_few_shot_examples: integer(0).optional().describe("The most examples of one set."),
  sets_per_size: integer(1).optional().describe("Random sets of each size; 2 where absent."),
  include_empty: flag().optional().describe("Whether a prompt without examples is tried too."),
});
export type MIPRODemoConfig = z.infer<typeof MIPRODemoConfig>;

/** How instructions are proposed. */
export const MIPROGroundingConfig = z.object({
  n: integer(1)
    .optional()
    .describe("Instructions to propose for each slot; instructions_per_batch, else 10, where absent."),
  temperature: number(0).optional().describe("Sampling temperature of the proposer."),
  max_tokens: integer(1).optional().describe("The most tokens of one proposal."),
});
export type MIPROGroundingConfig = z.infer<typeof MIPROGroundingConfig>;

/** How new instructions are proposed while the search runs. */
export const MIPROMetaUpdateConfig = z.object({
  enabled: flag()
    .optional()
    .describe(
      'Whether new instructions are proposed during the search; yes where absent, and never with strategy = "reference".',
    ),
  every_iterations: integer(1)
    .optional()
    .describe("Iterations between two rounds of proposals; 2 where absent."),
  topk_success: integer(0)
    .optional()
    .describe("Well rewarded examples of the best candidate shown to the proposer; 4 where absent."),
  topk_failure: integer(0).optional().describe("Badly rewarded ones; 20 where absent."),
  validate_on_batch: integer(1)
    .optional()
    .describe(
      "Seeds on which a new instruction is scored beside the best candidate before it is offered; none where absent.",
    ),
  keep_k: integer(1).optional().describe("The most instructions that a slot offers; 12 where absent."),
  dedup_token_overlap: number(0, 1)
    .optional()
    .describe("Share of common words from which on two instructions count as one; 0.95 where absent."),
  regen_temperature_decay: between(0).optional().describe("Factor on the temperature at each round."),
});
export type MIPROMetaUpdateConfig = z.infer<typeof MIPROMetaUpdateConfig>;
