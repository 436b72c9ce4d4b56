// Which of the Worker's secrets a config may name, and their values. A caller can have the value of such a name sent to a
// task app of its choice: what is not meant for callers must not be among them.

import { PROVIDER_KEYS } from "../inference/providers.ts";
import type { Settings } from "./settings.ts";

/** Nameable everywhere. */
const ALWAYS = ["ENVIRONMENT_API_KEY", "TASK_APP_*"];
/** Never nameable, whatever the operator's list says. */
const NEVER = [...PROVIDER_KEYS, "API_KEYS", "DATA_KEY", "DATA_KEY_PREVIOUS"];

/** The value of a name in the place of a key; undefined where it may not be named, or is not set. */
export function nameableKey(name: string, env: Settings): string | undefined {
  const isNameable = nameable(env).some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
  if (!isNameable || NEVER.includes(name)) return undefined;
  const value: unknown = Reflect.get(env, name);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

/** The value of a name within a URL, which is no secret: it is shown to the caller. Only names that end in `_URL` have one. */
export function nameableUrl(name: string, env: Settings): string | undefined {
  return name.endsWith("_URL") ? nameableKey(name, env) : undefined;
}

/** The names, as an operator would write them. */
export function nameableNames(env: Settings): string {
  return nameable(env).join(", ");
}

function nameable({ EXTRA_SECRETS }: Settings): string[] {
  const extra = (EXTRA_SECRETS ?? "").split(",").map((name) => name.trim());
  return [...ALWAYS, ...extra.filter((name) => name !== "")];
}
