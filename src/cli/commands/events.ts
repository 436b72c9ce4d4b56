// `cultivar events`: the event log of a job so far.

import { type JobEvent, PromptLearningClient } from "../../client/index.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { outPaint, printJson } from "../io.ts";
import type { Paint } from "../paint.ts";
import { oneLine } from "../text.ts";

const PAGE = 1000;

/** Prints the event log of one job. */
export const events: Command = {
  name: "events",
  positionals: ["ID"],
  summary: "print the event log of a job",
  options: { since: { type: "string", value: "N", help: "only events after number N (0)" } },
  run,
};

async function run(call: Call): Promise<number> {
  const { io } = call;
  const jobId = call.only("ID");
  const client = new PromptLearningClient(call.connection());
  const paint = outPaint(io);
  const all: JobEvent[] = [];
  for (let since = call.whole("since", 0, 0); ; ) {
    const page = await client.getEvents(jobId, { since, limit: PAGE }, { signal: io.interrupt });
    if (call.flag("json")) all.push(...page);
    else io.out(page.map((event) => `${eventLine(event, paint)}\n`).join(""));
    const last = page.at(-1)?.seq ?? since;
    if (last <= since) break;
    since = last;
  }
  if (call.flag("json")) printJson(io, all);
  return EXIT.ok;
}

function eventLine(event: JobEvent, paint: Paint): string {
  const colour = event.level === "error" ? paint.red : event.level === "warning" ? paint.yellow : paint.cyan;
  const message = event.message === "" ? JSON.stringify(event.data) : event.message;
  return `${String(event.seq).padStart(5)}  ${paint.dim(oneLine(event.created_at))}  ${colour(oneLine(event.type))}  ${oneLine(message)}`;
}
