// Configs in and out of plain data and files, for programs that work with a config before they submit it (protocol §1.3).

import { isObject, type JsonObject } from "../wire/json.ts";
import { ConfigError } from "./errors.ts";
import type { JobConfig, PromptLearningConfig } from "./job.ts";
import { MAX_SUBMISSION_BYTES } from "./limits.ts";
import { SECTION } from "./path.ts";
import { plainCopy } from "./plain.ts";
import { type ConfigInput, type ReadOptions, readConfig } from "./read.ts";
import { dropNulls } from "./tables.ts";
import { isOverBytes } from "./toml.ts";

/** How a config is read, and what is laid over it. */
export interface MappingOptions extends ReadOptions {
  /** Dotted keys or tables, as at submit. */
  overrides?: JsonObject;
}

/** How a config is read from a file. */
export interface PathOptions extends MappingOptions {
  /** Gives the text of a file; `node:fs/promises`' `readFile` with "utf8", say. */
  read: (path: string) => Promise<string>;
}

/**
 * A job's config from its mapping, with or without the `prompt_learning` table around it. Options that nobody knows are
 * kept. @throws ConfigError with every mistake
 */
export function fromMapping(mapping: JsonObject, options: MappingOptions = {}): JobConfig {
  return read({ mapping }, options);
}

/** A job's config from a TOML file, or from a JSON file by its name. @throws ConfigError with every mistake */
export async function fromPath(path: string, options: PathOptions): Promise<JobConfig> {
  const text = await options.read(path).catch((cause: unknown) => {
    throw new ConfigError([{ ...WHOLE, message: `Config not found: ${path}${reason(cause)}` }]);
  });
  return read(path.toLowerCase().endsWith(".json") ? { mapping: jsonTable(text) } : { toml: text }, options);
}

/** A config as `{prompt_learning: …}`, without what is not given; reading it again gives the same config. */
export function toDict(config: PromptLearningConfig): JsonObject {
  const { table } = plainCopy(config);
  dropNulls(table);
  return { [SECTION]: table };
}

const WHOLE = { pointer: "", path: SECTION };

function read(input: ConfigInput, options: MappingOptions): JobConfig {
  const { config, mapping } = readConfig(input, options.overrides, options);
  // The other algorithm's settings are none of this job's.
  const { gepa, mipro, ...shared } = isObject(mapping[SECTION]) ? mapping[SECTION] : {};
  keepExtras(config, shared);
  keepExtras(config[config.algorithm], config.algorithm === "gepa" ? gepa : mipro);
  return config;
}

/** Copy into `target`, in place, the keys of `source` that it lacks. */
function keepExtras(target: unknown, source: unknown): void {
  if (Array.isArray(target)) {
    for (const [i, item] of target.entries()) keepExtras(item, Array.isArray(source) ? source[i] : undefined);
  }
  if (!isObject(target) || !isObject(source)) return;
  for (const [key, value] of Object.entries(source)) {
    if (!Object.hasOwn(target, key)) target[key] = value;
    else keepExtras(target[key], value);
  }
}

function jsonTable(text: string): JsonObject {
  if (isOverBytes(text, MAX_SUBMISSION_BYTES)) {
    const message = `The config is too large: the limit is ${MAX_SUBMISSION_BYTES} bytes`;
    throw new ConfigError([{ ...WHOLE, message }]);
  }
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (isObject(value)) return plainCopy(value).table;
  } catch (cause) {
    throw new ConfigError([{ ...WHOLE, message: `The config is not valid JSON${reason(cause)}` }]);
  }
  throw new ConfigError([{ ...WHOLE, message: "The config must be a JSON object" }]);
}

function reason(cause: unknown): string {
  return cause instanceof Error ? `: ${cause.message}` : "";
}
