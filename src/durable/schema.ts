// The tables of a job's object, and how an object of an older release gets them. Migrations only go forward.

import { numberOf, type Sql } from "./sql.ts";

/** Each migration runs once, in order, in one transaction with the note that it ran. Never change one that was released. */
const JOB_MIGRATIONS: readonly string[] = [
  `
  -- One row. Written by create; its mutable columns by the runner and by commands. Never deleted.
  CREATE TABLE job (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    facts TEXT NOT NULL,            -- what was submitted, as JSON; the task app's key in it is blanked at the end
    status TEXT NOT NULL,
    started_at INTEGER,             -- milliseconds since 1970, as all times here
    finished_at INTEGER,
    finish_reason TEXT,
    error TEXT,
    strikes INTEGER NOT NULL DEFAULT 0,   -- slices in a row that ended in an unexpected error
    announced TEXT NOT NULL DEFAULT ''    -- the summary that the tenant has acknowledged
  );
  -- The engine's state after its last step, in parts below the row limit. Replaced by every step.
  CREATE TABLE snapshot (part INTEGER PRIMARY KEY, step INTEGER NOT NULL, body TEXT NOT NULL);
  -- The journal of evaluations: one row a rollout, the storage budget. Written by the work port, never changed.
  CREATE TABLE rollout (key TEXT PRIMARY KEY, step INTEGER NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;
  -- The journal of proposals. Written by the work port, never changed.
  CREATE TABLE call (key TEXT PRIMARY KEY, step INTEGER NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;
  -- The event log that feeds SSE, CLI and SDK. Appended by the runner and by commands.
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL,
    data TEXT NOT NULL,
    created_at INTEGER NOT NULL
  );
  `,
  `
  -- Running time, without pauses: what earlier stretches took, and when the present one began.
  ALTER TABLE job ADD COLUMN ran_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE job ADD COLUMN running_since INTEGER;
  ALTER TABLE job ADD COLUMN stop_wish TEXT;       -- 'score' or 'at_once', once the job was told to stop
  ALTER TABLE job ADD COLUMN pause_reason TEXT;    -- 'user' or 'errors', while it is paused
  UPDATE job SET running_since = started_at WHERE status = 'running';
  UPDATE job SET ran_ms = finished_at - started_at WHERE finished_at IS NOT NULL AND started_at IS NOT NULL;
  `,
  `
  -- What calls that belong to no answer spent. Written by the running slice; nothing is deleted. \`usage\` is NULL for what was
  -- under way when an object died, and counts at its worst case.
  CREATE TABLE waste (
    id INTEGER PRIMARY KEY,
    step INTEGER NOT NULL,
    role TEXT NOT NULL,
    tokens REAL NOT NULL,
    usd REAL NOT NULL,
    usage TEXT
  );
  -- At most so much may be under way and in no row yet, as JSON by role; NULL for nothing. Only for jobs with such limits.
  ALTER TABLE job ADD COLUMN exposed TEXT;
  `,
];

const TENANT_MIGRATIONS: readonly string[] = [
  `
  -- The index of a tenant's jobs, newest last. Written by the jobs' announcements only.
  CREATE TABLE job (
    created_at INTEGER NOT NULL,
    job_id TEXT NOT NULL,
    status TEXT NOT NULL,
    summary TEXT NOT NULL,
    PRIMARY KEY (created_at, job_id)
  ) WITHOUT ROWID;
  `,
  `
  -- Verifiers that the tenant registered, a row a version. Written over the API; one that is deleted loses its body only.
  CREATE TABLE verifier (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT,                      -- description, rubric, graph as JSON; NULL when deleted
    PRIMARY KEY (name, version)
  ) WITHOUT ROWID;
  `,
  `
  -- The sweep looks for these every few minutes, and must not read all jobs that ever were.
  CREATE INDEX live_job ON job (created_at, job_id) WHERE status IN ('queued', 'running');
  `,
];

/** Brings a job's object to the schema of this release. */
export function migrateJob(sql: Sql): void {
  migrate(sql, JOB_MIGRATIONS);
}

/** Brings a tenant's object to the schema of this release. */
export function migrateTenant(sql: Sql): void {
  migrate(sql, TENANT_MIGRATIONS);
}

/** Whether a job's object holds a job: an id that nobody created must not cost storage. @throws NewerSchemaError */
export function hasJob(sql: Sql): boolean {
  return isKnown(sql, JOB_MIGRATIONS);
}

/** Whether a tenant's object holds anything. @throws NewerSchemaError */
export function hasTenant(sql: Sql): boolean {
  return isKnown(sql, TENANT_MIGRATIONS);
}

/** The schema that this release writes, counted from 1. */
export const JOB_SCHEMA_VERSION = JOB_MIGRATIONS.length;

/** As JOB_SCHEMA_VERSION, of a tenant's object. */
export const TENANT_SCHEMA_VERSION = TENANT_MIGRATIONS.length;

/** The rows are of a release newer than this one, which cannot know what they mean. They are left as they are. */
export class NewerSchemaError extends Error {
  readonly code = "newer_schema";
}

function isKnown(sql: Sql, migrations: readonly string[]): boolean {
  const tables = sql.query("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'migration'");
  if (tables.length === 0) return false;
  const version = versionOf(sql);
  if (version <= migrations.length) return true;
  throw new NewerSchemaError(
    `its data are of schema ${version}, and this release knows ${migrations.length}: deploy the newer release again`,
  );
}

function versionOf(sql: Sql): number {
  return numberOf(
    sql.query("SELECT coalesce(max(version), 0) AS version FROM migration")[0] ?? {},
    "version",
  );
}

function migrate(sql: Sql, migrations: readonly string[]): void {
  sql.transaction(() => {
    sql.execute("CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY)");
    const done = versionOf(sql);
    for (const [index, script] of migrations.entries()) {
      if (index < done) continue;
      sql.execute(script);
      sql.execute("INSERT INTO migration (version) VALUES (?)", index + 1);
    }
  });
}
