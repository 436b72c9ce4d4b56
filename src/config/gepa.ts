// The GEPA section (protocol §1.11).

import * as z from "zod";
import { AdaptiveBatchSection } from "./adaptive-batch.ts";
import { AdaptivePoolSection } from "./adaptive-pool.ts";
import {
  between,
  filledIn,
  flag,
  freeTable,
  identifier,
  integer,
  number,
  specPath,
  specText,
  text,
  webUrl,
  word,
} from "./fields.ts";
import { SEARCH_FIELDS } from "./gepa-search.ts";
import { PromptLearningPolicyConfig, ProviderName } from "./policy.ts";
import { ProxyModelsConfig } from "./proxy.ts";
import { DEFAULT_PARETO_SEEDS, SeedList } from "./seeds.ts";
import { PromptLearningVerifierConfig } from "./verifier.ts";

/** How many rollouts a job has, and how they run. */
export const GEPARolloutConfig = z.object({
  budget: integer(1)
    .optional()
    .describe(
      "All rollouts of the job, as a hard cap: search, validation and test. Without it, generations, patience or a target end the job.",
    ),
  max_concurrent: integer(1)
    .default(20)
    .describe("Rollouts in flight at a time. Over 1,000 is cut to 1,000, with a warning."),
  minibatch_size: integer(1)
    .default(16)
    .describe(
      "Feedback seeds that a parent is run on for each child, to learn from; its children share what is paid for. A child is tried on a third of its Pareto seeds, and on no fewer than this, before it is scored on the rest.",
    ),
});
export type GEPARolloutConfig = z.infer<typeof GEPARolloutConfig>;

/** Which examples a job uses. */
export const GEPAEvaluationConfig = z.object({
  seeds: filledIn(
    "filled in from total_seeds, without which they are required",
    SeedList.describe("The training seeds, at least 13: a list, or a range whose end is exclusive."),
  ),
  validation_seeds: SeedList.default([]).describe(
    "Held out: the best candidates and the baseline are scored on them once, at the end.",
  ),
  test_pool: SeedList.default([]).describe(
    "Held out: the best candidate by training score, and the baseline, are scored on them once, at the end.",
  ),
  validation_pool: word(["train", "test", "val", "validation"])
    .optional()
    .describe("Sent as `pool` and `split` in `env.config` of validation rollouts."),
  validation_top_k: integer(1)
    .default(3)
    .describe("How many of the best are scored on the validation seeds, beside the baseline."),
});
export type GEPAEvaluationConfig = z.infer<typeof GEPAEvaluationConfig>;

/** How children are made. */
export const GEPAMutationConfig = z.object({
  rate: number(0, 1)
    .default(0.3)
    .describe(
      "Share of children joined from two parents' components that the proposer rewrites as well. Children of one parent are always rewritten.",
    ),
  llm_model: text()
    .optional()
    .describe(
      "The proposer's model, in the place of the one behind proposer_effort. One that is not on the list, or stands without llm_provider, is ignored with a warning.",
    ),
  llm_provider: ProviderName.optional().describe("Who serves llm_model."),
  llm_inference_url: webUrl().optional().describe("Not used: the service knows where its models are."),
  prompt: z.string().optional().describe("As metaprompt, and after it."),
  temperature: number(0)
    .optional()
    .describe(
      "Sampling temperature of the proposer; the model's own when absent. Left out for models that take only their own.",
    ),
  max_tokens: integer(1)
    .optional()
    .describe("The most tokens of one proposal, in the place of proposer_output_tokens."),
  synth_meta_model: text()
    .optional()
    .describe('The proposer\'s model for proposer_type = "synth", in the place of llm_model.'),
  synth_meta_provider: ProviderName.optional().describe("Who serves synth_meta_model."),
  synth_temperature: number(0).optional().describe("As gepa.synth_temperature."),
  synth_max_tokens: integer(1)
    .optional()
    .describe('The most tokens of one proposal for proposer_type = "synth".'),
});
export type GEPAMutationConfig = z.infer<typeof GEPAMutationConfig>;

/** How the search goes from one generation to the next. */
export const GEPAPopulationConfig = z.object({
  initial_size: integer(1)
    .default(5)
    .describe(
      "Size of the first population, the baseline included: all others are reflections on the baseline, with proposer_type synth fixed edits of it as far as they go. It gets at most half of the search's rollouts.",
    ),
  num_generations: integer(1)
    .default(10)
    .describe(
      "Generations after the first population. Not given, and with a rollout budget: as many as it pays for.",
    ),
  children_per_generation: integer(1)
    .default(4)
    .describe("Children of one generation, bred at the same time; fewer where the budget has no room."),
  crossover_rate: number(0, 1)
    .default(0.5)
    .describe(
      "Share of children that come from two parents, where the front has a pair: of a prompt with several components each from the parent that changed it, of a prompt with one a text that the proposer joins. Not given for a prompt with one component: none.",
    ),
  selection_pressure: number(1)
    .optional()
    .describe(
      "A parent is drawn in proportion to the number of Pareto seeds it is best on, to this power. Not given: the candidate that is estimated best is the parent.",
    ),
  patience_generations: integer(0)
    .default(3)
    .describe(
      "Generations without another best candidate that end the search; 0 never does, nor does it when not given with a rollout budget.",
    ),
});
export type GEPAPopulationConfig = z.infer<typeof GEPAPopulationConfig>;

/** Which candidates are kept. */
export const GEPAArchiveConfig = z.object({
  size: integer(1)
    .default(64)
    .describe(
      "Candidates that may be parents. Those off the Pareto front go first, then those with lower means.",
    ),
  // In a config from `readConfig`: the effective number, which fits the training seeds.
  pareto_set_size: integer(1)
    .default(DEFAULT_PARETO_SEEDS)
    .describe(
      "Training seeds that every accepted candidate is scored on: 10 to the number of seeds less 3. Not given, it follows from the rollout budget (about twice its square root) and is less for few seeds.",
    ),
  pareto_eps: between(0, 1).default(1e-6).describe("Rewards this close to a seed's best count as ties."),
  feedback_fraction: number(0, 1)
    .default(0.5)
    .describe(
      "Share of the training seeds that is for feedback, where it is given and pareto_set_size is not.",
    ),
  max_size: integer(1).optional().describe("Another name of size; it holds where both are given."),
  min_score_threshold: number()
    .optional()
    .describe(
      "Candidates below this mean reward are not kept; where a pool or a subsample makes seeds differ, below the mean that they would have over all seeds.",
    ),
});
export type GEPAArchiveConfig = z.infer<typeof GEPAArchiveConfig>;

/** Limits on tokens and money. */
export const GEPATokenConfig = z.object({
  max_limit: integer(1)
    .optional()
    .describe(
      "The most tokens of a prompt with all its messages, of each module in a pipeline; the values of placeholders are not counted. A longer proposal is sent back once, then rejected as `over_token_limit`.",
    ),
  counting_model: text()
    .default("gpt-4")
    .describe("The model whose tokens are counted. The count is [an estimate](#tokens-of-a-text)."),
  enforce_pattern_limit: flag().default(true).describe("Whether max_limit is kept; `false` takes it away."),
  enforce_limit: flag().optional().describe("Older name of enforce_pattern_limit."),
  max_spend_usd: between(0)
    .optional()
    .describe("As `termination_config.max_cost_usd`; the smaller one holds."),
  max_total_tokens: integer(1)
    .optional()
    .describe("As `termination_config.max_tokens`; the smaller one holds."),
});
export type GEPATokenConfig = z.infer<typeof GEPATokenConfig>;

/** One module of a pipeline, optimised beside the others. */
export const GEPAModuleConfig = z.object({
  module_id: identifier().describe("The module's name, as in initial_prompt.metadata.pipeline_modules."),
  max_instruction_slots: integer(1)
    .default(3)
    .describe(
      "In how many parts at most the module's instruction is optimised: it is split at blank lines, and each part is a text of its own that is changed in its turn. 1 never splits.",
    ),
  allowed_tools: z
    .array(text())
    .optional()
    .describe(
      "Names of the tools that the module may call: others are taken out of its requests, and a request that forces another is turned down. All when absent; `[]` allows none.",
    ),
  max_tokens: integer(1)
    .optional()
    .describe(
      "The most tokens of the module's instruction, all its parts together. (The length of its answers is `policy.max_completion_tokens`.)",
    ),
  policy: filledIn(
    "the job's policy",
    PromptLearningPolicyConfig.describe("The module's model, temperature and `max_completion_tokens`."),
  ),
});
export type GEPAModuleConfig = z.infer<typeof GEPAModuleConfig>;

/** The words of `proposer_effort`. */
export const PROPOSER_EFFORTS = ["LOW_CONTEXT", "LOW", "MEDIUM", "HIGH"] as const;
/** The words of `proposer_output_tokens`. */
export const PROPOSER_OUTPUTS = ["RAPID", "FAST", "SLOW"] as const;

/** All of GEPA's settings. */
export const GEPAConfig = z.object({
  env_name: z
    .string()
    .default("banking77")
    .describe("Sent as `env.env_name` of every rollout. `task_app_id` stands in for it."),
  env_config: freeTable().optional().describe("As the job's `env_config`, and laid over it."),
  rng_seed: integer(0)
    .default(0)
    .describe("Seed of all random draws. The same seed and the same answers give the same run."),
  ...SEARCH_FIELDS,
  proposer_type: word(["dspy", "gepa-ai", "synth", "spec"])
    .default("dspy")
    .describe(
      "How new texts are asked for. All show the same evidence. `dspy`: as fields of a signature. `gepa-ai`: in one message of plain words. `synth`: as edits (REPLACE, FOLLOW) of the current text, and in generations the first population is made of fixed edits of the baseline, which need no proposal. `spec`: as gepa-ai, with the specification.",
    ),
  proposer_effort: word(PROPOSER_EFFORTS).default("LOW").describe("Which model proposes new texts."),
  proposer_output_tokens: word(PROPOSER_OUTPUTS)
    .default("FAST")
    .describe("The most tokens of one proposal, reasoning included: 3,000, 10,000 or 25,000."),
  metaprompt: z
    .string()
    .optional()
    .describe(
      "Instructions to the proposer on top of its own; with `<curr_param>` and `<side_info>` in it, its whole prompt.",
    ),
  modules: z.array(GEPAModuleConfig).optional().describe("The modules of a pipeline."),
  rollout: GEPARolloutConfig.prefault({}).describe("Rollouts: how many, and how many at a time."),
  evaluation: filledIn(
    "filled in from total_seeds, without which they are required",
    GEPAEvaluationConfig.describe("The seeds: which examples train, and which are held out."),
  ),
  mutation: GEPAMutationConfig.prefault({}).describe("How children are made."),
  population: GEPAPopulationConfig.prefault({}).describe("How many candidates are bred, and when to stop."),
  archive: GEPAArchiveConfig.prefault({}).describe(
    "Which candidates may be parents, and on which seeds they are scored.",
  ),
  token: GEPATokenConfig.prefault({}).describe("Limits on tokens and money."),
  max_cost_usd: between(0)
    .optional()
    .describe("As `termination_config.max_cost_usd`; the smaller one holds."),
  max_total_tokens: integer(1)
    .optional()
    .describe("As `termination_config.max_tokens`; the smaller one holds."),
  max_wall_clock_seconds: between(0)
    .optional()
    .describe("As `termination_config.max_seconds`; the smaller one holds."),
  verifier: PromptLearningVerifierConfig.optional().describe("A model that scores rollouts too."),
  proxy_models: ProxyModelsConfig.optional().describe("A cheap model that stands in for the policy's."),
  adaptive_pool: AdaptivePoolSection.optional().describe(
    "Fewer Pareto seeds for each candidate as the search goes on, and those that tell most; an iteration is a generation.",
  ),
  adaptive_batch: AdaptiveBatchSection.optional().describe("Smaller minibatches and subsampled scoring."),
  dspy_temperature: number(0).optional().describe('mutation.temperature for proposer_type = "dspy".'),
  synth_temperature: number(0).optional().describe('mutation.temperature for proposer_type = "synth".'),
  gepa_ai_temperature: number(0).optional().describe('mutation.temperature for proposer_type = "gepa-ai".'),
  spec_path: specPath("the system, for the proposer"),
  spec_text: specText(),
  spec_max_tokens: integer(1).default(5000).describe("The most tokens of that specification."),
  spec_priority_threshold: integer(0)
    .optional()
    .describe("Rules of the specification below this are left out."),
  proposed_prompt_max_tokens: integer(1).optional().describe("The most tokens of one proposed text."),
  use_byok: flag().optional().describe("Whether the job's model calls use the operator's own keys."),
  unified_optimization: z.json().optional().describe("Optimise context files beside the prompt."),
});
export type GEPAConfig = z.infer<typeof GEPAConfig>;
