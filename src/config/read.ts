// From a job's TOML or JSON to one typed value with every default filled in, or to an error that names every mistake.
//
// Owns: the order of the steps, and the places of findings. Each step is a file of its own: the text (toml.ts), the
// overrides, other names (aliases.ts), what is not supported (support.ts), unknown keys, the schemas (job.ts), and the
// rules across fields (rules.ts). Steps report findings; only here they become issues and warnings.

import type { ConfigWarning } from "../wire/job.ts";
import { isObject, type JsonObject } from "../wire/json.ts";
import type { ValueOrigin } from "../wire/validate.ts";
import { adoptSiblings, applyAliases, misplacedSeeds } from "./aliases.ts";
import { ConfigError, type ConfigIssue, capWarnings, type Position, toIssue, toWarning } from "./errors.ts";
import { type Finding, fault, isMissing, mustBe } from "./findings.ts";
import { checkSchema } from "./issues.ts";
import { PromptLearningConfig } from "./job.ts";
import { type Locate, locator } from "./locate.ts";
import { checkModels, LISTED_ONLY, type ModelRules } from "./model-list.ts";
import { applyOverrides } from "./overrides.ts";
import { type Path, SECTION, underSection } from "./path.ts";
import { Places } from "./places.ts";
import { plainCopy } from "./plain.ts";
import { applyRules, checkParts } from "./rules.ts";
import { unsupportedOptions } from "./support.ts";
import { dropNulls, valueAt } from "./tables.ts";
import { readToml } from "./toml.ts";
import { optionNames, unknownKeys } from "./unknown.ts";
import { fillVariables, stillUnset, type Variables } from "./variables.ts";
import { quoted } from "./words.ts";

/** What a config is read from: the text of a TOML file, or its mapping. */
export type ConfigInput = { toml: string } | { mapping: JsonObject };

/** What is known where the config is read. */
export interface ReadOptions {
  /** The values that the config may name. Without them the key's variable is taken on trust, and a URL's is an error. */
  variables?: Variables;
  /** Which models may be named. Default: those of the protocol's list. */
  models?: ModelRules;
}

/** A config that can run. */
export interface ConfigReading {
  config: PromptLearningConfig;
  warnings: ConfigWarning[];
  /**
   * `{prompt_learning: …}` with the overrides in it and every option under the protocol's own name. Reading it again
   * gives the same config. It holds `task_app_api_key` as it was given, also where that is a variable.
   */
  mapping: JsonObject;
  /** Where an option stands in the TOML, by its dotted path; for mistakes that are found later, as by `planBudget`. */
  place(path: string): Position | undefined;
  /** Whether the file or the overrides give a value, and where; undefined for one that they leave to its default. */
  given(path: Path): ValueOrigin | undefined;
}

/** The text, parsed: its root table, and how to find a key in it. */
interface Source {
  root: JsonObject;
  /** Values that JSON cannot hold. */
  issues: ConfigIssue[];
  locate: Locate;
}

/** A section on its way through the steps. */
interface Draft {
  section: JsonObject;
  findings: Finding[];
  places: Places;
}

/** Options by which a `[prompt_learning]` section is known; a config with none of them is something else. */
const TELLING_OPTIONS = ["algorithm", "initial_prompt", "task_app_url"];

/**
 * Read a job's config: the `[prompt_learning]` table, or the same keys at the root, with `overrides` laid over it.
 * Throws ConfigError with every mistake.
 */
export function readConfig(
  input: ConfigInput,
  overrides: JsonObject = {},
  { variables, models = LISTED_ONLY }: ReadOptions = {},
): ConfigReading {
  const source = readSource(input);
  const draft = draftOf(source, overrides, variables);
  const { section, findings, places } = draft;
  if (!TELLING_OPTIONS.some((key) => section[key] !== undefined)) {
    findings.push(fault([], otherSchema(source.root)));
    throw failure(draft, source.issues);
  }
  findings.push(...applyAliases(section, places));
  fillIn(section);
  findings.push(...unsupportedOptions(section));
  // What else is said about the config of another algorithm is noise.
  if (findings.some(isAboutAlgorithm)) throw failure(draft, source.issues);
  findings.push(...checkModels(section, models));
  findings.push(...misplacedSeeds(section));
  findings.push(...unknownKeys(section, PromptLearningConfig));
  const config = checked(draft);
  if (config === undefined || source.issues.length > 0 || findings.some((f) => f.level === "error")) {
    throw failure(draft, source.issues);
  }
  return {
    config,
    warnings: warningsOf(draft),
    mapping: { [SECTION]: section },
    place: (path) => places.at({ path: withoutSection(path.split(".")) }),
    given: (path) => givenBy(draft, path),
  };
}

function readSource(input: ConfigInput): Source {
  if ("toml" in input) {
    const { table, issues } = readToml(input.toml);
    return { root: table, issues, locate: locator(input.toml) };
  }
  const { table, findings } = plainCopy(input.mapping);
  const issues = findings.map((finding) => toIssue(finding, underSection(finding.path)));
  return { root: table, issues, locate: () => undefined };
}

/** The section with overrides, keys from beside the table and variables filled in, and without nulls. */
function draftOf({ root, issues, locate }: Source, overrides: JsonObject, variables?: Variables): Draft {
  const inner = root[SECTION];
  if (inner !== undefined && !isObject(inner)) {
    const issue = toIssue(mustBe([], "a table", inner), [SECTION], locate([SECTION]));
    throw new ConfigError([...issues, issue]);
  }
  const section = inner ?? root;
  const places = new Places(locate, inner !== undefined);
  const findings = applyOverrides(section, overrides, places);
  const original = { ...section };
  const open = fillVariables(section, variables);
  if (inner !== undefined) {
    const outside = fillVariables(root, variables).filter(({ key }) => original[key] === undefined);
    for (const { key } of outside) places.move([key], [key], true);
    open.push(...outside);
    findings.push(...adoptSiblings(section, root, optionNames(PromptLearningConfig), places));
  }
  dropNulls(section);
  findings.push(...stillUnset(section, open));
  return { section, findings, places };
}

/** The typed config, with findings for what is wrong with it; undefined when the schemas refuse it. */
function checked({ section, findings }: Draft): PromptLearningConfig | undefined {
  const verdict = checkSchema(PromptLearningConfig, section);
  const paretoSize = valueAt(section, ["gepa", "archive", "pareto_set_size"]);
  if (verdict.kind === "invalid") {
    findings.push(...verdict.findings, ...checkParts(section));
    return undefined;
  }
  const { config, findings: ruled } = applyRules(verdict.value, paretoSize !== undefined);
  findings.push(...ruled);
  return config;
}

/** What stands in for options that are not given: `task_app_id` for `env_name` (protocol §1.3), an empty evaluation. */
function fillIn(section: JsonObject): void {
  if (section.gepa === undefined) section.gepa = {};
  const { task_app_id: id, gepa } = section;
  if (!isObject(gepa)) return;
  if (typeof id === "string" && id !== "") gepa.env_name ??= id;
  // So that the error of a config without seeds names the seeds.
  gepa.evaluation ??= {};
}

function givenBy({ section, places }: Draft, path: Path): ValueOrigin | undefined {
  if (valueAt(section, path) === undefined) return undefined;
  if (places.isFromOverride(path)) return { from: "override" };
  const at = places.at({ path });
  return { from: "file", ...(at === undefined ? {} : { line: at.line }) };
}

function otherSchema(root: JsonObject): string {
  const keys = Object.keys(root).slice(0, 8);
  const found = keys.length === 0 ? "nothing" : `the keys ${keys.map((key) => quoted(key)).join(", ")}`;
  const options = TELLING_OPTIONS.join(", ");
  return `is missing: a config is a [${SECTION}] table, or its options at the root (${options}, …); found ${found}`;
}

function failure(draft: Draft, sourceIssues: readonly ConfigIssue[]): ConfigError {
  const { findings, places } = draft;
  const issues = [...sourceIssues];
  const unreadable = new Set(sourceIssues.map((issue) => issue.path));
  const named = new Set(unreadable);
  for (const finding of findings.filter((f) => f.level === "error")) {
    const issue = toIssue(finding, places.shown(finding), places.at(finding));
    // Where it is known why a value could not be used, its absence is no news.
    const isEcho = unreadable.has(issue.path) || (isMissing(finding) && named.has(issue.path));
    named.add(issue.path);
    if (!isEcho) issues.push(issue);
  }
  return new ConfigError(inFileOrder(issues), warningsOf(draft));
}

function warningsOf({ findings, places }: Draft): ConfigWarning[] {
  const warnings = findings.filter((finding) => finding.level === "warning");
  return capWarnings(inFileOrder(warnings.map((f) => toWarning(f, places.shown(f), places.at(f)))));
}

function inFileOrder<T extends { line?: number }>(items: T[]): T[] {
  return items.sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || 0);
}

function isAboutAlgorithm({ level, path }: Finding): boolean {
  return level === "error" && path[0] === "algorithm";
}

function withoutSection(path: string[]): string[] {
  return path[0] === SECTION ? path.slice(1) : path;
}
