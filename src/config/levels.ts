// What the adaptive sections have in common: four levels, each with a preset that single options are laid over.

import * as z from "zod";
import { isObject } from "../wire/json.ts";
import { quoted } from "./words.ts";

/** The levels, from off to most thrifty. */
export const LEVELS = ["NONE", "LOW", "MODERATE", "HIGH"] as const;
export type Level = (typeof LEVELS)[number];

/** A level as a value of TypeScript, in any case; undefined for another word. */
function levelOf(value: unknown): Level | undefined {
  const name = typeof value === "string" ? value.trim().toUpperCase() : value;
  return LEVELS.find((level) => level === name);
}

/** The level that is meant; `fallback` for null. @throws RangeError in the protocol's words, `kind` being "pool" or "batch". */
export function requireLevel(value: unknown, kind: string, fallback: Level): Level {
  if (value === null || value === undefined) return fallback;
  const level = levelOf(value);
  if (level !== undefined) return level;
  const found = typeof value === "string" ? `'${value}'` : quoted(String(value));
  throw new RangeError(`Invalid adaptive ${kind} level ${found}. Must be one of: ${LEVELS.join(", ")}`);
}

/** A section whose absent options come from the preset of its level; `fallback` where it names no level. */
export function overPreset<T extends z.ZodType>(
  schema: T,
  presets: Readonly<Record<Level, object>>,
  fallback: Level,
) {
  return z.preprocess((value) => {
    if (!isObject(value)) return value;
    const level = levelOf(value.level ?? fallback);
    // A wrong level is for the schema to refuse.
    return level === undefined ? value : { ...presets[level], level: fallback, ...value };
  }, schema);
}

/** A number as Python's `int()` has it. @throws RangeError for what is no number. */
export function toInteger(key: string, value: unknown): number {
  return Math.trunc(toNumber(key, value));
}

/** A number as Python's `float()` has it. @throws RangeError for what is no number. */
export function toNumber(key: string, value: unknown): number {
  const isNumeric = typeof value === "number" || (typeof value === "string" && value.trim() !== "");
  const number = isNumeric ? Number(value) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw new RangeError(`${key} must be a number, found ${quoted(String(value))}`);
}
