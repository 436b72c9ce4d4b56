// Job: one object per job. Owns: the job's rows, its alarm, the gates of a running slice.
// Does not own: the algorithm (engines), the journal's keys (work port), attempts (dispatcher), waiting calls (lanes).
// Talks to: its lanes, and the tenant's registry through an outbox. Invariants: an alarm never throws and arms the next
// one before anything else; a job that is not at rest always has an alarm; a final status never changes.

import { DurableObject } from "cloudflare:workers";
import type { EngineEvent, Results } from "../engines/engine.ts";
import type { Algorithm, EventPage, JobResults, JobStatus, JobView } from "../wire/job.ts";
import { TERMINAL_STATUSES } from "../wire/job.ts";
import { Crew } from "./crew.ts";
import { engineFor } from "./engines.ts";
import type { Env } from "./env.ts";
import type { JobFacts } from "./facts.ts";
import {
  cancelledEvent,
  createdEvent,
  failedEvent,
  progressEvent,
  resultEvents,
  startEvents,
} from "./job-events.ts";
import { JobStore } from "./job-store.ts";
import { Journal } from "./journal.ts";
import { News } from "./news.ts";
import { Outbox } from "./outbox.ts";
import { tenantObject } from "./rpc.ts";
import { runSlice } from "./runner.ts";
import { NewerSchemaError } from "./schema.ts";
import { objectSql } from "./sql.ts";
import { openKey } from "./vault.ts";
import { type JobPicture, jobResults, jobSummary, jobView } from "./views.ts";
import {
  ANNOUNCE_RETRY_MS,
  armAlarm,
  HEARTBEAT_MS,
  NEWER_RELEASE_RETRY_MS,
  reviveAlarm,
  WATCHDOG_MS,
} from "./wake.ts";
import { JournaledWork } from "./work.ts";

/** A slice hands out no new work after this long; what is in flight then drains well within an alarm's 15 minutes. */
const SLICE_MS = 180_000;
/** Progress is told at most this often. */
const PROGRESS_MS = 1_000;
/** Unexpected errors in a row, with no step done between them, after which a job is given up. */
const MAX_STRIKES = 5;
/** The statuses of a job that has an alarm. */
const ACTIVE_STATUSES: readonly JobStatus[] = ["queued", "running"];

/** The answer to a command. */
export type CommandResult =
  | { kind: "done"; job: JobView }
  | { kind: "conflict"; status: JobStatus }
  | { kind: "unknown" };

/** A page of events; `ended` says that no more will come. */
export interface EventsAnswer extends EventPage {
  ended: boolean;
}

/** One optimisation job. */
export class Job extends DurableObject<Env> {
  readonly #store = new JobStore(objectSql(this.ctx.storage));
  readonly #journal = new Journal(this.#store.sql);
  readonly #news = new News();
  readonly #outbox = new Outbox(
    this.#store,
    () => jobSummary(this.#picture()),
    (summary) => tenantObject(this.env, this.#store.facts().tenant).announce(summary),
  );
  #crew: Crew | undefined;
  #working = false;
  #lastProgress = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    if (!this.#store.migrate()) return;
    // Whatever ran here died with the last object; the first to ask for the job need not wait for the watchdog.
    if (ACTIVE_STATUSES.includes(this.#store.standing().status)) ctx.waitUntil(this.#arm(1));
  }

  /** Creates the job; the same call again changes nothing. `start` queues it at once. */
  async create(facts: JobFacts, start: boolean): Promise<JobView> {
    if (!this.#store.exists()) {
      this.#store.sql.transaction(() => {
        this.#store.create(facts, start ? "queued" : "pending");
        this.#store.append([createdEvent(this.#picture())], Date.now());
      });
      await this.#arm(1);
    }
    await this.#outbox.deliver();
    return jobView(this.#picture());
  }

  /** Starts a pending job. */
  async start(): Promise<CommandResult> {
    if (!this.#store.exists()) return { kind: "unknown" };
    const { status } = this.#store.standing();
    if (TERMINAL_STATUSES.includes(status)) return { kind: "conflict", status };
    if (status !== "running") {
      // The alarm goes first, and again for a job that is queued: one without an alarm would wait for ever.
      const armed = this.#arm(1);
      if (status === "pending") this.#store.update({ status: "queued" });
      await armed;
    }
    return { kind: "done", job: jobView(this.#picture()) };
  }

  /** Drops the job: nothing more is asked, calls in flight are broken off, their answers ignored. */
  async cancel(reason: string | null): Promise<CommandResult> {
    if (!this.#store.exists()) return { kind: "unknown" };
    const { status } = this.#store.standing();
    if (status === "cancelled") return { kind: "done", job: jobView(this.#picture()) };
    if (TERMINAL_STATUSES.includes(status)) return { kind: "conflict", status };
    this.#end("cancelled", "cancelled", null, [cancelledEvent(this.#store.facts().algorithm, reason)]);
    this.#crew?.close();
    this.ctx.waitUntil(this.#crew?.stop() ?? Promise.resolve());
    await this.#arm(1);
    return { kind: "done", job: jobView(this.#picture()) };
  }

  /** Where the job stands; null when there is none of that id. */
  view(): JobView | null {
    if (!this.#store.exists()) return null;
    this.#revive();
    return jobView(this.#picture());
  }

  /** The results, complete once the job has ended; null when there is no job of that id. */
  results(): JobResults | null {
    return this.#store.exists() ? jobResults(this.#picture()) : null;
  }

  /** Events after `since`. With `waitMs`, an empty page waits that long for something to happen. */
  async events(since: number, limit: number, waitMs: number): Promise<EventsAnswer | null> {
    if (!this.#store.exists()) return null;
    this.#revive();
    const answer = this.#eventsNow(since, limit);
    if (answer.events.length > 0 || answer.ended || waitMs <= 0) return answer;
    await this.#news.next(waitMs);
    return this.#eventsNow(since, limit);
  }

  /** Runs a slice. Never throws: an alarm that throws seven times is dropped for good. */
  override async alarm(): Promise<void> {
    try {
      await this.#arm(WATCHDOG_MS);
      if (!this.#store.exists()) return await this.ctx.storage.deleteAlarm();
      // An alarm that rings twice finds the work under way.
      if (this.#working) return;
      this.#working = true;
      await this.#work().finally(() => {
        this.#working = false;
      });
    } catch (error) {
      console.error(JSON.stringify({ event: "alarm_error", message: messageOf(error) }));
      if (error instanceof NewerSchemaError) return this.#arm(NEWER_RELEASE_RETRY_MS);
      // What fails outside of a slice is the job's own rows, which may never be readable again.
      await this.#strikeOutside(error).catch(() => {
        // Not even that can be written. The watchdog stands.
      });
    }
  }

  async #work(): Promise<void> {
    let rest: number | null = null;
    if (!TERMINAL_STATUSES.includes(this.#store.standing().status)) rest = await this.#slice();
    const announced = await this.#outbox.deliver();
    if (!announced) return this.#arm(ANNOUNCE_RETRY_MS);
    // The job may have been started while its tenant was told: whether it rests is known only now.
    if (ACTIVE_STATUSES.includes(this.#store.standing().status)) return this.#arm(rest ?? 1);
    await this.ctx.storage.deleteAlarm();
  }

  /** One slice; answers after how many milliseconds the next is due, or null when the job rests. */
  async #slice(): Promise<number | null> {
    if (this.#store.standing().status === "pending") return null;
    this.#begin();
    const facts = this.#store.facts();
    try {
      // Only here, and only for as long as the slice runs, is the key in the clear.
      const key = await openKey(facts.task_app_api_key, facts.job_id, this.env);
      return await this.#run(facts, new Crew(facts, key, this.env));
    } catch (error) {
      return this.#strike(error);
    }
  }

  async #run(facts: JobFacts, crew: Crew): Promise<number | null> {
    const deadline = Date.now() + SLICE_MS;
    const closing = setTimeout(() => crew.close(), SLICE_MS);
    const heartbeat = setInterval(() => this.ctx.waitUntil(this.#arm(WATCHDOG_MS)), HEARTBEAT_MS);
    this.#crew = crew;
    try {
      const end = await runSlice({
        store: this.#store,
        engine: engineFor(facts),
        workFor: (step) => this.#workFor(step, facts, crew),
        over: () => Date.now() >= deadline || this.#store.standing().status !== "running",
        onStep: () => this.#stepped(),
        now: () => Date.now(),
      });
      if (this.#store.standing().status !== "running") return null;
      if (end.kind === "unfinished") return 1;
      this.#store.update({ finish_reason: end.stop });
      this.#end("succeeded", end.stop, null, resultEvents(this.#picture("succeeded")));
      return null;
    } finally {
      clearTimeout(closing);
      clearInterval(heartbeat);
      crew.close();
      this.#crew = undefined;
    }
  }

  #begin(): void {
    if (this.#store.standing().status !== "queued") return;
    this.#store.sql.transaction(() => {
      this.#store.update({ status: "running", started_at: Date.now() });
      this.#store.append(startEvents(this.#picture()), Date.now());
    });
    this.#news.tell();
    this.ctx.waitUntil(this.#outbox.deliver());
  }

  #workFor(step: number, facts: JobFacts, crew: Crew): JournaledWork {
    return new JournaledWork({
      journal: this.#journal,
      askers: crew,
      step,
      budget: facts.rollout_budget ?? Number.POSITIVE_INFINITY,
      models: crew.models,
      judge: crew.judge,
      onAnswer: () => this.#progress(),
    });
  }

  #stepped(): void {
    if (this.#store.standing().strikes > 0) this.#store.update({ strikes: 0 });
    this.ctx.waitUntil(this.#outbox.deliver());
    this.#news.tell();
  }

  #progress(): void {
    const now = Date.now();
    if (now - this.#lastProgress < PROGRESS_MS) return;
    this.#lastProgress = now;
    this.#tell([progressEvent(this.#picture())]);
  }

  /** Counts an unexpected error; gives the job up when it makes no more progress, and at once when the engine says why. */
  #strike(error: unknown): number | null {
    if (this.#store.standing().status !== "running") return null;
    const message = messageOf(error);
    const code = codeOf(error);
    const strikes = this.#store.standing().strikes + 1;
    if (code !== undefined || strikes >= MAX_STRIKES) {
      this.#end("failed", "error", message, [this.#failed(code ?? "internal", message)]);
      return null;
    }
    this.#store.update({ strikes });
    return 1_000 * 2 ** strikes;
  }

  /** Counts an error outside of a slice. The last strike ends the job, if it had not ended, and its alarms. */
  async #strikeOutside(error: unknown): Promise<void> {
    const { status, strikes } = this.#store.standing();
    this.#store.update({ strikes: strikes + 1 });
    if (strikes + 1 < MAX_STRIKES) return;
    const message = messageOf(error);
    if (!TERMINAL_STATUSES.includes(status)) {
      this.#end("failed", "error", message, [this.#failed("internal", message)]);
    }
    await this.ctx.storage.deleteAlarm();
  }

  #end(status: JobStatus, reason: string, error: string | null, events: EngineEvent[]): void {
    this.#store.sql.transaction(() => {
      // First the events: once the job has ended its log is closed.
      this.#store.append(events, Date.now());
      this.#store.update({ status, finish_reason: reason, error, finished_at: Date.now() });
      this.#store.forgetKey();
    });
    this.#news.tell();
  }

  #failed(code: string, message: string): EngineEvent {
    let algorithm: Algorithm | null = null;
    try {
      algorithm = this.#store.facts().algorithm;
    } catch {
      // The rows may be what failed.
    }
    return failedEvent(algorithm, code, message);
  }

  #tell(events: EngineEvent[]): void {
    this.#store.append(events, Date.now());
    this.#news.tell();
  }

  #picture(status?: JobStatus): JobPicture {
    const facts = this.#store.facts();
    const engine = engineFor(facts);
    const snapshot = this.#store.snapshot<unknown>();
    const results: Results = engine.results(snapshot?.state ?? engine.begin());
    const standing = this.#store.standing();
    const now = Date.now();
    return {
      facts,
      standing: status ? { ...standing, status, finished_at: now } : standing,
      results,
      totals: TERMINAL_STATUSES.includes(status ?? standing.status)
        ? this.#journal.totals()
        : this.#journal.runningTotals(),
      now,
    };
  }

  #eventsNow(since: number, limit: number): EventsAnswer {
    const { job_id } = this.#store.facts();
    const page = this.#store.events(since, limit, job_id);
    const ended = page.events.length < limit && TERMINAL_STATUSES.includes(this.#store.standing().status);
    return { ...page, ended };
  }

  /** Arms the alarm of a job that ought to have one and has lost it: any look at a job brings it back to life. */
  #revive(): void {
    if (this.#working || !ACTIVE_STATUSES.includes(this.#store.standing().status)) return;
    this.ctx.waitUntil(reviveAlarm(this.ctx.storage));
  }

  #arm(ms: number): Promise<void> {
    return armAlarm(this.ctx.storage, ms);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
