// `npm run demo [-- gepa|mipro]`: a whole optimisation job, end to end and offline. Starts a simulated LLM, an example task app and the
// real Worker under `wrangler dev`, each a process of its own, and submits a job through the CLI as a user would.
// Ends with status 0 only when the job succeeded and its best prompt beats the baseline on held-out seeds.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PromptLearningClient } from "../src/client/index.ts";
import { startListening } from "./lib/process.ts";
import { ROOT, startService } from "./lib/service.ts";
import { toldToEnd } from "./lib/told-to-end.ts";

const ALGORITHMS = ["gepa", "mipro"];
const KEY = "dev";
/** The CLI's exit status after Ctrl-C. */
const INTERRUPTED = 130;
const algorithm = process.argv[2] ?? "gepa";
if (!ALGORITHMS.includes(algorithm)) {
  console.error(`npm run demo -- ${ALGORITHMS.join("|")}, and not ${algorithm}`);
  process.exit(2);
}
const state = mkdtempSync(join(tmpdir(), "cultivar-demo-"));
const started: { stop(): Promise<void> }[] = [];

async function start<T extends { stop(): Promise<void> }>(what: string, starting: Promise<T>): Promise<T> {
  const server = await starting;
  started.push(server);
  console.error(`  ${what}`);
  return server;
}

async function demo(algorithm: string): Promise<number> {
  console.error("Starting, all on this machine:");
  const llm = await start(
    "a simulated LLM that speaks the OpenAI protocol",
    startListening({ args: [`${ROOT}examples/simulated-llm/server.ts`, "--port", "0"] }),
  );
  const app = await start(
    "an example task app over support tickets",
    startListening({ args: [`${ROOT}examples/support-tickets/task-app.ts`, "--port", "0"] }),
  );
  const vars = { OPENAI_API_KEY: "simulated", OPENAI_BASE_URL: `${llm.url}/v1` };
  const service = await start("Cultivar under wrangler dev", startService({ state, vars }));

  const args = [
    "train",
    `examples/support-tickets/${algorithm}.toml`,
    "--backend",
    service.url,
    "--task-url",
    app.url,
  ];
  console.error(`\n$ npm run cultivar -- ${args.join(" ")}\n`);
  const status = await run([`${ROOT}src/cli/main.ts`, ...args]);
  if (status === INTERRUPTED) return status;
  if (status !== 0) {
    console.error(`\nThe service said:\n${service.output().slice(-4_000)}`);
    return status;
  }
  console.error(
    "\nThe model was a simulation: nothing was paid; the cost is what these tokens cost at the model's price.",
  );
  return (await improved(service.url)) ? 0 : 1;
}

function run(args: string[]): Promise<number> {
  const env = { ...process.env, CULTIVAR_API_KEY: KEY };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: "inherit" });
  started.push({ stop: async () => void child.kill() });
  return new Promise((resolve) => child.on("exit", (code) => resolve(code ?? INTERRUPTED)));
}

async function improved(url: string): Promise<boolean> {
  const client = new PromptLearningClient({ backendUrl: url, apiKey: KEY });
  for await (const job of client.listJobs()) {
    const { validation_results, test_results } = await client.getResults(job.job_id);
    const held_out = test_results.length > 0 ? test_results : validation_results;
    const baseline = held_out.find(({ is_baseline }) => is_baseline);
    const best = held_out.find(({ rank }) => rank === 1);
    return best !== undefined && baseline !== undefined && best.accuracy > baseline.accuracy;
  }
  return false;
}

let status = 1;
try {
  const told = toldToEnd().then((code) => {
    console.error("\nEnding the demo, and what it started with it.");
    return code;
  });
  status = await Promise.race([demo(algorithm), told]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
} finally {
  await Promise.allSettled(started.map((server) => server.stop()));
  rmSync(state, { recursive: true, force: true });
}
process.exit(status);
