// `cultivar results`: the prompts a job found.

import { type JobResults, PromptLearningClient, type TopPrompt } from "../../client/index.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { outPaint, printJson } from "../io.ts";
import { rankLines, summaryLines } from "../summary.ts";

/** Shows the prompts of one job. */
export const results: Command = {
  name: "results",
  positionals: ["ID"],
  summary: "show the prompts a job found",
  options: {
    rank: { type: "string", value: "N", help: "only the prompt of rank N; 1 is the best" },
    prompt: { type: "boolean", help: "only the prompt's text, as it is (rank 1 unless --rank)" },
  },
  run,
};

async function run(call: Call): Promise<number> {
  const { io } = call;
  const jobId = call.only("ID");
  const rank = call.whole("rank", 1, 1);
  const client = new PromptLearningClient(call.connection());
  const found = await client.getResults(jobId, { signal: io.interrupt });
  const isWhole = call.text("rank") === undefined && !call.flag("prompt");
  if (!isWhole) return printRank(call, found, rank);
  if (call.flag("json")) printJson(io, found);
  else {
    const view = await client.getJob(jobId, { signal: io.interrupt });
    io.out(`${summaryLines(view, found, outPaint(io)).join("\n")}\n`);
  }
  return EXIT.ok;
}

function printRank(call: Call, found: JobResults, rank: number): number {
  const { io } = call;
  const prompt = found.top_prompts.find((candidate) => candidate.rank === rank);
  if (!prompt) {
    io.err(`${found.job_id} has no prompt of rank ${rank}; it has ${found.top_prompts.length}\n`);
    if (call.flag("json"))
      printJson(io, { error: { code: "no_such_rank", message: `no prompt of rank ${rank}` } });
    return EXIT.failed;
  }
  if (call.flag("json")) printJson(io, prompt);
  else io.out(textOf(call, prompt));
  return EXIT.ok;
}

function textOf(call: Call, prompt: TopPrompt): string {
  if (call.flag("prompt")) return `${prompt.full_text}\n`;
  return `${rankLines(prompt, outPaint(call.io)).join("\n")}\n`;
}
