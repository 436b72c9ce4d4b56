// A service that is killed where a test says, with a task app that keeps count. One process after the other over the same
// state on disk; the jobs go on from one to the next.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Server, whenReady } from "../../scripts/lib/process.ts";
import { ROOT } from "../../scripts/lib/service.ts";
import {
  type JobEvent,
  type JobResults,
  type JobStatus,
  type JobView,
  TERMINAL_STATUSES,
} from "../../src/wire/job.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import type { Verification } from "../../src/wire/verification.ts";
import { type FaultApp, startFaultApp } from "../support/fault-app.ts";
import { bundleWorker, startWorkerd } from "../support/workerd.ts";
import { CRASH_LINE, type Plan } from "./plan.ts";

const JOBS = "/api/prompt-learning/online/jobs";
const HEADERS = { authorization: "Bearer dev", "content-type": "application/json" };
/** A job that takes longer hangs. */
const PATIENCE_MS = 300_000;

/** A job as it ended. */
export interface Outcome {
  job: JobView;
  /** Of everything that two runs of the job must agree on. */
  hash: string;
  /** Calls of the task app that the job cost. */
  calls: number;
  /** Different rollouts among them. */
  distinct: number;
  /** Tokens that the models were asked for meanwhile. */
  tokens: number;
  /** What an audit says does not hold. */
  unsound: string[];
}

/** The laboratory. */
export class CrashLab implements AsyncDisposable {
  readonly app: FaultApp;
  readonly #folder: string;
  readonly #bundle: string;
  readonly #vars: Record<string, string>;
  #service: Server & { url: string; port: number };
  readonly #asking = new Set<string>();
  #kills = 0;
  /** What the app had seen of tokens when the last job was created. */
  #tokensBefore = 0;

  private constructor(
    app: FaultApp,
    folder: string,
    bundle: string,
    vars: Record<string, string>,
    service: Server & { url: string; port: number },
  ) {
    this.app = app;
    this.#folder = folder;
    this.#bundle = bundle;
    this.#vars = vars;
    this.#service = service;
    app.asksModel = ({ run_id }) => this.#asking.has(run_id.slice(0, run_id.indexOf("-")));
  }

  /** Builds the Worker and starts it, with variables beside those of its models. */
  static async open(more: Record<string, string> = {}): Promise<CrashLab> {
    const folder = mkdtempSync(join(tmpdir(), "cultivar-crash-"));
    const bundle = bundleWorker(`${ROOT}test/crash/wrangler.toml`, join(folder, "bundle"));
    const app = await startFaultApp();
    const vars = { OPENAI_API_KEY: "simulated", OPENAI_BASE_URL: `${app.url}/v1`, ...more };
    return new CrashLab(app, folder, bundle, vars, await startWorkerd({ bundle, folder, vars }));
  }

  /** Whether the process has reached its planned end, and waits to be killed. */
  get isDead(): boolean {
    return this.#service.output().includes(CRASH_LINE);
  }

  /** The points at which processes died. */
  readonly diedAt = new Set<string>();

  /** How often the service was killed. */
  get kills(): number {
    return this.#kills;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service.kill();
    await this.app[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Creates a job that waits to be started; with `asksModel`, one whose task app asks the policy's model. */
  async submit(config: JsonObject, asksModel = false): Promise<string> {
    this.#tokensBefore = this.app.tokens;
    const config_body = { ...config, task_app_url: this.app.url };
    const answer = await this.#fetch(JOBS, { config_body, auto_start: false });
    if (answer.status !== 201) throw new Error(`submit: ${answer.status} ${await answer.text()}`);
    const { job_id } = (await answer.json()) as JobView;
    if (asksModel) this.#asking.add(job_id);
    // Its creation is announced by an alarm, whose points are not to be met by the plan.
    await whenReady(this.#service, () => this.#rests(job_id), PATIENCE_MS, 2);
    return job_id;
  }

  /** Says where the process ends, and begins to count points. */
  async plan(plan: Plan | undefined, brokenAlarms = 0): Promise<void> {
    // The process may be at its end before it can say that it has heard of it.
    await this.#fetch("/crash/plan", { plan, broken_alarms: brokenAlarms }).catch((error) => {
      if (!this.isDead) throw error;
    });
  }

  /** Takes the plan back; a process that has reached its end all the same makes room for another. */
  async calm(): Promise<void> {
    if (!this.isDead) await this.plan(undefined);
    if (this.isDead) await this.kill();
  }

  /** How often each point was passed since the last plan. */
  async points(): Promise<Record<string, number>> {
    return (await (await this.#fetch("/crash/points")).json()) as Record<string, number>;
  }

  /** Does something to a job's object: `ring` its alarm, `lose-alarm`, `abort` it. */
  async meddle(jobId: string, act: "ring" | "lose-alarm" | "abort"): Promise<void> {
    await this.#fetch(`/crash/jobs/${jobId}/${act}`, {}).catch(() => {});
  }

  /** Starts a job. The answer may never come, when the process ends first. */
  async start(jobId: string): Promise<void> {
    await this.#fetch(`${JOBS}/${jobId}/start`, {}).catch(() => {});
  }

  /** Where a job stands. */
  async view(jobId: string): Promise<JobView> {
    return (await (await this.#fetch(`${JOBS}/${jobId}`)).json()) as JobView;
  }

  /** Waits until the task app has had so many calls of a job, or the job has ended, looking at it meanwhile as a user does. */
  async reached(jobId: string, calls: number): Promise<void> {
    const seen = () => this.app.calls.filter(({ run_id }) => run_id.startsWith(jobId)).length;
    const look = async () => (seen() >= calls ? true : this.#ended(jobId));
    await whenReady(this.#service, look, PATIENCE_MS, 2);
  }

  /** Waits until the process has reached its planned end, or the job has; answers whether it was the process. */
  async crashed(jobId: string): Promise<boolean> {
    return (await this.crashedUnder([jobId])).isDead;
  }

  /** As `crashed`, for jobs that run together; answers also which of them had not ended when they were last looked at. */
  async crashedUnder(jobIds: readonly string[]): Promise<{ isDead: boolean; live: string[] }> {
    let live = [...jobIds];
    const look = async () => {
      for (const id of live) {
        if (this.isDead) return { isDead: true, live };
        const { status } = await this.view(id);
        // A start that died with a process is given again.
        if (status === "pending") await this.start(id);
        // The last points come after the end.
        if (hasEnded(status) && (await this.#rests(id))) live = live.filter((other) => other !== id);
      }
      return live.length === 0 ? { isDead: false, live } : undefined;
    };
    return whenReady(this.#service, look, PATIENCE_MS, 10);
  }

  /** Kills the process at once, and starts another over the same state, which may have its own end before it. */
  async kill(next?: Plan): Promise<void> {
    this.#kills += 1;
    const [, point] = new RegExp(`${CRASH_LINE} (.+)`).exec(this.#service.output()) ?? [];
    if (point !== undefined) this.diedAt.add(point);
    await this.#service.kill();
    const vars = { ...this.#vars, ...(next ? { CRASH_PLAN: JSON.stringify(next) } : {}) };
    const options = { bundle: this.#bundle, folder: this.#folder, port: this.#service.port, vars };
    this.#service = await startWorkerd(options, CRASH_LINE);
  }

  /** Waits for a job's end; starts it where its start was lost. */
  async outcome(jobId: string): Promise<Outcome> {
    if ((await this.view(jobId)).status === "pending") await this.start(jobId);
    await whenReady(this.#service, () => this.#ended(jobId), PATIENCE_MS, 10);
    await whenReady(this.#service, () => this.#rests(jobId), PATIENCE_MS, 2);
    const job = await this.view(jobId);
    const results = (await (await this.#fetch(`${JOBS}/${jobId}/results`)).json()) as JobResults;
    const page = await (await this.#fetch(`${JOBS}/${jobId}/events?limit=10000`)).json();
    const { events } = page as { events: JobEvent[] };
    const calls = this.app.calls.filter(({ run_id }) => run_id.startsWith(jobId));
    const audit = (await (await this.#fetch(`${JOBS}/${jobId}/verification`)).json()) as Verification;
    return {
      job,
      hash: hashOf(jobId, results, events),
      calls: calls.length,
      distinct: new Set(calls.map(({ run_id }) => run_id)).size,
      tokens: this.app.tokens - this.#tokensBefore,
      unsound: audit.checks
        .filter(({ outcome }) => outcome === "fails")
        .map(({ name, detail }) => `${name}: ${detail}`),
    };
  }

  async #ended(jobId: string): Promise<true | undefined> {
    return hasEnded((await this.view(jobId)).status) ? true : undefined;
  }

  async #rests(jobId: string): Promise<true | undefined> {
    const answer = await this.#fetch(`/crash/jobs/${jobId}/rests`);
    return (await answer.json()) === true ? true : undefined;
  }

  async #fetch(path: string, body?: object): Promise<Response> {
    const controller = new AbortController();
    // A process that has reached its end answers nobody.
    const look = setInterval(() => {
      if (this.isDead) controller.abort();
    }, 10);
    const post = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    try {
      return await fetch(this.#service.url + path, { ...post, headers: HEADERS, signal: controller.signal });
    } finally {
      clearInterval(look);
    }
  }
}

function hasEnded(status: JobStatus): boolean {
  return TERMINAL_STATUSES.includes(status);
}

/** Events that are told once a second while a job runs: how many there are, and what is in them, is a matter of time. */
const PACED = [".progress", "mipro.budget.update"];

/** Results and events without what names the job or the time. */
function hashOf(jobId: string, results: JobResults, events: readonly JobEvent[]): string {
  const told = events
    .filter(({ type }) => !PACED.some((end) => type.endsWith(end)))
    .map(({ type, level, message, data }) => ({ type, level, message, data }));
  const dense = events.every(({ seq }, index) => seq === index + 1);
  const text = JSON.stringify({ results, told, dense }).replaceAll(jobId, "JOB");
  return createHash("sha256").update(text).digest("hex");
}
