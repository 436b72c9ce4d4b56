// `npm run dev [-- --port N] [-- --log-level info]`: the service on http://127.0.0.1:8787, its state kept in
// `.wrangler/state` between starts. Provider keys come from `.dev.vars`, or from the environment.

import { connect } from "node:net";
import { parseArgs } from "node:util";
import { readExecutionMode } from "../src/durable/execution-mode.ts";
import { startNode, whenReady } from "./lib/process.ts";
import { ROOT, wranglerDevArgs } from "./lib/service.ts";
import { toldToEnd } from "./lib/told-to-end.ts";

const PASSED_ON = [
  "API_KEYS",
  "ENVIRONMENT_API_KEY",
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "GROQ_API_KEY",
  "GROQ_BASE_URL",
  "GOOGLE_API_KEY",
  "GEMINI_API_KEY",
  "GOOGLE_BASE_URL",
  "PUBLIC_URL",
  "EXECUTION_MODE",
  "DATA_KEY",
  "EXTRA_MODELS",
  "TRACE_DAYS",
  "EXTRA_SECRETS",
];

const names = [...PASSED_ON, ...Object.keys(process.env).filter((name) => name.startsWith("TASK_APP_"))];
const vars = Object.fromEntries(
  names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
);

async function dev(port: number, logLevel: string): Promise<number> {
  const mode = readExecutionMode(process.env.EXECUTION_MODE);
  if (mode.kind === "odd") {
    console.error(mode.message);
    return 1;
  }
  const url = `http://127.0.0.1:${port}`;
  if (await isTaken(port)) {
    console.error(`Something listens on ${url} already; another port: npm run dev -- --port N`);
    return 1;
  }
  const told = toldToEnd();
  console.log("Starting…");
  const service = startNode({
    args: [
      ...wranglerDevArgs({ state: `${ROOT}.wrangler/state`, port, vars }),
      // It has no part in the terminal's keys, so that Ctrl-C comes here, once.
      "--show-interactive-dev-session=false",
      "--log-level",
      logLevel,
    ],
    // Else wrangler asks the internet where this machine is, and complains when there is none.
    env: { CLOUDFLARE_CF_FETCH_ENABLED: "false" },
    cwd: ROOT,
    show: true,
  });
  const over = Promise.race([told.then(() => 0), service.exited]);
  const up = whenReady(service, async () => ((await fetch(`${url}/health`)).ok ? true : undefined));
  const isUp = await Promise.race([up, over.then(() => false)]);
  if (isUp) console.log(`Cultivar on ${url}. Ctrl-C ends it; its jobs are kept.`);
  const status = await over;
  await service.stop();
  return status;
}

/** Whether somebody listens on a port of this machine. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

try {
  // A line for each request, thousands in a job, would bury what matters: hence only warnings.
  const options = {
    port: { type: "string", default: "8787" },
    "log-level": { type: "string", default: "warn" },
  } as const;
  const { values } = parseArgs({ options });
  process.exitCode = await dev(Number(values.port), values["log-level"]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
process.exit();
