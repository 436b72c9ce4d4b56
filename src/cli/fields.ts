// Reads fields of event data, which is JSON of many shapes (protocol §2.5).

import type { JsonObject } from "../client/index.ts";

/** The first of these fields that is a number. */
export function numberIn(data: JsonObject, ...names: string[]): number | undefined {
  for (const name of names) {
    const value = data[name];
    if (typeof value === "number") return value;
  }
  return undefined;
}

/** The first of these fields that is a text with something in it. */
export function textIn(data: JsonObject, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = data[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

/** A field that is a count, or a list to be counted. */
export function countIn(data: JsonObject, name: string): number | undefined {
  const value = data[name];
  return Array.isArray(value) ? value.length : numberIn(data, name);
}
