// `cultivar watch`: stay with a job that was submitted before.

import { PromptLearningJob } from "../../client/index.ts";
import { type Call, type Command, FOLLOW_OPTIONS } from "../command.ts";
import { followAndReport, followSettings } from "../outcome.ts";

/** Follows one job. */
export const watch: Command = {
  name: "watch",
  positionals: ["ID"],
  summary: "follow a job to its end, then show its results",
  options: FOLLOW_OPTIONS,
  run,
};

async function run(call: Call): Promise<number> {
  const settings = followSettings(call);
  const job = PromptLearningJob.fromJobId(call.only("ID"), call.connection());
  return followAndReport(call, job.jobId ?? "", settings);
}
