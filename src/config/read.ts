// From a job's TOML or JSON to one typed value with every default filled in, or to an error that names every mistake.
//
// Owns: the order of the steps, and the places of findings. Each step is a file of its own: the text (toml.ts), the
// overrides, other names (aliases.ts), strictness (strict.ts), what stands in for absent options (fill.ts), what is not
// supported (support.ts), unknown keys, the schemas (job.ts), and the rules across fields (rules.ts). Steps report
// findings; only here they become issues and warnings.

import type { Algorithm, ConfigWarning } from "../wire/job.ts";
import { isObject, type JsonObject } from "../wire/json.ts";
import type { ValueOrigin } from "../wire/validate.ts";
import { adoptSiblings, applyAliases, misplacedSeeds } from "./aliases.ts";
import { type Unwrapped, unwrapSubmission } from "./envelope.ts";
import { ConfigError, type ConfigIssue, capWarnings, type Position, toIssue, toWarning } from "./errors.ts";
import { algorithmOf, fillIn, liftTaskApp } from "./fill.ts";
import { type Finding, fault, isMissing, mustBe } from "./findings.ts";
import { containerFormat } from "./foreign.ts";
import { checkSchema } from "./issues.ts";
import { type JobConfig, PromptLearningConfig } from "./job.ts";
import { type Locate, locator } from "./locate.ts";
import { checkModels, dropOldProposer, LISTED_ONLY, type ModelRules } from "./model-list.ts";
import { applyOverrides } from "./overrides.ts";
import { type Path, SECTION, underSection } from "./path.ts";
import { Places } from "./places.ts";
import { freshCopy, plainCopy } from "./plain.ts";
import { rulesOfTheRest } from "./repair.ts";
import { applyRules } from "./rules.ts";
import { unsentSpecs } from "./spec.ts";
import { strictFindings } from "./strict.ts";
import { dropModuleAddresses, unsupportedOptions } from "./support.ts";
import { dropNulls, takeAt, valueAt } from "./tables.ts";
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
  /** Refuse older spellings, in the protocol's own words; also the option `strict` of the config itself. */
  strict?: boolean;
}

/** A config that says what it should. */
export interface ConfigReading {
  config: JobConfig;
  warnings: ConfigWarning[];
  /** What this version of the service cannot run yet; a job is only taken when there is nothing. */
  refusals: ConfigIssue[];
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

/** The text, parsed: its root table, what is laid over it already, and how to find a key in it. */
interface Source extends Unwrapped {
  /** Values that JSON cannot hold. */
  issues: ConfigIssue[];
  locate: Locate;
}

/** A section on its way through the steps. */
interface Draft {
  section: JsonObject;
  algorithm: Algorithm;
  strict: boolean;
  findings: Finding[];
  /** What cannot run yet. */
  refused: Finding[];
  places: Places;
}

/** Options by which a `[prompt_learning]` section is known; a config with none of them is something else. */
const TELLING_OPTIONS = ["algorithm", "initial_prompt", "task_app_url"];

/**
 * Read a job's config: the `[prompt_learning]` table, or the same keys at the root, with `overrides` laid over it.
 * Throws ConfigError with every mistake. What the service cannot run yet is no mistake; see `readRunnable`.
 */
export function readConfig(
  input: ConfigInput,
  overrides: JsonObject = {},
  options: ReadOptions = {},
): ConfigReading {
  const source = readSource(input);
  const draft = readDraft(source, overrides, options);
  return finished(draft, source);
}

/** Read a config that is to run now. Throws ConfigError with every mistake, and with what cannot run yet. */
export function readRunnable(
  input: ConfigInput,
  overrides: JsonObject = {},
  options: ReadOptions = {},
): ConfigReading {
  const source = readSource(input);
  const draft = readDraft(source, overrides, options);
  const { refused } = draft;
  draft.findings.push(...refused.splice(0));
  return finished(draft, source);
}

/** All steps before the schemas. */
function readDraft(source: Source, overrides: JsonObject, options: ReadOptions): Draft {
  const draft = draftOf(source, overrides, options);
  const { section, findings, places, algorithm, strict } = draft;
  // Clients lay addresses over any file, which makes no config of another format one of ours.
  const isOwn = (key: string) => section[key] !== undefined && !places.isOverridden([key]);
  const foreign = TELLING_OPTIONS.some(isOwn) ? undefined : containerFormat(source.root);
  if (foreign !== undefined || !TELLING_OPTIONS.some((key) => section[key] !== undefined)) {
    findings.push(fault([], foreign ?? otherSchema(source.root)));
    throw failure(draft, source.issues);
  }
  if (strict) findings.push(...strictFindings(section));
  findings.push(...applyAliases(section, places, algorithm));
  findings.push(...fillIn(section, algorithm, places, strict));
  // Strict reading refuses those of GEPA's modules.
  if (!strict || algorithm === "mipro") findings.push(...dropModuleAddresses(section, algorithm));
  for (const finding of unsupportedOptions(section, algorithm)) {
    (finding.level === "error" ? draft.refused : findings).push(finding);
  }
  draft.refused.push(...unsentSpecs(ownPart(section, algorithm)));
  const models = options.models ?? LISTED_ONLY;
  if (!strict) findings.push(...dropOldProposer(section, models));
  findings.push(...checkModels(ownPart(section, algorithm), models));
  return draft;
}

/** The last steps. Throws ConfigError when there is any mistake. */
function finished(draft: Draft, source: Source): ConfigReading {
  const { section, findings, refused, places, algorithm } = draft;
  if (algorithm === "gepa") findings.push(...misplacedSeeds(section));
  findings.push(...unknownKeys(ownPart(section, algorithm), PromptLearningConfig, algorithm));
  const config = checked(draft);
  if (config === undefined || source.issues.length > 0 || findings.some((f) => f.level === "error")) {
    throw failure(draft, source.issues);
  }
  return {
    config,
    warnings: warningsOf(draft),
    refusals: refused.map((finding) => toIssue(finding, places.shown(finding), places.at(finding))),
    mapping: { [SECTION]: section },
    place: (path) => places.at({ path: withoutSection(path.split(".")) }),
    given: (path) => givenBy(draft, path),
  };
}

function readSource(input: ConfigInput): Source {
  if ("toml" in input) {
    const { table, issues } = readToml(input.toml);
    return { root: table, overrides: {}, notices: [], issues, locate: locator(input.toml) };
  }
  const { table, findings } = plainCopy(input.mapping);
  const issues = findings.map((finding) => toIssue(finding, underSection(finding.path)));
  return { ...unwrapSubmission(table), issues, locate: () => undefined };
}

/** The section with overrides, keys from beside the table and variables filled in, and without nulls. */
function draftOf(source: Source, given: JsonObject, options: ReadOptions): Draft {
  const { root, issues, locate } = source;
  const overrides = { ...source.overrides, ...given };
  const inner = root[SECTION];
  if (inner !== undefined && !isObject(inner)) {
    const issue = toIssue(mustBe([], "a table", inner), [SECTION], locate([SECTION]));
    throw new ConfigError([...issues, issue]);
  }
  const section = inner ?? root;
  const places = new Places(locate, inner !== undefined);
  const inFile = new Set(Object.keys(section));
  const findings = [
    ...source.notices,
    ...applyOverrides(section, overrides, places),
    ...liftTaskApp(section, places),
  ];
  const original = { ...section };
  const open = fillVariables(section, options.variables);
  if (inner !== undefined) {
    const outside = fillVariables(root, options.variables).filter(({ key }) => original[key] === undefined);
    for (const { key } of outside) places.move([key], [key], true);
    open.push(...outside);
    findings.push(...adoptSiblings({ section, root, inFile }, optionNames(PromptLearningConfig), places));
  }
  dropNulls(section);
  findings.push(...stillUnset(section, open));
  const strict = options.strict === true || isYes(section.strict);
  return { section, findings, refused: [], places, algorithm: algorithmOf(section), strict };
}

/** The typed config, with findings for what is wrong with it; undefined when the schemas refuse it. */
function checked({ section, findings, algorithm, strict }: Draft): JobConfig | undefined {
  const part = readPart(section, algorithm);
  const verdict = checkSchema(PromptLearningConfig, part);
  if (verdict.kind === "invalid") {
    const rest = rulesOfTheRest(part, algorithm, verdict.findings, strict);
    findings.push(...beside(findings, [...verdict.findings, ...rest]));
    return undefined;
  }
  const { config, findings: ruled } = applyRules(verdict.value, section, strict);
  findings.push(...ruled);
  return config;
}

/** The section without the other algorithm's settings. */
function ownPart(section: JsonObject, algorithm: Algorithm): JsonObject {
  const { gepa, mipro, ...rest } = section;
  const own = algorithm === "gepa" ? gepa : mipro;
  return own === undefined ? rest : { ...rest, [algorithm]: own };
}

/** The same without addresses that nobody uses, so that it does not matter what they are. */
function readPart(section: JsonObject, algorithm: Algorithm): JsonObject {
  const part = freshCopy(ownPart(section, algorithm));
  for (const path of UNUSED_ADDRESSES) takeAt(part, path);
  return part;
}

const UNUSED_ADDRESSES = [
  ["policy", "inference_url"],
  ["gepa", "mutation", "llm_inference_url"],
  ["mipro", "meta", "inference_url"],
];

/** Findings about options that have not been refused already. */
function beside(known: readonly Finding[], findings: readonly Finding[]): Finding[] {
  const refused = known.filter((f) => f.level === "error").map((f) => f.path);
  return findings.filter(
    ({ path }) => !refused.some((r) => r.length > 0 && r.every((part, i) => part === path[i])),
  );
}

function isYes(value: unknown): boolean {
  return value === true || (typeof value === "string" && value.trim().toLowerCase() === "true");
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
  const said = new Set<string>();
  for (const finding of findings.filter((f) => f.level === "error")) {
    const issue = toIssue(finding, places.shown(finding), places.at(finding));
    // Where it is known why a value could not be used, its absence is no news.
    const isEcho =
      unreadable.has(issue.path) ||
      (isMissing(finding) && named.has(issue.path)) ||
      // What stands in for several absent options is said once.
      said.has(issue.message);
    said.add(issue.message);
    named.add(issue.path);
    if (!isEcho) issues.push(issue);
  }
  return new ConfigError(inFileOrder(issues), warningsOf(draft));
}

function warningsOf({ findings, places }: Draft): ConfigWarning[] {
  const remarks = findings.filter((finding) => finding.level === "warning");
  const warnings = remarks.map((f) => toWarning(f, places.shown(f), places.at(f)));
  // What stands in for several absent options is said once.
  const distinct = new Map(warnings.map((warning) => [warning.message, warning]));
  return capWarnings(inFileOrder([...distinct.values()]));
}

function inFileOrder<T extends { line?: number }>(items: T[]): T[] {
  return items.sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || 0);
}

function withoutSection(path: string[]): string[] {
  return path[0] === SECTION ? path.slice(1) : path;
}
