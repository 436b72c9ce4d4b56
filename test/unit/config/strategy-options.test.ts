// Every option of GEPA does something under each strategy, or the user is told that it does not.

import { describe, expect, test } from "vitest";
import { planBudget } from "../../../src/config/budget.ts";
import { GEPAConfig } from "../../../src/config/gepa.ts";
import type { Engine } from "../../../src/engines/engine.ts";
import { gepaEngine } from "../../../src/engines/gepa/gepa.ts";
import { referenceEngine } from "../../../src/engines/gepa/reference.ts";
import type { GepaSettings } from "../../../src/engines/gepa/state.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { gepaSettings } from "../../../src/worker/gepa-settings.ts";
import { MemoryWork } from "../../support/memory-work.ts";
import { readGepa } from "../../support/read-gepa.ts";
import { differences, watched } from "../../support/watched.ts";
import { ROWS } from "./field-rows.ts";
import { leaves } from "./leaves.ts";
import { partsOf } from "./surface-base.ts";
import { SURFACE_ROWS } from "./surface-rows.ts";

const STRATEGIES = ["generational", "reference"] as const;
type Strategy = (typeof STRATEGIES)[number];
/** Options by dotted path in the `gepa` table. */
type Options = Readonly<Record<string, Json>>;

const POLICY = { model: "gpt-4o-mini", provider: "openai", inference_mode: "synth_hosted" };
const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];

/** Options that need others beside them to say anything. */
const BESIDE: Readonly<Record<string, Options>> = {
  "mutation.synth_temperature": { proposer_type: "synth" },
  "mutation.synth_max_tokens": { proposer_type: "synth" },
  synth_temperature: { proposer_type: "synth" },
  gepa_ai_temperature: { proposer_type: "gepa-ai" },
  spec_max_tokens: { spec_text: "All of the rules that there are. ".repeat(40) },
  spec_priority_threshold: { spec_text: '{"rules":[{"text":"one","priority":1}]}' },
  "token.enforce_pattern_limit": { "token.max_limit": 400 },
  "token.enforce_limit": { "token.max_limit": 400 },
  "archive.max_size": { "archive.size": 20 },
  "adaptive_batch.val_subsample_size": { "adaptive_batch.val_evaluation_mode": "subsample" },
  "adaptive_batch.val_evaluation_mode": { "adaptive_batch.val_subsample_size": 12 },
};
/** Values in the place of those of the rows, which change nothing here. */
const VALUES: Options = {
  unified_optimization: {},
  "rollout.minibatch_size": 5,
  "mutation.llm_inference_url": "https://models.example",
  "population.patience_generations": 3,
  "modules.0.module_id": "nuts",
  spec_priority_threshold: 2,
  "adaptive_pool.heatup_reserve_pool": [50, 51],
  "adaptive_batch.level": "HIGH",
};

/** Options that no engine reads, and who does. They do the same under each strategy. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  strategy: "chooses the engine",
  env_name: "rollout request",
  env_config: "rollout request",
  spec_path: "the client, which sends its text",
  proposer_effort: "the proposer's model",
  "rollout.budget": "work port",
  "rollout.max_concurrent": "gate",
  "evaluation.validation_pool": "rollout request",
  "mutation.llm_model": "the proposer's model",
  "mutation.llm_provider": "the proposer's model",
  "mutation.synth_meta_model": "the proposer's model",
  "mutation.synth_meta_provider": "the proposer's model",
  "modules.0.module_id": "names the module of the prompt",
  "modules.0.allowed_tools": "interceptor",
  "modules.0.policy": "interceptor",
  "token.max_spend_usd": "ledger",
  "token.max_total_tokens": "ledger",
  max_cost_usd: "ledger",
  max_total_tokens: "ledger",
  max_wall_clock_seconds: "runner",
  verifier: "verifier",
  proxy_models: "proxy",
};

const OPTIONS = leaves(GEPAConfig)
  .filter(({ isTable }) => !isTable)
  .map(({ path }) => path)
  .filter((path) => !Object.keys(ELSEWHERE).some((name) => path === name || path.startsWith(`${name}.`)));

const GIVEN = new Map<string, Json>([
  ...ROWS.map(({ path, given }) => [path, given] as const),
  ...SURFACE_ROWS.map(([path, , given]) => [path, given] as const),
]);

/** A job of a pipeline of two modules, with these options. */
function jobOf(strategy: Strategy, options: Options): JsonObject {
  const pipeline_modules = ["fruit", "nuts"].map((name) => ({
    name,
    messages: [{ role: "system", pattern: `List ${name}.\n\nBe brief.` }],
  }));
  const gepa: JsonObject = {
    strategy,
    rollout: { budget: 400 },
    evaluation: { seeds: { start: 0, end: 30 }, validation_seeds: [40, 41] },
    modules: ["fruit", "nuts"].map((module_id) => ({ module_id, policy: POLICY })),
  };
  for (const [path, value] of Object.entries(options)) setAt(gepa, partsOf(path), value);
  return {
    algorithm: "gepa",
    task_app_url: "https://task.example.com",
    policy: POLICY,
    initial_prompt: {
      messages: [{ role: "user", pattern: "Go on with {question}" }],
      metadata: { pipeline_modules },
    },
    gepa,
  };
}

function setAt(table: JsonObject, [key = "", ...rest]: readonly (string | number)[], value: Json): void {
  if (rest.length === 0) {
    table[key] = value;
    return;
  }
  table[key] ??= {};
  setAt(table[key] as JsonObject, rest, value);
}

function read(strategy: Strategy, options: Options): { settings: GepaSettings; warned: string[] } {
  const { config, warnings } = readGepa({ mapping: jobOf(strategy, options) });
  const idle = warnings.filter(({ message }) => /has no effect|is ignored|is NOT enforced/.test(message));
  return { settings: gepaSettings(config, planBudget(config)), warned: idle.map(({ path }) => path) };
}

const JOBS: readonly Options[] = [
  { "population.crossover_rate": 1, use_merge: true },
  { "population.selection_pressure": 2, acceptance_criterion: "improvement_or_equal" },
  {
    "adaptive_pool.level": "HIGH",
    "adaptive_pool.anchor_size": 5,
    "adaptive_pool.pool_init_size": 12,
    "adaptive_pool.pool_min_size": 8,
    "adaptive_pool.heatup_reserve_pool": [50],
  },
  { "adaptive_batch.level": "LOW", "adaptive_batch.val_subsample_size": 12 },
  { candidate_sampling: "grid", sampled_parents: 2, sampled_proposals: 2, proposal_selection: "top_k" },
  { "evaluation.test_pool": [50] },
];

/** The parts of the settings that an engine reads in jobs of all kinds. */
async function readBy(strategy: Strategy): Promise<Set<string>> {
  const reads = new Set<string>();
  for (const options of JOBS) {
    const settings = watched(read(strategy, options).settings, reads);
    await (strategy === "reference" ? runToEnd(referenceEngine(settings)) : runToEnd(gepaEngine(settings)));
  }
  return new Set([...reads].map(anyItem));
}

async function runToEnd<State>(engine: Engine<State>): Promise<void> {
  const wants = (seed: number) => [WORDS[seed % 8] ?? "", WORDS[(seed * 3 + 1) % 8] ?? ""];
  const work = new MemoryWork({ wants, budget: 400 });
  let state = engine.begin();
  while (engine.verdict(state) === undefined) {
    work.beginStep();
    state = await engine.step(state, work);
  }
}

/** Items of a list are alike. */
function anyItem(place: string): string {
  return place.replace(/\.\d+(?=\.|$)/g, ".*");
}

describe.each(STRATEGIES)("with strategy = %s", (strategy) => {
  const reads = readBy(strategy);

  test.each(OPTIONS)("gepa.%s has an effect, or a warning that it has none", async (path) => {
    const beside = BESIDE[path] ?? {};
    const value = VALUES[path] ?? GIVEN.get(`gepa.${path}`);
    if (value === undefined) throw new Error(`there is no row for gepa.${path}`);
    const plain = read(strategy, beside);
    const changed = read(strategy, { ...beside, [path]: value });
    const name = `prompt_learning.gepa.${path}`;
    if (changed.warned.some((warned) => name === warned || name.startsWith(`${warned}.`))) return;
    const places = differences(plain.settings, changed.settings).map(anyItem);
    expect(places, "the settings that it changes").not.toEqual([]);
    const seen = await reads;
    expect(
      places.filter((place) => seen.has(place)),
      `${places} is read`,
    ).not.toEqual([]);
  });
});
