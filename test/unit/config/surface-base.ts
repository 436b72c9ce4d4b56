// A GEPA and a MIPRO config that have every table of the schemas, to vary one option at a time.

import { ConfigError, type ConfigIssue } from "../../../src/config/errors.ts";
import { type ConfigReading, type ReadOptions, readConfig } from "../../../src/config/read.ts";
import { valueAt } from "../../../src/config/tables.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { baseSection } from "./base-config.ts";

const POLICY = { model: "gpt-4o-mini", provider: "openai", inference_mode: "synth_hosted" };
const PROXIES = { hi_provider: "openai", hi_model: "gpt-4o", lo_provider: "groq", lo_model: "qwen-32b" };

/** A valid GEPA config with every table. */
export function gepaSection(): JsonObject {
  const base = baseSection();
  return {
    ...base,
    policy: POLICY,
    initial_prompt: { ...(base.initial_prompt as JsonObject), metadata: {} },
    termination_config: { max_category_costs_usd: {} },
    gepa: {
      ...(base.gepa as JsonObject),
      mutation: {},
      population: {},
      token: {},
      modules: [{ module_id: "first", policy: POLICY }],
      verifier: {},
      proxy_models: PROXIES,
      adaptive_pool: {},
      adaptive_batch: {},
    },
  };
}

/** A valid MIPRO config with every table. */
export function miproSection(): JsonObject {
  const stage = {
    baseline_instruction: "Answer.",
    baseline_messages: [{ role: "system", content: "Answer." }],
    policy: POLICY,
  };
  return {
    ...baseSection(),
    policy: POLICY,
    gepa: {},
    algorithm: "mipro",
    mipro: {
      bootstrap_train_seeds: { start: 0, end: 5 },
      online_pool: [10, 11, 12],
      meta: {},
      tpe: {},
      demo: {},
      grounding: {},
      meta_update: {},
      seeds: {},
      modules: [
        {
          module_id: "first",
          stages: [
            { stage_id: "a", ...stage },
            { stage_id: "b", ...stage },
          ],
        },
      ],
    },
  };
}

/** A whole config for a path, with that option set; undefined takes it away. */
export function sectionFor(path: string, value: Json | undefined): JsonObject {
  const section = path.startsWith("mipro.") ? miproSection() : gepaSection();
  // Not structuredClone: the tables share parts, and copies must not.
  const copy: JsonObject = JSON.parse(JSON.stringify(section));
  const parts = partsOf(path);
  const holder = valueAt(copy, parts.slice(0, -1)) as JsonObject | undefined;
  const last = String(parts.at(-1));
  if (holder === undefined) throw new Error(`the base config has no table for ${path}`);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

/** `a.0.b` as a path. */
export function partsOf(path: string): (string | number)[] {
  return path.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** What one option becomes. */
export function becomes(path: string, value: Json | undefined): Json | undefined {
  const { config } = readConfig({ mapping: sectionFor(path, value) });
  return valueAt(JSON.parse(JSON.stringify(config)), partsOf(path));
}

/** What a config leads to: its reading, or its mistakes. */
function outcome(section: JsonObject, options: ReadOptions = {}): ConfigReading | ConfigIssue[] {
  try {
    return readConfig({ mapping: section }, {}, options);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
}

/** The mistakes' messages; none for a config that is fine. */
export function mistakes(section: JsonObject, options: ReadOptions = {}): string[] {
  const result = outcome(section, options);
  return Array.isArray(result) ? result.map((issue) => issue.message) : [];
}
