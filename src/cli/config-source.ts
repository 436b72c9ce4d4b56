// The config that a command line names, ready to be sent: its file, the overrides, and how its mistakes are shown.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type ClientOptions,
  type ConfigInvalidError,
  type JsonObject,
  PromptLearningJob,
} from "../client/index.ts";
import type { Call, OptionSpec } from "./command.ts";
import { chooseConfig } from "./find-config.ts";
import { errPaint, type Io } from "./io.ts";
import { parseOverrides } from "./overrides.ts";
import { problemLines, problemTitle, type Source, warningLines } from "./problems.ts";

const TYPES = ["prompt_learning", "prompt"] as const;
const TASK_URL = "prompt_learning.task_app_url";
const STRICT = "prompt_learning.strict";

/** Options of commands that take a config. */
export const CONFIG_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  config: { type: "string", value: "FILE", help: "the config; else the only training config here" },
  type: { type: "string", value: "TYPE", help: "prompt_learning or prompt, which are the same" },
  "task-url": { type: "string", value: "URL", help: "the task app, in place of the config's" },
  override: {
    type: "string",
    multiple: true,
    value: "KEY=VALUE",
    help: "replace a config value; repeatable",
  },
  strict: { type: "boolean", help: "refuse older spellings instead of taking them with a warning" },
  "allow-experimental": {
    type: "boolean",
    help: "take models that the service does not list, with a warning",
  },
  "no-allow-experimental": { type: "boolean", help: "take only listed models (the default)" },
};

/** The config file of a call, and its text, which is empty when it cannot be read. @throws UsageError when it is not clear which */
export async function readSource(call: Call): Promise<Source> {
  const { io } = call;
  call.choice("type", TYPES, "prompt_learning");
  call.notBoth("allow-experimental", "no-allow-experimental");
  const file = await chooseConfig({ positional: call.positionals[0], option: call.text("config") }, io.cwd);
  const text = await readFile(resolve(io.cwd, file), "utf8").catch(() => "");
  return { file, text, overridden: Object.keys(overridesOf(call, text)) };
}

/** The job of a config, not yet submitted. @throws UsageError, and what `PromptLearningJob.fromConfig` throws */
export function jobOf(
  call: Call,
  { file, text }: Source,
  connection: ClientOptions = call.connection(),
): Promise<PromptLearningJob> {
  return PromptLearningJob.fromConfig(resolve(call.io.cwd, file), {
    ...connection,
    overrides: overridesOf(call, text),
    allowExperimental: call.flag("allow-experimental") || undefined,
    idempotencyKey: call.text("idempotency"),
  });
}

/** All mistakes of a config on stderr, with their lines, after what else was noticed, which may explain them. */
export function printMistakes(io: Io, { errors, warnings }: ConfigInvalidError, source: Source): void {
  const paint = errPaint(io);
  const lines = [
    ...warningLines(warnings, source.file, paint),
    ...problemLines(errors, source, paint),
    "",
    problemTitle(errors, source.file),
  ];
  io.err(`${lines.join("\n")}\n`);
}

/**
 * The overrides of the command line. The task app's address is `--task-url`, else the config's, else `TASK_APP_URL`
 * (protocol §4.6).
 */
function overridesOf(call: Call, config: string): JsonObject {
  const overrides: JsonObject = parseOverrides(call.list("override"));
  if (call.flag("strict")) overrides[STRICT] = true;
  // As a variable, so that a dry run can tell where the address comes from.
  const fallback = call.io.env.TASK_APP_URL && !config.includes("task_app_url") ? "$TASK_APP_URL" : undefined;
  const url = call.text("task-url") ?? fallback;
  return url && overrides[TASK_URL] === undefined ? { ...overrides, [TASK_URL]: url } : overrides;
}
