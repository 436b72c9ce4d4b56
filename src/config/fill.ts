// What stands in for options that are not given, before the schemas look: the job's label for the environment's name,
// its policy for a module's, its prompt for a stage's, and the seed lists of the minimal form (protocol §1.3, §1.10, §9).

import type { Algorithm } from "../wire/job.ts";
import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { type Finding, remark } from "./findings.ts";
import { MAX_SEEDS } from "./limits.ts";
import { dotted, type Path, SECTION } from "./path.ts";
import type { Places } from "./places.ts";
import { LEAST_TOTAL_SEEDS } from "./seeds.ts";
import { valueAt } from "./tables.ts";

const TRAINING_SHARE = 0.7;
/** Options of GEPA that the minimal form has beside `algorithm`. */
const MINIMAL_HOMES: Readonly<Record<string, Path>> = {
  proposer_effort: ["gepa", "proposer_effort"],
  proposer_output_tokens: ["gepa", "proposer_output_tokens"],
  num_generations: ["gepa", "population", "num_generations"],
  children_per_generation: ["gepa", "population", "children_per_generation"],
};

/** The algorithm that a section is about, as far as it says. */
export function algorithmOf(section: JsonObject): Algorithm {
  const { algorithm, gepa, mipro } = section;
  if (typeof algorithm === "string") return algorithm.trim().toLowerCase() === "mipro" ? "mipro" : "gepa";
  return isObject(mipro) && !isObject(gepa) ? "mipro" : "gepa";
}

/** Where the options of the minimal form belong. */
export function minimalAliases(): [string, string][] {
  return Object.entries(MINIMAL_HOMES).map(([key, home]) => [key, home.join(".")]);
}

/** Fill in a section, in place. With `strict`, modules and stages must say all that the protocol asks of them. */
export function fillIn(
  section: JsonObject,
  algorithm: Algorithm,
  places: Places,
  strict: boolean,
): Finding[] {
  const settings = tableIn(section, algorithm);
  if (settings === undefined) return [];
  const { task_app_id: id } = section;
  if (typeof id === "string" && id !== "") settings.env_name ??= id;
  if (algorithm === "mipro") return fillMipro(section, settings, places, strict);
  fillMinimal(section, settings, places);
  // So that the error of a config without seeds names the seeds.
  settings.evaluation ??= {};
  if (strict) return [];
  for (const [i, module] of tables(settings.modules))
    fillPolicy(section, module, ["gepa", "modules", i], places);
  return [];
}

/** What a MIPRO job may say of its task app in its own section (protocol §1.10). */
const TASK_APP_KEYS = ["task_app_url", "task_app_api_key", "task_app_id"];

/**
 * Move what `[mipro]` says of the task app to the job, where it is read, in place; what the job says itself holds. A
 * key must not stay behind: the section is kept with the job as it is.
 */
export function liftTaskApp(section: JsonObject, places: Places): Finding[] {
  const { mipro } = section;
  if (!isObject(mipro)) return [];
  return TASK_APP_KEYS.flatMap((key) => {
    const value = mipro[key];
    delete mipro[key];
    if (value === undefined || value === null) return [];
    const known = section[key] ?? undefined;
    if (known === undefined) {
      section[key] = value;
      places.move([key], ["mipro", key]);
    }
    if (known === undefined || known === value || places.isOverridden([key])) return [];
    return [remark(["mipro", key], `is ignored: ${dotted([SECTION, key])} is given too, and it holds`)];
  });
}

/** Seeds 0 to `total_seeds`, split, and the sizes that go with them. */
function fillMinimal(section: JsonObject, gepa: JsonObject, places: Places): void {
  if (section.total_seeds === undefined) return;
  const given = Number(section.total_seeds);
  // A number that is none is for the schema to refuse; it is no reason to ask for seeds too.
  const total = Number.isSafeInteger(given)
    ? Math.min(Math.max(given, LEAST_TOTAL_SEEDS), MAX_SEEDS)
    : LEAST_TOTAL_SEEDS;
  const training = Math.floor(total * TRAINING_SHARE);
  const evaluation = tableIn(gepa, "evaluation");
  const population = tableIn(gepa, "population");
  const archive = tableIn(gepa, "archive");
  if (evaluation === undefined || population === undefined || archive === undefined) return;
  if (evaluation.seeds === undefined) {
    evaluation.seeds = { start: 0, end: training };
    evaluation.validation_seeds ??= { start: training, end: total };
    places.move(["gepa", "evaluation", "seeds"], ["total_seeds"]);
  }
  population.initial_size ??= Math.max(10, Math.min(30, Math.floor(training / 10)));
  const size = Number(population.initial_size);
  if (Number.isSafeInteger(size) && size > 0) archive.size ??= 2 * size;
}

function fillMipro(section: JsonObject, mipro: JsonObject, places: Places, strict: boolean): Finding[] {
  const findings = adoptStages(mipro, places);
  fillPools(mipro, places);
  if (strict) return findings;
  for (const [i, module] of tables(mipro.modules)) {
    fillModule(section, module, ["mipro", "modules", i], places);
  }
  return findings;
}

/** `[[mipro.stages]]` are the stages of one module. */
function adoptStages(mipro: JsonObject, places: Places): Finding[] {
  const { stages } = mipro;
  if (stages === undefined) return [];
  delete mipro.stages;
  if (mipro.modules !== undefined) {
    return [
      remark(["mipro", "stages"], "is ignored: prompt_learning.mipro.modules is given too, and it holds"),
    ];
  }
  mipro.modules = [{ module_id: "default", stages }];
  places.move(["mipro", "modules", 0, "stages"], ["mipro", "stages"]);
  return [];
}

/** Seed lists may stand in the section itself or in its `seeds` table. */
function fillPools(mipro: JsonObject, places: Places): void {
  const { seeds } = mipro;
  if (!isObject(seeds)) return;
  for (const [from, to] of POOLS) {
    const list = valueAt(seeds, [from]);
    // An empty list in this table is its default.
    if (list === undefined || mipro[to] !== undefined || (Array.isArray(list) && list.length === 0)) continue;
    mipro[to] = structuredClone(list);
    places.move(["mipro", to], ["mipro", "seeds", from]);
  }
}

const POOLS = [
  ["bootstrap", "bootstrap_train_seeds"],
  ["online", "online_pool"],
  ["test", "test_pool"],
  ["reference", "reference_pool"],
] as const;

function fillModule(section: JsonObject, module: JsonObject, path: Path, places: Places): void {
  const { module_id: id } = module;
  if (typeof id === "string" && !Array.isArray(module.stages))
    module.stages = [{ stage_id: `${id}_stage_0` }];
  for (const [j, stage] of tables(module.stages)) {
    const place = [...path, "stages", j];
    fillPolicy(section, stage, place, places);
    stage.baseline_instruction ??= instructionFor(section, [stage.stage_id, id]);
    for (const key of ["max_instruction_slots", "max_demo_slots"]) {
      if (module[key] === undefined || stage[key] !== undefined) continue;
      stage[key] = module[key];
      places.move([...place, key], [...path, key]);
    }
  }
}

function fillPolicy(section: JsonObject, holder: JsonObject, path: Path, places: Places): void {
  if (!isObject(section.policy) || holder.policy !== undefined) return;
  const { inference_url: _, api_base: __, base_url: ___, ...policy } = section.policy;
  holder.policy = structuredClone(policy);
  places.move([...path, "policy"], ["policy"]);
}

/** The instruction of a pipeline's module of one of these names, else the prompt's own. */
function instructionFor(section: JsonObject, names: readonly (Json | undefined)[]): string {
  const prompt = section.initial_prompt;
  const modules = tables(valueAt(prompt, ["metadata", "pipeline_modules"]));
  const own = modules.find(([, module]) =>
    [module.stage_id, module.module_id, module.name].some(
      (name) => name !== undefined && names.includes(name),
    ),
  )?.[1].instruction_text;
  if (typeof own === "string" && own !== "") return own;
  const messages = tables(valueAt(prompt, ["messages"]));
  const said = (role: string) => messages.find(([, m]) => m.role === role && Boolean(m.pattern))?.[1].pattern;
  const text = said("system") ?? said("user");
  return typeof text === "string" ? text : "Complete the task.";
}

/** The tables of a list, with their positions in it. */
function tables(value: Json | undefined): [number, JsonObject][] {
  const items = Array.isArray(value) ? value : [];
  return items.flatMap((item, i): [number, JsonObject][] => (isObject(item) ? [[i, item]] : []));
}

function tableIn(holder: JsonObject, key: string): JsonObject | undefined {
  if (holder[key] === undefined) holder[key] = {};
  const table = holder[key];
  return isObject(table) ? table : undefined;
}
