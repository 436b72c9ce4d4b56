// Placeholders of environment variables, such as "${TASK_APP_URL}". Nothing expands them in a config (protocol §1.0),
// so they stand for values that were never filled in.

import type { JsonObject } from "../wire/json.ts";
import { type Finding, fault, remark } from "./findings.ts";
import { TASK_URL_WORDS } from "./job.ts";
import { quoted } from "./words.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const NAME_IN_CAPITALS = /^[A-Z_][A-Z0-9_]*$/;
const KEYS = ["task_app_url", "task_app_api_key"];

/** Take unresolved placeholders out of a table that may hold the task app's URL and key. */
export function dropUnresolved(table: JsonObject): Finding[] {
  return KEYS.flatMap((key) => {
    const value = table[key];
    if (typeof value !== "string" || !isUnresolved(key, value.trim())) return [];
    delete table[key];
    return [remark([key], "holds an unresolved environment placeholder; it is taken as absent")];
  });
}

/** An error when a URL was asked for by a placeholder only. `original` is the value before placeholders were dropped. */
export function missingUrl(section: JsonObject, original: JsonObject): Finding[] {
  const { task_app_url: before } = original;
  if (section.task_app_url !== undefined || typeof before !== "string") return [];
  const found = `the unresolved placeholder${before.startsWith("$") ? ` ${quoted(before)}` : ""}`;
  const says = `must be ${TASK_URL_WORDS}, found ${found}`;
  return [{ ...fault(["task_app_url"], says), expected: TASK_URL_WORDS, found }];
}

function isUnresolved(key: string, value: string): boolean {
  if (value.startsWith("${") && value.endsWith("}")) return NAME.test(value.slice(2, -1));
  if (key === "task_app_url") return value.startsWith("$") || value.includes("${");
  // A key may well begin with a dollar sign, but hardly look like a variable.
  return value.startsWith("$") && NAME_IN_CAPITALS.test(value.slice(1));
}
