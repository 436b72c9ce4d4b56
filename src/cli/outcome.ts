// What to say, and with which exit status, once a command stops staying with a job.

import { PromptLearningClient } from "../client/index.ts";
import type { Call } from "./command.ts";
import { Display, type StreamFormat } from "./display.ts";
import { EXIT } from "./exit.ts";
import { follow } from "./follow.ts";
import { outPaint, printJson, programName } from "./io.ts";
import { summaryLines } from "./summary.ts";

const STREAM_FORMATS: readonly StreamFormat[] = ["cli", "chart", "none"];

/** How to stay with a job. */
export interface FollowSettings {
  timeout: number;
  interval: number;
  format: StreamFormat;
}

/** Reads the options of staying with a job, before anything is created. @throws UsageError */
export function followSettings(call: Call): FollowSettings {
  return {
    timeout: call.number("poll-timeout", 0.001, 3600),
    interval: call.number("poll-interval", 0.01, 5),
    format: call.choice("stream-format", STREAM_FORMATS, "cli"),
  };
}

/** Shows a job's progress until it ends, then its results. */
export async function followAndReport(call: Call, jobId: string, settings: FollowSettings): Promise<number> {
  const { io } = call;
  const display = new Display(io, settings.format);
  const end = await follow(jobId, call.connection(), settings, display, io.interrupt);
  if (end.kind === "detached") {
    io.err(`\nDetached; ${jobId} goes on.\n${whatNext(call, jobId)}`);
    if (call.flag("json"))
      printJson(io, { error: { code: "interrupted", message: "detached", job_id: jobId } });
    return EXIT.interrupted;
  }
  if (end.kind === "timed_out") {
    io.err(`${end.error.message}.\n${whatNext(call, jobId)}`);
    const { code, message } = end.error;
    if (call.flag("json")) printJson(io, { error: { code, message, job_id: jobId } });
    return EXIT.timedOut;
  }
  const results = await new PromptLearningClient(call.connection()).getResults(jobId, {
    signal: io.interrupt,
  });
  if (call.flag("json")) printJson(io, results);
  else io.out(`${summaryLines(end.view, results, outPaint(io)).join("\n")}\n`);
  return end.view.status === "succeeded" ? EXIT.ok : EXIT.failed;
}

/** How to go on with a job that was left to itself. */
export function whatNext(call: Call, jobId: string): string {
  const backend = call.text("backend");
  const tail = backend === undefined ? jobId : `${jobId} --backend ${backend}`;
  const program = programName(call.io.env);
  return `  to watch it:   ${program} watch ${tail}\n  to cancel it:  ${program} cancel ${tail}\n`;
}
