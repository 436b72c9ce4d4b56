// The old flat spelling: all of GEPA's options in one table.

import { GROQ, head, type InventedCase, OPENAI, seeds } from "./case.ts";

const HOTPOT = head(
  "hotpotqa",
  "You are a research assistant. Answer with the shortest span that the passages support.",
  "Question: {question}\n\nPassages:\n{context}",
);
const HOVER = head(
  "hover",
  "Verify the claim against the evidence: SUPPORTED or NOT_SUPPORTED.",
  "Claim: {claim}\nEvidence: {evidence}",
);
const IFBENCH = head("ifbench", "Follow every instruction to the letter.", "{prompt}", OPENAI);

export const FLAT_CASES: InventedCase[] = [
  {
    name: "hotpotqa_gepa_local, everything flat",
    ends: "accepted",
    source: `${HOTPOT}
[prompt_learning.gepa]
env_name = "hotpotqa"
evaluation_seeds = ${seeds(0, 50)}
validation_seeds = ${seeds(100, 120)}
rollout_budget = 1000
max_concurrent_rollouts = 20
minibatch_size = 8
initial_population_size = 20
num_generations = 15
children_per_generation = 5
mutation_rate = 0.3
crossover_rate = 0.5
selection_pressure = 1.0
patience_generations = 3
archive_size = 40
pareto_set_size = 32
pareto_eps = 1e-6
feedback_fraction = 0.5
`,
  },
  {
    name: "hover_gepa_local, seeds beside the section's tables",
    ends: "accepted",
    source: `${HOVER.replace("task_app_id", `train_seeds = { start = 0, end = 60 }\nval_seeds = { start = 200, end = 230 }\ntask_app_id`)}
[prompt_learning.gepa]
env_name = "hover"
rollout_budget = 800
num_generations = 8
`,
  },
  {
    name: "ifbench_gepa_qwen, limits on tokens and money",
    ends: "accepted",
    source: `${head("ifbench", "Follow every instruction.", "{prompt}", 'model = "qwen/qwen3-32b"\nprovider = "groq"')}
[prompt_learning.gepa]
train_seeds = ${seeds(0, 40)}
val_seeds = ${seeds(40, 60)}
rollout_budget = 500
max_token_limit = 100000
token_counting_model = "gpt-4"
enforce_pattern_token_limit = false
max_spend_usd = 20.0
`,
  },
  {
    name: "pupa_gepa_local, flat and nested both",
    ends: "accepted",
    source: `${head("pupa", "Rewrite the request without private details.", "Request: {request}")}
[prompt_learning.gepa]
rollout_budget = 900
num_generations = 4
minibatch_size = 6

[prompt_learning.gepa.rollout]
budget = 600
minibatch_size = 6

[prompt_learning.gepa.evaluation]
seeds = ${seeds(0, 40)}
`,
  },
  {
    name: "heartdisease, no [prompt_learning] table at all",
    ends: "accepted",
    source: `algorithm = "gepa"
task_app_url = "https://heart.task-apps.example"
train_seeds = ${seeds(0, 30)}

[initial_prompt]
[[initial_prompt.messages]]
role = "system"
pattern = "Predict heart disease: 0 or 1."
[[initial_prompt.messages]]
role = "user"
pattern = "{features}"

[policy]
model = "gpt-4.1-nano"
provider = "openai"

[gepa]
rollout_budget = 300
pareto_set_size = 20
`,
  },
  {
    name: "iris, limits and display beside the table",
    ends: "accepted",
    source: `${head("iris", "Classify the iris.", "{measurements}", OPENAI)}
[prompt_learning.gepa]
evaluation_seeds = ${seeds(0, 40)}
rollout_budget = 300

[termination_config]
max_cost_usd = 1.0
max_trials = 100

[display]
local_backend = true
tui = false
show_curve = true
`,
  },
  {
    name: "banking77, seeds that env_config swallows",
    ends: "refused",
    source: `${head("banking77", "Classify the query.", "{query}")}
[prompt_learning.env_config]
pool = "train"
train_seeds = ${seeds(0, 40)}
val_seeds = ${seeds(40, 50)}

[prompt_learning.gepa]
rollout_budget = 300
`,
  },
  {
    name: "hotpotqa, misspelt options",
    ends: "accepted",
    source: `${HOTPOT}
[prompt_learning.gepa]
evaluation_seeds = ${seeds(0, 50)}
rollout_buget = 400
mutaton_rate = 0.4
num_generation = 5
archive_sise = 40
`,
  },
  {
    name: "hover, more Pareto seeds than seeds",
    ends: "refused",
    source: `${HOVER}
[prompt_learning.gepa]
evaluation_seeds = ${seeds(0, 30)}
pareto_set_size = 64
rollout_budget = 400
`,
  },
  {
    name: "sokoban, the words of the prose",
    ends: "accepted",
    source: `${head("sokoban", "Push every box onto a goal.", "{board}")}
[prompt_learning.gepa]
train_seeds = { start = 0, end = 40 }
population_size = 12
num_generations = 6
mutation_rate = 0.4
elite_count = 2

[prompt_learning.termination_config]
target_score = 0.9
budget = 500
`,
  },
  {
    name: "verilog, content in the place of pattern",
    ends: "accepted",
    source: `[prompt_learning]
algorithm = "gepa"
task_app_url = "https://verilog.task-apps.example"

[prompt_learning.initial_prompt]
messages = [
  { role = "system", content = "Write synthesisable Verilog." },
  { role = "user", content = "{spec}" },
]

[prompt_learning.policy]
model = "openai/gpt-4o"
provider = "openai"

[prompt_learning.gepa]
train_seeds = ${seeds(0, 25)}
rollout_budget = 250
`,
  },
  {
    name: "heartdisease_gepa_synth, proposer_mode and folders",
    ends: "accepted",
    source: `${head("heartdisease", "Predict: 0 or 1.", "{features}").replace("task_app_id", 'results_folder = "results"\nenv_file_path = "../.env"\ntask_app_id')}
[prompt_learning.gepa]
proposer_mode = "synth"
synth_temperature = 0.7
evaluation_seeds = ${seeds(0, 30)}
pareto_set_size = 20
rollout_budget = 300
`,
  },
  {
    name: "pupa, a provider that is not there",
    ends: "refused",
    source: `${head("pupa", "Rewrite.", "{request}", 'model = "claude-3-haiku"\nprovider = "anthropic"')}
[prompt_learning.gepa]
evaluation_seeds = ${seeds(0, 30)}
rollout_budget = 300
`,
  },
  {
    name: "banking77, numbers in quotes and words in small letters",
    ends: "accepted",
    source: `${head("banking77", "Classify the query.", "{query}", GROQ.replace("512", '"512"'))}
[prompt_learning.gepa]
proposer_effort = "medium"
proposer_output_tokens = "fast"
rollout_budget = "400"
num_generations = "5"
train_seeds = { start = "0", end = "50" }
`,
  },
  {
    name: "crafter, too few seeds and several wrong numbers at once",
    ends: "refused",
    source: `${head("crafter", "Choose the next action.", "{observation}")}
[prompt_learning.gepa]
train_seeds = ${seeds(0, 10)}
rollout_budget = 0
mutation_rate = 1.5
num_generations = 2.5
selection_pressure = 0.5
`,
  },
  {
    name: "ifbench, an older model chosen for mutation",
    ends: "accepted",
    source: `${IFBENCH}
[prompt_learning.gepa]
evaluation_seeds = ${seeds(0, 40)}
rollout_budget = 500
mutation_llm_model = "openai/gpt-oss-120b"
mutation_llm_provider = "groq"
mutation_llm_inference_url = "https://api.groq.com/openai/v1"
mutation_prompt = "Be specific."
`,
  },
];
