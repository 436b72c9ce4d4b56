// The tables of docs/config.md that no schema has: other names, presets, models, limits, and what becomes of each option. All
// from the code that acts on them.

import { readFileSync } from "node:fs";
import { resolveAdaptiveBatchConfig } from "../../src/config/adaptive-batch.ts";
import { resolveAdaptivePoolConfig } from "../../src/config/adaptive-pool.ts";
import { olderNames } from "../../src/config/aliases.ts";
import { planBudget } from "../../src/config/budget.ts";
import { LEVELS } from "../../src/config/levels.ts";
import * as limits from "../../src/config/limits.ts";
import { listedModels } from "../../src/config/model-list.ts";
import { PROPOSER_MODELS, PROPOSER_OUTPUT_TOKENS } from "../../src/config/models.ts";
import { readConfig } from "../../src/config/read.ts";
import { defaultParetoSize } from "../../src/config/seeds.ts";
import { supportRows } from "../../src/config/support.ts";
import { MAX_SPEC_BYTES } from "../../src/wire/spec.ts";
import { defaultRows, exampleRows, verdictRows } from "./config-verdicts.ts";
import { ROOT } from "./service.ts";

type Rows = string[][];

/** Each table by the name of its markers, its head first. */
export function factTables(): Record<string, Rows> {
  return {
    proposers: proposers(),
    outputs: outputs(),
    "pool levels": levels((level) => resolveAdaptivePoolConfig({ level })),
    "batch levels": levels((level) => resolveAdaptiveBatchConfig({ level })),
    "seed split": split(),
    "budget example": budgetExample(),
    "other names": otherNames(),
    models: models(),
    support: support(),
    limits: limitRows(),
    errors: exampleRows(),
    verdicts: verdictRows(),
    defaults: defaultRows(),
  };
}

function proposers(): Rows {
  const rows = Object.entries(PROPOSER_MODELS).map(([effort, { provider, model }]) => [
    code(effort),
    provider,
    code(model),
  ]);
  return [["`proposer_effort`", "provider", "model"], ...rows];
}

function outputs(): Rows {
  const rows = Object.entries(PROPOSER_OUTPUT_TOKENS).map(([word, tokens]) => [code(word), count(tokens)]);
  return [["`proposer_output_tokens`", "tokens"], ...rows];
}

/** What each level comes to where nothing else is given. */
function levels(resolve: (level: string) => object): Rows {
  const presets: Record<string, unknown>[] = LEVELS.map((level) => ({ ...resolve(level) }));
  const fields = [...new Set(presets.flatMap((preset) => Object.keys(preset)))].filter(
    (key) => key !== "level",
  );
  const rows = fields.map((field) => [code(field), ...presets.map((preset) => shown(preset[field]))]);
  return [["field", ...LEVELS.map(code)], ...rows];
}

function shown(value: unknown): string {
  return value === undefined ? "" : code(String(value));
}

/** Pareto seeds where the config does not say, by training seeds, without a rollout budget and with some. */
function split(): Rows {
  const counts = [13, 20, 30, 50, 67, 90, 200];
  const budgets = [undefined, 200, 500, 1_000, 5_000];
  const rows = budgets.map((budget) => [
    budget === undefined ? "none" : count(budget),
    ...counts.map((all) => String(defaultParetoSize(all, budget))),
  ]);
  return [["rollout budget", ...counts.map((all) => `${all} training seeds`)], ...rows];
}

/** How the example's budget is divided. */
function budgetExample(): Rows {
  const { config } = readConfig({ toml: readFileSync(`${ROOT}examples/support-tickets/gepa.toml`, "utf8") });
  if (config.algorithm !== "gepa") throw new Error("the example is a GEPA job");
  const { total, search, validation, test } = planBudget(config);
  const held = (validation.candidates + 1) * validation.seeds.length + 2 * test.seeds.length;
  return [
    ["part of [support-tickets](../examples/support-tickets/gepa.toml)", "rollouts"],
    ["all", count(total ?? 0)],
    ["held-out scores", count(held)],
    ["the search", count(search ?? 0)],
    ["of it the baseline", count(config.gepa.archive.pareto_set_size)],
  ];
}

/** Every other name of an option, by the option. */
function otherNames(): Rows {
  const names = new Map<string, Set<string>>();
  for (const algorithm of ["gepa", "mipro"] as const) {
    for (const [from, to] of olderNames(algorithm)) names.set(to, (names.get(to) ?? new Set()).add(from));
  }
  const extra: [string, string[]][] = [
    ["initial_prompt.messages[].pattern", ["initial_prompt.messages[].content"]],
    ["mipro.modules[].module_id", ["mipro.modules[].id"]],
    ["mipro.modules[].stages", ["mipro.stages"]],
    ["mipro.bootstrap_train_seeds", ["mipro.seeds.bootstrap"]],
    ["mipro.online_pool", ["mipro.seeds.online"]],
    ["mipro.test_pool", ["mipro.seeds.test"]],
    ["mipro.reference_pool", ["mipro.seeds.reference"]],
    ["task_app_url", ["mipro.task_app_url"]],
    ["task_app_api_key", ["mipro.task_app_api_key"]],
    ["task_app_id", ["mipro.task_app_id"]],
  ];
  for (const [to, others] of extra) names.set(to, new Set([...(names.get(to) ?? []), ...others]));
  const rows = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ["taken as", "also written"],
    ...rows.map(([to, from]) => [code(to), [...from].map(code).join(", ")]),
  ];
}

function models(): Rows {
  const rows = listedModels().map(({ provider, patterns }) => [provider, patterns.map(code).join(", ")]);
  return [["provider", "models"], ...rows];
}

function support(): Rows {
  const rows = supportRows().map(({ path, says, only, depends }) => [
    code(path),
    [only === undefined ? "" : `${only.toUpperCase()} jobs`, depends ? "some values" : ""]
      .filter(Boolean)
      .join(", "),
    says,
  ]);
  return [["option", "of", "what is said"], ...rows];
}

function limitRows(): Rows {
  return [
    ["what", "limit"],
    ["a TOML file", `${count(limits.MAX_CONFIG_BYTES)} bytes`],
    ["a submission, or a config in JSON", `${count(limits.MAX_SUBMISSION_BYTES)} bytes`],
    ["one text", `${count(limits.MAX_CONFIG_TEXT_CHARS)} characters`],
    ["a specification", `${count(MAX_SPEC_BYTES)} bytes`],
    ["nesting", `${limits.MAX_CONFIG_DEPTH} levels`],
    ["keys", count(limits.MAX_CONFIG_KEYS)],
    ["seeds of a list", count(limits.MAX_SEEDS)],
    ["mistakes named in one answer", count(limits.MAX_CONFIG_ISSUES)],
    ["warnings", count(limits.MAX_CONFIG_WARNINGS)],
  ];
}

function code(text: string): string {
  return `\`${text}\``;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
