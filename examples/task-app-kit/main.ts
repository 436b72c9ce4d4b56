// The command line of a task app: `--port N`, `--prompt interceptor|inline`, and the key in ENVIRONMENT_API_KEY.

import { parseArgs } from "node:util";
import { runServer, wholeNumber } from "./command-line.ts";
import type { PromptSource } from "./rollout.ts";
import type { LabelTask } from "./task.ts";
import { startTaskApp } from "./task-app.ts";

/**
 * Serve a task until SIGTERM. The task is loaded with the folder given as `--data`, if any.
 *
 * @throws RangeError for an option that makes no sense.
 */
export async function runTaskApp(load: (dataFolder: string | undefined) => LabelTask): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      prompt: { type: "string", default: "interceptor" },
      data: { type: "string" },
    },
  });
  const task = load(values.data);
  const port = wholeNumber(values.port, "port");
  const prompt = promptSource(values.prompt);
  await runServer(() => startTaskApp(task, { port, prompt, apiKey: process.env.ENVIRONMENT_API_KEY }));
}

function promptSource(text: string): PromptSource {
  if (text === "interceptor" || text === "inline") return text;
  throw new RangeError(`--prompt wants interceptor or inline, not ${JSON.stringify(text)}`);
}
