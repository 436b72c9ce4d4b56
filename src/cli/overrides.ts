// `--override key=value`: dotted keys laid over the config, values read as JSON where they are JSON.

import type { Json, JsonObject } from "../client/index.ts";
import { UsageError } from "./exit.ts";

/** The overrides of a command line; a later one for the same key wins. @throws UsageError for one without `=` or key */
export function parseOverrides(items: readonly string[]): JsonObject {
  const overrides: JsonObject = {};
  for (const item of items) {
    const equals = item.indexOf("=");
    if (equals <= 0) throw new UsageError(`--override needs key=value, and got ${item}`);
    overrides[item.slice(0, equals).trim()] = parseValue(item.slice(equals + 1));
  }
  return overrides;
}

/** `3`, `true`, `[1, 2]` are what they look like; anything else is text. */
function parseValue(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}
