// The contract of the storage port, on Node's SQLite. The same runs on an object's in test/worker/storage.test.ts.

import { expect, test } from "vitest";
import { JobStore } from "../../../src/durable/job-store.ts";
import { migrateJob } from "../../../src/durable/schema.ts";
import { nodeSql } from "../../support/node-sql.ts";
import { SQL_CONTRACT } from "../../support/sql-contract.ts";

test.each(SQL_CONTRACT)("$title", ({ holds }) => holds(nodeSql()));

test("a snapshot of any length comes back as it was, wherever its characters fall", () => {
  const sql = nodeSql();
  migrateJob(sql);
  const store = new JobStore(sql);
  for (const shift of [1, 2, 3, 4]) {
    const state = { text: "a".repeat(shift) + "🙂".repeat(500_000), half: "\ud83d" };
    store.commitStep({ step: shift, state }, [], 0);
    expect(store.snapshot<typeof state>()?.state.text === state.text).toBe(true);
    expect(store.snapshot<typeof state>()?.state.half).toBe(state.half);
  }
});

test("words of others with half a character in them are kept without it, and do not stop a job from ending", () => {
  const sql = nodeSql();
  migrateJob(sql);
  const store = new JobStore(sql);
  sql.execute("INSERT INTO job (one, facts, status) VALUES (1, '{}', 'running')");
  store.append([{ type: "t", message: "it said \ud83d", data: { said: "\ud83d" } }], 0);
  store.update({ status: "failed", error: "it said \ud83d" });
  expect(store.standing().error).toBe("it said \ufffd");
  expect(store.events(0, 10, "job").events).toMatchObject([
    { message: "it said \ufffd", data: { said: "\ud83d" } },
  ]);
});
