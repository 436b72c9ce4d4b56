// `$VAR` and `${VAR}` in the two settings that differ from machine to machine: the task app's address and its key.
//
// The service never sees this machine's environment, so the values are filled in here and sent as overrides; the file
// itself is sent as it is, so that errors name its lines. What is not set here goes out as written: the service looks
// among its own secrets, and refuses the job when the name is set in neither place.

import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { expandVariables, variableIn } from "../wire/variables.ts";
import type { Environment } from "./settings.ts";

/** The two settings as a config writes them; undefined where it does not. */
export interface TaskAppSettings {
  url?: string;
  key?: string;
}

const URL_KEY = "prompt_learning.task_app_url";
const API_KEY = "prompt_learning.task_app_api_key";
/** The same two, in the other forms that overrides may have. */
const URL_KEYS = [URL_KEY, "task_app_url", "task_url"];
const API_KEYS = [API_KEY, "task_app_api_key"];
const OUTER_KEYS = ["prompt_learning", "overrides"];

/**
 * The overrides to send: the caller's own, and for the task app the values that the environment fills in. The key is
 * the caller's override, else the argument, else `ENVIRONMENT_API_KEY`, else what the config says.
 */
export function withTaskApp(
  overrides: JsonObject,
  config: TaskAppSettings,
  taskAppApiKey: string | undefined,
  env: Environment,
): JsonObject {
  const filled: JsonObject = {};
  const url = config.url === undefined ? undefined : expandedUrl(config.url, env);
  if (url !== undefined && url !== config.url) filled[URL_KEY] = url;
  const key = taskAppApiKey || env.ENVIRONMENT_API_KEY || namedKey(config.key, env);
  if (key) filled[API_KEY] = key;
  return { ...filled, ...filledIn(overrides, env) };
}

/** The caller's overrides, with the variables in the task app's settings filled in. */
function filledIn(overrides: JsonObject, env: Environment): JsonObject {
  return Object.fromEntries(
    Object.entries(overrides).map(([key, value]): [string, Json] => {
      if (isObject(value) && OUTER_KEYS.includes(key)) return [key, filledIn(value, env)];
      if (typeof value !== "string") return [key, value];
      if (URL_KEYS.includes(key)) return [key, expandedUrl(value, env)];
      return [key, API_KEYS.includes(key) ? (namedKey(value, env) ?? value) : value];
    }),
  );
}

function expandedUrl(text: string, env: Environment): string {
  return expandVariables(text, (name) => env[name]).text;
}

/** The value that a key stands for as a whole: a key may well hold a dollar sign of its own. */
function namedKey(text: string | undefined, env: Environment): string | undefined {
  const name = text === undefined ? undefined : variableIn(text);
  return name === undefined ? undefined : env[name];
}

/** The task app's settings of a config given as an object, with or without its outer table. */
export function taskAppOfMapping(mapping: JsonObject): TaskAppSettings {
  const inner = mapping.prompt_learning;
  const section = isObject(inner) ? inner : mapping;
  return { url: textOf(section.task_app_url), key: textOf(section.task_app_api_key) };
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/**
 * The task app's settings of a config given as TOML. This is no parser: it knows the one form people write, a
 * one-line string at the root or in `[prompt_learning]`. What it misses is sent as written, and the service tells.
 */
export function taskAppOfToml(text: string): TaskAppSettings {
  const found: TaskAppSettings = {};
  let table = "";
  let fence = "";
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const wasInside = fence !== "";
    fence = fenceAfter(line, fence);
    if (wasInside) continue;
    if (line.startsWith("[")) table = line;
    if (table !== "" && !table.startsWith("[prompt_learning]")) continue;
    const key = line.startsWith("prompt_learning.") ? line.slice("prompt_learning.".length) : line;
    found.url ??= stringOf(key, "task_app_url");
    found.key ??= stringOf(key, "task_app_api_key");
  }
  return found;
}

/** The multi-line quote that is open after this line, given the one before it. */
function fenceAfter(line: string, open: string): string {
  let fence = open;
  for (let at = 0; at < line.length; at++) {
    const three = line.slice(at, at + 3);
    if (fence === "" ? three === '"""' || three === "'''" : three === fence) {
      fence = fence === "" ? three : "";
      at += 2;
    }
  }
  return fence;
}

/** The value of `key = "value"` or `key = 'value'`. */
function stringOf(line: string, key: string): string | undefined {
  if (!line.startsWith(key)) return undefined;
  const rest = line.slice(key.length).trimStart();
  if (!rest.startsWith("=")) return undefined;
  const value = rest.slice(1).trimStart();
  const quote = value[0];
  if (quote !== '"' && quote !== "'") return undefined;
  const end = value.indexOf(quote, 1);
  return end <= 1 ? undefined : value.slice(1, end);
}
