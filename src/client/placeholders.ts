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

/** The task app's address, as reports name it. */
export const URL_KEY = "prompt_learning.task_app_url";
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

/** The variables of this environment that the task app's address is filled in with: the overrides', else the config's own. */
export function urlVariables(overrides: JsonObject, { url }: TaskAppSettings, env: Environment): string[] {
  const laid = urlsIn(overrides);
  const texts = laid.length > 0 ? laid : [url];
  const names = new Set<string>();
  for (const text of texts) {
    if (typeof text !== "string") continue;
    expandVariables(text, (name) => {
      if (env[name] !== undefined) names.add(name);
      return env[name];
    });
  }
  return [...names];
}

/** What overrides lay in the place of the address, in whichever forms they do. */
function urlsIn(overrides: JsonObject): Json[] {
  return Object.entries(overrides).flatMap(([key, value]) => {
    if (URL_KEYS.includes(key)) return [value];
    return OUTER_KEYS.includes(key) && isObject(value) ? urlsIn(value) : [];
  });
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

/** The task app's settings of a config given by its tables: in `[prompt_learning]`, its `mipro`, or beside it. */
export function taskAppOf(config: JsonObject): TaskAppSettings {
  const section = tableAt(config, "prompt_learning");
  const places = [section, tableAt(section, "mipro"), config, tableAt(config, "mipro")];
  const first = (key: string) => places.map((table) => textOf(table[key])).find((text) => text !== undefined);
  return { url: first("task_app_url"), key: first("task_app_api_key") };
}

function tableAt(config: JsonObject, key: string): JsonObject {
  const table = config[key];
  return isObject(table) ? table : {};
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
