// The MIPRO section (protocol §1.10).

import * as z from "zod";
import { AdaptivePoolSection } from "./adaptive-pool.ts";
import {
  between,
  flag,
  freeTable,
  integer,
  number,
  specPath,
  specText,
  text,
  webUrl,
  wholeNumber,
  word,
} from "./fields.ts";
import { PROPOSER_EFFORTS, PROPOSER_OUTPUTS } from "./gepa.ts";
import { MIPROModuleConfig } from "./mipro-modules.ts";
import {
  MIPRODemoConfig,
  MIPROGroundingConfig,
  MIPROMetaConfig,
  MIPROMetaUpdateConfig,
  MIPROSeedConfig,
  MIPROTpeConfig,
} from "./mipro-tables.ts";
import { ProxyModelsConfig } from "./proxy.ts";
import { SeedList } from "./seeds.ts";
import { PromptLearningVerifierConfig } from "./verifier.ts";

/** All of MIPRO's settings, as a schema. */
export const MiproSection = z.object({
  strategy: word(["parallel", "reference"])
    .default("parallel")
    .describe(
      '`"parallel"`: the trials of an iteration run together on one minibatch, and every reward counts. `"reference"`: DSPy\'s MIPROv2, trial by trial, with its demo sets, schedule and rounded scores.',
    ),
  auto: word(["light", "medium", "heavy"])
    .optional()
    .describe(
      "The reference's own sizes in one word: trials, instructions, sets of examples and seeds. `grounding.n` and `termination_config.max_trials` hold where given.",
    ),
  rng_seed: wholeNumber()
    .default(0)
    .describe("Seed of every random choice; the same seed and answers give the same result."),
  rollout_budget: integer(1).optional().describe("The most rollouts of the job, test scores included."),
  task_app_url: webUrl()
    .optional()
    .describe("Moved to the job's own task_app_url, which holds where both are given."),
  task_app_api_key: z
    .string()
    .optional()
    .describe("Moved to the job's own task_app_api_key, which holds where both are given."),
  task_app_id: z
    .string()
    .optional()
    .describe("Moved to the job's own task_app_id, which holds where both are given."),
  num_iterations: integer(1).default(20).describe("Rounds of trials."),
  num_evaluations_per_iteration: integer(1).default(5).describe("Trials of one round."),
  batch_size: integer(1).default(32).describe("Seeds of one trial."),
  max_concurrent: integer(1)
    .default(20)
    .describe("Rollouts in flight at a time. Over 1,000 is cut to 1,000, with a warning."),
  env_name: z.string().default("banking77").describe("The environment's name; task_app_id when absent."),
  env_config: freeTable().optional().describe("Passed to the task app with each rollout."),
  few_shot_score_threshold: number(0, 1)
    .default(0.8)
    .describe("Reward from which on a rollout becomes an example."),
  results_file: z.string().optional().describe("Where the client writes the results."),
  max_wall_clock_seconds: between(0)
    .optional()
    .describe("As `termination_config.max_seconds`; the smaller one holds."),
  max_total_tokens: integer(1)
    .optional()
    .describe("As `termination_config.max_tokens`; the smaller one holds."),
  policy_config: freeTable()
    .optional()
    .describe("As `policy.config`, which holds where both have a setting."),
  meta: MIPROMetaConfig.optional().describe("Older settings of the proposer."),
  modules: z
    .array(MIPROModuleConfig)
    .optional()
    .describe("The modules of the pipeline; one of the prompt when absent."),
  seeds: MIPROSeedConfig.optional().describe("The four seed lists in one table."),
  proposer_effort: word(PROPOSER_EFFORTS).default("LOW").describe("Which model proposes instructions."),
  proposer_output_tokens: word(PROPOSER_OUTPUTS)
    .default("FAST")
    .describe("How long a proposal may be: 3,000, 10,000 or 25,000 tokens."),
  max_token_limit: integer(1)
    .optional()
    .describe("As `termination_config.max_tokens`, where enforce_token_limit is not false."),
  max_spend_usd: between(0)
    .optional()
    .describe("As `termination_config.max_cost_usd`; the smaller one holds."),
  token_counting_model: text().default("gpt-4").describe("The model whose tokens are counted."),
  enforce_token_limit: flag()
    .default(true)
    .describe("Whether max_token_limit is kept; `false` takes it away."),
  sampler: word(["mixed", "tpe"])
    .optional()
    .describe(
      '`"tpe"`: the Parzen estimator chooses every trial, as in the reference; `"mixed"`: in turn with a model of what each choice adds by itself, the default where strategy is "parallel".',
    ),
  tpe: MIPROTpeConfig.optional().describe("How the next trial is chosen."),
  demo: MIPRODemoConfig.optional().describe("How sets of examples are made."),
  grounding: MIPROGroundingConfig.optional().describe("How instructions are proposed."),
  meta_update: MIPROMetaUpdateConfig.optional().describe(
    "How instructions are proposed while the search runs.",
  ),
  verifier: PromptLearningVerifierConfig.optional().describe("A model that scores rollouts too."),
  proxy_models: ProxyModelsConfig.optional().describe(
    "A cheap model that stands in for the policy's in trials and full evaluations; the best are proven on the policy's at the end.",
  ),
  adaptive_pool: AdaptivePoolSection.optional().describe(
    "Fewer seeds as the search goes on: minibatches are drawn from a pool of the online seeds, and full evaluations are on all of it.",
  ),
  spec_path: specPath("the system, for the proposer"),
  spec_text: specText(),
  spec_max_tokens: integer(1).default(5000).describe("The most tokens of that specification."),
  spec_include_examples: flag().default(true).describe("Whether its examples are shown too."),
  spec_priority_threshold: integer(0)
    .optional()
    .describe("Rules of the specification below this are left out."),
  metaprompt: z.string().optional().describe("Instructions to the proposer on top of its own."),
  bootstrap_train_seeds: SeedList.optional().describe("Seeds from which examples are taken."),
  online_pool: SeedList.optional().describe("Seeds on which trials are scored."),
  test_pool: SeedList.optional().describe("Seeds on which the best prompt is scored at the end."),
  reference_pool: SeedList.optional().describe(
    "Seeds that show the proposer what the task is like; the baseline runs on each of them once.",
  ),
  val_seeds: SeedList.optional().describe(
    "Seeds of full evaluations, which choose the best prompt; the online pool where absent.",
  ),
  test_top_k: integer(1)
    .default(3)
    .describe("How many of the best are scored on the test seeds, beside the baseline."),
  program_description: z
    .string()
    .optional()
    .describe("What the program does, for the proposer; else what the task app's `/metadata` says."),
  min_bootstrap_demos: integer(0).default(0).describe("Fewest examples that the bootstrap must find."),
  strict_bootstrap: flag().default(false).describe("Whether the job fails when it finds fewer."),
  max_instructions: integer(1)
    .optional()
    .describe(
      "Instructions that a stage uses together, for stages that do not say: one whole text, and lines below it.",
    ),
  instructions_per_batch: integer(1)
    .optional()
    .describe("Instructions asked for in one proposal call; 1 where absent."),
  duplicate_retry_limit: integer(1)
    .optional()
    .describe("Further attempts at an instruction that cannot be used or is known already; 10 where absent."),
  max_demo_set_size: integer(1).optional().describe("The most examples of one set; 4 where absent."),
  max_demo_sets: integer(1).default(128).describe("The most sets of examples."),
  max_instruction_sets: integer(1).default(128).describe("The most sets of instructions."),
  full_eval_every_k: integer(1)
    .optional()
    .describe('Trials between two evaluations on the whole pool; 10, or 5 with strategy = "reference".'),
  generate_at_iterations: z
    .array(integer(0))
    .optional()
    .describe(
      "Iterations, from 0, before which instructions are proposed from the bootstrap; [0] where absent.",
    ),
});
