// The event log, page by page and as a stream.

import { beforeEach, expect, test } from "vitest";
import type { EventPage, JobEvent } from "../../src/wire/job.ts";
import { ended, eventsOf, eventually, jobs, problemOf, results, submit } from "./api.ts";
import { World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
});

/** One frame of a stream: its fields by name. */
type Frame = Record<string, string>;

/** The frames of a stream, without heartbeats. */
function framesOf(text: string): Frame[] {
  expect(text.endsWith("\n\n")).toBe(true);
  return text
    .slice(0, -2)
    .split("\n\n")
    .filter((frame) => frame !== ": heartbeat")
    .map((frame) => Object.fromEntries(frame.split("\n").map(fieldOf)));
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(": ");
  return [line.slice(0, colon), line.slice(colon + 2)];
}

/** The events of a stream of a job that has ended, read to its end. */
async function streamed(
  jobId: string,
  query = "",
  headers: Record<string, string> = {},
): Promise<JobEvent[]> {
  const frames = framesOf(await (await jobs(`/${jobId}/events/stream${query}`, { headers })).text());
  const [hello, ...rest] = frames;
  expect(hello?.event).toBe("prompt.learning.stream.connected");
  expect(hello).not.toHaveProperty("id");
  return rest.map(({ id, event, data }) => {
    const told: JobEvent = JSON.parse(data ?? "");
    expect([String(told.seq), told.type]).toEqual([id, event]);
    return told;
  });
}

async function page(jobId: string, query: string): Promise<EventPage> {
  return (await jobs(`/${jobId}/events${query}`)).json();
}

test("events are numbered from 1 without a gap, and pages by since_seq and limit put together are the whole log", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const all = await eventsOf(job_id);
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
  expect(all.every((event) => event.job_id === job_id)).toBe(true);
  const read: JobEvent[] = [];
  for (let since = 0; ; ) {
    const { events, next_seq } = await page(job_id, `?since_seq=${since}&limit=4`);
    expect(events.length).toBeLessThanOrEqual(4);
    read.push(...events);
    if (events.length === 0) {
      expect(next_seq).toBe(since);
      break;
    }
    since = next_seq;
  }
  expect(read).toEqual(all);
});

test("the log begins with the creation, tells the best prompt, and ends with its one terminal event", async () => {
  const { job_id } = await submit();
  const job = await ended(job_id);
  const types = (await eventsOf(job_id)).map(({ type }) => type.replace("prompt.learning.", ""));
  expect(types.slice(0, 3)).toEqual(["created", "gepa.start", "rollouts.start"]);
  const closing = ["best.prompt", "top.prompt.content", "final.results", "usage.recorded", "gepa.complete"];
  const first = closing.map((type) => types.indexOf(type));
  expect(first).toEqual(first.toSorted((a, b) => a - b));
  expect(first[0]).toBeGreaterThan(0);
  expect(types.filter((type) => /gepa\.(complete|failed|cancelled)/.test(type))).toEqual(["gepa.complete"]);
  const best = (await eventsOf(job_id)).find(({ type }) => type === "prompt.learning.best.prompt");
  expect(best?.data.best_score).toBe(job.best_score);
});

test("a client that puts the results together from the events, as the protocol's own does, finds what the results say", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const found = await results(job_id);
  const log = await eventsOf(job_id);
  const dataOf = (type: string) =>
    log.filter((event) => event.type === `prompt.learning.${type}`).map(({ data }) => data);

  const [best] = dataOf("best.prompt");
  expect(best).toEqual({ best_prompt: found.best_prompt, best_score: found.best_score });
  const top = dataOf("top.prompt.content");
  expect(top).toEqual(found.top_prompts);
  for (const prompt of top) {
    expect(Object.keys(prompt)).toEqual(
      expect.arrayContaining(["rank", "train_accuracy", "val_accuracy", "template", "full_text"]),
    );
  }

  const validation = dataOf("validation.scored");
  expect(validation.map(({ rank, is_baseline }) => [rank, is_baseline])).toEqual([
    [-1, true],
    [1, false],
  ]);
  for (const { seeds, instance_scores, accuracy } of validation) {
    expect(seeds).toEqual([100, 101, 102]);
    expect(instance_scores).toHaveLength(3);
    expect(accuracy).toEqual(expect.any(Number));
  }
  const [final] = dataOf("final.results");
  const ranks = validation.map(({ rank, accuracy, is_baseline }) => ({ rank, accuracy, is_baseline }));
  expect(final).toMatchObject({ best_prompt: found.best_prompt, best_score: found.best_score });
  expect(final?.validation).toEqual(ranks);
  // Such a client takes the accuracy of rank 0 for that of the best prompt.
  expect(ranks.some(({ rank }) => rank === 0)).toBe(false);
});

test("a since_seq or limit that is none is a bad request", async () => {
  const { job_id } = await submit({}, { auto_start: false });
  for (const query of ["?since_seq=-1", "?since_seq=x", "?limit=0", "?limit=10001", "?since_seq=1.5"]) {
    await problemOf(await jobs(`/${job_id}/events${query}`), 400);
  }
});

test("the stream of a job that has ended greets, tells every event with its number as id, and ends", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const answer = await jobs(`/${job_id}/events/stream`);
  expect(answer.headers.get("content-type")).toContain("text/event-stream");
  expect(answer.headers.get("cache-control")).toBe("no-cache");
  await answer.body?.cancel();
  expect(await streamed(job_id)).toEqual(await eventsOf(job_id));
});

test("the stream goes on after Last-Event-ID, else after since_seq", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const all = await eventsOf(job_id);
  expect(await streamed(job_id, "?since_seq=5")).toEqual(all.slice(5));
  expect(await streamed(job_id, "", { "last-event-id": "7" })).toEqual(all.slice(7));
  expect(await streamed(job_id, "?since_seq=5", { "last-event-id": "7" })).toEqual(all.slice(7));
  for (const odd of ["x", "-3", "", "1.5"]) {
    expect(await streamed(job_id, "?since_seq=5", { "last-event-id": odd })).toEqual(all.slice(5));
  }
  expect(await streamed(job_id, `?since_seq=${all.length}`)).toEqual([]);
});

test("a reader of a running job hears the end of it without asking again", async () => {
  const release = world.hold();
  const { job_id } = await submit();
  const reading = streamed(job_id);
  await eventually(() => expect(world.inFlight).toBe(8));
  release();
  const heard = await reading;
  expect(heard.at(-1)?.type).toBe("prompt.learning.gepa.complete");
  expect(heard).toEqual(await eventsOf(job_id));
});

test("a reader of a job that waits is woken when it is started and when it is cancelled", async () => {
  world.hold();
  const { job_id } = await submit({}, { auto_start: false });
  const body = (await jobs(`/${job_id}/events/stream`)).body
    ?.pipeThrough(new TextDecoderStream())
    .getReader();
  let text = "";
  const readUntil = async (type: string) => {
    while (!text.includes(`event: ${type}\n`)) {
      const { done, value } = (await body?.read()) ?? { done: true };
      if (done) break;
      text += value;
    }
    expect(text).toContain(`event: ${type}\n`);
  };
  await readUntil("prompt.learning.created");
  await jobs(`/${job_id}/start`, { method: "POST" });
  await readUntil("prompt.learning.gepa.start");
  await jobs(`/${job_id}/cancel`, { method: "POST" });
  await readUntil("prompt.learning.gepa.cancelled");
  expect((await body?.read())?.done).toBe(true);
});

test("a job that failed ends its stream with the failure", async () => {
  world.play = async () => Response.json({ detail: "no such environment" }, { status: 404 });
  const { job_id } = await submit();
  await ended(job_id);
  const log = await streamed(job_id);
  expect(log.at(-1)).toMatchObject({
    type: "prompt.learning.gepa.failed",
    level: "error",
    data: { code: "baseline_failed", error: expect.stringContaining("no such environment") },
  });
});
