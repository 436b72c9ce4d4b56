// `cultivar validate`: whether a config can run, what it comes to, and what its job would need. Creates nothing.

import { type ClientOptions, ConfigInvalidError } from "../../client/index.ts";
import type { Call, Command } from "../command.ts";
import { CONFIG_OPTIONS, jobOf, printMistakes, readSource } from "../config-source.ts";
import { EXIT } from "../exit.ts";
import { errPaint, outPaint, printJson } from "../io.ts";
import { warningLines } from "../problems.ts";
import { reportLines } from "../validation.ts";

const OFFLINE_NOTE =
  "checked without a service: its secrets, providers and further models are taken on trust; --backend and --api-key name one";

/** Checks a config. */
export const validate: Command = {
  name: "validate",
  positionals: ["[CONFIG]"],
  summary: "check a config and estimate its job; exit status 1 when it cannot run",
  options: {
    ...CONFIG_OPTIONS,
    offline: { type: "boolean", help: "check here; the default where no service and no key are named" },
  },
  run,
};

async function run(call: Call): Promise<number> {
  const { io } = call;
  const source = await readSource(call);
  try {
    const job = await jobOf(call, source, await connection(call));
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

const SERVICE_OPTIONS = ["backend", "api-key"];
const SERVICE_VARIABLES = ["CULTIVAR_BASE_URL", "BACKEND_BASE_URL", "CULTIVAR_API_KEY", "SYNTH_API_KEY"];

/** The service that is named; without one, the checks that need none. */
async function connection(call: Call): Promise<ClientOptions> {
  const { io } = call;
  const isNamed =
    SERVICE_OPTIONS.some((name) => call.text(name)) || SERVICE_VARIABLES.some((name) => io.env[name]);
  if (isNamed && !call.flag("offline")) return call.connection();
  io.err(`${errPaint(io).dim(OFFLINE_NOTE)}\n`);
  // Loaded here, since no other command needs the schemas.
  const { answerLocally } = await import("../../validation/local.ts");
  return {
    backendUrl: "http://offline.invalid",
    apiKey: "none",
    env: io.env,
    transport: { fetch: (_, init) => answerLocally(init, io.env) },
  };
}
