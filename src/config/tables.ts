// Reading and writing parts of a plain config by path. Tables are changed in place; the reader owns its copy.

import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import type { Path } from "./path.ts";

/** The value at a path; undefined when there is none. */
export function valueAt(root: Json | undefined, path: Path): Json | undefined {
  let value = root;
  for (const part of path) {
    if (Array.isArray(value)) value = typeof part === "number" ? value[part] : undefined;
    else if (isObject(value) && Object.hasOwn(value, part)) value = value[part];
    else return undefined;
  }
  return value;
}

/** Set a value, making the tables on the way; false, and nothing done, when something on the way is no table. */
export function setAt(root: JsonObject, path: Path, value: Json): boolean {
  let place: Json = root;
  for (const [i, part] of path.entries()) {
    const isLast = i === path.length - 1;
    if (Array.isArray(place)) {
      if (typeof part !== "number" || part >= place.length) return false;
      if (isLast) place[part] = value;
      place = place[part] ?? null;
    } else if (isObject(place)) {
      if (isLast) place[part] = value;
      else if (place[part] === undefined || place[part] === null) place[part] = {};
      place = place[part] ?? null;
    } else return false;
  }
  return true;
}

/** Take a value out of its table; undefined when it is not there. */
export function takeAt(root: JsonObject, path: Path): Json | undefined {
  const parent = valueAt(root, path.slice(0, -1));
  const key = path.at(-1);
  if (!isObject(parent) || typeof key !== "string" || !Object.hasOwn(parent, key)) return undefined;
  const value = parent[key];
  delete parent[key];
  return value;
}

/** Drop the keys whose value is null, which is how clients write "not given"; what goes to the task app is left alone. */
export function dropNulls(value: Json): void {
  if (Array.isArray(value)) for (const item of value) dropNulls(item);
  if (!isObject(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null) delete value[key];
    else if (key !== "env_config") dropNulls(inner);
  }
}
