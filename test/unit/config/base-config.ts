// A valid config to vary, and what reading a varied one leads to.

import { ConfigError, type ConfigIssue } from "../../../src/config/errors.ts";
import type { ConfigInput } from "../../../src/config/read.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { readGepa } from "../../support/read-gepa.ts";

export const TOML = `[prompt_learning]
algorithm = "gepa"
task_app_url = "https://task.example.com"

[[prompt_learning.initial_prompt.messages]]
role = "system"
pattern = "Answer briefly."

[[prompt_learning.initial_prompt.messages]]
role = "user"
pattern = "Question: {question}"
order = 1

[prompt_learning.policy]
model = "gpt-4o-mini"
provider = "openai"

[prompt_learning.gepa.evaluation]
seeds = { start = 0, end = 30 }
`;

/** The inner table of a valid config. */
export function baseSection(): JsonObject {
  return {
    algorithm: "gepa",
    task_app_url: "https://task.example.com",
    initial_prompt: {
      messages: [
        { role: "system", pattern: "Answer briefly." },
        { role: "user", pattern: "Question: {question}", order: 1 },
      ],
    },
    policy: { model: "gpt-4o-mini", provider: "openai" },
    gepa: {
      evaluation: { seeds: { start: 0, end: 30 } },
      archive: { pareto_set_size: 20 },
    },
  };
}

/** A valid config with one option set, by dotted path from the `[prompt_learning]` table; undefined takes it away. */
export function sectionWith(path: string, value: Json | undefined): JsonObject {
  const section = baseSection();
  const parts = path.split(".");
  const last = parts.pop() ?? "";
  let place: JsonObject = section;
  for (const part of parts) {
    const next = place[part];
    if (typeof next !== "object" || next === null) place[part] = {};
    place = place[part] as JsonObject;
  }
  if (value === undefined) delete place[last];
  else place[last] = value;
  return section;
}

/** Read a valid config with one option set. */
export function readWith(path: string, value: Json | undefined): ReturnType<typeof readGepa> {
  return readGepa({ mapping: sectionWith(path, value) });
}

/** The error that reading leads to; fails when there is none. */
export function errorOf(input: ConfigInput, overrides?: JsonObject): ConfigError {
  try {
    readGepa(input, overrides);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the config was accepted");
}

/** The mistakes of a valid config with one option set. */
export function issuesWith(path: string, value: Json | undefined): ConfigIssue[] {
  return errorOf({ mapping: sectionWith(path, value) }).issues;
}

/** The warnings' messages of a valid config with one option set. */
export function warningsWith(path: string, value: Json | undefined): string[] {
  return readWith(path, value).warnings.map((warning) => warning.message);
}
