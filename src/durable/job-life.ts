// Every change of a job's status, each in one transaction with the event that tells of it. Owns the rules of what is
// written then. Does not own: alarms, slices, who is told.

import type { EngineEvent } from "../engines/engine.ts";
import type { Charge } from "../inference/attempt.ts";
import { type Algorithm, type JobStatus, type PauseReason, TERMINAL_STATUSES } from "../wire/job.ts";
import type { Trouble } from "./error-watch.ts";
import type { JobFacts } from "./facts.ts";
import {
  cancelledEvent,
  createdEvent,
  failedEvent,
  pausedEvent,
  resultEvents,
  resumedEvent,
  startEvents,
  stoppingEvent,
  troubleEvent,
} from "./job-events.ts";
import { type JobStanding, type JobStore, ranMs } from "./job-store.ts";
import type { Journal } from "./journal.ts";
import type { Command, Life } from "./lifecycle.ts";
import { pictureOf } from "./picture.ts";
import { Spending } from "./spending.ts";
import type { JobPicture } from "./views.ts";

/** Unexpected errors in a row, with no step done between them, after which a job is given up. */
const MAX_STRIKES = 5;

/** The life of one job, as its rows tell it. */
export class JobLife {
  readonly #store: JobStore;
  readonly #journal: Journal;
  readonly #now: () => number;
  readonly #reserved: () => Charge;

  constructor(store: JobStore, journal: Journal, now: () => number, reserved: () => Charge) {
    this.#store = store;
    this.#journal = journal;
    this.#now = now;
    this.#reserved = reserved;
  }

  /** The job as it stands now; with `status`, as it will once it is in that status. */
  picture(status?: JobStatus): JobPicture {
    return pictureOf(this.#store, this.#journal, { now: this.#now(), reserved: this.#reserved() }, status);
  }

  /** The job comes into the world, queued or to be started later. */
  create(facts: JobFacts, start: boolean): void {
    this.#store.sql.transaction(() => {
      this.#store.create(facts, start ? "queued" : "pending");
      this.#store.append([createdEvent(this.picture())], this.#now());
    });
  }

  /** A queued job begins to run, for the first time or again. */
  begin(): void {
    const { status, started_at } = this.#store.standing();
    if (status !== "queued") return;
    const now = this.#now();
    this.#change({ status: "running", started_at: started_at ?? now, running_since: now }, () =>
      started_at === null ? startEvents(this.picture()) : [],
    );
  }

  /** Does what a command that the job's status allows asks for. */
  obey(command: Command, life: Life, reason: string | null): void {
    const { algorithm } = this.#store.facts();
    switch (command) {
      case "cancel":
        this.#end("cancelled", "cancelled", null, [cancelledEvent(algorithm, reason)]);
        break;
      case "pause":
        this.#pause("user", pausedEvent(reason));
        break;
      case "stop":
        this.#goOn(life, [stoppingEvent(reason)]);
        break;
      case "start":
        this.#goOn(life, []);
        break;
      case "resume":
        this.#goOn(life, [resumedEvent()]);
    }
  }

  /** Too much failed, which says nothing about the candidates: it is asked again when the job goes on. */
  troubled(trouble: Trouble): void {
    if (this.#store.standing().status === "running") this.#pause("errors", troubleEvent(trouble));
  }

  /** The engine has a verdict: the job succeeds, unless it was paused or dropped meanwhile. */
  succeed(reason: string): void {
    this.#store.sql.transaction(() => {
      this.#store.update({ finish_reason: reason });
      this.#end("succeeded", reason, null, resultEvents(this.picture("succeeded")));
    });
  }

  /**
   * A slice ended in an unexpected error. Counts it, and answers after how many milliseconds to try again; or gives the job
   * up when it makes no more progress, and at once when the engine says why, and answers null.
   */
  strike(error: unknown): number | null {
    const { status, strikes } = this.#store.standing();
    if (status !== "running") return null;
    const code = codeOf(error);
    if (code !== undefined || strikes + 1 >= MAX_STRIKES) {
      this.#fail(code ?? "internal", messageOf(error));
      return null;
    }
    this.#store.update({ strikes: strikes + 1 });
    return 1_000 * 2 ** (strikes + 1);
  }

  /** Counts an error outside of a slice; true at the last strike, which ends the job if it had not ended. */
  strikeOutside(error: unknown): boolean {
    const { status, strikes } = this.#store.standing();
    this.#store.update({ strikes: strikes + 1 });
    if (strikes + 1 < MAX_STRIKES) return false;
    if (!TERMINAL_STATUSES.includes(status)) this.#fail("internal", messageOf(error));
    return true;
  }

  /** Drops what the rollouts of a job that has ended showed. */
  dropTraces(): void {
    this.#store.sql.transaction(() => {
      this.#journal.dropTraces();
      this.#store.noteTracesDropped(this.#now());
    });
  }

  #goOn(life: Life, events: readonly EngineEvent[]): void {
    this.#change({ ...life, pause_reason: null }, () => {
      // Those that came home after the pause, too.
      if (this.#store.standing().pause_reason === "errors") this.#withdrawFailures();
      return events;
    });
  }

  #pause(pause_reason: PauseReason, event: EngineEvent): void {
    const rested = this.#restedTimes();
    this.#change({ status: "paused", pause_reason, ...rested }, () => {
      if (pause_reason === "errors") this.#withdrawFailures();
      return [event];
    });
  }

  #withdrawFailures(): void {
    const step = this.#store.step() + 1;
    const spending = new Spending(this.#store.sql);
    for (const { role, usage } of this.#journal.withdrawFailures(step))
      spending.recordWaste(step, role, usage);
  }

  #fail(code: string, message: string): void {
    let algorithm: Algorithm | null = null;
    try {
      algorithm = this.#store.facts().algorithm;
    } catch {
      // The rows may be what failed.
    }
    this.#end("failed", "error", message, [failedEvent(algorithm, code, message)]);
  }

  #end(status: JobStatus, finish_reason: string, error: string | null, events: EngineEvent[]): void {
    const rested = { ...this.#restedTimes(), pause_reason: null };
    this.#store.sql.transaction(() => {
      this.#change({ status, finish_reason, error, finished_at: this.#now(), ...rested }, () => events);
      this.#store.forgetKey();
    });
  }

  #restedTimes(): Pick<JobStanding, "ran_ms" | "running_since"> {
    return { ran_ms: ranMs(this.#store.standing(), this.#now()), running_since: null };
  }

  /** The events come first: once the job has ended its log is closed. */
  #change(change: Partial<JobStanding>, events: () => readonly EngineEvent[]): void {
    this.#store.sql.transaction(() => {
      this.#store.append(events(), this.#now());
      this.#store.update(change);
    });
  }
}

/** An error in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
