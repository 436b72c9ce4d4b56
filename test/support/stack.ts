// The whole stack as processes of their own: a simulated LLM, a task app, and the real Worker under `wrangler dev`.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Server, startListening, whenReady } from "../../scripts/lib/process.ts";
import { ROOT, startService } from "../../scripts/lib/service.ts";
import type { JobResults, JobView } from "../../src/wire/job.ts";
import type { JsonObject } from "../../src/wire/json.ts";

/** Counts of the task app's own. */
interface TaskAppStats {
  /** Calls of `POST /rollout`. */
  rollouts: number;
  completed: number;
  in_flight: number;
  peak_in_flight: number;
  distinct_run_ids: number;
}

/** A running stack. */
export interface Stack {
  llm: Server & { url: string };
  app: Server & { url: string };
  /** Origin of the service. */
  url: string;
  /** What the task app has counted. */
  stats(): Promise<TaskAppStats>;
  /** Kills the service as a power cut would, and starts it again over what is on disk. */
  crash(): Promise<void>;
  /** Ends everything and throws its state away. */
  stop(): Promise<void>;
}

const KEY = "dev";

/** Starts a stack around a task app, given as the arguments of Node that run it. */
export async function startStack(taskApp: string[], llmArgs: string[] = []): Promise<Stack> {
  const state = mkdtempSync(join(tmpdir(), "cultivar-test-"));
  const llm = await startListening({
    args: [`${ROOT}examples/simulated-llm/server.ts`, "--port", "0", ...llmArgs],
  });
  const app = await startListening({ args: [...taskApp, "--port", "0"] });
  const vars = { OPENAI_API_KEY: "simulated", OPENAI_BASE_URL: `${llm.url}/v1` };
  let service = await startService({ state, vars });
  return {
    llm,
    app,
    url: service.url,
    stats: async () => (await fetch(`${app.url}/stats`)).json() as Promise<TaskAppStats>,
    crash: async () => {
      await service.kill();
      service = await startService({ state, vars, port: service.port });
    },
    stop: async () => {
      await Promise.all([service.stop(), app.stop(), llm.stop()]);
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** A request to the API with the development key. */
export function api(stack: Pick<Stack, "url">, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${KEY}`, ...init.headers };
  return fetch(`${stack.url}/api/prompt-learning/online/jobs${path}`, { ...init, headers });
}

/** Submits a TOML config with overrides. @throws Error with the answer when it is refused. */
export async function submit(stack: Stack, toml: string, overrides: JsonObject = {}): Promise<JobView> {
  const body = JSON.stringify({
    config_toml: toml,
    overrides: { "prompt_learning.task_app_url": stack.app.url, ...overrides },
  });
  const answer = await api(stack, "", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  if (answer.status !== 201) throw new Error(`submit: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as JobView;
}

/** Waits until the job satisfies `condition`. */
export function waitFor(
  stack: Pick<Stack, "url">,
  jobId: string,
  condition: (job: JobView) => boolean,
  ms = 180_000,
): Promise<JobView> {
  let last: JobView | undefined;
  const output = () => JSON.stringify(last, null, 1);
  return whenReady(
    { output },
    async () => {
      last = (await (await api(stack, `/${jobId}`)).json()) as JobView;
      return condition(last) ? last : undefined;
    },
    ms,
  );
}

/** A job as it ended. */
export interface JobAndResults {
  job: JobView;
  results: JobResults;
}

/** Waits for the end of a job and gives its results. */
export async function resultsOf(stack: Pick<Stack, "url">, jobId: string): Promise<JobAndResults> {
  const job = await waitFor(stack, jobId, ({ status }) =>
    ["succeeded", "failed", "cancelled"].includes(status),
  );
  return { job, results: (await (await api(stack, `/${jobId}/results`)).json()) as JobResults };
}
