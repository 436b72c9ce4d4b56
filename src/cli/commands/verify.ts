// `cultivar verify`: whether a job's results follow from its journal.

import { PromptLearningClient, type Verification } from "../../client/index.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { outPaint, printJson } from "../io.ts";
import type { Paint } from "../paint.ts";
import { oneLine, table } from "../text.ts";

/** Verifies one job; the exit status says whether all holds. */
export const verify: Command = {
  name: "verify",
  positionals: ["ID"],
  summary: "run a job's search again from its journal, and compare",
  options: {},
  run,
};

async function run(call: Call): Promise<number> {
  const client = new PromptLearningClient(call.connection());
  const found = await client.verify(call.only("ID"), { signal: call.io.interrupt });
  if (call.flag("json")) printJson(call.io, found);
  else call.io.out(`${lines(found, outPaint(call.io)).join("\n")}\n`);
  return found.holds ? EXIT.ok : EXIT.failed;
}

function lines(found: Verification, paint: Paint): string[] {
  const verdict = found.holds ? paint.green("verified") : paint.red("does not hold");
  const marks = { holds: paint.green("ok"), fails: paint.red("no"), skipped: "-" };
  return [
    `${paint.bold(found.job_id)} ${found.status}: ${verdict}`,
    ...table(found.checks.map(({ name, outcome, detail }) => [name, `${marks[outcome]} ${oneLine(detail)}`])),
  ];
}
