// The feed of the event log: every reader gets the whole log, in parts of bounded size, and what many wait for is made once.

import { describe, expect, test } from "vitest";
import { EventFeed } from "../../../src/durable/event-feed.ts";
import { JobStore } from "../../../src/durable/job-store.ts";
import { News } from "../../../src/durable/news.ts";
import { migrateJob } from "../../../src/durable/schema.ts";
import type { Sql } from "../../../src/durable/sql.ts";
import { nodeSql } from "../../support/node-sql.ts";

/** A job's log, its feed, and how often its events were read from the table. */
function build() {
  const sql = nodeSql();
  const counted = { reads: 0 };
  const counting: Sql = {
    ...sql,
    query: (statement, ...bindings) => {
      if (statement.includes("FROM event WHERE")) counted.reads += 1;
      return sql.query(statement, ...bindings);
    },
  };
  const store = new JobStore(counting);
  migrateJob(sql);
  const facts = JSON.stringify({ job_id: "pl_1", algorithm: "mipro", modules: [] });
  sql.execute("INSERT INTO job (one, facts, status) VALUES (1, ?, 'running')", facts);
  const news = new News();
  const tell = (...texts: string[]) => {
    store.append(
      texts.map((text) => ({ type: "told", message: "", data: { text } })),
      0,
    );
    news.tell();
  };
  const end = () => {
    store.update({ status: "succeeded" });
    news.tell();
  };
  return { store, feed: new EventFeed(store, news), counted, tell, end };
}

const textOf = (frames: Uint8Array) => new TextDecoder().decode(frames);
const idsIn = (frames: Uint8Array) =>
  [...textOf(frames).matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

describe("the feed of a log", () => {
  test("gives all of a long log in parts that a slow reader can hold, and says where it ends", async () => {
    const { feed, tell, end } = build();
    const texts = Array.from({ length: 250 }, (_, n) => `${n}:${"x".repeat(1_000)}`);
    tell(...texts, "y".repeat(500_000), "last");
    end();
    const ids: number[] = [];
    let pages = 0;
    for (let since = 0, ended = false; !ended; pages++) {
      const page = await feed.next(since, 0);
      if (page === null) throw new Error("the job is gone");
      const found = idsIn(page.frames);
      ids.push(...found);
      if (!found.includes(251)) expect(page.frames.byteLength).toBeLessThan(70_000);
      ({ next_seq: since, ended } = page);
    }
    expect(ids).toEqual(Array.from({ length: 252 }, (_, n) => n + 1));
    expect(pages).toBeGreaterThan(3);
  });

  test("makes what 500 readers wait for once, and wakes them all", async () => {
    const { feed, counted, tell, end } = build();
    tell("first");
    const readers = () => Promise.all(Array.from({ length: 500 }, (_) => feed.next(1, 60_000)));
    const waiting = readers();
    counted.reads = 0;
    tell("second", "third");
    for (const page of await waiting) {
      expect(page && idsIn(page.frames)).toEqual([2, 3]);
      expect(page?.ended).toBe(false);
    }
    expect(counted.reads).toBe(1);
    end();
    for (const page of await readers()) expect(page).toMatchObject({ next_seq: 3, ended: true });
    expect(counted.reads).toBe(1);
  });

  test("gives a reader that comes back what it has not had, and none a page of before", async () => {
    const { feed, tell } = build();
    tell(...Array.from({ length: 20 }, (_, n) => `${n}`));
    for (let since = 0; since < 20; since++) {
      expect(idsIn((await feed.next(since, 0))?.frames ?? new Uint8Array())[0]).toBe(since + 1);
    }
    tell("new");
    const page = await feed.next(19, 0);
    expect(page && idsIn(page.frames)).toEqual([20, 21]);
  });

  test("says an empty page after the wait, and null once the job is gone", async () => {
    const { store, feed, tell } = build();
    tell("first");
    expect(await feed.next(1, 1)).toMatchObject({ next_seq: 1, ended: false, frames: new Uint8Array() });
    const waiting = feed.next(1, 60_000);
    store.sql.execute("DROP TABLE migration");
    tell();
    expect(await waiting).toBeNull();
  });
});
