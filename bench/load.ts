// How the service bears a load: one job of 10,000 rollouts, 1,000 jobs of 10, and 500 readers of one job's events. All must end, every
// reader must see what the table has, and every job must be what its journal says.

import { parseArgs } from "node:util";
import { PromptLearningClient } from "../src/client/index.ts";
import type { JobEvent, JobView } from "../src/wire/job.ts";
import { bytesUnder, cpuSecondsOf, memoryOf, openDatabases, peakMemoryOf } from "./resources.ts";
import { API_KEY, type Bench, jobOf, type Shape, USUAL, withStack } from "./stack.ts";

/** The baseline alone: it reaches the target on its ten seeds. */
const TEN_ROLLOUTS: Shape = { paretoSeeds: 10, initialSize: 1, children: 1, target: 0 };
const CONCURRENT = 60;
/** Submissions and audits at a time. */
const CALLERS = 20;
const POLL_MS = 250;
const LOOK_MS = 1_000;
const MEGABYTE = 1024 * 1024;
const FINAL = ["succeeded", "failed", "cancelled"];

/** What a part came to, beside its own figures. */
interface Part {
  seconds: number;
  /** Milliseconds of the status calls that were made meanwhile, sorted. */
  status: number[];
  /** Seconds of processor time that the service used. */
  cpu: number;
  /** Bytes of memory, most of them at a time, by which the service grew. */
  grown: number;
  /** Objects in memory, most of them at a time, as far as looks every second have seen. */
  objects: number;
}

/** Prints the figures of all three parts. */
export async function load(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rollouts: { type: "string", default: "10000" },
      jobs: { type: "string", default: "1000" },
      readers: { type: "string", default: "500" },
    },
  });
  await withStack(0, (bench) => oneLargeJob(bench, Number(values.rollouts)));
  await withStack(0, (bench) => manySmallJobs(bench, Number(values.jobs)));
  await withStack(0, (bench) => manyReaders(bench, Number(values.readers)));
}

/** A figure's text as it is; where something is not as it must be, the run fails when it has printed the rest. */
function must(isWell: boolean, text: string): string {
  if (!isWell) process.exitCode = 1;
  return isWell ? text : `WRONG: ${text}`;
}

async function oneLargeJob(bench: Bench, rollouts: number): Promise<void> {
  const client = clientOf(bench);
  const part = await measured(bench, async (poll) => {
    const { job_id } = await submit(client, bench, rollouts, USUAL);
    await ended(client, job_id, poll);
    return job_id;
  });
  const done = (await client.getJob(part.value)).progress.rollouts_completed;
  const [rows, bytes] = [await told(bench, "rows", part.value), await told(bench, "bytes", part.value)];
  print(`one job of ${rollouts} rollouts`, part, [
    ["rollouts", `${done}, ${(done / part.seconds).toFixed(0)} a second`],
    ["database", `${(bytes / done).toFixed(0)} bytes a rollout; ${onDisk(bench)}`],
    ["rows written", `${(rows / done).toFixed(3)} a rollout`],
    ["audit", await audit(client, [part.value])],
  ]);
}

async function manySmallJobs(bench: Bench, jobs: number): Promise<void> {
  const client = clientOf(bench);
  const ids: string[] = [];
  const part = await measured(bench, async (poll) => {
    await inTurns(jobs, async () => {
      const { job_id } = await submit(client, bench, 100, TEN_ROLLOUTS);
      await ended(client, job_id, poll);
      ids.push(job_id);
    });
  });
  const views = await collected(ids, (id) => client.getJob(id));
  const bytes = await collected(ids, (id) => told(bench, "bytes", id));
  const wrong = views.filter(
    ({ status, progress }) => status !== "succeeded" || progress.rollouts_completed !== 10,
  );
  print(`${jobs} jobs of 10 rollouts`, part, [
    [
      "jobs",
      must(
        wrong.length === 0 && views.length === jobs,
        `${views.length - wrong.length} succeeded with 10 rollouts, ${wrong.length} did not`,
      ),
    ],
    ["database", `${(sum(bytes) / jobs / 1024).toFixed(0)} KiB a job; ${onDisk(bench)}`],
    ["audit", await audit(client, ids)],
  ]);
}

async function manyReaders(bench: Bench, readers: number): Promise<void> {
  const client = clientOf(bench);
  const part = await measured(bench, async (poll) => {
    const { job_id } = await client.createJob({
      config_body: jobOf(bench, 3_000, USUAL, CONCURRENT),
      auto_start: false,
    });
    const seen = Array.from({ length: readers }, () => allEvents(client.events(job_id)));
    await start(bench, job_id);
    await ended(client, job_id, poll);
    return { job_id, seen: await Promise.all(seen) };
  });
  const { job_id, seen } = part.value;
  const table = await client.getEvents(job_id, { limit: 10_000 });
  const isDense = table.every(({ seq }, i) => seq === i + 1);
  const expected = JSON.stringify(table);
  const same = seen.filter((events) => JSON.stringify(events) === expected).length;
  print(`${readers} readers of one job`, part, [
    [
      "events",
      must(
        isDense && same === readers,
        `${table.length}, ${isDense ? "dense" : "NOT DENSE"}; ${same} of ${readers} readers saw exactly these`,
      ),
    ],
    ["audit", await audit(client, [job_id])],
  ]);
}

/** Runs a part; `poll` times one status call. */
async function measured<T>(
  { pid }: Bench,
  run: (poll: (call: () => Promise<JobView>) => Promise<JobView>) => Promise<T>,
): Promise<Part & { value: T }> {
  const status: number[] = [];
  let objects = 0;
  const looking = setInterval(() => {
    objects = Math.max(objects, openDatabases(pid));
  }, LOOK_MS);
  const before = { memory: memoryOf(pid), cpu: cpuSecondsOf(pid) };
  const started = performance.now();
  const value = await run(async (call) => {
    const asked = performance.now();
    const view = await call();
    status.push(performance.now() - asked);
    return view;
  }).finally(() => clearInterval(looking));
  return {
    value,
    objects,
    seconds: (performance.now() - started) / 1000,
    status: status.toSorted((a, b) => a - b),
    cpu: cpuSecondsOf(pid) - before.cpu,
    grown: peakMemoryOf(pid) - before.memory,
  };
}

function print(
  title: string,
  { seconds, status, cpu, grown, objects }: Part,
  more: readonly [string, string][],
): void {
  const p95 = status[Math.floor(0.95 * status.length)] ?? Number.NaN;
  console.log(`${title}`);
  const rows = [
    ["time", `${seconds.toFixed(1)} s (aim under 60), in which the service worked ${cpu.toFixed(1)} s`],
    ...more,
    ["status calls", `${status.length}, p95 ${p95.toFixed(0)} ms`],
    [
      "memory",
      `grew by ${(grown / MEGABYTE).toFixed(0)} MB at its peak (aim under 300), with ${objects} objects in it`,
    ],
  ];
  for (const [name = "", value = ""] of rows) console.log(`    ${name.padEnd(14)} ${value}`);
}

/** What the Worker of the benchmarks tells of a job. */
async function told({ service }: Bench, what: "rows" | "bytes", id: string): Promise<number> {
  return Number(await (await fetch(`${service}/bench/${what}/${id}`)).json());
}

/** What the objects' files take up, with the logs that are not folded into their databases yet, and the lanes' empty ones. */
function onDisk({ state }: Bench): string {
  return `${(bytesUnder(state) / MEGABYTE).toFixed(1)} MB on disk, with logs and lanes`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}

function clientOf({ service }: Bench): PromptLearningClient {
  return new PromptLearningClient({ backendUrl: service, apiKey: API_KEY });
}

function submit(client: PromptLearningClient, bench: Bench, budget: number, shape: Shape): Promise<JobView> {
  return client.createJob({ config_body: jobOf(bench, budget, shape, CONCURRENT) });
}

async function start({ service }: Bench, jobId: string): Promise<void> {
  const headers = { authorization: `Bearer ${API_KEY}` };
  const answer = await fetch(`${service}/api/jobs/${jobId}/start`, { method: "POST", headers });
  if (!answer.ok) throw new Error(await answer.text());
}

async function ended(
  client: PromptLearningClient,
  jobId: string,
  poll: (call: () => Promise<JobView>) => Promise<JobView>,
): Promise<void> {
  for (;;) {
    const { status, error } = await poll(() => client.getJob(jobId));
    if (status === "failed") throw new Error(`job ${jobId}: ${error}`);
    if (FINAL.includes(status)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function allEvents(events: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const all: JobEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

async function audit(client: PromptLearningClient, ids: readonly string[]): Promise<string> {
  const found = await collected(ids, (id) => client.verify(id));
  const held = found.filter(({ holds }) => holds).length;
  const failed = found.flatMap(({ job_id, checks }) =>
    checks
      .filter(({ outcome }) => outcome === "fails")
      .map(({ name, detail }) => `${job_id} ${name}: ${detail}`),
  );
  const why = failed.length === 0 ? "" : `; ${failed.slice(0, 3).join("; ")}`;
  return must(held === ids.length, `${held} of ${found.length} hold${why}`);
}

async function collected<T>(ids: readonly string[], call: (id: string) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  await inTurns(ids.length, async (i) => {
    all.push(await call(ids[i] ?? ""));
  });
  return all;
}

/** Runs it so many times, CALLERS at a time. */
async function inTurns(times: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const caller = async () => {
    for (let i = next++; i < times; i = next++) await run(i);
  };
  await Promise.all(Array.from({ length: Math.min(CALLERS, times) }, caller));
}
