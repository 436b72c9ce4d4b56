// What the reader makes of samples, for docs/config.md: the page shows what is really said, and where the protocol's documents
// and its code disagree, what really happens here.

import { resolveAdaptivePoolConfig } from "../../src/config/adaptive-pool.ts";
import { ConfigError } from "../../src/config/errors.ts";
import { GEPAPopulationConfig, GEPARolloutConfig } from "../../src/config/gepa.ts";
import { PROPOSER_MODELS, PROPOSER_OUTPUT_TOKENS } from "../../src/config/models.ts";
import { readConfig } from "../../src/config/read.ts";
import type { JsonObject } from "../../src/wire/json.ts";

const BASE = `[prompt_learning]
algorithm = "gepa"
task_app_url = "https://task.example.com"
initial_prompt = { messages = [{ role = "system", pattern = "Answer." }] }
policy = { model = "gpt-4o-mini", provider = "openai" }
gepa = { evaluation = { seeds = { start = 0, end = 40 } }, archive = { pareto_set_size = 20 } }
`;

interface Outcome {
  errors: string[];
  warnings: string[];
}

function outcome(overrides: JsonObject, toml = BASE): Outcome {
  try {
    return { errors: [], warnings: readConfig({ toml }, overrides).warnings.map(({ message }) => message) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      errors: error.issues.map(({ message }) => message),
      warnings: error.warnings.map(({ message }) => message),
    };
  }
}

/** Files with mistakes, and what is said about them. */
export function exampleRows(): string[][] {
  const file = (from: string, to: string) => outcome({}, BASE.replace(from, to));
  const samples: [string, Outcome][] = [
    ["a wrong value", file("pareto_set_size = 20", "pareto_set_size = 0")],
    ["an option that is missing", file('policy = { model = "gpt-4o-mini", provider = "openai" }\n', "")],
    ["a misspelt option", file("task_app_url = ", 'task_app_ulr = "x"\ntask_app_url = ')],
    [
      "a number as text, a word in other case",
      file("gepa = {", 'gepa = { rollout = { budget = "300" }, proposer_effort = "low",'),
    ],
    ["an older name", file("evaluation = { seeds", "evaluation = { train_seeds")],
    ["a key beside the table", outcome({}, `${BASE}[termination_config]\nmax_rollouts = 300\n`)],
    ["a model that is not listed", file("gpt-4o-mini", "gpt-4o-mni")],
    ["a variable that is set nowhere", file("https://task.example.com", "https://$NOWHERE")],
    ["more Pareto seeds than there are", file("pareto_set_size = 20", "pareto_set_size = 64")],
    [
      "seeds that TOML gives to another table",
      file(
        "gepa = { evaluation = { seeds = { start = 0, end = 40 } },",
        "env_config = { train_seeds = [1] }\ngepa = {",
      ),
    ],
    ["a date", file('"https://task.example.com"', "1979-05-27")],
    ["a key that reaches a prototype", file("algorithm", "__proto__ = 1\nalgorithm")],
    ["no TOML", file('algorithm = "gepa"', "algorithm = = 3")],
  ];
  const rows = samples.map(([what, { errors, warnings }]) => {
    const said = errors.length > 0 ? errors : warnings;
    const verdict = errors.length > 0 ? "error" : warnings.length > 0 ? "warning" : "taken";
    return [what, verdict, said.join("<br>")];
  });
  return [["what it finds", "", "what it says"], ...rows];
}

/** Where the protocol disagrees with itself, and what holds here. */
export function verdictRows(): string[][] {
  const tokens = (word: keyof typeof PROPOSER_OUTPUT_TOKENS) =>
    PROPOSER_OUTPUT_TOKENS[word].toLocaleString("en-US");
  const { anchor_size, pool_min_size } = resolveAdaptivePoolConfig({
    level: "LOW",
    overrides: { pool_min_size: null },
    devPoolSize: 400,
  });
  const rapid = { "gepa.proposer_output_tokens": "RAPID", "gepa.proposer_effort": "HIGH" };
  return [
    ["matter", "its documents or schema", "its checks or clients", "here"],
    [
      "`RAPID`",
      "3,000 tokens, with `LOW_CONTEXT` only",
      "not enforced; a comment says any effort",
      `${tokens("RAPID")} tokens; with another effort: ${fate(rapid)}`,
    ],
    ["`FAST`, `SLOW`", "10,000 and 25,000 tokens", "nothing", `${tokens("FAST")} and ${tokens("SLOW")}`],
    [
      "models behind `proposer_effort`",
      "examples",
      "nothing",
      `\`${PROPOSER_MODELS.LOW.model}\` for \`LOW\`, and so on`,
    ],
    [
      "`adaptive_pool.pool_min_size`, absent",
      "the anchors",
      "all training seeds",
      pool_min_size === anchor_size ? "the anchors" : "all training seeds",
    ],
    ["`min_bootstrap_demos`, absent", "none", "0", "0"],
    [
      "`proposer_type`",
      "`dspy` or `spec`",
      "also `synth`, `gepa-ai`",
      `\`synth\`: ${fate({ "gepa.proposer_type": "synth" })}; \`gepa-ai\`: ${fate({ "gepa.proposer_type": "gepa-ai" })}`,
    ],
    [
      "ranges of seeds",
      "shown",
      "taken in some fields only, their split unchecked",
      `under older names too: ${fate({ "gepa.val_seeds": { start: 90, end: 95 } })}`,
    ],
    ["flat keys of GEPA", "shown", "refused", fate({ "gepa.rollout_budget": 300 })],
    [
      "`content` of a message",
      "shown",
      "refused",
      fate({ "initial_prompt.messages": [{ role: "system", content: "A" }] }),
    ],
    ["`feedback_fraction`", "a share", "read, not used", fate({ "gepa.archive.feedback_fraction": 0.3 })],
    ["`inference_mode`, absent", "optional", "must be written", fate({})],
    ["`policy.inference_url`", "a field", "refused", fate({ "policy.inference_url": "https://api.example" })],
    [
      "`gepa.mutation.llm_model`",
      "deprecated",
      "refused, or demanded by the file checker",
      fate({ "gepa.mutation.llm_model": "gpt-4o", "gepa.mutation.llm_provider": "openai" }),
    ],
    ["validation seeds, absent", "optional", "demanded by one builder", fate({})],
    [
      "`results_folder`",
      "deprecated",
      "demanded by the CLI when it polls",
      fate({ results_folder: "results" }),
    ],
  ];
}

/** What becomes of a value, in words. */
function fate(overrides: JsonObject): string {
  const { errors, warnings } = outcome(overrides);
  if (errors.length > 0) return "refused";
  if (warnings.length === 0) return "taken";
  return warnings.some((message) => message.includes("is ignored"))
    ? "ignored, with a warning"
    : "taken, with a warning";
}

/** Defaults that are not the protocol's: what it has, and what stands here. */
export function defaultRows(): string[][] {
  const { minibatch_size } = GEPARolloutConfig.parse({});
  const population = GEPAPopulationConfig.parse({});
  const { config } = readConfig({ toml: BASE });
  return [
    ["option of `gepa`", "the protocol's default", "here, where it is not given"],
    ["`rollout.minibatch_size`", "8", `${minibatch_size}; 3 with \`strategy = "reference"\``],
    ["`evaluation.validation_top_k`", "none", String(config.gepa?.evaluation.validation_top_k)],
    ["`population.initial_size`", "20", `${population.initial_size}; more with \`total_seeds\``],
    ["`population.children_per_generation`", "5", String(population.children_per_generation)],
    [
      "`population.num_generations`",
      "10",
      `${population.num_generations}; with a rollout budget as many as it pays for`,
    ],
    [
      "`population.patience_generations`",
      "3",
      `${population.patience_generations}; with a rollout budget none`,
    ],
    [
      "`population.crossover_rate`",
      "0.5",
      `${population.crossover_rate}; ${config.gepa?.population.crossover_rate} for a prompt with one component`,
    ],
    ["`population.selection_pressure`", "1", "none: the candidate that is estimated best is the parent"],
    ["`archive.pareto_set_size`", "64", "by budget and seeds ([table](#the-seed-split))"],
  ];
}
