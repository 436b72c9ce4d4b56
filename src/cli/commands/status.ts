// `cultivar status`: where a job stands now.

import { type JobView, PromptLearningClient } from "../../client/index.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { outPaint, printJson } from "../io.ts";
import type { Paint } from "../paint.ts";
import { factsOf, statusLine } from "../progress.ts";
import { count, duration, oneLine, reward, table, usd } from "../text.ts";

/** Shows one job. */
export const status: Command = {
  name: "status",
  positionals: ["ID"],
  summary: "show where a job stands",
  options: {},
  run,
};

async function run(call: Call): Promise<number> {
  const client = new PromptLearningClient(call.connection());
  const view = await client.getJob(call.only("ID"), { signal: call.io.interrupt });
  if (call.flag("json")) printJson(call.io, view);
  else call.io.out(`${statusLines(view, outPaint(call.io)).join("\n")}\n`);
  return EXIT.ok;
}

function statusLines(view: JobView, paint: Paint): string[] {
  const { cost, progress } = view;
  const rows = [
    ["reward", `baseline ${reward(view.baseline_score)}, best ${reward(view.best_score)}`],
    [
      "cost",
      `${usd(cost.total_usd)}; ${count(cost.prompt_tokens)} + ${count(cost.completion_tokens)} tokens`,
    ],
    ["time", duration(progress.elapsed_seconds)],
  ];
  if (view.finish_reason !== null && view.finish_reason !== view.status)
    rows.push(["ended", oneLine(view.finish_reason)]);
  if (view.error !== null) rows.push(["error", paint.red(oneLine(view.error))]);
  return [
    `${paint.bold(view.job_id)} ${view.algorithm} ${view.status}`,
    statusLine(factsOf(view), 120),
    ...table(rows),
    ...view.warnings.map(
      (warning) => `${paint.yellow("warning:")} ${oneLine(`${warning.path}: ${warning.message}`)}`,
    ),
  ];
}
