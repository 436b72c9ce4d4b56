// `cultivar list`: the jobs, newest first.

import { type Algorithm, type JobStatus, type JobSummary, PromptLearningClient } from "../../client/index.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { printJson } from "../io.ts";
import { oneLine, reward, table } from "../text.ts";

const STATUSES: readonly (JobStatus | "all")[] = [
  "all",
  "pending",
  "queued",
  "running",
  "paused",
  "succeeded",
  "failed",
  "cancelled",
];
const ALGORITHMS: readonly (Algorithm | "all")[] = ["all", "gepa", "mipro"];
const MAX_PAGE = 100;

/** Lists jobs. */
export const list: Command = {
  name: "list",
  positionals: [],
  summary: "list jobs, newest first",
  options: {
    limit: { type: "string", value: "N", help: "at most N jobs (20)" },
    status: { type: "string", value: "STATUS", help: "only jobs with this status" },
    algorithm: { type: "string", value: "gepa|mipro", help: "only jobs of this algorithm" },
  },
  run,
};

async function run(call: Call): Promise<number> {
  const limit = call.whole("limit", 1, 20);
  const wanted = call.choice("status", STATUSES, "all");
  const algorithm = call.choice("algorithm", ALGORITHMS, "all");
  const jobs: JobSummary[] = [];
  const client = new PromptLearningClient(call.connection());
  const all = client.listJobs({
    status: wanted === "all" ? undefined : wanted,
    algorithm: algorithm === "all" ? undefined : algorithm,
    pageSize: Math.min(limit, MAX_PAGE),
    signal: call.io.interrupt,
  });
  for await (const job of all) {
    jobs.push(job);
    if (jobs.length === limit) break;
  }
  if (call.flag("json")) printJson(call.io, jobs);
  else call.io.out(`${jobTable(jobs).join("\n")}\n`);
  return EXIT.ok;
}

function jobTable(jobs: readonly JobSummary[]): string[] {
  if (jobs.length === 0) return ["No jobs."];
  const rows = jobs.map((job) => [
    job.job_id,
    job.status,
    job.algorithm,
    reward(job.baseline_score),
    reward(job.best_score),
    oneLine(job.created_at),
  ]);
  return table([["id", "status", "algorithm", "baseline", "best", "created"], ...rows], [3, 4]);
}
