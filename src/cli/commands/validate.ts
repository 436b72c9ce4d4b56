// `cultivar validate`: whether a config can run, what it comes to, and what its job would need. Creates nothing.

import { ConfigInvalidError } from "../../client/index.ts";
import type { Call, Command } from "../command.ts";
import { CONFIG_OPTIONS, jobOf, printMistakes, readSource } from "../config-source.ts";
import { EXIT } from "../exit.ts";
import { errPaint, outPaint, printJson } from "../io.ts";
import { warningLines } from "../problems.ts";
import { reportLines } from "../validation.ts";

/** Checks a config. */
export const validate: Command = {
  name: "validate",
  positionals: ["[CONFIG]"],
  summary: "check a config and estimate its job; exit status 1 when it cannot run",
  options: CONFIG_OPTIONS,
  run,
};

async function run(call: Call): Promise<number> {
  const { io } = call;
  const source = await readSource(call);
  try {
    const job = await jobOf(call, source);
    const report = await job.validate({ signal: io.interrupt });
    for (const line of warningLines(report.warnings, source.file, errPaint(io))) io.err(`${line}\n`);
    if (call.flag("json")) printJson(io, report);
    else io.out(`${reportLines(report, source.file, outPaint(io)).join("\n")}\n`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigInvalidError) || error.errors.length === 0) throw error;
    printMistakes(io, error, source);
    if (call.flag("json")) printJson(io, { valid: false, error: error.problem });
    return EXIT.failed;
  }
}
