// Migrations go forward only, from every schema that was ever released, whole or not at all.

import { globSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { JobStore } from "../../../src/durable/job-store.ts";
import { Journal } from "../../../src/durable/journal.ts";
import {
  hasJob,
  JOB_SCHEMA_VERSION,
  migrateJob,
  migrateTenant,
  NewerSchemaError,
  TENANT_SCHEMA_VERSION,
} from "../../../src/durable/schema.ts";
import type { Sql } from "../../../src/durable/sql.ts";
import { faultySql, WRITE_FAULTS } from "../../support/faulty-sql.ts";
import { nodeSql } from "../../support/node-sql.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures", import.meta.url));
const VERSIONS = versionsOf("job");
const TENANT_VERSIONS = versionsOf("tenant");

/** The schemas of which there are fixtures. */
function versionsOf(object: string): number[] {
  return globSync(`${object}-schema-*.sql`, { cwd: FIXTURES }).map((name) => Number(/\d+/.exec(name)?.[0]));
}

/** An object as a release of that schema left it. */
function ofSchema(object: string, version: number): Sql {
  const database = new DatabaseSync(":memory:");
  database.exec(readFileSync(`${FIXTURES}/${object}-schema-${version}.sql`, "utf8"));
  return nodeSql(undefined, database);
}

/** Everything but the version, as text. */
function contents(sql: Sql): string {
  const parts = sql.query("SELECT type, name, sql FROM sqlite_master ORDER BY name");
  const tables = parts.filter(({ type }) => type === "table");
  const rows = tables.map(({ name }) => sql.query(`SELECT * FROM ${name}`));
  return JSON.stringify([parts, rows]);
}

test("there is a fixture of every schema before this release's", () => {
  const before = (version: number) => Array.from({ length: version - 1 }, (_, index) => index + 1);
  expect(VERSIONS).toEqual(expect.arrayContaining([1, ...before(JOB_SCHEMA_VERSION)]));
  expect(Math.max(...VERSIONS)).toBeLessThanOrEqual(JOB_SCHEMA_VERSION);
  expect(TENANT_VERSIONS).toEqual(expect.arrayContaining(before(TENANT_SCHEMA_VERSION)));
  expect(Math.max(...TENANT_VERSIONS)).toBeLessThanOrEqual(TENANT_SCHEMA_VERSION);
});

describe.each(VERSIONS)("a job of schema %i", (version) => {
  test("is brought to this release's schema with everything it holds", () => {
    const sql = ofSchema("job", version);
    const before = [...new JobStore(sql).events(0, 1_000, "job").events, new Journal(sql).totals()];
    migrateJob(sql);
    const store = new JobStore(sql);
    expect(sql.query("SELECT max(version) AS version FROM migration")).toEqual([
      { version: JOB_SCHEMA_VERSION },
    ]);
    expect([...store.events(0, 1_000, "job").events, new Journal(sql).totals()]).toEqual(before);
    expect(store.standing()).toMatchObject({ status: "running", finished_at: null });
    expect(store.facts()).toMatchObject({ tenant: "alpha", algorithm: "gepa" });
    expect(store.snapshot<object>()?.step).toBeGreaterThan(0);
  });

  test("is migrated once: the second time changes nothing", () => {
    const sql = ofSchema("job", version);
    migrateJob(sql);
    const once = contents(sql);
    migrateJob(sql);
    expect(contents(sql)).toBe(once);
  });
});

test.each(TENANT_VERSIONS)(
  "a tenant's list of schema %i is brought to this release's, twice the same, with every row",
  (version) => {
    const sql = ofSchema("tenant", version);
    const jobs = sql.query("SELECT * FROM job");
    migrateTenant(sql);
    const once = contents(sql);
    migrateTenant(sql);
    expect(contents(sql)).toBe(once);
    expect(jobs.length).toBeGreaterThan(0);
    expect(sql.query("SELECT * FROM job")).toEqual(jobs);
    expect(sql.query("SELECT max(version) AS version FROM migration")).toEqual([
      { version: TENANT_SCHEMA_VERSION },
    ]);
  },
);

test("what a sweep asks of a list is found without reading the jobs that have ended", () => {
  const sql = ofSchema("tenant", 1);
  migrateTenant(sql);
  const live = "SELECT job_id FROM job WHERE status IN ('queued', 'running') ORDER BY created_at, job_id";
  const plan = sql.query(`EXPLAIN QUERY PLAN ${live} LIMIT 200 OFFSET 0`);
  expect(plan.map(({ detail }) => detail)).toEqual([expect.stringContaining("live_job")]);
});

test.each(WRITE_FAULTS)(
  "a migration whose disk fails %s is whole or has not happened, and works the next time",
  (kind) => {
    const plain = nodeSql();
    migrateJob(plain);
    for (let fatal = 1; fatal <= 10; fatal++) {
      const disk = nodeSql();
      const empty = contents(disk);
      const { sql } = faultySql(disk, { kind, fails: (operation) => operation === fatal });
      try {
        migrateJob(sql);
      } catch {
        expect([empty, contents(plain)]).toContain(contents(disk));
        migrateJob(sql);
      }
      expect(contents(disk)).toBe(contents(plain));
    }
  },
);

test("rows of a newer release are left as they are, and the error says what to do", () => {
  const sql = nodeSql();
  migrateJob(sql);
  sql.execute("INSERT INTO migration (version) VALUES (?)", JOB_SCHEMA_VERSION + 1);
  const before = contents(sql);
  expect(() => hasJob(sql)).toThrow(NewerSchemaError);
  expect(() => hasJob(sql)).toThrow(
    `schema ${JOB_SCHEMA_VERSION + 1}, and this release knows ${JOB_SCHEMA_VERSION}`,
  );
  expect(contents(sql)).toBe(before);
});
