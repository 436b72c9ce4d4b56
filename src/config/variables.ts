// `$NAME` and `${NAME}` in the task app's URL and key: what the client's environment did not fill in is looked for among
// the values that the operator lets configs name. A name that is set in neither place is an error, never an absent value.

import type { JsonObject } from "../wire/json.ts";
import { expandVariables, variableIn } from "../wire/variables.ts";
import { type Finding, fault } from "./findings.ts";

const URL_KEY = "task_app_url";
const API_KEY = "task_app_api_key";

/** The values that a config may name where it is read. */
export interface Variables {
  /** The value to put in a URL, which is shown to the caller. */
  url(name: string): string | undefined;
  /** Whether there is a key of this name; its value is not the reader's business. */
  hasKey(name: string): boolean;
  /** Which names there may be, in words for messages. */
  names: string;
}

/** An option whose variables have no value. It is taken out of its table. */
export interface Unset {
  key: string;
  /** From the `[prompt_learning]` table, also for what stands beside it. */
  finding: Finding;
}

/**
 * Fills in the variables of a table that may hold the task app's URL and key. A key's stays as it is written, for
 * whoever needs its value; without `variables` no URL can be filled in, and no key is looked for.
 */
export function fillVariables(table: JsonObject, variables: Variables | undefined): Unset[] {
  const open = [...unsetInUrl(table, variables), ...unsetKey(table, variables)];
  for (const { key } of open) delete table[key];
  return open;
}

function unsetInUrl(table: JsonObject, variables: Variables | undefined): Unset[] {
  const { [URL_KEY]: url } = table;
  if (typeof url !== "string") return [];
  const { text, unset } = expandVariables(url, (name) => variables?.url(name));
  table[URL_KEY] = text;
  return unset.length === 0 ? [] : [unsetOption(URL_KEY, unset, variables)];
}

function unsetKey(table: JsonObject, variables: Variables | undefined): Unset[] {
  const { [API_KEY]: key } = table;
  const name = typeof key === "string" ? variableIn(key) : undefined;
  if (name === undefined || variables === undefined || variables.hasKey(name)) return [];
  return [unsetOption(API_KEY, [name], variables)];
}

function unsetOption(key: string, names: string[], variables: Variables | undefined): Unset {
  const shown = [...new Set(names)].map((name) => `$${name}`).join(" and ");
  const service = variables === undefined ? "" : ` (${variables.names})`;
  const says =
    `names ${shown}, which is set neither in the environment of the CLI or SDK that sent the config, ` +
    `nor among the service's secrets that a config may name${service}`;
  const finding = { ...fault([key], says), found: shown, expected: "a variable that is set" };
  return { key, finding };
}

/** The mistakes that are left: of the options that nothing else has given a value. */
export function stillUnset(section: JsonObject, open: readonly Unset[]): Finding[] {
  return open.filter(({ key }) => !isGiven(section, key)).map(({ finding }) => finding);
}

function isGiven(section: JsonObject, key: string): boolean {
  return section[key] !== undefined && section[key] !== null;
}
