// Configs of optimizers that start a task container themselves: another format, to be recognised and explained.

import type { InventedCase } from "./case.ts";

const RUN = `[run]
run_id = "hotpotqa_gepa"
output_dir = "../runs"
seed = 7
`;
const CONTAINER = `[container]
url = "http://127.0.0.1:8765"
command = ["uv", "run", "python", "app.py", "--port", "8765"]
startup_timeout_seconds = 60
`;
const DATASET = `[dataset]
train_split = "train"
heldout_split = "test"
train_seeds = [0, 1, 2, 3, 4, 5, 6, 7]
heldout_seeds = [100, 101, 102]
`;
const CANDIDATE = `[candidate]
target_modules = ["system_prompt"]

[seed_candidate]
system_prompt = "Answer the question."
`;
const POLICY = `[policy]
provider = "openai"
model = "gpt-4.1-nano"
api_key_env = "OPENAI_API_KEY"
`;
const PROPOSER = `[proposer]
backend = "codex_app_server"
model = "gpt-5.4-nano"
`;
const GEPA = `[gepa]
max_generations = 3
proposals_per_generation = 4
minibatch_size = 8
max_total_rollouts = 400
max_cost_usd = 0.0
max_time_seconds = 1800
frontier_type = "instance"
`;
const CACHE = `[cache]
mode = "readwrite"
path = "../runs/cache.sqlite"
`;
const ALL = [RUN, CONTAINER, DATASET, CANDIDATE, POLICY, PROPOSER, GEPA, CACHE].join("\n");
const without = (...parts: string[]) => parts.reduce((text, part) => text.replace(part, ""), ALL);
const refused = (name: string, source: string): InventedCase => ({ name, source, ends: "refused" });

export const CONTAINER_CASES: InventedCase[] = [
  refused("a whole file", ALL),
  refused("without [run] and [cache]", without(RUN, CACHE)),
  refused("without a policy", without(POLICY)),
  refused("without a dataset", without(DATASET)),
  refused("without a first candidate", without(CANDIDATE)),
  refused("without an address", ALL.replace(/url = .*\n/, "")),
  refused(
    "two modules",
    ALL.replace("[seed_candidate]\n", '[seed_candidate]\nrewrite = "Rewrite the question."\n'),
  ),
  refused("a very long prompt", ALL.replace("Answer the question.", "Answer the question. ".repeat(200))),
  refused("limits of 0, which are none", ALL.replace("400", "0").replace("1800", "0")),
  refused("seeds as a range", ALL.replace("[0, 1, 2, 3, 4, 5, 6, 7]", "{ start = 0, end = 80 }")),
  refused("in CRLF, with a byte-order mark", `\uFEFF${ALL.replaceAll("\n", "\r\n")}`),
  refused(
    "with a pipeline of workers",
    `${ALL}\n[gepa.pipeline]\nmode = "async_pipelined"\nmax_in_flight_candidates = 4\n[gepa.pipeline.workers]\nrollout = 10\n`,
  ),
  refused(
    "with a verifier and an objective",
    `${ALL}\n[verifier]\nenabled = true\n[objective]\nname = "reward"\n`,
  ),
  refused("the crafter form: episodes", ALL.replace("[policy]", "[environment]\nmax_steps = 48\n\n[policy]")),
  refused(
    "with secrets in the environment",
    ALL.replace("api_key_env", 'api_key = "sk-live-secret"\napi_key_env'),
  ),
  refused(
    "an inline container",
    without(CONTAINER)
      .replace("[dataset]", 'container = { url = "http://127.0.0.1:9" }\n\n[dataset]')
      .replace(RUN, ""),
  ),
];
