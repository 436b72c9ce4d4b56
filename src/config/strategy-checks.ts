// What a job's strategy needs, and the options that belong to the other one.

import type { JsonObject } from "../wire/json.ts";
import { type Finding, fault, remark } from "./findings.ts";
import type { GEPAConfig } from "./gepa.ts";
import type { MIPROConfig } from "./mipro.ts";
import { valueAt } from "./tables.ts";

/** Options that do nothing in generations. */
const REFERENCE_ONLY = [
  ["gepa", "use_merge"],
  ["gepa", "sampled_proposals"],
  ["gepa", "sampled_parents"],
  ["gepa", "proposal_selection"],
  ["gepa", "proposal_top_k"],
  ["gepa", "max_iterations"],
];

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

/** Options of MIPRO that do nothing with strategy reference. */
const PARALLEL_ONLY = [
  ["mipro", "meta_update"],
  ["mipro", "adaptive_pool"],
  ["mipro", "demo", "sets_per_size"],
  ["mipro", "demo", "include_empty"],
  ["mipro", "max_instruction_sets"],
];

/** What is to be said about a GEPA strategy: what it needs to end, and options of the other one. */
export function checkStrategy(gepa: GEPAConfig, section: JsonObject, budget: number | undefined): Finding[] {
  const remarks =
    gepa.strategy === "reference"
      ? foreign(GENERATIONAL_ONLY, "generational", section)
      : foreign(REFERENCE_ONLY, "reference", section);
  if (gepa.strategy !== "reference" || budget !== undefined || gepa.max_iterations !== undefined)
    return remarks;
  const says =
    'is "reference", which goes on until the rollouts are spent: give gepa.rollout.budget or gepa.max_iterations';
  return [fault(["gepa", "strategy"], says), ...remarks];
}

/** A remark on each option of MIPRO that does nothing with the job's strategy. */
export function checkMiproStrategy(
  { strategy, meta_update, adaptive_pool }: MIPROConfig,
  section: JsonObject,
): Finding[] {
  if (strategy !== "reference") return [];
  // Whoever switches it off has what they ask for.
  const off = [
    ...(meta_update?.enabled === false ? ["meta_update"] : []),
    ...(adaptive_pool?.level === "NONE" ? ["adaptive_pool"] : []),
  ];
  return foreign(PARALLEL_ONLY, "parallel", section).filter(({ path }) => !off.includes(String(path.at(-1))));
}

/** A remark on each of these options that is given. */
function foreign(options: readonly string[][], strategy: string, section: JsonObject): Finding[] {
  return options
    .filter((path) => (valueAt(section, path) ?? undefined) !== undefined)
    .map((path) => remark(path, `has no effect: it belongs to strategy = "${strategy}"`));
}

/** The reference's minibatch. */
const REFERENCE_MINIBATCH = 3;

/** The minibatch of a job: what is given, else what its strategy takes by default. */
export function minibatchOf(gepa: GEPAConfig, section: JsonObject): number {
  const given = (valueAt(section, ["gepa", "rollout", "minibatch_size"]) ?? undefined) !== undefined;
  return given || gepa.strategy !== "reference" ? gepa.rollout.minibatch_size : REFERENCE_MINIBATCH;
}
