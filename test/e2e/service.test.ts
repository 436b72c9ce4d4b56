// The service as its users meet it: over HTTP, through the SDK and through the CLI, against a real `wrangler dev`.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startListening } from "../../scripts/lib/process.ts";
import { ROOT } from "../../scripts/lib/service.ts";
import { PromptLearningJob } from "../../src/client/index.ts";
import type { JobEvent, JobResults, Problem } from "../../src/wire/job.ts";
import { api, type Stack, startStack, submit, waitFor } from "../support/stack.ts";

const CONFIG = `${ROOT}examples/support-tickets/gepa.toml`;
const TOML = readFileSync(CONFIG, "utf8");
/** A job of a few seconds. */
const SMALL = {
  "prompt_learning.gepa.rollout.budget": 200,
  "prompt_learning.gepa.population.num_generations": 2,
  "prompt_learning.gepa.evaluation.validation_seeds": { start: 96, end: 106 },
  "prompt_learning.gepa.archive.pareto_set_size": 12,
};
let stack: Stack;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cultivar-cli-"));
  stack = await startStack([`${ROOT}examples/support-tickets/task-app.ts`]);
});
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("the SDK submits a file, follows it, and reads the best prompt", async () => {
  const job = await PromptLearningJob.fromConfig(CONFIG, {
    backendUrl: stack.url,
    apiKey: "dev",
    overrides: { ...SMALL, "prompt_learning.task_app_url": stack.app.url },
  });
  const id = await job.submit();
  expect(id).toMatch(/^pl_[0-9a-f]{16}$/);
  const seen: JobEvent[] = [];
  for await (const event of job.events()) seen.push(event);
  expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
  expect(seen.at(-1)?.type).toBe("prompt.learning.gepa.complete");
  expect((await job.pollUntilComplete({ timeout: 30, interval: 1 })).status).toBe("succeeded");
  expect(await job.getBestPromptText()).toContain("[user | user]\nTicket: {ticket}");
});

test("the event stream goes on after Last-Event-ID and ends with the job", async () => {
  const { job_id } = await submit(stack, TOML, SMALL);
  await waitFor(stack, job_id, ({ status }) => status === "succeeded");
  const all = await (await api(stack, `/${job_id}/events/stream`)).text();
  const ids = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  expect(all.startsWith("event: prompt.learning.stream.connected\n")).toBe(true);
  const last = ids(all).at(-1) ?? 0;
  expect(ids(all)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  const headers = { "last-event-id": String(last - 3) };
  const rest = await (await api(stack, `/${job_id}/events/stream`, { headers })).text();
  expect(ids(rest)).toEqual([last - 2, last - 1, last]);
  const since = await (await api(stack, `/${job_id}/events/stream?since_seq=${last - 1}`)).text();
  expect(ids(since)).toEqual([last]);
});

test("a cancelled job asks nothing more of the task app", async () => {
  const { job_id } = await submit(stack, TOML);
  await waitFor(stack, job_id, ({ progress }) => progress.rollouts_completed > 30);
  const cancelled = await api(stack, `/${job_id}/cancel`, {
    method: "POST",
    body: '{"reason":"changed my mind"}',
  });
  expect(await cancelled.json()).toMatchObject({ status: "cancelled", finish_reason: "cancelled" });
  await waitForQuiet();
  const { rollouts } = await stack.stats();
  const { job_id: next } = await submit(stack, TOML, SMALL);
  const job = await waitFor(stack, next, ({ status }) => status === "succeeded");
  expect((await stack.stats()).rollouts).toBe(rollouts + job.progress.rollouts_completed);
  expect(await (await api(stack, `/${job_id}`)).json()).toMatchObject({ status: "cancelled" });
});

test("the CLI trains, shows what came of it, and exits with 0", async () => {
  const overrides = Object.entries(SMALL).flatMap(([key, value]) => [
    "--override",
    `${key}=${JSON.stringify(value)}`,
  ]);
  const args = [
    "train",
    "--type",
    "prompt_learning",
    "--config",
    CONFIG,
    "--task-url",
    stack.app.url,
    "--poll",
    "--json",
  ];
  const { code, stdout } = await cultivar([...args, "--backend", stack.url, ...overrides]);
  expect(code).toBe(0);
  const results = JSON.parse(stdout) as JobResults;
  expect(results.status).toBe("succeeded");
  expect(results.top_prompts[0]?.rank).toBe(1);
});

test("the CLI shows a mistake with its line, exits with 2, and nothing is created", async () => {
  const file = join(folder, "wrong.toml");
  writeFileSync(file, TOML.replace("budget = 1200", 'budget = "plenty"'));
  const before = await (await api(stack, "")).json();
  const { code, stderr } = await cultivar([
    "train",
    file,
    "--task-url",
    stack.app.url,
    "--backend",
    stack.url,
  ]);
  const line = TOML.split("\n").findIndex((text) => text.startsWith("budget =")) + 1;
  expect(code).toBe(2);
  expect(stderr).toContain(`:${line}:`);
  expect(stderr).toContain("prompt_learning.gepa.rollout.budget");
  expect(stderr).toContain("plenty");
  expect(await (await api(stack, "")).json()).toEqual(before);
});

test("a task app that is not there is an error at submit, and nothing is created", async () => {
  const before = await (await api(stack, "")).json();
  const body = JSON.stringify({ config_toml: TOML, overrides: { task_app_url: "http://127.0.0.1:9" } });
  const answer = await api(stack, "", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect(answer.status).toBe(422);
  const problem = (await answer.json()) as Problem;
  expect(problem).toMatchObject({ code: "task_app_unhealthy", status: 422 });
  expect(problem.detail).toContain("/health=");
  expect(await (await api(stack, "")).json()).toEqual(before);
});

test("the probe deploys nothing, measures each way of making calls against an echo, and exits with 0", async () => {
  const quick = ["--hold", "400", "--seconds", "0.1", "--concurrency", "8", "--key", "dev"];
  const own = await cultivar(["probe", stack.url, ...quick]);
  expect(own, own.stderr).toMatchObject({ code: 0 });
  expect(own.stdout).toMatch(/^lanes +8 +8 /m);
  expect(own.stdout).toMatch(/^inline +8 +6 /m);
  // A deployed service may have six here; a local runtime has all.
  expect(own.stdout).toMatch(/^unbounded +8 +8 /m);
  expect(own.stdout).toContain("a local runtime, which does not enforce the platform's limit of six");

  await using echo = await startEcho();
  const elsewhere = await cultivar([
    ...["probe", stack.url, ...quick, "--mode", "lanes", "--against", echo.url, "--json"],
  ]);
  expect(elsewhere.code, elsewhere.stderr).toBe(0);
  expect(JSON.parse(elsewhere.stdout)).toMatchObject({ reports: [{ mode: "lanes", peak: 8, errors: 0 }] });
});

async function startEcho(): Promise<AsyncDisposable & { url: string }> {
  const echo = await startListening({ args: [`${ROOT}scripts/echo.ts`, "--port", "0"] });
  return { url: echo.url, [Symbol.asyncDispose]: () => echo.stop() };
}

async function waitForQuiet(): Promise<void> {
  while ((await stack.stats()).in_flight > 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

function cultivar(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env = { ...process.env, CULTIVAR_API_KEY: "dev", NO_COLOR: "1" };
  const child = spawn(process.execPath, [`${ROOT}src/cli/main.ts`, ...args], { cwd: ROOT, env });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}
