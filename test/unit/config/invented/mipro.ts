// MIPRO, with and without modules and stages.

import type { InventedCase } from "./case.ts";
import { head, OPENAI, seeds } from "./case.ts";

const HEAD = head("banking77", "Classify the query with the tool.", "Query: {query}").replace(
  '"gepa"',
  '"mipro"',
);
const POOLS = `bootstrap_train_seeds = ${seeds(0, 15)}
online_pool = ${seeds(15, 40)}
test_pool = ${seeds(40, 50)}
reference_pool = ${seeds(50, 60)}
`;
const SECTION = `
[prompt_learning.mipro]
env_name = "banking77"
num_iterations = 5
num_evaluations_per_iteration = 2
batch_size = 6
max_concurrent = 16
few_shot_score_threshold = 0.85
`;
const POLICY = `policy = { model = "gpt-4.1-nano", provider = "openai", temperature = 0.0 }`;
const stage = (id: string, more = "") => `
[[prompt_learning.mipro.modules.stages]]
stage_id = "${id}"
baseline_instruction = "Do ${id}."
max_instruction_slots = 2
max_demo_slots = 2
${POLICY}
${more}`;
const module = (id: string, more = "") => `
[[prompt_learning.mipro.modules]]
module_id = "${id}"
${more}`;
const TWO = `${module("pipeline", 'edges = [["analyze", "classify"]]')}${stage("analyze")}${stage("classify")}`;
const PIPELINE = HEAD.replace(
  "[prompt_learning.policy]",
  `[prompt_learning.initial_prompt.metadata]
pipeline_modules = [{ name = "analyze", instruction_text = "Find the topic." }, { name = "classify" }]

[prompt_learning.policy]`,
);

export const MIPRO_CASES: InventedCase[] = [
  { name: "hotpotqa_mipro_local, one prompt", ends: "accepted", source: `${HEAD}${SECTION}${POOLS}` },
  {
    name: "iris_mipro, the older names of the proposer, no reference",
    ends: "accepted",
    source: `${HEAD}${SECTION}${POOLS.replace(/reference_pool.*\n/, "")}meta_model = "llama-3.3-70b-versatile"
meta_model_provider = "groq"
meta_model_inference_url = "https://api.groq.com/openai/v1"
meta_model_temperature = 0.8
meta_model_max_tokens = 1024
max_instructions = 3
duplicate_retry_limit = 10
`,
  },
  { name: "a pipeline of two stages", ends: "accepted", source: `${PIPELINE}${SECTION}${POOLS}${TWO}` },
  {
    name: "two modules, their stages joined by tables",
    ends: "accepted",
    source: `${PIPELINE}${SECTION}${POOLS}
${module("first", 'edges = [{ from = "analyze", to = "classify" }]\ndescription = "Reads the query."')}${stage("analyze")}
${module("second", 'edges = [{ source = "classify", target = "check" }]')}${stage("classify")}${stage("check")}`,
  },
  {
    name: "modules without stages, and slots on the module",
    ends: "accepted",
    source: `${PIPELINE}${SECTION}${POOLS}
${module("analyze", "max_instruction_slots = 2\nmax_demo_slots = 3")}${module("classify", "max_demo_slots = 0")}`,
  },
  {
    name: "modules under the name id, stages without a policy",
    ends: "accepted",
    source: `${PIPELINE}${SECTION}${POOLS}
[[prompt_learning.mipro.modules]]
id = "main"
stages = [{ stage_id = "analyze" }, { stage_id = "classify", baseline_instruction = "Name the intent." }]
`,
  },
  {
    name: "stages in a list of their own",
    ends: "accepted",
    source: `${HEAD}${SECTION}${POOLS}
[[prompt_learning.mipro.stages]]
stage_id = "stage_default"
max_instruction_slots = 2
max_demo_slots = 2
${POLICY}
`,
  },
  {
    name: "edges that lead in a circle",
    ends: "refused",
    source: `${HEAD}${SECTION}${POOLS}${module("loop", 'edges = [["a", "b"], ["b", "c"], ["c", "a"]]')}${stage("a")}${stage("b")}${stage("c")}`,
  },
  {
    name: "edges to stages that are not there, and edges that are none",
    ends: "refused",
    source: `${HEAD}${SECTION}${POOLS}${module("m", 'edges = [["a", "z"]]')}${stage("a")}${module("n", 'edges = ["a"]')}${stage("b")}`,
  },
  {
    name: "stage and module names given twice",
    ends: "refused",
    source: `${HEAD}${SECTION}${POOLS}${module("m")}${stage("a")}${module("m")}${stage("a")}`,
  },
  {
    name: "a pipeline that the modules do not cover, with too many slots",
    ends: "refused",
    source: `${PIPELINE}${SECTION}${POOLS}max_demo_sets = 1
${module("m")}${stage("analyze")}`,
  },
  {
    name: "ranges for every pool, and pools beside the section",
    ends: "accepted",
    source: `${HEAD.replace("task_app_id", "bootstrap_train_seeds = { start = 0, end = 10 }\nonline_pool = { start = 10, end = 40 }\ntask_app_id")}${SECTION}
test_pool = { start = 40, end = 60, step = 2 }
reference_pool = { start = 60, end = 70 }
val_seeds = { start = 70, end = 80 }
`,
  },
  {
    name: "pools in the table of seeds",
    ends: "accepted",
    source: `${HEAD}${SECTION}
[prompt_learning.mipro.seeds]
bootstrap = { start = 0, end = 5 }
online = { start = 5, end = 25 }
test = []
reference = { start = 25, end = 30 }
`,
  },
  {
    name: "a reference pool that others use too, and more demos than seeds",
    ends: "refused",
    source: `${HEAD}${SECTION}min_bootstrap_demos = 8
bootstrap_train_seeds = ${seeds(0, 5)}
online_pool = ${seeds(5, 15)}
test_pool = ${seeds(15, 20)}
reference_pool = ${seeds(3, 8)}
`,
  },
  {
    name: "no pools at all, and numbers that are none",
    ends: "refused",
    source: `${HEAD}${SECTION.replace("batch_size = 6", "batch_size = 0").replace("0.85", "85")}`,
  },
  {
    name: "heartdisease_mipro_synth, every table",
    ends: "accepted",
    source: `${HEAD}${SECTION}${POOLS}proposer_effort = "MEDIUM"
proposer_output_tokens = "RAPID"
strict_bootstrap = true
min_bootstrap_demos = 2
generate_at_iterations = [0, 2]
instructions_per_batch = 5
full_eval_every_k = 4
max_demo_set_size = 4
spec_path = "specs/heart.json"
spec_include_examples = false
max_token_limit = 1000000
max_spend_usd = 10.0

[prompt_learning.mipro.tpe]
gamma = 0.25
n_candidates = 32
n_startup_trials = 10
epsilon = 0.1
alpha = 1.0

[prompt_learning.mipro.demo]
max_few_shot_examples = 5
sets_per_size = 6
include_empty = true

[prompt_learning.mipro.grounding]
n = 10
temperature = 0.7
max_tokens = 600

[prompt_learning.mipro.meta_update]
enabled = true
every_iterations = 3
topk_success = 5
topk_failure = 5
keep_k = 12
dedup_token_overlap = 0.8
regen_temperature_decay = 0.95
`,
  },
  {
    name: "the words of the prose",
    ends: "accepted",
    source: `${HEAD}${SECTION}${POOLS}top_k = 3
num_bootstrap_seeds = 15
num_instructions_per_module = 5
num_demos = 4
optimize_instructions = true
`,
  },
  {
    name: "parallelism, judge and an adaptive pool",
    ends: "accepted",
    source: `${HEAD.replace(/model = .*/, OPENAI.split("\n")[0] ?? "").replace('provider = "groq"', 'provider = "openai"')}
[prompt_learning.mipro]
parallelism = 8
${POOLS}
[prompt_learning.mipro.judge]
enabled = false

[prompt_learning.mipro.adaptive_pool]
level = "HIGH"
`,
  },
];
