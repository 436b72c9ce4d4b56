// `cultivar train`: submit a config and stay with the job (protocol §4.8).

import { ConfigInvalidError, type PromptLearningJob } from "../../client/index.ts";
import { type Call, type Command, FOLLOW_OPTIONS } from "../command.ts";
import { CONFIG_OPTIONS, jobOf, printMistakes, readSource } from "../config-source.ts";
import { EXIT } from "../exit.ts";
import { errPaint, printJson, programName } from "../io.ts";
import { followAndReport, followSettings, whatNext } from "../outcome.ts";
import { type Source, warningLines } from "../problems.ts";

/** Submits a config (protocol §4.8). */
export const train: Command = {
  name: "train",
  positionals: ["[CONFIG]"],
  summary: "submit a config and follow the job to its end",
  options: {
    ...CONFIG_OPTIONS,
    poll: { type: "boolean", help: "stay with the job (the default)" },
    idempotency: { type: "string", value: "KEY", help: "the same config with the same KEY is the same job" },
    "no-poll": { type: "boolean", help: "print the job id and leave" },
    ...FOLLOW_OPTIONS,
  },
  run,
};

async function run(call: Call): Promise<number> {
  const { io } = call;
  call.notBoth("poll", "no-poll");
  const settings = followSettings(call);
  const source = await readSource(call);
  const job = await jobOf(call, source);
  const jobId = await submit(call, job, source);
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
    printMistakes(io, error, source);
    if (call.flag("json")) printJson(io, { error: error.problem });
    return undefined;
  }
}
