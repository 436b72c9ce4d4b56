// `cultivar train`: submit a config and stay with the job (protocol §4.8).

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ConfigInvalidError, type JsonObject, PromptLearningJob } from "../../client/index.ts";
import { type Call, type Command, FOLLOW_OPTIONS } from "../command.ts";
import { EXIT, UsageError } from "../exit.ts";
import { chooseConfig } from "../find-config.ts";
import { errPaint, printJson, programName } from "../io.ts";
import { followAndReport, followSettings, whatNext } from "../outcome.ts";
import { parseOverrides } from "../overrides.ts";
import { problemLines, problemTitle, type Source, warningLines } from "../problems.ts";

const TYPES = ["prompt_learning", "prompt"] as const;
const TASK_URL = "prompt_learning.task_app_url";

/** Submits a config (protocol §4.8). */
export const train: Command = {
  name: "train",
  positionals: ["[CONFIG]"],
  summary: "submit a config and follow the job to its end",
  options: {
    config: { type: "string", value: "FILE", help: "the config; else the only training config here" },
    type: { type: "string", value: "TYPE", help: "prompt_learning or prompt, which are the same" },
    "task-url": { type: "string", value: "URL", help: "the task app, in place of the config's" },
    override: {
      type: "string",
      multiple: true,
      value: "KEY=VALUE",
      help: "replace a config value; repeatable",
    },
    poll: { type: "boolean", help: "stay with the job (the default)" },
    "no-poll": { type: "boolean", help: "print the job id and leave" },
    ...FOLLOW_OPTIONS,
  },
  run,
};

async function run(call: Call): Promise<number> {
  const { io } = call;
  call.choice("type", TYPES, "prompt_learning");
  if (call.flag("poll") && call.flag("no-poll"))
    throw new UsageError("--poll and --no-poll exclude each other");
  const settings = followSettings(call);
  const file = await chooseConfig({ positional: call.positionals[0], option: call.text("config") }, io.cwd);
  const path = resolve(io.cwd, file);
  const text = await readFile(path, "utf8").catch(() => "");
  const overrides = overridesOf(call, text);
  const job = await PromptLearningJob.fromConfig(path, { ...call.connection(), overrides });
  const jobId = await submit(call, job, { file, text, overridden: Object.keys(overrides) });
  if (jobId === undefined) return EXIT.usage;
  if (call.flag("no-poll")) {
    if (call.flag("json")) printJson(io, job.submission);
    else io.out(`${jobId}\n`);
    io.err(whatNext(call, jobId));
    return EXIT.ok;
  }
  return followAndReport(call, jobId, settings);
}

/** Creates the job; undefined when the config has mistakes, which are then printed. */
async function submit(call: Call, job: PromptLearningJob, source: Source): Promise<string | undefined> {
  const { io } = call;
  const paint = errPaint(io);
  try {
    const jobId = await job.submit({ signal: io.interrupt });
    const warnings = warningLines(job.submission?.warnings ?? [], source.file, paint);
    io.err([...warnings, `submitted ${jobId}`, ""].join("\n"));
    return jobId;
  } catch (error) {
    if (io.interrupt.aborted)
      io.err(
        `Stopped before the service answered; \`${programName(io.env)} list\` tells if a job was created.\n`,
      );
    if (!(error instanceof ConfigInvalidError) || error.errors.length === 0) throw error;
    const lines = [...problemLines(error.errors, source, paint), "", problemTitle(error.errors, source.file)];
    io.err(`${lines.join("\n")}\n`);
    if (call.flag("json")) printJson(io, { error: error.problem });
    return undefined;
  }
}

/**
 * The overrides of the command line. The task app's address is `--task-url`, else the config's, else `TASK_APP_URL`
 * (protocol §4.6).
 */
function overridesOf(call: Call, config: string): JsonObject {
  const overrides = parseOverrides(call.list("override"));
  const fallback = config.includes("task_app_url") ? undefined : call.io.env.TASK_APP_URL;
  const url = call.text("task-url") ?? fallback;
  return url && overrides[TASK_URL] === undefined ? { ...overrides, [TASK_URL]: url } : overrides;
}
