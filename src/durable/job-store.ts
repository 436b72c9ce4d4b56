// A job's own rows: what was submitted, where it stands, the engine's last snapshot, and the event log.

import type { EngineEvent } from "../engines/engine.ts";
import {
  type EventPage,
  type JobEvent,
  type JobStatus,
  type PauseReason,
  TERMINAL_STATUSES,
} from "../wire/job.ts";
import { type JobFacts, readFacts } from "./facts.ts";
import type { StopWish } from "./lifecycle.ts";
import { hasJob, migrateJob, NewerSchemaError } from "./schema.ts";
import { numberOf, type Sql, type SqlRow, type SqlValue, textOf } from "./sql.ts";
import type { StoredKey } from "./vault.ts";

/** Characters of one snapshot row; a value may hold 2 MB in all, whatever its encoding. */
const SNAPSHOT_PART_CHARS = 400_000;

const STANDING_COLUMNS =
  "status, started_at, finished_at, finish_reason, error, strikes, ran_ms, running_since, stop_wish, pause_reason";

/** Where a job stands. Times are milliseconds since 1970. */
export interface JobStanding {
  status: JobStatus;
  started_at: number | null;
  finished_at: number | null;
  finish_reason: string | null;
  error: string | null;
  strikes: number;
  /** Running time of earlier stretches, in milliseconds; pauses are not in it. */
  ran_ms: number;
  /** When the present stretch began; null while the job does not run. */
  running_since: number | null;
  stop_wish: StopWish | null;
  pause_reason: PauseReason | null;
}

/** How long a job has run, in milliseconds, pauses left out. */
export function ranMs(
  { ran_ms, running_since }: Pick<JobStanding, "ran_ms" | "running_since">,
  now: number,
): number {
  return ran_ms + (running_since === null ? 0 : Math.max(0, now - running_since));
}

/** The engine's state after `step` steps. */
export interface Snapshot<State> {
  step: number;
  state: State;
}

/** The rows of one job. */
export class JobStore {
  readonly sql: Sql;
  #facts: { stored: string; read: JobFacts } | undefined;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** Whether a job was ever created here. @throws NewerSchemaError */
  exists(): boolean {
    return hasJob(this.sql);
  }

  /** Creates the job. */
  create(facts: JobFacts, status: JobStatus): void {
    migrateJob(this.sql);
    this.sql.execute("INSERT INTO job (one, facts, status) VALUES (1, ?, ?)", JSON.stringify(facts), status);
  }

  /** Brings the rows of an older release up to date; false when there are none, or when they are of a newer one, as every look at them says. */
  migrate(): boolean {
    try {
      if (!this.exists()) return false;
    } catch (error) {
      if (error instanceof NewerSchemaError) return false;
      throw error;
    }
    migrateJob(this.sql);
    return true;
  }

  /** What was submitted. It is read at every look at the job, and taken apart only when the row has changed. */
  facts(): JobFacts {
    const stored = textOf(this.#job("facts"), "facts");
    if (this.#facts?.stored !== stored) this.#facts = { stored, read: readFacts(stored) };
    return this.#facts.read;
  }

  /** Forgets the task app's key, sealed as it is. */
  forgetKey(): void {
    this.sql.execute(
      "UPDATE job SET facts = json_set(facts, '$.task_app_api_key', json(?)) WHERE json_valid(facts)",
      JSON.stringify({ kind: "none" } satisfies StoredKey),
    );
  }

  /** Notes that what the rollouts showed is gone. */
  noteTracesDropped(now: number): void {
    this.sql.execute("UPDATE job SET facts = json_set(facts, '$.traces_dropped_at', ?)", now);
  }

  standing(): JobStanding {
    const row = this.#job(STANDING_COLUMNS);
    return {
      status: textOf(row, "status") as JobStatus,
      started_at: numberOrNull(row.started_at),
      finished_at: numberOrNull(row.finished_at),
      finish_reason: textOrNull(row.finish_reason),
      error: textOrNull(row.error),
      strikes: numberOf(row, "strikes"),
      ran_ms: numberOf(row, "ran_ms"),
      running_since: numberOrNull(row.running_since),
      stop_wish: textOrNull(row.stop_wish) as StopWish | null,
      pause_reason: textOrNull(row.pause_reason) as PauseReason | null,
    };
  }

  /** Changes some columns of the standing. */
  update(change: Partial<JobStanding>): void {
    const columns = Object.keys(change) as (keyof JobStanding)[];
    const assignments = columns.map((column) => `${column} = ?`).join(", ");
    const values: SqlValue[] = columns.map((column) => {
      const value = change[column] ?? null;
      // Words of others, such as a task app's, may hold half a character.
      return typeof value === "string" ? value.toWellFormed() : value;
    });
    this.sql.execute(`UPDATE job SET ${assignments}`, ...values);
  }

  /** The summary that the tenant has acknowledged, as the text it was sent as. */
  announced(): string {
    return textOf(this.#job("announced"), "announced");
  }

  setAnnounced(summary: string): void {
    this.sql.execute("UPDATE job SET announced = ?", summary);
  }

  /** How many steps are taken over. */
  step(): number {
    const row = this.sql.query("SELECT step FROM snapshot LIMIT 1")[0];
    return row ? numberOf(row, "step") : 0;
  }

  /** The last snapshot; undefined before the first step is done. */
  snapshot<State>(): Snapshot<State> | undefined {
    const rows = this.sql.query("SELECT step, body FROM snapshot ORDER BY part");
    const first = rows[0];
    if (!first) return undefined;
    return {
      step: numberOf(first, "step"),
      state: JSON.parse(rows.map((row) => textOf(row, "body")).join("")),
    };
  }

  /**
   * Takes over a step: its state and its events hold together or not at all. False, and nothing of it holds, once the
   * job has ended, and when the step does not follow the last one: then somebody else has done it.
   */
  commitStep<State>(snapshot: Snapshot<State>, events: readonly EngineEvent[], now: number): boolean {
    const body = JSON.stringify(snapshot.state);
    return this.sql.transaction<boolean>(() => {
      if (this.#hasEnded() || snapshot.step !== this.step() + 1) return false;
      this.sql.execute("DELETE FROM snapshot");
      for (const [part, slice] of partsOf(body).entries()) {
        this.sql.execute(
          "INSERT INTO snapshot (part, step, body) VALUES (?, ?, ?)",
          part,
          snapshot.step,
          slice,
        );
      }
      this.append(events, now);
      return true;
    });
  }

  /** Adds events to the log. That of a job that has ended is closed: its terminal event stays the last. */
  append(events: readonly EngineEvent[], now: number): void {
    if (this.#hasEnded()) return;
    for (const { type, level, message, data } of events) {
      this.sql.execute(
        "INSERT INTO event (type, level, message, data, created_at) VALUES (?, ?, ?, ?, ?)",
        type,
        level ?? "info",
        message.toWellFormed(),
        JSON.stringify(data),
        now,
      );
    }
  }

  /** Events after `since`, at most `limit`, oldest first. */
  events(since: number, limit: number, jobId: string): EventPage {
    const rows = this.sql.query("SELECT * FROM event WHERE seq > ? ORDER BY seq LIMIT ?", since, limit);
    const events = rows.map((row) => eventOf(row, jobId));
    return { events, next_seq: events.at(-1)?.seq ?? since };
  }

  /** The `seq` of the last event; 0 before the first. */
  lastSeq(): number {
    return numberOf(this.sql.query("SELECT coalesce(max(seq), 0) AS seq FROM event")[0] ?? {}, "seq");
  }

  #hasEnded(): boolean {
    const row = this.sql.query("SELECT status FROM job")[0];
    return row !== undefined && TERMINAL_STATUSES.some((status) => status === row.status);
  }

  #job(columns: string): SqlRow {
    const row = this.sql.query(`SELECT ${columns} FROM job`)[0];
    if (!row) throw new Error("the job's row is missing");
    return row;
  }
}

/** A text in parts of at most SNAPSHOT_PART_CHARS, none of which ends between the two halves of a character: the halves would be lost. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > SNAPSHOT_PART_CHARS) {
    const last = rest.charCodeAt(SNAPSHOT_PART_CHARS - 1);
    const isFirstHalf = last >= 0xd800 && last <= 0xdbff;
    const end = isFirstHalf ? SNAPSHOT_PART_CHARS - 1 : SNAPSHOT_PART_CHARS;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  parts.push(rest);
  return parts;
}

function eventOf(row: SqlRow, jobId: string): JobEvent {
  return {
    seq: numberOf(row, "seq"),
    type: textOf(row, "type"),
    message: textOf(row, "message"),
    data: JSON.parse(textOf(row, "data")),
    level: textOf(row, "level") as JobEvent["level"],
    created_at: new Date(numberOf(row, "created_at")).toISOString(),
    job_id: jobId,
  };
}

function numberOrNull(value: SqlValue | undefined): number | null {
  return typeof value === "number" ? value : null;
}

function textOrNull(value: SqlValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
