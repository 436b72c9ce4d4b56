// The newer minimal form: a number of seeds in the place of GEPA's tables.

import { head, type InventedCase, OPENAI } from "./case.ts";

const HEAD = head("banking77", "Classify the query.", "{query}", OPENAI);
/** With further options beside `algorithm`. */
const withOptions = (options: string, base = HEAD) => base.replace("task_app_id", `${options}\ntask_app_id`);
const accepted = (name: string, source: string): InventedCase => ({ name, source, ends: "accepted" });
const refused = (name: string, source: string): InventedCase => ({ name, source, ends: "refused" });

export const MINIMAL_CASES: InventedCase[] = [
  accepted("nothing but seeds", withOptions("total_seeds = 50")),
  accepted(
    "all of its options",
    withOptions(`total_seeds = 200
proposer_effort = "LOW"
proposer_output_tokens = "FAST"
num_generations = 4
children_per_generation = 3
max_cost_usd = 5.0
defaults_version = "v1"`),
  ),
  accepted("the fewest seeds there may be", withOptions("total_seeds = 19")),
  refused("one seed too few", withOptions("total_seeds = 18")),
  refused("seeds that are no number", withOptions('total_seeds = "many"')),
  refused("defaults that nobody knows", withOptions('total_seeds = 50\ndefaults_version = "v2"')),
  refused("money that is none", withOptions("total_seeds = 50\nmax_cost_usd = 0")),
  accepted(
    "with a table of GEPA beside it",
    `${withOptions("total_seeds = 50")}\n[prompt_learning.gepa]\nproposer_effort = "MEDIUM"\n[prompt_learning.gepa.rollout]\nbudget = 300\n`,
  ),
  accepted(
    "with seeds of its own, which hold",
    `${withOptions("total_seeds = 50")}\n[prompt_learning.gepa.evaluation]\nseeds = { start = 100, end = 140 }\n`,
  ),
  accepted(
    "with the same option in both places",
    `${withOptions('total_seeds = 50\nproposer_effort = "HIGH"')}\n[prompt_learning.gepa]\nproposer_effort = "LOW"\n`,
  ),
  accepted(
    "at the root of the file",
    `algorithm = "gepa"
task_app_url = "https://a.example"
total_seeds = 60
num_generations = 2
[[initial_prompt.messages]]
role = "user"
pattern = "{query}"
[policy]
model = "gpt-4o-mini"
provider = "openai"
`,
  ),
  refused(
    "as the docs show it, without prompt and policy",
    `[prompt_learning]\nalgorithm = "gepa"\ntask_app_url = "https://a.example"\ntotal_seeds = 50\nproposer_effort = "LOW"\n`,
  ),
  accepted("with more seeds than a list may name in the file", withOptions("total_seeds = 10000")),
  refused("with far too many seeds", withOptions("total_seeds = 100000000")),
  accepted(
    "with a verifier and the newer limits",
    `${withOptions("total_seeds = 80\nmax_cost_usd = 2.5")}\n[prompt_learning.termination_config]\nmax_time_seconds = 600\n[prompt_learning.verifier]\nenabled = false\n`,
  ),
  accepted(
    "with the newer keys of GEPA",
    `${withOptions("total_seeds = 80")}\n[prompt_learning.gepa]\nproposed_prompt_max_tokens = 32000\nuse_byok = false\n[prompt_learning.policy.config]\nreasoning_effort = "low"\n`,
  ),
];
