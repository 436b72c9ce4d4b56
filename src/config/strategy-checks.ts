// What a GEPA job's strategy needs, and the options that belong to the other one.

import type { JsonObject } from "../wire/json.ts";
import { type Finding, fault, remark } from "./findings.ts";
import type { GEPAConfig } from "./gepa.ts";
import { valueAt } from "./tables.ts";

/** Options that do nothing in generations. */
const REFERENCE_ONLY = [
  "use_merge",
  "sampled_proposals",
  "sampled_parents",
  "proposal_selection",
  "proposal_top_k",
  "max_iterations",
] as const;

/** Options that do nothing with strategy reference. */
const GENERATIONAL_ONLY = [
  ["gepa", "population", "initial_size"],
  ["gepa", "population", "num_generations"],
  ["gepa", "population", "children_per_generation"],
  ["gepa", "population", "crossover_rate"],
  ["gepa", "population", "patience_generations"],
  ["gepa", "mutation", "rate"],
  ["gepa", "archive", "size"],
  ["gepa", "archive", "max_size"],
  ["gepa", "archive", "min_score_threshold"],
  ["gepa", "adaptive_pool"],
];

/** What is to be said about a strategy: what it needs to end, and options of the other one. */
export function checkStrategy(gepa: GEPAConfig, section: JsonObject, budget: number | undefined): Finding[] {
  const given = (path: readonly string[]) => (valueAt(section, path) ?? undefined) !== undefined;
  const foreign =
    gepa.strategy === "reference"
      ? GENERATIONAL_ONLY.filter(given)
      : REFERENCE_ONLY.map((key) => ["gepa", key]).filter(given);
  const other = gepa.strategy === "reference" ? "generational" : "reference";
  const remarks = foreign.map((path) => remark(path, `has no effect: it belongs to strategy = "${other}"`));
  if (gepa.strategy !== "reference" || budget !== undefined || gepa.max_iterations !== undefined)
    return remarks;
  const says =
    'is "reference", which goes on until the rollouts are spent: give gepa.rollout.budget or gepa.max_iterations';
  return [fault(["gepa", "strategy"], says), ...remarks];
}

/** The reference's minibatch. */
const REFERENCE_MINIBATCH = 3;

/** The minibatch of a job: what is given, else what its strategy takes by default. */
export function minibatchOf(gepa: GEPAConfig, section: JsonObject): number {
  const given = (valueAt(section, ["gepa", "rollout", "minibatch_size"]) ?? undefined) !== undefined;
  return given || gepa.strategy !== "reference" ? gepa.rollout.minibatch_size : REFERENCE_MINIBATCH;
}
