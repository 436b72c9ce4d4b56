// The outbox: the tenant gets the latest summary, and a tenant that does not answer holds nobody up for ever.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { JobStore } from "../../../src/durable/job-store.ts";
import { Outbox } from "../../../src/durable/outbox.ts";
import { migrateJob } from "../../../src/durable/schema.ts";
import type { JobSummary } from "../../../src/wire/job.ts";
import { nodeSql } from "../../support/node-sql.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** An outbox of a job whose status the test sets, and the statuses that were sent. */
function build(send: (status: string) => Promise<void> = async () => {}) {
  const sql = nodeSql();
  migrateJob(sql);
  sql.execute("INSERT INTO job (one, facts, status) VALUES (1, '{}', 'running')");
  const now = { status: "queued" };
  const sent: string[] = [];
  const outdated = vi.fn();
  const outbox = new Outbox(
    new JobStore(sql),
    () => ({ status: now.status }) as JobSummary,
    ({ status }) => {
      sent.push(status);
      return send(status);
    },
    outdated,
  );
  return { outbox, now, sent, outdated };
}

test("what changes within a moment is told together, and what has not changed is not told again", async () => {
  const { outbox, now, sent } = build();
  outbox.soon();
  now.status = "running";
  outbox.soon();
  expect(sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent).toEqual(["running"]);
  expect(await outbox.deliver()).toBe(true);
  expect(sent).toEqual(["running"]);
});

test("what changes while the tenant is told is told after it, and whoever delivers meanwhile waits for that", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { outbox, now, sent } = build((status) => (status === "queued" ? promise : Promise.resolve()));
  const first = outbox.deliver();
  now.status = "succeeded";
  const second = outbox.deliver();
  expect(sent).toEqual(["queued"]);
  resolve();
  expect(await Promise.all([first, second])).toEqual([true, true]);
  expect(sent).toEqual(["queued", "succeeded"]);
});

test("a summary that could not be sent is sent the next time", async () => {
  let isAway = true;
  const { outbox, sent } = build(async () => {
    if (isAway) throw new Error("the registry is away");
  });
  expect(await outbox.deliver()).toBe(false);
  isAway = false;
  expect(await outbox.deliver()).toBe(true);
  expect(sent).toEqual(["queued", "queued"]);
});

test("a tenant that does not answer is given up after ten seconds, and told again the next time", async () => {
  let isHung = true;
  const { outbox, sent } = build(() => (isHung ? new Promise(() => {}) : Promise.resolve()));
  let delivered: boolean | undefined;
  const delivering = outbox.deliver().then((answer) => {
    delivered = answer;
  });
  await vi.advanceTimersByTimeAsync(9_999);
  expect(delivered).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(delivered).toBe(false);
  await delivering;
  isHung = false;
  expect(await outbox.deliver()).toBe(true);
  expect(sent).toEqual(["queued", "queued"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("news that were given up and arrive after newer ones are followed by the latest, and nothing is settled before", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { outbox, now, sent, outdated } = build((status) =>
    status === "queued" ? promise : Promise.resolve(),
  );
  const first = outbox.deliver();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await first).toBe(false);
  now.status = "succeeded";
  expect(await outbox.deliver()).toBe(true);
  let isSettled = false;
  const settling = outbox.settled().then(() => {
    isSettled = true;
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect([isSettled, outdated.mock.calls.length]).toEqual([false, 0]);
  resolve();
  await settling;
  expect(outdated).toHaveBeenCalledTimes(1);
  expect(await outbox.deliver()).toBe(true);
  expect(sent).toEqual(["queued", "succeeded", "succeeded"]);
});
