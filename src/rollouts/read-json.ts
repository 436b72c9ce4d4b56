// Looking into JSON that nobody has checked: every step may miss, and none throws.

import { isObject } from "../wire/json.ts";

/** The value at a path of own properties; undefined where the path leads nowhere. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    const object = asObject(here);
    if (object === undefined || !Object.hasOwn(object, key)) return undefined;
    here = object[key];
  }
  return here;
}

/** The first of several keys that holds something other than null. */
export function firstOf(value: unknown, keys: readonly string[]): unknown {
  return keys.map((key) => at(value, key)).find((found) => found !== undefined && found !== null);
}

/** The value, if it is an object and no list. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isObject(value) ? value : undefined;
}

/** The items, if it is a list; else none. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
