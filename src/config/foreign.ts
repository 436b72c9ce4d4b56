// Configs of another make: what they are, and how the same job is written here.

import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { dotted, type Path, SECTION } from "./path.ts";
import { valueAt } from "./tables.ts";
import { foundWords, quoted } from "./words.ts";

const MAX_SHOWN_CHARS = 40;

/** From a config for task containers to the same option here. */
const CONTAINER_OPTIONS: readonly (readonly [string, string])[] = [
  ["container.url", "task_app_url"],
  ["seed_candidate.*", 'initial_prompt.messages: { role = "system", pattern = … }'],
  ["policy.provider", "policy.provider"],
  ["policy.model", "policy.model"],
  ["dataset.train_seeds", "gepa.evaluation.seeds"],
  ["dataset.heldout_seeds", "gepa.evaluation.validation_seeds"],
  ["dataset.train_split", "env_config.pool"],
  ["dataset.heldout_split", "gepa.evaluation.validation_pool"],
  ["run.seed", "gepa.rng_seed"],
  ["gepa.max_generations", "gepa.population.num_generations"],
  ["gepa.proposals_per_generation", "gepa.population.children_per_generation"],
  ["gepa.minibatch_size", "gepa.rollout.minibatch_size"],
  ["gepa.max_total_rollouts", "gepa.rollout.budget"],
  ["gepa.max_cost_usd", "termination_config.max_cost_usd"],
  ["gepa.max_time_seconds", "termination_config.max_seconds"],
];

/** What to say about a config for task containers; undefined for any other one. */
export function containerFormat(root: JsonObject): string | undefined {
  const isOne = isObject(root.container) && (isObject(root.dataset) || isObject(root.seed_candidate));
  if (!isOne) return undefined;
  const rows = CONTAINER_OPTIONS.flatMap(([from, to]) =>
    found(root, from).map(([path, value]) => `  ${dotted(path)} = ${shown(value)} → ${SECTION}.${to}`),
  );
  return [
    "is missing: this is a config for optimizers that start a task container themselves " +
      "([container], [dataset], [seed_candidate]), in another format. To run the same job here, start the container, " +
      `serve /rollout from it, and write a [${SECTION}] table with algorithm = "gepa" and:`,
    ...rows,
    "What concerns processes and files ([run], container.command, [proposer], [cache], gepa.pipeline) has no counterpart: " +
      "proposer_effort chooses the proposer.",
  ].join("\n");
}

function found(root: JsonObject, dottedPath: string): [Path, Json][] {
  const path = dottedPath.split(".");
  if (path.at(-1) !== "*") {
    const value = valueAt(root, path);
    // There, a limit of 0 is none.
    const isNone = value === undefined || (value === 0 && dottedPath.startsWith("gepa.max_"));
    return isNone ? [] : [[path, value]];
  }
  const table = valueAt(root, path.slice(0, -1));
  return isObject(table)
    ? Object.entries(table).map(([key, value]): [Path, Json] => [[...path.slice(0, -1), key], value])
    : [];
}

function shown(value: Json): string {
  if (typeof value === "string") return quoted(value, MAX_SHOWN_CHARS);
  return Array.isArray(value) ? `[${value.length} items]` : foundWords(value, undefined);
}
