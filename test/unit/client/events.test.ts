import { describe, expect, it } from "vitest";
import { PromptLearningJob } from "../../../src/client/index.ts";
import { optionsFor, start } from "../../support/client-setup.ts";
import { type FakeService, frame, JOB_ID, jobEvent, jobView } from "../../support/fake-service.ts";

describe("events", () => {
  const progress = [1, 2, 3, 4].map((seq) => jobEvent(seq, "prompt.learning.progress", { note: "ä🙂", seq }));
  const last = jobEvent(5, "prompt.learning.completed");
  const log = [...progress, last];

  async function collect(service: FakeService, since?: number): Promise<number[]> {
    const job = PromptLearningJob.fromJobId(JOB_ID, optionsFor(service).options);
    const seen: number[] = [];
    for await (const event of job.events({ since })) seen.push(event.seq);
    return seen;
  }

  it("come from one stream, however it is cut into chunks, up to the terminal one", async () => {
    const bytes = new TextEncoder().encode(
      `: hello\n\n${log.map(frame).join("")}${frame(jobEvent(6, "too.late"))}`,
    );
    const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) =>
      bytes.slice(at * 7, at * 7 + 7),
    );
    const service = await start({ streams: [{ pieces, ends: "hold" }] });
    expect(await collect(service)).toEqual([1, 2, 3, 4, 5]);
    expect(service.received).toHaveLength(1);
  });

  it("come once each when the stream is cut in the middle of a frame: it goes on after the last seq", async () => {
    const [first, second, third] = log.map(frame);
    const service = await start({
      events: progress.slice(0, 2),
      streams: [
        { pieces: [first ?? "", (second ?? "").slice(0, 40)], ends: "cut" },
        { pieces: [second ?? "", third ?? "", frame(progress[3] ?? last), frame(last)], ends: "hold" },
      ],
    });
    expect(await collect(service)).toEqual([1, 2, 3, 4, 5]);
    const [, again] = service.to("/events/stream");
    expect(again?.query.get("since_seq")).toBe("2");
    expect(again?.headers["last-event-id"]).toBe("2");
  });

  it("come from pages of the log when there is no stream", async () => {
    const service = await start({ events: log });
    expect(await collect(service)).toEqual([1, 2, 3, 4, 5]);
    expect(await collect(service, 3)).toEqual([4, 5]);
  });

  it("end when the job is over though its terminal event was seen before", async () => {
    const service = await start({ events: log, views: [jobView({ status: "succeeded" })] });
    expect(await collect(service, 5)).toEqual([]);
  });

  it("survive a failing service, but not one that refuses", async () => {
    const failures = { "/events": [{ status: 502 }, { status: 503, headers: { "retry-after": "3" } }] };
    const service = await start({ events: log, failures });
    expect(await collect(service)).toEqual([1, 2, 3, 4, 5]);
    const gone = await start({ failures: { "/events": [{ status: 404 }] } });
    await expect(() => collect(gone)).rejects.toMatchObject({ status: 404 });
    const dead = await start({ failures: { "/events": Array(9).fill({ status: 500 }) } });
    await expect(() => collect(dead)).rejects.toMatchObject({ status: 500 });
    expect(dead.to("/events")).toHaveLength(6);
  });

  it("are complete when the last ones are written just as the job ends", async () => {
    const failures = { "/events": [{ status: 200, body: '{"events":[],"next_seq":0}' }] };
    const service = await start({ events: progress, failures, views: [jobView({ status: "succeeded" })] });
    expect(await collect(service)).toEqual([1, 2, 3, 4]);
  });

  it("do not count the rounds without news as failures before the first one", async () => {
    const empty = { status: 200, body: "[]" };
    const pages = [...Array<typeof empty>(8).fill(empty), { status: 500 }];
    const service = await start({ events: log, failures: { "/events": pages } });
    expect(await collect(service)).toEqual([1, 2, 3, 4, 5]);
  });

  it("do not count a long silence as failure", async () => {
    const quiet = { pieces: [": still here\n\n"], ends: "end" as const };
    const end = { pieces: [frame(last)], ends: "hold" as const };
    const service = await start({ streams: [...Array<typeof quiet>(12).fill(quiet), end] });
    expect(await collect(service)).toEqual([5]);
  });

  it("close the connection when the reader leaves, and stop when aborted", async () => {
    const streams = [1, 2].map(() => ({ pieces: [frame(progress[0] ?? last)], ends: "hold" as const }));
    const service = await start({ streams });
    const job = PromptLearningJob.fromJobId(JOB_ID, optionsFor(service).options);
    for await (const event of job.events()) {
      expect(event.seq).toBe(1);
      break;
    }
    const controller = new AbortController();
    const reading = job.events({ signal: controller.signal });
    await reading.next();
    controller.abort(new Error("enough"));
    await expect(() => reading.next()).rejects.toThrow("enough");
  });
});
