// Which models a job may name (protocol §1.11): the list, how an operator extends it, and what is said of a name that is
// not on it. The one place for all of that.

import * as z from "zod";
import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { flag } from "./fields.ts";
import { type Finding, fault, remark } from "./findings.ts";
import { nearestWord } from "./nearest.ts";
import type { Path } from "./path.ts";
import { PromptLearningPolicyConfig, ProviderName } from "./policy.ts";
import { valueAt } from "./tables.ts";
import { quoted } from "./words.ts";

/**
 * The models of each provider, in small letters and without what stands before a slash. `*` stands for any text, `#`
 * for a whole number.
 */
const MODELS: Readonly<Record<ProviderName, readonly string[]>> = {
  openai: [
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4.1-nano",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-nano",
  ],
  groq: [
    "gpt-oss-#b*",
    "llama-3.3-70b",
    "llama-3.3-70b*",
    "llama-3.1-8b-instant",
    "qwen-32b",
    "qwen3-32b",
    "qwen*32b*",
  ],
  google: ["gemini-2.5-pro", "gemini-2.5-pro-gt200k", "gemini-2.5-flash", "gemini-2.5-flash-lite"],
};

/** Refused whoever asks, with the reason. */
const REFUSED: readonly { pattern: string; reason: string }[] = [
  { pattern: "gpt-5-pro*", reason: "it is too expensive: $15 in and $120 out for a million tokens" },
];

/** The list for people: each provider with its patterns, `<n>` for a whole number; and what is refused whoever asks. */
export function listedModels(): { provider: string; patterns: string[] }[] {
  return Object.entries(MODELS).map(([provider, patterns]) => ({
    provider,
    patterns: patterns.map((pattern) => pattern.replace("#", "<n>")),
  }));
}

/** What a model is to do. Those that write prompts must not be of the smallest, which are too weak for it. */
export type ModelRole = "policy" | "proxy" | "verifier" | "proposer" | "mutation" | "meta";

/** A model that the operator allows beside the list; the pattern may hold `*`. */
export interface ExtraModel {
  provider: ProviderName;
  pattern: string;
}

/** What holds where a job is submitted. */
export interface ModelRules {
  extra: readonly ExtraModel[];
  /** Providers whose address is the operator's own: such a server has names of its own. */
  own_servers: readonly ProviderName[];
  /** The caller wants models that nobody vouches for: what would be refused for its name gets a warning. */
  allow_experimental: boolean;
}

/** The list, and nothing else. */
export const LISTED_ONLY: ModelRules = { extra: [], own_servers: [], allow_experimental: false };

/** The operator's `EXTRA_MODELS`, such as `openai:my-model, groq:*`, and the entries of it that say nothing. */
export function parseExtraModels(text: string): { extra: ExtraModel[]; odd: string[] } {
  const extra: ExtraModel[] = [];
  const odd: string[] = [];
  for (const entry of text.split(",").map((part) => part.trim())) {
    const colon = entry.indexOf(":");
    const provider = ProviderName.safeParse(entry.slice(0, Math.max(0, colon)).trim());
    const pattern = bareName(entry.slice(colon + 1));
    if (provider.success && pattern !== "") extra.push({ provider: provider.data, pattern });
    else if (entry !== "") odd.push(entry);
  }
  return { extra, odd };
}

const ModelName = z.object({ provider: ProviderName, model: PromptLearningPolicyConfig.shape.model });

/** Where a model is named, and for what. */
interface NamedModel {
  path: Path;
  role: ModelRole;
  provider: Json | undefined;
  model: Json | undefined;
}

/** What is wrong with the models that a section names, as far as each can be read. */
export function checkModels(section: JsonObject, rules: ModelRules): Finding[] {
  return namedModels(section).flatMap(({ path, role, provider, model }) => {
    const choice = ModelName.safeParse({ provider, model });
    return choice.success ? checkModel(path, choice.data, role, rules) : [];
  });
}

/**
 * Drop a `mutation.llm_model` that cannot be used: its older configs name models that are gone, and ask for nothing that
 * `proposer_effort` does not give.
 */
export function dropOldProposer(section: JsonObject, rules: ModelRules): Finding[] {
  const mutation = valueAt(section, ["gepa", "mutation"]);
  if (!isObject(mutation) || typeof mutation.llm_model !== "string") return [];
  const path = ["gepa", "mutation", "llm_model"];
  const instead = "is ignored, and proposer_effort chooses the proposer's model";
  const { llm_provider: provider, llm_model: model } = mutation;
  if (provider === undefined) return [remark(path, `${instead}: it needs llm_provider`)];
  const choice = ModelName.safeParse({ provider, model });
  if (!choice.success) return [];
  const flaw = checkModel(path, choice.data, "mutation", rules).find(({ level }) => level === "error");
  if (flaw === undefined) return [];
  delete mutation.llm_model;
  delete mutation.llm_provider;
  return [remark(path, `${instead}: it ${flaw.says}`)];
}

/** The models of the policies, of modules and stages too, of mutation, of the proxies and of the verifiers. */
function namedModels(section: JsonObject): NamedModel[] {
  const modules = (path: Path) => items(section, path).map((module) => [...module, "policy"]);
  const stages = items(section, ["mipro", "modules"]).flatMap((module) =>
    items(section, [...module, "stages"]).map((stage) => [...stage, "policy"]),
  );
  const policies = [["policy"], ...modules(["gepa", "modules"]), ...stages];
  const at = (table: Path, role: ModelRole, prefix = ""): NamedModel => ({
    path: [...table, `${prefix}model`],
    role,
    provider: valueAt(section, [...table, `${prefix}provider`]),
    model: valueAt(section, [...table, `${prefix}model`]),
  });
  const proxies = [["proxy_models"], ["gepa", "proxy_models"], ["mipro", "proxy_models"]];
  const mutation = ["gepa", "mutation"];
  return [
    ...policies.map((table) => at(table, "policy")),
    at(mutation, "mutation", "llm_"),
    at(mutation, "mutation", "synth_meta_"),
    ...proxies.flatMap((table) => [at(table, "proxy", "hi_"), at(table, "proxy", "lo_")]),
    ...[["verifier"], ["gepa", "verifier"], ["mipro", "verifier"]].map((table) => judgeAt(section, table)),
  ];
}

// Making a schema takes longer than reading by it.
const Switch = flag();

/** A verifier that is switched on; a provider that is not given is OpenAI. */
function judgeAt(section: JsonObject, table: Path): NamedModel {
  const enabled = Switch.safeParse(valueAt(section, [...table, "enabled"])).data === true;
  return {
    path: [...table, "backend_model"],
    role: "verifier",
    provider: valueAt(section, [...table, "backend_provider"]) || "openai",
    // An empty name is none: the proposer judges then.
    model: enabled ? valueAt(section, [...table, "backend_model"]) || undefined : undefined,
  };
}

function items(section: JsonObject, path: Path): Path[] {
  const list = valueAt(section, path);
  return Array.isArray(list) ? list.map((_, i) => [...path, i]) : [];
}

/** What is wrong with one model; `path` is where its name stands. */
export function checkModel(
  path: Path,
  { provider, model }: { provider: ProviderName; model: string },
  role: ModelRole,
  rules: ModelRules,
): Finding[] {
  const name = bareName(model);
  const never = REFUSED.find(({ pattern }) => fits(name, pattern));
  if (never !== undefined) return [fault(path, `must not be ${quoted(model)}: ${never.reason}`)];
  if (rules.own_servers.includes(provider)) return [];
  const flaw = flawOf(path, { provider, model }, role, rules);
  if (flaw === undefined) return [];
  return rules.allow_experimental
    ? [remark(path, `is ${quoted(model)}, which is taken because of allow_experimental only`)]
    : [flaw];
}

function flawOf(
  path: Path,
  { provider, model }: { provider: ProviderName; model: string },
  role: ModelRole,
  { extra }: ModelRules,
): Finding | undefined {
  const name = bareName(model);
  const own = extra.filter((entry) => entry.provider === provider).map(({ pattern }) => pattern);
  const allowed = [...MODELS[provider], ...own];
  const found = quoted(model);
  if (!allowed.some((pattern) => fits(name, pattern))) {
    const names = allowed.map((pattern) => pattern.replace("#", "<n>")).join(", ");
    const expected = `a model of ${provider} that this service allows (${names})`;
    const more = `${hint(name, provider, allowed)}; with allow_experimental any name is taken`;
    return { ...fault(path, `must be ${expected}, found ${found}${more}`), found, expected };
  }
  const writes = role === "proposer" || role === "mutation" || role === "meta";
  if (!writes || !name.endsWith("-nano")) return undefined;
  const says = `must be a stronger model than ${found}: a nano model does not write good prompts`;
  return { ...fault(path, says), found, expected: "a model that is no nano" };
}

function hint(name: string, provider: ProviderName, allowed: readonly string[]): string {
  for (const [other, patterns] of Object.entries(MODELS)) {
    if (other !== provider && patterns.some((pattern) => fits(name, pattern))) {
      return `, which is a model of ${other}`;
    }
  }
  const exact = allowed.filter((pattern) => !pattern.includes("*"));
  const nearest = nearestWord(name, exact);
  return nearest === undefined ? "" : `; did you mean ${quoted(nearest)}?`;
}

/** In small letters, without what stands before the last slash. */
function bareName(model: string): string {
  return model
    .slice(model.lastIndexOf("/") + 1)
    .trim()
    .toLowerCase();
}

/** Whether a name fits a pattern as a whole. Each piece between stars takes the first place it finds, so time is linear. */
function fits(name: string, pattern: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const afterHead = pieceEnd(name, head);
  if (afterHead === undefined) return false;
  const last = rest.pop();
  if (last === undefined) return afterHead === name.length;
  let at = afterHead;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** Where a pattern's first piece ends in a name; undefined when the name begins otherwise. */
function pieceEnd(name: string, piece: string): number | undefined {
  let at = 0;
  for (const char of piece) {
    if (char !== "#") {
      if (name[at] !== char) return undefined;
      at += 1;
      continue;
    }
    const from = at;
    while (isDigit(name.charCodeAt(at))) at++;
    if (at === from) return undefined;
  }
  return at;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
