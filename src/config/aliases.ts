// Other names and places under which options are accepted: older ones, and ones that clients of the protocol add
// (§1.3, §1.5, §1.11). They are moved to where the schemas look, with a warning each.

import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { type Finding, fault, remark } from "./findings.ts";
import { dotted, type Path, SECTION } from "./path.ts";
import type { Places } from "./places.ts";
import { SeedList } from "./seeds.ts";
import { isListed } from "./support.ts";
import { setAt, takeAt, valueAt } from "./tables.ts";

const SEEDS: Path = ["gepa", "evaluation", "seeds"];

/** `[as written, as the schemas have it]`, dotted, from the `[prompt_learning]` table. Earlier rows win over later ones. */
export const ALIASES: readonly (readonly [string, string])[] = [
  ["gepa.evaluation.train_seeds", "gepa.evaluation.seeds"],
  ["gepa.evaluation.val_seeds", "gepa.evaluation.validation_seeds"],
  ["gepa.evaluation_seeds", "gepa.evaluation.seeds"],
  ["gepa.train_seeds", "gepa.evaluation.seeds"],
  ["gepa.validation_seeds", "gepa.evaluation.validation_seeds"],
  ["gepa.val_seeds", "gepa.evaluation.validation_seeds"],
  ["gepa.test_pool", "gepa.evaluation.test_pool"],
  ["gepa.validation_pool", "gepa.evaluation.validation_pool"],
  ["gepa.validation_top_k", "gepa.evaluation.validation_top_k"],
  ["gepa.rollout_budget", "gepa.rollout.budget"],
  ["gepa.max_concurrent_rollouts", "gepa.rollout.max_concurrent"],
  ["gepa.minibatch_size", "gepa.rollout.minibatch_size"],
  ["gepa.mutation_rate", "gepa.mutation.rate"],
  ["gepa.mutation_llm_model", "gepa.mutation.llm_model"],
  ["gepa.mutation_llm_provider", "gepa.mutation.llm_provider"],
  ["gepa.mutation_llm_inference_url", "gepa.mutation.llm_inference_url"],
  ["gepa.mutation_prompt", "gepa.mutation.prompt"],
  ["gepa.initial_population_size", "gepa.population.initial_size"],
  ["gepa.num_generations", "gepa.population.num_generations"],
  ["gepa.children_per_generation", "gepa.population.children_per_generation"],
  ["gepa.crossover_rate", "gepa.population.crossover_rate"],
  ["gepa.selection_pressure", "gepa.population.selection_pressure"],
  ["gepa.patience_generations", "gepa.population.patience_generations"],
  ["gepa.archive_size", "gepa.archive.size"],
  ["gepa.pareto_set_size", "gepa.archive.pareto_set_size"],
  ["gepa.pareto_eps", "gepa.archive.pareto_eps"],
  ["gepa.feedback_fraction", "gepa.archive.feedback_fraction"],
  ["gepa.max_token_limit", "gepa.token.max_limit"],
  ["gepa.token_counting_model", "gepa.token.counting_model"],
  ["gepa.enforce_pattern_token_limit", "gepa.token.enforce_pattern_limit"],
  ["gepa.max_spend_usd", "gepa.token.max_spend_usd"],
  ["gepa.proposer_mode", "gepa.proposer_type"],
  ["train_seeds", "gepa.evaluation.seeds"],
  ["evaluation_seeds", "gepa.evaluation.seeds"],
  ["val_seeds", "gepa.evaluation.validation_seeds"],
  ["validation_seeds", "gepa.evaluation.validation_seeds"],
  ["test_pool", "gepa.evaluation.test_pool"],
  ["env_name", "gepa.env_name"],
  ["termination_config.target_reward", "termination_config.target_score"],
];

/** Move every aliased option of a section to its place. */
export function applyAliases(section: JsonObject, places: Places): Finding[] {
  const findings = ALIASES.flatMap(([from, to]) =>
    moveOption(section, from.split("."), to.split("."), places),
  );
  const messages = valueAt(section, ["initial_prompt", "messages"]);
  for (const i of Array.isArray(messages) ? messages.keys() : []) {
    const message = ["initial_prompt", "messages", i];
    findings.push(...moveOption(section, [...message, "content"], [...message, "pattern"], places));
  }
  return findings;
}

/**
 * Take the options that stand at the root of a file beside its `[prompt_learning]` table, where they would be lost.
 * `options` names those that the schema knows.
 */
export function adoptSiblings(
  section: JsonObject,
  root: JsonObject,
  options: readonly string[],
  places: Places,
): Finding[] {
  const findings: Finding[] = [];
  for (const [key, value] of Object.entries(root)) {
    if (key === SECTION || value === null) continue;
    const known = section[key] ?? undefined;
    if (!options.includes(key) && !isListed([key])) {
      findings.push({ ...remark([key], `is ignored: only the [${SECTION}] table is read`), outside: true });
    } else if (known === undefined) {
      section[key] = value;
      places.move([key], [key], true);
      // Those that are only listed as unsupported get their warning from that list.
      if (!options.includes(key)) continue;
      const says = `stands outside the [${SECTION}] table; it is taken as ${SECTION}.${key}`;
      findings.push({ ...remark([key], says), outside: true });
    } else if (!isSame(known, value)) {
      findings.push({
        ...remark([key], `is ignored: ${SECTION}.${key} is given too, and it holds`),
        outside: true,
      });
    }
  }
  return findings;
}

/** Options that are lost when they stand below an `[prompt_learning.env_config]` header, with where they belong. */
const SWALLOWED: readonly (readonly [string, Path])[] = [
  ["train_seeds", SEEDS],
  ["evaluation_seeds", SEEDS],
  ["val_seeds", ["gepa", "evaluation", "validation_seeds"]],
  ["validation_seeds", ["gepa", "evaluation", "validation_seeds"]],
  ["validation_pool", ["gepa", "evaluation", "validation_pool"]],
  ["validation_top_k", ["gepa", "evaluation", "validation_top_k"]],
  ["test_pool", ["gepa", "evaluation", "test_pool"]],
];

/**
 * Seed options inside `env_config`: in TOML a key belongs to the nearest header above it, so those written below
 * `[prompt_learning.env_config]` go to the task app. An error for training seeds that are missing elsewhere.
 */
export function misplacedSeeds(section: JsonObject): Finding[] {
  const seeds = valueAt(section, SEEDS);
  return SWALLOWED.flatMap(([key, home]) => {
    const path = ["env_config", key];
    if (valueAt(section, path) === undefined) return [];
    const says = `stands under the [${SECTION}.env_config] header, so it only goes to the task app; did you mean ${name(home)}?`;
    return [home === SEEDS && seeds === undefined ? fault(path, says) : remark(path, says)];
  });
}

function moveOption(section: JsonObject, from: Path, to: Path, places: Places): Finding[] {
  const value = valueAt(section, from);
  const parent = valueAt(section, to.slice(0, -1));
  const fits = parent === undefined || parent === null || isObject(parent);
  if (value === undefined || !fits) return [];
  takeAt(section, from);
  if (value === null) return [];
  const known = valueAt(section, to) ?? undefined;
  if (known !== undefined && isSame(known, value)) return [];
  const wins = known === undefined || (places.isOverridden(from) && !places.isOverridden(to));
  if (!wins) return [remark(from, `is ignored: ${name(to)} is given too, and it holds`)];
  if (!setAt(section, to, value)) return [];
  places.move(to, from);
  return [remark(to, `is taken as ${name(to)}; write that instead`)];
}

/** Equal as values; a range of seeds equals the list of them, since clients send such copies. */
function isSame(a: Json, b: Json): boolean {
  return JSON.stringify(expanded(a)) === JSON.stringify(expanded(b));
}

function expanded(value: Json): Json {
  const isRange = isObject(value) && "start" in value && "end" in value;
  return isRange ? (SeedList.safeParse(value).data ?? value) : value;
}

function name(path: Path): string {
  return dotted([SECTION, ...path]);
}
