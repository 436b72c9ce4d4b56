// `cultivar pause|resume|stop|cancel|delete`: what can be asked of a job that was submitted.

import { type JobView, PromptLearningClient } from "../../client/index.ts";
import type { Call, Command, OptionSpec } from "../command.ts";
import { EXIT } from "../exit.ts";
import { printJson } from "../io.ts";

const REASON: Record<string, OptionSpec> = {
  reason: { type: "string", value: "TEXT", help: "told in the job's log" },
};

/** Pauses one job. */
export const pause: Command = {
  name: "pause",
  positionals: ["ID"],
  summary: "ask nothing more until the job is resumed",
  options: REASON,
  run: (call) => steer(call, (client, id) => client.pause(id, call.text("reason"), signalOf(call))),
};

/** Resumes one job. */
export const resume: Command = {
  name: "resume",
  positionals: ["ID"],
  summary: "go on with a paused job",
  options: {},
  run: (call) => steer(call, (client, id) => client.resume(id, signalOf(call))),
};

/** Stops one job. */
export const stop: Command = {
  name: "stop",
  positionals: ["ID"],
  summary: "end a job early and keep the best",
  options: {
    ...REASON,
    now: { type: "boolean", help: "without scoring the best on the held-out seeds" },
  },
  run: (call) => {
    const how = { heldOut: !call.flag("now"), reason: call.text("reason") };
    return steer(call, (client, id) => client.stop(id, how, signalOf(call)));
  },
};

/** Cancels one job. */
export const cancel: Command = {
  name: "cancel",
  positionals: ["ID"],
  summary: "end a job without results",
  options: REASON,
  run: async (call) => {
    const jobId = call.only("ID");
    await new PromptLearningClient(call.connection()).cancel(jobId, call.text("reason"), signalOf(call));
    if (call.flag("json")) printJson(call.io, { job_id: jobId, cancel_requested: true });
    else call.io.err(`asked to cancel ${jobId}\n`);
    return EXIT.ok;
  },
};

/** Deletes one job. */
export const remove: Command = {
  name: "delete",
  positionals: ["ID"],
  summary: "delete a job that has ended, with its results and events",
  options: {},
  run: async (call) => {
    const jobId = call.only("ID");
    await new PromptLearningClient(call.connection()).deleteJob(jobId, signalOf(call));
    if (call.flag("json")) printJson(call.io, { job_id: jobId, deleted: true });
    else call.io.err(`deleted ${jobId}\n`);
    return EXIT.ok;
  },
};

async function steer(
  call: Call,
  send: (client: PromptLearningClient, jobId: string) => Promise<JobView>,
): Promise<number> {
  const view = await send(new PromptLearningClient(call.connection()), call.only("ID"));
  if (call.flag("json")) printJson(call.io, view);
  else call.io.err(`${view.job_id} is ${view.stopping ? "stopping" : view.status}\n`);
  return EXIT.ok;
}

function signalOf(call: Call): { signal: AbortSignal } {
  return { signal: call.io.interrupt };
}
