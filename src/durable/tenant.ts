// Tenant: the registry of a tenant's jobs and verifiers. Owns the index that lists are read from. Jobs announce themselves here
// through their outbox, so an entry may lag a moment behind its job but is never lost.

import { DurableObject } from "cloudflare:workers";
import type { Algorithm, JobStatus, JobSummary } from "../wire/job.ts";
import type { VerifierSummary, VerifierView } from "../wire/verifier.ts";
import type { Env } from "./env.ts";
import { jobObject } from "./rpc.ts";
import { hasTenant, migrateTenant } from "./schema.ts";
import { numberOf, objectSql, type Sql, textOf } from "./sql.ts";
import { type RegisterResult, type VerifierContent, VerifierStore } from "./verifier-store.ts";

/** Which jobs to list. */
export interface JobQuery {
  /** 1 to 200. */
  limit: number;
  /** Where the page before ended. */
  before: { created_at: number; job_id: string } | null;
  status: JobStatus | null;
  algorithm: Algorithm | null;
}

/** A page of jobs, and where it ended. */
export interface JobIndexPage {
  items: JobSummary[];
  last: { created_at: number; job_id: string } | null;
}

/** A job as the list names it. */
interface Listed {
  created_at: number;
  job_id: string;
}

/** Jobs that one sweep looks at; with more alive, each is looked at every few sweeps. */
const SWEEP_JOBS = 200;
/** Jobs that a sweep looks at together. */
const SWEEP_WIDTH = 20;

/** The index of one tenant's jobs. */
export class Tenant extends DurableObject<Env> {
  readonly #sql: Sql = objectSql(this.ctx.storage);
  #isMigrated = false;

  /** Takes over a job's summary; later announcements of the same job replace it. */
  announce(summary: JobSummary): void {
    this.#migrate();
    this.#sql.execute(
      "INSERT OR REPLACE INTO job (created_at, job_id, status, summary) VALUES (?, ?, ?, ?)",
      Date.parse(summary.created_at),
      summary.job_id,
      summary.status,
      JSON.stringify(summary),
    );
  }

  /** Forgets a job that was deleted. */
  forget(created_at: number, job_id: string): void {
    if (!hasTenant(this.#sql)) return;
    this.#sql.execute("DELETE FROM job WHERE created_at = ? AND job_id = ?", created_at, job_id);
  }

  /** Jobs, newest first. */
  list(query: JobQuery): JobIndexPage {
    if (!hasTenant(this.#sql)) return { items: [], last: null };
    const rows = this.#sql.query(
      `SELECT created_at, job_id, summary FROM job
       WHERE (?1 IS NULL OR (created_at, job_id) < (?1, ?2)) AND (?3 IS NULL OR status = ?3)
         AND (?4 IS NULL OR summary ->> '$.algorithm' = ?4)
       ORDER BY created_at DESC, job_id DESC LIMIT ?5`,
      query.before?.created_at ?? null,
      query.before?.job_id ?? null,
      query.status,
      query.algorithm,
      query.limit + 1,
    );
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    return {
      items: page.map((row) => JSON.parse(textOf(row, "summary"))),
      last:
        last && rows.length > page.length
          ? { created_at: numberOf(last, "created_at"), job_id: textOf(last, "job_id") }
          : null,
    };
  }

  /**
   * Looks at jobs that are queued or running by the list, so that one whose alarm was lost goes on, and forgets those that there
   * are not: an announcement may have come after its job was deleted. `round` counts sweeps. A job that cannot be reached has its
   * turn another time. Answers how many were reached.
   */
  async sweep(tenant: string, round: number): Promise<number> {
    const live = this.#live(round);
    let reached = 0;
    for (let at = 0; at < live.length; at += SWEEP_WIDTH) {
      const looks = live.slice(at, at + SWEEP_WIDTH).map((listed) => this.#look(tenant, listed));
      const done = await Promise.allSettled(looks);
      reached += done.filter(({ status }) => status === "fulfilled").length;
    }
    return reached;
  }

  async #look(tenant: string, { created_at, job_id }: Listed): Promise<void> {
    const exists = await jobObject(this.env, tenant, job_id).revive(created_at);
    // A job of an older release does not say.
    if (exists === false) this.forget(created_at, job_id);
  }

  #live(round: number): Listed[] {
    if (!hasTenant(this.#sql)) return [];
    this.#migrate();
    const live = "FROM job WHERE status IN ('queued', 'running')";
    const count = numberOf(this.#sql.query(`SELECT count(*) AS count ${live}`)[0] ?? {}, "count");
    const turns = Math.max(1, Math.ceil(count / SWEEP_JOBS));
    const page = `SELECT created_at, job_id ${live} ORDER BY created_at, job_id LIMIT ? OFFSET ?`;
    const rows = this.#sql.query(page, SWEEP_JOBS, (round % turns) * SWEEP_JOBS);
    return rows.map((row) => ({ created_at: numberOf(row, "created_at"), job_id: textOf(row, "job_id") }));
  }

  /** Keeps a verifier as the next version of its name. */
  registerVerifier(content: VerifierContent): RegisterResult {
    this.#migrate();
    return new VerifierStore(this.#sql).register(content, Date.now());
  }

  /** A verifier; its latest version where `version` is null. Null when there is none. */
  verifier(name: string, version: number | null): VerifierView | null {
    return this.#verifiers()?.find(name, version) ?? null;
  }

  /** The latest version of each name after `after`, by name. */
  listVerifiers(limit: number, after: string): VerifierSummary[] {
    return this.#verifiers()?.list(limit, after) ?? [];
  }

  /** Forgets a version, or all of a name; answers how many there were. */
  removeVerifier(name: string, version: number | null): number {
    return this.#verifiers()?.remove(name, version) ?? 0;
  }

  /** Once an object: every job of the tenant announces itself here several times. */
  #migrate(): void {
    if (this.#isMigrated) return;
    migrateTenant(this.#sql);
    this.#isMigrated = true;
  }

  #verifiers(): VerifierStore | undefined {
    if (!hasTenant(this.#sql)) return undefined;
    // The object may be of a release that had no verifiers.
    this.#migrate();
    return new VerifierStore(this.#sql);
  }
}
