// Options of the protocol that this version does not act on, and what is said about each. The one list of them: when
// an option starts to work, its row goes.

import type { Algorithm } from "../wire/job.ts";
import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { type Finding, fault, remark } from "./findings.ts";
import type { Path } from "./path.ts";
import { takeAt, valueAt } from "./tables.ts";

/**
 * What becomes of an option. `ignored`: no part of a job, for good. `refused`: it would change what is optimised, so a job
 * without it would be another job.
 */
type Fate = "ignored" | "refused";

interface Rule {
  fate: Fate;
  /** Dotted, from the `[prompt_learning]` table; a last part `*` stands for every key of the table that has no row. */
  path: string;
  note?: string;
  /** Said of jobs of this algorithm only; by default of all. */
  only?: Algorithm;
  /** Whether this value asks for anything; by default every value does. */
  asks?: (value: Json) => boolean;
}

const URL_NOTE = "the service provides the inference URL";
const MODELS_NOTE = "the service knows where its models are";
const COUNT_NOTE = "tokens are counted as the provider reports them";
const KEYS_NOTE = "the operator's keys are used";
const MIPRO_NOTE = 'it belongs to algorithm = "mipro"';
const GEPA_NOTE = 'it belongs to algorithm = "gepa"';
const DISPLAY_NOTE = "it concerns the client, not the job";

/** Every option that is understood and not acted on. */
const UNSUPPORTED: readonly Rule[] = [
  { fate: "ignored", path: "display", note: DISPLAY_NOTE },
  { fate: "ignored", path: "results_folder", note: DISPLAY_NOTE },
  { fate: "ignored", path: "env_file_path", note: DISPLAY_NOTE },
  { fate: "ignored", path: "verifier.backend_base", note: MODELS_NOTE, asks: isText },
  { fate: "ignored", path: "verifier.backend_api_key_env", note: KEYS_NOTE },
  { fate: "ignored", path: "mipro", note: MIPRO_NOTE, only: "gepa" },
  { fate: "ignored", path: "bootstrap_train_seeds", note: MIPRO_NOTE, only: "gepa" },
  { fate: "ignored", path: "online_pool", note: MIPRO_NOTE, only: "gepa" },
  { fate: "ignored", path: "reference_pool", note: MIPRO_NOTE, only: "gepa" },
  { fate: "ignored", path: "gepa", note: GEPA_NOTE, only: "mipro" },
  { fate: "ignored", path: "mipro.token_counting_model", note: COUNT_NOTE, only: "mipro" },
  { fate: "ignored", path: "mipro.results_file", note: DISPLAY_NOTE, only: "mipro" },
  { fate: "ignored", path: "mipro.meta.inference_url", note: URL_NOTE, only: "mipro" },
  { fate: "ignored", path: "mipro.verifier.backend_base", note: MODELS_NOTE, asks: isText, only: "mipro" },
  { fate: "ignored", path: "mipro.verifier.backend_api_key_env", note: KEYS_NOTE, only: "mipro" },

  { fate: "ignored", path: "policy.inference_url", note: URL_NOTE },
  { fate: "ignored", path: "policy.api_base", note: URL_NOTE },
  { fate: "ignored", path: "policy.base_url", note: URL_NOTE },

  { fate: "ignored", path: "gepa.verifier.backend_base", note: MODELS_NOTE, asks: isText },
  { fate: "ignored", path: "gepa.verifier.backend_api_key_env", note: KEYS_NOTE },
  { fate: "ignored", path: "gepa.use_byok", note: KEYS_NOTE },
  {
    fate: "ignored",
    path: "gepa.unified_optimization",
    note: "prompts are optimised here, not files beside them",
  },

  { fate: "ignored", path: "gepa.mutation.llm_inference_url", note: URL_NOTE },
];

const SAYS: Record<Fate, string> = {
  ignored: "is ignored",
  refused: "is not supported by this version",
};

/** The list for readers of the documentation: each option, what is said about it, and whether that depends on its value. */
export function supportRows(): { path: string; says: string; only?: Algorithm; depends: boolean }[] {
  return UNSUPPORTED.map((rule) => ({
    path: rule.path,
    says: sentence(rule).says,
    ...(rule.only === undefined ? {} : { only: rule.only }),
    depends: rule.asks !== undefined,
  }));
}

/** The rows with their paths taken apart, once. */
const RULES = UNSUPPORTED.map((rule) => {
  const path = rule.path.split(".");
  return { ...rule, table: path.slice(0, -1), key: path.at(-1) ?? "" };
});
const EXACT_PATHS = new Set(UNSUPPORTED.map((rule) => rule.path));
/** The keys that have rows, by the path of their table. */
const KEYS_OF_TABLES = new Map<string, string[]>();
for (const { table, key } of RULES) {
  const home = table.join(".");
  KEYS_OF_TABLES.set(home, [...(KEYS_OF_TABLES.get(home) ?? []), key]);
}

/** What is to be said about the options of a job that are not acted on; an error for what keeps it from running. */
export function unsupportedOptions(section: JsonObject, algorithm: Algorithm): Finding[] {
  const rules = RULES.filter(
    ({ only, table }) => (only ?? algorithm) === algorithm && !(algorithm === "mipro" && table[0] === "gepa"),
  );
  return rules.flatMap((rule) => {
    const { says, level } = sentence(rule);
    return matches(section, rule).map((path) => (level === "error" ? fault(path, says) : remark(path, says)));
  });
}

/**
 * Take the addresses out of the policies of modules and stages, in place, with what is said about each: like the job's own policy,
 * they are told where their model is.
 */
export function dropModuleAddresses(section: JsonObject, algorithm: Algorithm): Finding[] {
  return holdersOfPolicies(section, algorithm).flatMap((holder) =>
    ADDRESS_KEYS.flatMap((key) => {
      const path = [...holder, "policy", key];
      const value = takeAt(section, path) ?? null;
      return value === null ? [] : [remark(path, `${SAYS.ignored}: ${URL_NOTE}`)];
    }),
  );
}

const ADDRESS_KEYS = ["inference_url", "api_base", "base_url"];

function holdersOfPolicies(section: JsonObject, algorithm: Algorithm): Path[] {
  const modules = itemsAt(section, [algorithm, "modules"]);
  return algorithm === "gepa" ? modules : modules.flatMap((path) => itemsAt(section, [...path, "stages"]));
}

function itemsAt(section: JsonObject, path: Path): Path[] {
  const list = valueAt(section, path);
  return Array.isArray(list) ? list.map((_, i) => [...path, i]) : [];
}

/** Whether there is a row for this path, so that the option is known though no schema has it. */
export function isListed(path: Path): boolean {
  return EXACT_PATHS.has(path.join(".")) || EXACT_PATHS.has([...path.slice(0, -1), "*"].join("."));
}

/** The keys that have rows in the table at this path. */
export function listedKeys(table: Path): string[] {
  return (KEYS_OF_TABLES.get(table.join(".")) ?? []).filter((key) => key !== "*");
}

function sentence({ fate, note }: Rule): { says: string; level: Finding["level"] } {
  const says = note === undefined ? SAYS[fate] : `${SAYS[fate]}: ${note}`;
  return { says, level: fate === "refused" ? "error" : "warning" };
}

function matches(section: JsonObject, rule: (typeof RULES)[number]): Path[] {
  const { table } = rule;
  const holder = valueAt(section, table);
  if (!isObject(holder)) return [];
  const others = () => Object.keys(holder).filter((key) => !EXACT_PATHS.has([...table, key].join(".")));
  const keys = rule.key === "*" ? others() : [rule.key];
  return keys.filter((key) => asks(rule, holder, key)).map((key) => [...table, key]);
}

function asks(rule: Rule, holder: JsonObject, key: string): boolean {
  const value = Object.hasOwn(holder, key) ? holder[key] : undefined;
  if (value === undefined || value === null) return false;
  return rule.asks === undefined || rule.asks(value);
}

function isText(value: Json): boolean {
  return typeof value === "string" && value.trim() !== "";
}
