// Overrides: values laid over a config at submit (protocol §2.2), by dotted key or as tables.

import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { type Finding, fault, mustBe } from "./findings.ts";
import { MAX_CONFIG_DEPTH } from "./limits.ts";
import { isUnsafeKey, type Path, SECTION } from "./path.ts";
import type { Places } from "./places.ts";
import { plainCopy } from "./plain.ts";
import { setAt, valueAt } from "./tables.ts";
import { quoted } from "./words.ts";

/** Keys that steer the submitting client and are no part of a config. */
const CLIENT_KEYS = new Set(["backend", "metadata", "auto_start"]);
const MAX_KEY_CHARS = 1_000;

interface Setting {
  path: Path;
  value: Json;
}

/**
 * Lay overrides over `section`, in place. Keys may be dotted, with or without `prompt_learning.` in front; tables are
 * merged, everything else is replaced. `overrides.overrides` is read like `overrides`; `task_url` is `task_app_url`.
 */
export function applyOverrides(section: JsonObject, overrides: JsonObject, places: Places): Finding[] {
  // Mistakes of the overrides themselves have no place in the file.
  places.override(["overrides"]);
  const copy = plainCopy(overrides);
  const findings = copy.findings.map((finding) => ({ ...finding, path: ["overrides", ...finding.path] }));
  for (const setting of settingsOf(copy.table, findings)) merge(section, setting, places, findings);
  return findings;
}

function settingsOf(overrides: JsonObject, findings: Finding[]): Setting[] {
  return Object.entries(overrides).flatMap(([key, value]): Setting[] => {
    if (CLIENT_KEYS.has(key)) return [];
    if (key === "task_url") return taskUrl(value, findings);
    if (key === "overrides" || key === SECTION) {
      if (isObject(value)) return settingsOf(value, findings);
      findings.push(mustBe(["overrides", key], "a table", value));
      return [];
    }
    const path = pathOf(key);
    if (path !== undefined) return [{ path, value }];
    findings.push(fault(["overrides"], `has a key that is no dotted path: ${quoted(key)}`));
    return [];
  });
}

function taskUrl(value: Json, findings: Finding[]): Setting[] {
  if (value === null) return [];
  if (typeof value === "string") return [{ path: ["task_app_url"], value }];
  findings.push(mustBe(["overrides", "task_url"], "an http or https URL", value));
  return [];
}

/** The path of a dotted key; undefined when it has empty or unsafe parts. */
function pathOf(key: string): Path | undefined {
  if (key.length > MAX_KEY_CHARS) return undefined;
  const parts = key.split(".");
  const path = parts[0] === SECTION && parts.length > 1 ? parts.slice(1) : parts;
  if (path.length > MAX_CONFIG_DEPTH || path.some((part) => part === "" || isUnsafeKey(part)))
    return undefined;
  return path;
}

function merge(section: JsonObject, setting: Setting, places: Places, findings: Finding[]): void {
  const { value } = setting;
  const path = indexed(section, setting.path);
  const known = valueAt(section, path);
  if (isObject(value) && isObject(known)) {
    for (const [key, inner] of Object.entries(value)) {
      merge(section, { path: [...path, key], value: inner }, places, findings);
    }
    return;
  }
  if (setAt(section, path, value)) places.override(path);
  else findings.push(fault(path, "cannot be overridden: the config has no such place"));
}

/** The path with list positions as numbers, where the config has a list. */
function indexed(section: JsonObject, path: Path): Path {
  const out: (string | number)[] = [];
  for (const part of path) {
    const index = Number(part);
    const isIndex = Array.isArray(valueAt(section, out)) && Number.isSafeInteger(index) && index >= 0;
    out.push(isIndex ? index : part);
  }
  return out;
}
