// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configs are meant
// GEPA's options in tables of their own, with everything that may stand around them.

import { head, type InventedCase, OPENAI, seeds } from "./case.ts";

const BANKING = head(
  "banking77",
  "Classify the query with the tool.",
  "Query: {query}\nIntents: {intents}",
  OPENAI,
);
const EVALUATION = `
[prompt_learning.gepa.evaluation]
seeds = { start = 0, end = 60 }
validation_seeds = { start = 60, end = 80 }
validation_pool = "train"
validation_top_k = 2

[prompt_learning.gepa.rollout]
budget = 1000
max_concurrent = 20
minibatch_size = 6
`;
const MODULE_POLICY = 'policy = { model = "gpt-4.1-nano", provider = "openai" }';
const PIPELINE = BANKING.replace(
  "[prompt_learning.policy]",
  `[prompt_learning.initial_prompt.metadata]
pipeline_modules = [{ name = "analyzer", instruction_text = "Find the topic." }, "classifier"]

[prompt_learning.policy]`,
);

export const NESTED_CASES: InventedCase[] = [
  { name: "banking77, nothing but what is needed", ends: "accepted", source: `${BANKING}${EVALUATION}` },
  {
    name: "banking77_gpt41nano_run1, all tables",
    ends: "accepted",
    source: `${BANKING}
[prompt_learning.initial_prompt.wildcards]
query = "REQUIRED"
intents = "REQUIRED"

[prompt_learning.env_config]
pool = "train"

[prompt_learning.gepa]
env_name = "banking77"
rng_seed = 42
proposer_type = "dspy"
proposer_effort = "LOW"
proposer_output_tokens = "FAST"
${EVALUATION}
[prompt_learning.gepa.mutation]
rate = 0.3

[prompt_learning.gepa.population]
initial_size = 10
num_generations = 4
children_per_generation = 4
crossover_rate = 0.5
selection_pressure = 1.0
patience_generations = 2

[prompt_learning.gepa.archive]
size = 40
pareto_set_size = 40
pareto_eps = 1e-6
feedback_fraction = 0.33

[prompt_learning.gepa.token]
max_limit = 4096
counting_model = "gpt-4"
enforce_pattern_limit = true
max_spend_usd = 5.0

[prompt_learning.termination_config]
max_cost_usd = 5.0
max_trials = 300
max_seconds = 3600
`,
  },
  {
    name: "hotpotqa with a judge, fused",
    ends: "accepted",
    source: `${BANKING}${EVALUATION}
[prompt_learning.judge]
enabled = true
reward_source = "fused"
backend_base = "http://localhost:8000/api"
backend_provider = "openai"
backend_model = "gpt-5-mini"
backend_rubric_id = "banking77/v1"
weight_env = 1.0
weight_outcome = 0.25
`,
  },
  {
    name: "hotpotqa with a judge that weighs nothing",
    ends: "refused",
    source: `${BANKING}${EVALUATION}
[prompt_learning.gepa.judge]
enabled = true
reward_source = "fused"
backend_model = "gpt-5-mini"
`,
  },
  {
    name: "hover with proxy models in both places",
    ends: "accepted",
    source: `${BANKING}${EVALUATION}
[prompt_learning.proxy_models]
hi_provider = "openai"
hi_model = "gpt-4o"
lo_provider = "groq"
lo_model = "llama-3.1-8b-instant"
n_min_hi = 10
verify_every = 20

[prompt_learning.gepa.proxy_models]
hi_provider = "openai"
hi_model = "gpt-4o"
lo_provider = "openai"
lo_model = "gpt-4.1-nano"
`,
  },
  {
    name: "ifbench with an adaptive pool and batch",
    ends: "accepted",
    source: `${BANKING}${EVALUATION}
[prompt_learning.gepa.adaptive_pool]
level = "moderate"
anchor_size = 10
pool_init_size = 40
pool_min_size = 20

[prompt_learning.gepa.adaptive_batch]
level = "HIGH"
val_evaluation_mode = "subsample"
val_subsample_size = 24
`,
  },
  {
    name: "ifbench with a pool that grows",
    ends: "refused",
    source: `${BANKING}${EVALUATION}
[prompt_learning.gepa.adaptive_pool]
level = "LOW"
pool_init_size = 20
pool_min_size = 30
warmup_iters = 20
anneal_stop_iter = 10
`,
  },
  {
    name: "a pipeline whose modules have no policy of their own",
    ends: "accepted",
    source: `${PIPELINE}
[[prompt_learning.gepa.modules]]
module_id = "analyzer"
max_instruction_slots = 2

[[prompt_learning.gepa.modules]]
module_id = "classifier"
allowed_tools = ["banking77_classify"]
max_tokens = 512
${EVALUATION}`,
  },
  {
    name: "a pipeline that is not covered, with a module given twice",
    ends: "refused",
    source: `${PIPELINE}
[[prompt_learning.gepa.modules]]
module_id = "analyzer"
${MODULE_POLICY}
allowed_tools = ["a", "a"]

[[prompt_learning.gepa.modules]]
module_id = "analyzer"
${MODULE_POLICY}
${EVALUATION}`,
  },
  {
    name: "a pipeline without modules",
    ends: "refused",
    source: `${PIPELINE}${EVALUATION}`,
  },
  {
    name: "a wildcard that no message has",
    ends: "refused",
    source: `${BANKING}
[prompt_learning.initial_prompt.wildcards]
query = "REQUIRED"
tools = "REQUIRED"
style = "OPTIONAL"
${EVALUATION}`,
  },
  {
    name: "held-out seeds that are training seeds too",
    ends: "accepted",
    source: `${BANKING}
[prompt_learning.gepa.evaluation]
seeds = ${seeds(0, 40)}
validation_seeds = ${seeds(30, 50)}
test_pool = ${seeds(38, 45)}

[prompt_learning.gepa.rollout]
budget = 600
`,
  },
  {
    name: "seeds given twice, and below zero",
    ends: "refused",
    source: `${BANKING}
[prompt_learning.gepa.evaluation]
seeds = [0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
validation_seeds = { start = -3, end = 3 }
`,
  },
  {
    name: "verifier under its newest names, with a file",
    ends: "accepted",
    source: `${BANKING}${EVALUATION}
[prompt_learning.verifier]
enabled = true
reward_source = "judge"
verifier_graph_id = "zero_shot_verifier_rubric_single"
backend_provider = "groq"
backend_model = "openai/gpt-oss-120b"
spec_path = "specs/banking77.md"
concurrency = 4
`,
  },
  {
    name: "a specification for the proposer, by its file",
    ends: "accepted",
    source: `${BANKING}
[prompt_learning.gepa]
proposer_type = "spec"
spec_path = "specs/banking77_spec.json"
spec_max_tokens = 4000
spec_priority_threshold = 8
${EVALUATION}`,
  },
  {
    name: "the specification's proposer without one",
    ends: "refused",
    source: `${BANKING}
[prompt_learning.gepa]
proposer_type = "spec"
${EVALUATION}`,
  },
  {
    name: "free tier with the dearest proposer",
    ends: "refused",
    source: `${BANKING.replace("task_app_id", "free_tier = true\ntask_app_id")}
[prompt_learning.gepa]
proposer_effort = "HIGH"
${EVALUATION}`,
  },
  {
    name: "keys and addresses that come from variables",
    ends: "accepted",
    source: `${BANKING.replace("task_app_id", 'task_app_api_key = "${ENVIRONMENT_API_KEY}"\ntask_app_id')}${EVALUATION}`,
  },
];
