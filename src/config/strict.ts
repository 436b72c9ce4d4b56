// Strict reading: older spellings, and values that the protocol's own checks refuse, are errors (protocol §1).

import { isObject, type JsonObject } from "../wire/json.ts";
import { ALIASES, FLAT_GEPA_KEYS, META_KEYS } from "./aliases.ts";
import { type Finding, fault, mustBe } from "./findings.ts";
import type { Path } from "./path.ts";
import { valueAt } from "./tables.ts";

const MUTATION_KEYS = ["llm_model", "llm_provider", "llm_inference_url"];
const URL_KEYS = ["inference_url", "api_base", "base_url"];
const VERIFIERS = [
  ["verifier"],
  ["judge"],
  ["gepa", "verifier"],
  ["gepa", "judge"],
  ["mipro", "verifier"],
  ["mipro", "judge"],
];
const UNTYPED_SEEDS = ["train_seeds", "val_seeds", "evaluation_seeds", "validation_seeds"];
const EFFORT = "proposer_effort chooses the proposer's model";

/** What strict reading has against a section, as it was written. */
export function strictFindings(section: JsonObject): Finding[] {
  return [
    ...flatKeys(section),
    ...deprecated(section, ["gepa", "mutation"], MUTATION_KEYS, EFFORT),
    ...deprecated(section, ["mipro"], META_KEYS, EFFORT),
    ...deprecated(section, ["mipro", "meta"], ["model", "provider"], EFFORT),
    ...policyFindings(section),
    ...messageFindings(section),
    ...moduleFindings(section),
    ...rangeFindings(section),
    ...batchFindings(section),
    ...VERIFIERS.flatMap((path) => fusedFindings(path, valueAt(section, path), true)),
  ];
}

/** `fused` needs a weight for the verifier's part; `always` also where the verifier is switched off. */
export function fusedFindings(path: Path, verifier: unknown, always: boolean): Finding[] {
  if (!isObject(verifier) || String(verifier.reward_source).trim().toLowerCase() !== "fused") return [];
  if (!always && verifier.enabled !== true) return [];
  const isWeighted = Number(verifier.weight_event ?? 0) > 0 || Number(verifier.weight_outcome ?? 0) > 0;
  if (isWeighted) return [];
  return [
    fault([...path, "reward_source"], 'is "fused", which needs weight_event or weight_outcome above 0'),
  ];
}

function flatKeys(section: JsonObject): Finding[] {
  return FLAT_GEPA_KEYS.flatMap((key) => {
    const home = ALIASES.find(([from]) => from === `gepa.${key}`)?.[1].split(".") ?? [];
    const says = `is refused: Deprecated flat GEPA format field '${key}': Use [prompt_learning.gepa.${home[1]}] ${home[2]}`;
    return present(section, ["gepa", key]) ? [fault(["gepa", key], says)] : [];
  });
}

function deprecated(section: JsonObject, table: Path, keys: readonly string[], why: string): Finding[] {
  return keys
    .filter((key) => present(section, [...table, key]))
    .map((key) => fault([...table, key], `is refused: Deprecated field '${key}': ${why}`));
}

function policyFindings(section: JsonObject): Finding[] {
  const says = "is refused: the trainer provides the inference URL in rollout requests";
  const holders: Path[] = [
    ["policy"],
    ...places(section, ["gepa", "modules"]).map((path) => [...path, "policy"]),
  ];
  const findings = holders.flatMap((path) =>
    URL_KEYS.filter((key) => present(section, [...path, key])).map((key) => fault([...path, key], says)),
  );
  const isBare = isObject(section.policy) && section.policy.inference_mode === undefined;
  if (isBare) findings.push(mustBe(["policy", "inference_mode"], '"synth_hosted"', undefined));
  return findings;
}

function messageFindings(section: JsonObject): Finding[] {
  return places(section, ["initial_prompt", "messages"])
    .filter((path) => present(section, [...path, "content"]) && !present(section, [...path, "pattern"]))
    .map((path) => fault([...path, "content"], "is refused: a message has its text in pattern"));
}

function moduleFindings(section: JsonObject): Finding[] {
  return places(section, ["gepa", "modules"]).flatMap((path) => {
    const tools = [...path, "allowed_tools"];
    const value = valueAt(section, tools);
    return Array.isArray(value) && value.length === 0 ? [mustBe(tools, "a non-empty list", value)] : [];
  });
}

/** Ranges are for the options that the protocol types, not for their other names. */
function rangeFindings(section: JsonObject): Finding[] {
  return [[], ["gepa"]].flatMap((table: Path) =>
    UNTYPED_SEEDS.map((key) => [...table, key])
      .filter((path) => isObject(valueAt(section, path)))
      .map((path) => mustBe(path, "a list of seeds", valueAt(section, path))),
  );
}

function batchFindings(section: JsonObject): Finding[] {
  const path = ["gepa", "adaptive_batch"];
  const mode = valueAt(section, [...path, "val_evaluation_mode"]);
  if (mode !== "subsample" || present(section, [...path, "val_subsample_size"])) return [];
  return [fault([...path, "val_subsample_size"], 'is missing: val_evaluation_mode = "subsample" needs it')];
}

function places(section: JsonObject, path: Path): Path[] {
  const list = valueAt(section, path);
  return Array.isArray(list) ? list.map((_, i) => [...path, i]) : [];
}

function present(section: JsonObject, path: Path): boolean {
  const value = valueAt(section, path);
  return value !== undefined && value !== null;
}
