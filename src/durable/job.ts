// Job: one object per job. Owns: the job's rows, its alarm, the running slice.
// Does not own: the algorithm (engines), what a status change writes (job-life), the journal's keys (work port), attempts
// (dispatcher), waiting calls (lanes; in inline mode the lane is in this object's memory). Talks to: its lanes, and the tenant's registry through an outbox.
// Invariants: an alarm never throws and arms the next one before anything else; a job that is not at rest always has an
// alarm; a final status never changes.

import { NO_CHARGE } from "../inference/attempt.ts";
import type { EventPage, JobResults, JobStatus, JobView } from "../wire/job.ts";
import { TERMINAL_STATUSES } from "../wire/job.ts";
import type { Verification } from "../wire/verification.ts";
import type { Env } from "./env.ts";
import { EventFeed, type FramePage } from "./event-feed.ts";
import type { JobFacts } from "./facts.ts";
import { inTime } from "./in-time.ts";
import { progressEvents } from "./job-events.ts";
import { JobLife, messageOf } from "./job-life.ts";
import { JobSlice } from "./job-slice.ts";
import { JobStore } from "./job-store.ts";
import { Journal } from "./journal.ts";
import { LaneHost } from "./lane-host.ts";
import { type Command, transition } from "./lifecycle.ts";
import { News } from "./news.ts";
import { Outbox, REGISTRY_TIMEOUT_MS } from "./outbox.ts";
import { isOddTraceDays, tracesDue } from "./retention.ts";
import { executionOf, tenantObject } from "./rpc.ts";
import type { SliceEnd } from "./runner.ts";
import { NewerSchemaError } from "./schema.ts";
import { SliceMemory } from "./slice-memory.ts";
import { objectSql } from "./sql.ts";
import { openKey } from "./vault.ts";
import { verification } from "./verification.ts";
import { jobResults, jobSummary, jobView } from "./views.ts";
import {
  ANNOUNCE_RETRY_MS,
  armAlarm,
  armAlarmAt,
  NEWER_RELEASE_RETRY_MS,
  reviveAlarm,
  WATCHDOG_MS,
} from "./wake.ts";

/** Progress is told at most this often. */
const PROGRESS_MS = 1_000;
/** The statuses of a job that has an alarm. */
const ACTIVE_STATUSES: readonly JobStatus[] = ["queued", "running"];

/** The answer to a command. */
export type CommandResult =
  | { kind: "done"; job: JobView }
  | { kind: "conflict"; status: JobStatus }
  | { kind: "unknown" };

/** The answer to a removal. A job that has not ended stays. */
export type RemoveResult =
  | { kind: "removed" }
  | { kind: "conflict"; status: JobStatus }
  | { kind: "unknown" };

/** The answer to a creation: `other` when the id is taken by a job that was submitted otherwise. */
export type CreateResult = { kind: "created"; job: JobView } | { kind: "other" };

/** What may come with a command. */
export interface CommandOptions {
  /** Told in the job's log. */
  reason?: string | null;
  /** Whether a job that is stopped scores its best candidate on the held-out seeds first. Default true. */
  held_out?: boolean;
}

/** One optimisation job. */
export class Job extends LaneHost {
  readonly #store = new JobStore(objectSql(this.ctx.storage));
  readonly #journal = new Journal(this.#store.sql);
  readonly #life = new JobLife(
    this.#store,
    this.#journal,
    () => Date.now(),
    () => this.#slice?.reserved ?? NO_CHARGE,
  );
  readonly #news = new News();
  readonly #feed = new EventFeed(this.#store, this.#news);
  readonly #outbox = new Outbox(
    this.#store,
    () => jobSummary(this.#life.picture()),
    (summary) => tenantObject(this.env, this.#store.facts().tenant).announce(summary),
    () => this.ctx.waitUntil(this.#arm(1)),
  );
  #slice: JobSlice | undefined;
  #memory: SliceMemory | undefined;
  #working: Promise<void> | undefined;
  #removing: Promise<RemoveResult> | undefined;
  #lastProgress = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, "job");
    if (!this.#store.migrate()) return;
    // Whatever ran here died with the last object; the first to ask for the job need not wait for the watchdog.
    if (ACTIVE_STATUSES.includes(this.#store.standing().status)) ctx.waitUntil(this.#arm(1));
  }

  /** Creates the job; the same call again changes nothing. `start` queues it at once. */
  async create(facts: JobFacts, start: boolean): Promise<CreateResult> {
    if (this.#store.exists()) {
      if (this.#store.facts().request_digest !== facts.request_digest) return { kind: "other" };
    } else {
      this.#life.create(facts, start);
      await this.#arm(1);
    }
    await this.#outbox.deliver();
    return { kind: "created", job: jobView(this.#life.picture()) };
  }

  /** The job that a submission with this digest became before; null when there is none. */
  submitted(request_digest: string): CreateResult | null {
    if (!this.#store.exists()) return null;
    if (this.#store.facts().request_digest !== request_digest) return { kind: "other" };
    return { kind: "created", job: jobView(this.#life.picture()) };
  }

  /** Does what a command asks, once; refuses what the job's status does not allow. */
  async command(command: Command, options: CommandOptions = {}): Promise<CommandResult> {
    if (!this.#store.exists()) return { kind: "unknown" };
    const standing = this.#store.standing();
    const wish = options.held_out === false ? "at_once" : "score";
    const verdict = transition(standing, command, wish);
    if (verdict.kind === "refuse") return { kind: "conflict", status: standing.status };
    if (verdict.kind === "change") {
      // The alarm goes first: a job that is to run and has none would wait for ever.
      const armed = this.#arm(1);
      this.#life.obey(command, verdict.life, options.reason ?? null);
      this.#news.tell();
      this.ctx.waitUntil(this.#heed(command));
      // The sweep goes by the list, so the list is told at once. Nobody waits for it: where that fails, the alarm tells it.
      this.ctx.waitUntil(this.#outbox.deliver());
      await armed;
    } else this.#revive();
    return { kind: "done", job: jobView(this.#life.picture()) };
  }

  /** Removes all that is stored of a job that has ended, and its line in the tenant's list. Two calls at a time are one. */
  remove(): Promise<RemoveResult> {
    this.#removing ??= this.#remove().finally(() => {
      this.#removing = undefined;
    });
    return this.#removing;
  }

  async #remove(): Promise<RemoveResult> {
    if (!this.#store.exists()) return { kind: "unknown" };
    const { status } = this.#store.standing();
    if (!TERMINAL_STATUSES.includes(status)) return { kind: "conflict", status };
    // What is in flight still of a job that was cancelled would write rows, and an announcement would list it again.
    await this.#working?.catch(() => {});
    await inTime(this.#outbox.settled(), REGISTRY_TIMEOUT_MS, "the tenant's list does not answer");
    if (!(await this.#outbox.deliver())) throw new Error("the tenant's list cannot be reached");
    const { tenant, job_id, created_at } = this.#store.facts();
    const forgetting = tenantObject(this.env, tenant).forget(created_at, job_id);
    await inTime(forgetting, REGISTRY_TIMEOUT_MS, "the tenant's list does not answer");
    // What comes now cannot be undone: it must be of the job that was looked at.
    if (!this.#store.exists() || this.#store.facts().created_at !== created_at) return { kind: "unknown" };
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#memory = undefined;
    this.#journal.forget();
    this.#feed.forget();
    this.#news.tell();
    return { kind: "removed" };
  }

  /** Lets the running slice know of a command. */
  async #heed(command: Command): Promise<void> {
    if (command === "pause") this.#slice?.close();
    if (command === "stop") await this.#slice?.stop();
    if (command === "cancel") await this.#slice?.breakOff();
    // Whoever resumes has seen what was wrong.
    if (command === "resume") this.#memory = undefined;
  }

  /** Where the job stands; null when there is none of that id. */
  view(): JobView | null {
    if (!this.#store.exists()) return null;
    this.#revive();
    return jobView(this.#life.picture());
  }

  /** The results, complete once the job has ended; null when there is no job of that id. */
  results(): JobResults | null {
    if (!this.#store.exists()) return null;
    this.#revive();
    return jobResults(this.#life.picture());
  }

  /** Runs the search again from the journal, and looks whether all that must hold of the job does; null when there is no job of that id. */
  async verification(): Promise<Verification | null> {
    if (!this.#store.exists()) return null;
    // Nothing is revived here: an alarm that is lost is to be seen.
    const alarm = await this.ctx.storage.getAlarm();
    const picture = this.#life.picture();
    return verification({
      store: this.#store,
      journal: this.#journal,
      picture,
      alarm,
      working: this.#working !== undefined,
    });
  }

  /** Events after `since`, at most `limit`; null when there is no job of that id. */
  events(since: number, limit: number): EventPage | null {
    if (!this.#store.exists()) return null;
    this.#revive();
    return this.#store.events(since, limit, this.#store.facts().job_id);
  }

  /** The log for a streaming reader, as `EventFeed.next` tells it. */
  async frames(since: number, waitMs: number): Promise<FramePage | null> {
    if (!this.#store.exists()) return null;
    this.#revive();
    return this.#feed.next(since, waitMs);
  }

  /**
   * For the sweep, to which the list names the job, created then, as one that is queued or running: arms its alarm if that was
   * lost. A job at work, or being removed, is left alone; one that is neither queued nor running tells the list so once more.
   * False where there is no such job.
   */
  async revive(created_at: number): Promise<boolean> {
    if (!this.#store.exists() || this.#store.facts().created_at !== created_at) return false;
    if (this.#working || this.#removing) return true;
    this.#revive();
    if (ACTIVE_STATUSES.includes(this.#store.standing().status)) return true;
    this.#store.setAnnounced("");
    await this.#outbox.deliver();
    return true;
  }

  /** Runs a slice. Never throws: an alarm that throws seven times is dropped for good. */
  override async alarm(): Promise<void> {
    try {
      await this.#arm(WATCHDOG_MS);
      if (!this.#store.exists()) return await this.ctx.storage.deleteAlarm();
      // An alarm that rings twice finds the work under way. A removal that fails leaves the watchdog to look again.
      if (this.#working || this.#removing) return;
      this.#working = this.#work().finally(() => {
        this.#working = undefined;
      });
      await this.#working;
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
    if (ACTIVE_STATUSES.includes(this.#store.standing().status)) rest = await this.#runSlice();
    const announced = await this.#outbox.deliver();
    if (!announced) return this.#arm(ANNOUNCE_RETRY_MS);
    // The job may have been started or resumed meanwhile: whether it rests is known only now.
    if (ACTIVE_STATUSES.includes(this.#store.standing().status)) return this.#arm(rest ?? 1);
    await this.#rest();
  }

  /** Nothing is left to do but to drop the traces of a job that has ended, in time. */
  async #rest(): Promise<void> {
    if (isOddTraceDays(this.env)) console.warn(JSON.stringify({ event: "trace_days_ignored" }));
    const due = tracesDue(this.env, this.#store.standing(), this.#store.facts());
    if (due !== null && due > Date.now()) return armAlarmAt(this.ctx.storage, due);
    if (due !== null) this.#life.dropTraces();
    await this.ctx.storage.deleteAlarm();
  }

  /** One slice; answers after how many milliseconds the next is due, or null when the job rests. */
  async #runSlice(): Promise<number | null> {
    this.#life.begin();
    const facts = this.#store.facts();
    this.#outbox.soon();
    try {
      const end = await this.#sliced(facts);
      if (this.#store.standing().status !== "running") return null;
      if (end.kind === "unfinished") return 1;
      this.#life.succeed(end.stop);
      return null;
    } catch (error) {
      return this.#life.strike(error);
    } finally {
      this.#slice = undefined;
      this.#news.tell();
    }
  }

  async #sliced(facts: JobFacts): Promise<SliceEnd<unknown>> {
    // Only here, and only for as long as the slice runs, is the key in the clear.
    const key = await openKey(facts.task_app_api_key, facts.job_id, this.env);
    this.#memory ??= new SliceMemory(facts, this.#journal.hasSuccess());
    const slice = new JobSlice(facts, key, {
      memory: this.#memory,
      store: this.#store,
      journal: this.#journal,
      execution: executionOf(this.env, `${facts.tenant}/${facts.job_id}`, this.lane),
      beat: () => this.ctx.waitUntil(this.#arm(WATCHDOG_MS)),
      stepped: () => this.#stepped(),
      answered: () => this.#progress(),
      troubled: (trouble) => this.#life.troubled(trouble),
    });
    this.#slice = slice;
    // The job may have been paused or cancelled while its key was opened.
    if (this.#store.standing().status !== "running") slice.close();
    return slice.run();
  }

  #stepped(): void {
    if (this.#store.standing().strikes > 0) this.#store.update({ strikes: 0 });
    this.#outbox.soon();
    this.#news.tell();
  }

  #progress(): void {
    const now = Date.now();
    if (now - this.#lastProgress < PROGRESS_MS) return;
    this.#lastProgress = now;
    this.#store.append(progressEvents(this.#life.picture()), now);
    this.#news.tell();
  }

  async #strikeOutside(error: unknown): Promise<void> {
    if (this.#life.strikeOutside(error)) await this.ctx.storage.deleteAlarm();
  }

  /** Arms the alarm of a job that ought to have one and has lost it: any look at a job brings it back to life. */
  #revive(): void {
    if (this.#working || this.#removing) return;
    const standing = this.#store.standing();
    const isActive = ACTIVE_STATUSES.includes(standing.status);
    const due = tracesDue(this.env, standing, this.#store.facts());
    if (!isActive && due === null) return;
    // The operator may have shortened the time since the alarm of an ended job was set.
    this.ctx.waitUntil(reviveAlarm(this.ctx.storage, due ?? undefined));
  }

  #arm(ms: number): Promise<void> {
    return armAlarm(this.ctx.storage, ms);
  }
}
