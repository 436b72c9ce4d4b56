// Other names and places under which options are accepted: older ones, and ones that clients of the protocol add
// (§1.3, §1.5, §1.11). They are moved to where the schemas look, with a warning each.

import type { Algorithm } from "../wire/job.ts";
import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { minimalAliases } from "./fill.ts";
import { type Finding, fault, remark } from "./findings.ts";
import { dotted, type Path, SECTION } from "./path.ts";
import type { Places } from "./places.ts";
import { SeedList } from "./seeds.ts";
import { isListed } from "./support.ts";
import { setAt, takeAt, valueAt } from "./tables.ts";

const SEEDS: Path = ["gepa", "evaluation", "seeds"];

type Alias = readonly [string, string];

/** `[as written, as the schemas have it]`, dotted, from the `[prompt_learning]` table. Earlier rows win over later ones. */
export const ALIASES: readonly Alias[] = [
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
  ["gepa.population_size", "gepa.population.initial_size"],
  ["gepa.judge", "gepa.verifier"],
  ["gepa.verifier.verifier_graph_id", "gepa.verifier.synth_verifier_id"],
  ["gepa.verifier.verifier_id", "gepa.verifier.synth_verifier_id"],
  ["gepa.verifier.backend_rubric_id", "gepa.verifier.synth_verifier_id"],
  ["train_seeds", "gepa.evaluation.seeds"],
  ["evaluation_seeds", "gepa.evaluation.seeds"],
  ["val_seeds", "gepa.evaluation.validation_seeds"],
  ["validation_seeds", "gepa.evaluation.validation_seeds"],
  ["test_pool", "gepa.evaluation.test_pool"],
  ["env_name", "gepa.env_name"],
];

/** The same for MIPRO jobs. */
const MIPRO_ALIASES: readonly Alias[] = [
  ["mipro.meta_model", "mipro.meta.model"],
  ["mipro.meta_model_provider", "mipro.meta.provider"],
  ["mipro.meta_model_inference_url", "mipro.meta.inference_url"],
  ["mipro.meta_model_temperature", "mipro.meta.temperature"],
  ["mipro.meta_model_max_tokens", "mipro.meta.max_tokens"],
  ["mipro.meta_temperature", "mipro.meta.temperature"],
  ["mipro.instructions.proposer_effort", "mipro.proposer_effort"],
  ["mipro.instructions.proposer_output_tokens", "mipro.proposer_output_tokens"],
  ["mipro.parallelism", "mipro.max_concurrent"],
  ["mipro.tpe.alpha", "mipro.tpe.categorical_alpha"],
  ["mipro.judge", "mipro.verifier"],
  ["mipro.verifier.verifier_graph_id", "mipro.verifier.synth_verifier_id"],
  ["mipro.verifier.verifier_id", "mipro.verifier.synth_verifier_id"],
  ["mipro.verifier.backend_rubric_id", "mipro.verifier.synth_verifier_id"],
  ["train_seeds", "mipro.bootstrap_train_seeds"],
  ["env_name", "mipro.env_name"],
];

/** The same for every job. */
const SHARED_ALIASES: readonly Alias[] = [
  ["judge", "verifier"],
  ["verifier.verifier_graph_id", "verifier.synth_verifier_id"],
  ["verifier.verifier_id", "verifier.synth_verifier_id"],
  ["verifier.backend_rubric_id", "verifier.synth_verifier_id"],
  ["termination_config.target_reward", "termination_config.target_score"],
];

/** Pools that a MIPRO job may also have beside its section, which needs no remark (protocol §1.3). */
const MIPRO_POOLS: readonly Alias[] = [
  ["bootstrap_train_seeds", "mipro.bootstrap_train_seeds"],
  ["online_pool", "mipro.online_pool"],
  ["test_pool", "mipro.test_pool"],
  ["reference_pool", "mipro.reference_pool"],
  ["val_seeds", "mipro.val_seeds"],
];

/** Keys of `[gepa]` that newer clients refuse: each has a place in a table of its own (protocol §1.11). */
export const FLAT_GEPA_KEYS: readonly string[] = ALIASES.map(([from, to]) => [from.split("."), to.split(".")])
  .filter(([from, to]) => from?.length === 2 && from[0] === "gepa" && to?.length === 3)
  .map(([from]) => from?.[1] ?? "")
  .filter((key) => !["train_seeds", "val_seeds", "population_size"].includes(key));

/** Keys of `[mipro]` that newer clients refuse (protocol §1.10). */
export const META_KEYS: readonly string[] = MIPRO_ALIASES.map(([from]) => from.split(".")[1] ?? "").filter(
  (key) => key.startsWith("meta_model"),
);

/** Names that options have beside the `[prompt_learning]` table's own. */
const OTHER_NAMES: readonly string[] = [...ALIASES, ...MIPRO_ALIASES, ...SHARED_ALIASES, ...MIPRO_POOLS]
  .map(([from]) => from)
  .filter((from) => !from.includes("."));

/** The moves of each algorithm, taken apart once: those that are told, and those that are not. */
const MOVES: Readonly<Record<Algorithm, { told: readonly Move[]; silent: readonly Move[] }>> = {
  gepa: { told: movesOf(SHARED_ALIASES, ALIASES), silent: movesOf(minimalAliases()) },
  mipro: { told: movesOf(SHARED_ALIASES, MIPRO_ALIASES), silent: movesOf(MIPRO_POOLS) },
};

type Move = readonly [from: Path, to: Path];

function movesOf(...lists: readonly (readonly Alias[])[]): Move[] {
  return lists.flat().map(([from, to]): Move => [from.split("."), to.split(".")]);
}

/** Every other name of an option in jobs of an algorithm, dotted, with the option that it is taken as. */
export function olderNames(algorithm: Algorithm): Map<string, string> {
  const { told, silent } = MOVES[algorithm];
  return new Map([...told, ...silent].map(([from, to]) => [from.join("."), to.join(".")]));
}

/** Move every aliased option of a section to its place. */
export function applyAliases(section: JsonObject, places: Places, algorithm: Algorithm): Finding[] {
  const { told, silent } = MOVES[algorithm];
  const findings = told.flatMap(([from, to]) => moveOption(section, from, to, places));
  // These stand where they belong; only where something else stands there too is there anything to say.
  for (const [from, to] of silent) {
    const said = moveOption(section, from, to, places);
    findings.push(...said.filter(({ path }) => path.join(".") === from.join(".")));
  }
  const modules = algorithm === "mipro" ? valueAt(section, ["mipro", "modules"]) : undefined;
  for (const i of Array.isArray(modules) ? modules.keys() : []) {
    const module = ["mipro", "modules", i];
    findings.push(...moveOption(section, [...module, "id"], [...module, "module_id"], places));
  }
  const messages = valueAt(section, ["initial_prompt", "messages"]);
  for (const i of Array.isArray(messages) ? messages.keys() : []) {
    const message = ["initial_prompt", "messages", i];
    findings.push(...moveOption(section, [...message, "content"], [...message, "pattern"], places));
  }
  return findings;
}

/** A file that has a `[prompt_learning]` table. */
interface Split {
  /** The table, with the overrides in it. */
  section: JsonObject;
  /** What the table and its siblings stand in. */
  root: JsonObject;
  /** The keys that the table has in the file, before the overrides. */
  inFile: ReadonlySet<string>;
}

/**
 * Take the options that stand at the root of a file beside its `[prompt_learning]` table, where they would be lost.
 * `options` names those that the schema knows.
 */
export function adoptSiblings(
  { section, root, inFile }: Split,
  options: readonly string[],
  places: Places,
): Finding[] {
  const findings: Finding[] = [];
  const say = (key: string, says: string) => findings.push({ ...remark([key], says), outside: true });
  for (const [key, value] of Object.entries(root)) {
    if (key === SECTION || value === null) continue;
    const known = section[key] ?? undefined;
    const isOption = options.includes(key) || OTHER_NAMES.includes(key);
    if (!isOption && !isListed([key])) {
      say(key, `is ignored: only the [${SECTION}] table is read`);
      continue;
    }
    // Overrides are laid over a table, wherever it stands.
    const isLaidOver = isObject(known) && isObject(value) && !inFile.has(key);
    if (known === undefined || isLaidOver) {
      section[key] = isLaidOver ? laidOver(value, known) : value;
      places.move([key], [key], true);
      // Those that are only listed as unsupported get their warning from that list.
      if (isOption && key !== "strict") {
        say(key, `stands outside the [${SECTION}] table; it is taken as ${SECTION}.${key}`);
      }
    } else if (!isSame(known, value)) {
      say(key, `is ignored: ${SECTION}.${key} is given too, and it holds`);
    }
  }
  return findings;
}

/** A table with another one's values laid over it, table by table. */
function laidOver(table: JsonObject, over: JsonObject): JsonObject {
  const merged = { ...table };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isObject(below) && isObject(value) ? laidOver(below, value) : value;
  }
  return merged;
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
