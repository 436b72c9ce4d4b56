// `cultivar cancel`: end a job without results.

import { PromptLearningClient } from "../../client/index.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { printJson } from "../io.ts";

/** Cancels one job. */
export const cancel: Command = {
  name: "cancel",
  positionals: ["ID"],
  summary: "end a job without results",
  options: { reason: { type: "string", value: "TEXT", help: "kept with the job" } },
  run,
};

async function run(call: Call): Promise<number> {
  const jobId = call.only("ID");
  const client = new PromptLearningClient(call.connection());
  await client.cancel(jobId, call.text("reason"), { signal: call.io.interrupt });
  if (call.flag("json")) printJson(call.io, { job_id: jobId, cancel_requested: true });
  else call.io.err(`asked to cancel ${jobId}\n`);
  return EXIT.ok;
}
