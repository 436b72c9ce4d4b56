// A job goes on across a change of release: to a newer one, and back to one that is too old for it.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test, vi } from "vitest";
import { JOB_SCHEMA_VERSION } from "../../src/durable/schema.ts";
import schema1 from "../fixtures/job-schema-1.sql?raw";
import schema2 from "../fixtures/job-schema-2.sql?raw";
import { ended, eventsOf, eventually, jobObjectOf, jobs, problemOf, results, submit, view } from "./api.ts";
import { World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
});

/** The name of a rollout to the task app, from its key in the journal. */
function runIdOf(jobId: string, key: string): string {
  const [purpose, digest, seed] = key.split("/");
  return `${jobId}-${purpose}-${digest?.slice(0, 12)}-s${seed}`;
}

test.each([
  [1, schema1],
  [2, schema2],
])(
  "a job that was begun under schema %i goes on to its end, asks nothing again that was answered, and keeps its log",
  async (_, rows) => {
    const job_id = /"job_id":"(pl_[0-9a-f]+)"/.exec(rows)?.[1] ?? "";
    const stub = jobObjectOf(job_id);
    const known = await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec(rows);
      return {
        keys: storage.sql.exec("SELECT key FROM rollout").toArray(),
        events: storage.sql.exec("SELECT seq, type FROM event ORDER BY seq").toArray(),
      };
    });
    await evictDurableObject(stub);
    await jobs(`/${job_id}`);
    await runDurableObjectAlarm(stub);
    // Its first steps are those of a search that went other ways: it cannot be run again under this release.
    await eventually(async () =>
      expect(await view(job_id)).toMatchObject({ status: "succeeded", best_score: 1 }),
    );
    const asked = world.rollouts.map(({ run_id }) => run_id);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((id) => known.keys.some(({ key }) => runIdOf(job_id, String(key)) === id))).toEqual(
      [],
    );
    expect((await results(job_id)).rollouts).toBe(known.keys.length + asked.length);
    const events = await eventsOf(job_id);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.slice(0, known.events.length).map(({ seq, type }) => ({ seq, type }))).toEqual(
      known.events,
    );
  },
);

test("a job of a newer release is refused with the reason, is not touched, and goes on when that release is back", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const { job_id } = await submit({ "gepa.population.num_generations": 1 }, { auto_start: false });
  const stub = jobObjectOf(job_id);
  await eventually(async () =>
    expect(await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())).toBeNull(),
  );
  await runInDurableObject(stub, async (_, { storage }) => {
    storage.sql.exec("UPDATE job SET status = 'running'");
    storage.sql.exec("INSERT INTO migration (version) VALUES (?)", JOB_SCHEMA_VERSION + 1);
    await storage.setAlarm(Date.now() + 60_000);
  });
  await evictDurableObject(stub);
  for (const path of ["", "/results", "/events"]) {
    const problem = await problemOf(await jobs(`/${job_id}${path}`), 503);
    expect(problem.code).toBe("newer_schema");
    expect(problem.detail).toContain(`schema ${JOB_SCHEMA_VERSION + 1}`);
  }
  for (let ring = 1; ring <= 8; ring++) {
    await runDurableObjectAlarm(stub);
    const due = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
    expect(due).toBeGreaterThan(Date.now() + 60_000);
  }
  expect(world.rollouts).toEqual([]);
  await runInDurableObject(stub, (_, { storage }) => {
    expect(storage.sql.exec("SELECT status, strikes FROM job").one()).toEqual({
      status: "running",
      strikes: 0,
    });
    storage.sql.exec("DELETE FROM migration WHERE version > ?", JOB_SCHEMA_VERSION);
  });
  await evictDurableObject(stub);
  await jobs(`/${job_id}`);
  await runDurableObjectAlarm(stub);
  expect((await ended(job_id)).status).toBe("succeeded");
});
