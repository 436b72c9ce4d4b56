// A config as it will run, for people to look at: every default filled in, where each value comes from, no secrets.

import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import type { ValueOrigin } from "../wire/validate.ts";
import { dotted, type Path, SECTION } from "./path.ts";
import type { ConfigReading } from "./read.ts";
import { isSecretKey } from "./words.ts";

const NOT_SHOWN = "(not shown)";
/** The option that stands for the values beside it. */
const PRESET_KEY = "level";

/** A config and the origins of its values, by dotted path. */
export interface ResolvedConfig {
  /** `{prompt_learning: …}`. */
  config: JsonObject;
  origins: Record<string, ValueOrigin>;
}

/** The whole config of a reading, as plain JSON. Lists of plain values, such as seeds, are one value. */
export function resolvedConfig(reading: Pick<ConfigReading, "config" | "given">): ResolvedConfig {
  const plain: Json = JSON.parse(JSON.stringify(reading.config));
  const origins: Record<string, ValueOrigin> = {};
  for (const { path, isPreset } of leavesOf(plain, [], false)) {
    const given = reading.given(path);
    origins[dotted([SECTION, ...path])] = given ?? { from: isPreset ? "preset" : "default" };
  }
  return { config: { [SECTION]: withoutSecrets(plain, undefined) }, origins };
}

interface Leaf {
  path: Path;
  /** Its table has a level that decides what is not given. */
  isPreset: boolean;
}

function leavesOf(value: Json, path: Path, isPreset: boolean): Leaf[] {
  if (Array.isArray(value) && value.some((item) => typeof item === "object" && item !== null)) {
    return value.flatMap((item, i) => leavesOf(item, [...path, i], false));
  }
  if (!isObject(value) || Object.keys(value).length === 0) return [{ path, isPreset }];
  const table: JsonObject = value;
  const levelled = typeof table[PRESET_KEY] === "string";
  return Object.entries(table).flatMap(([key, inner]) =>
    leavesOf(inner, [...path, key], levelled && key !== PRESET_KEY),
  );
}

function withoutSecrets(value: Json, key: string | undefined): Json {
  if (typeof value === "string") return isSecretKey(key) && value !== "" ? NOT_SHOWN : value;
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, key));
  if (!isObject(value)) return value;
  const table: JsonObject = value;
  return Object.fromEntries(
    Object.entries(table).map(([name, inner]) => [name, withoutSecrets(inner, name)]),
  );
}
