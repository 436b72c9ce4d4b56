// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configs are what is tested

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  ApiError,
  ConfigFileNotFoundError,
  ConfigInvalidError,
  InvalidJobIdError,
  JobAlreadySubmittedError,
  JobNotSubmittedError,
  type JobView,
  NetworkError,
  PollTimeoutError,
  PromptLearningClient,
  PromptLearningJob,
  PromptLearningJobPoller,
  RequestTimeoutError,
  sleep,
} from "../../../src/client/index.ts";
import {
  API_KEY,
  type FakeScript,
  type FakeService,
  frame,
  JOB_ID,
  jobEvent,
  jobResults,
  jobView,
  startFakeService,
} from "../../support/fake-service.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

async function start(script: FakeScript): Promise<FakeService> {
  const service = await startFakeService(script);
  cleanups.push(service.close);
  return service;
}

/** A host whose time only passes while somebody sleeps. */
function fakeTime() {
  let now = 0;
  const slept: number[] = [];
  const transport = {
    now: () => now,
    random: () => 1,
    sleep: async (ms: number) => {
      slept.push(ms);
      now += ms;
      // Lets the sockets speak, so that a test's server is not starved.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return { slept, transport };
}

function optionsFor(service: FakeService) {
  const time = fakeTime();
  return {
    slept: time.slept,
    options: { backendUrl: service.url, apiKey: API_KEY, env: {}, transport: time.transport },
  };
}

async function configFile(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cultivar-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

describe("submitting", () => {
  it("sends the file as it is, with the task app's settings filled in as overrides", async () => {
    const service = await start({});
    const { options } = optionsFor(service);
    const text = '[prompt_learning]\ntask_app_url = "${APP}"\ntask_app_api_key = "$NOT_SET"\n';
    const job = await PromptLearningJob.fromConfig(await configFile("a.toml", text), {
      ...options,
      env: { APP: "http://app", ENVIRONMENT_API_KEY: "secret" },
      overrides: { "prompt_learning.policy.model": "m" },
      metadata: { team: "x" },
      allowExperimental: true,
    });
    expect(job.jobId).toBeUndefined();
    expect(await job.submit()).toBe(JOB_ID);
    expect(job.jobId).toBe(JOB_ID);
    expect(service.received[0]?.body).toEqual({
      config_toml: text,
      overrides: {
        "prompt_learning.task_app_url": "http://app",
        "prompt_learning.task_app_api_key": "secret",
        "prompt_learning.policy.model": "m",
      },
      metadata: { team: "x", allow_experimental: true },
      auto_start: true,
    });
  });

  it("sends a JSON file as a config object", async () => {
    const service = await start({});
    const path = await configFile("a.json", '{"prompt_learning":{"algorithm":"gepa","task_app_url":"$APP"}}');
    const job = await PromptLearningJob.fromConfig(path, {
      ...optionsFor(service).options,
      env: { APP: "http://app" },
    });
    await job.submit();
    expect(service.received[0]?.body).toMatchObject({
      config_body: { prompt_learning: { algorithm: "gepa" } },
      overrides: { "prompt_learning.task_app_url": "http://app" },
    });
  });

  it("checks the file, the key and the id before anything is sent", async () => {
    const options = { apiKey: API_KEY, env: {} };
    await expect(() => PromptLearningJob.fromConfig("/nowhere.toml", options)).rejects.toThrow(
      ConfigFileNotFoundError,
    );
    await expect(() => PromptLearningJob.fromConfig("", options)).rejects.toThrow("config_path is required");
    const broken = await configFile("b.json", "{");
    await expect(() => PromptLearningJob.fromConfig(broken, options)).rejects.toThrow(ConfigInvalidError);
    expect(() => PromptLearningJob.fromMapping({}, { env: {} })).toThrow("api_key is required");
    expect(() => PromptLearningJob.fromJobId("pl_x", options)).toThrow(InvalidJobIdError);
  });

  it("creates one job however often it is asked", async () => {
    const service = await start({});
    const job = PromptLearningJob.fromMapping({}, optionsFor(service).options);
    const first = job.submit();
    await expect(() => job.submit()).rejects.toThrow(JobAlreadySubmittedError);
    await first;
    await expect(() => job.submit()).rejects.toThrow(`Job already submitted: ${JOB_ID}`);
    expect(service.received).toHaveLength(1);
  });

  it("throws every mistake of the config, and may then be submitted again", async () => {
    const errors = [{ pointer: "/a", path: "a", message: "unknown key", line: 3, column: 1 }];
    const problem = {
      type: "t",
      title: "Invalid",
      status: 422,
      detail: "1 error",
      code: "config_invalid",
      errors,
    };
    const service = await start({ problem });
    const job = PromptLearningJob.fromMapping({}, optionsFor(service).options);
    const error = await job.submit().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigInvalidError);
    expect(error).toMatchObject({ code: "config_invalid", status: 422, retryable: false, errors });
    await expect(() => job.submit()).rejects.toThrow(ConfigInvalidError);
  });

  it("does not send a submission twice when its answer gets lost", async () => {
    let sent = 0;
    const transport = {
      fetch: async (): Promise<Response> => {
        sent++;
        throw new TypeError("fetch failed", { cause: new Error("socket hang up") });
      },
    };
    const job = PromptLearningJob.fromMapping({}, { apiKey: API_KEY, env: {}, transport });
    await expect(() => job.submit()).rejects.toThrow("socket hang up");
    expect(sent).toBe(1);
  });

  it("has no status, results or events before it is submitted", async () => {
    const job = PromptLearningJob.fromMapping({}, { apiKey: API_KEY, env: {} });
    expect(() => job.getStatus()).toThrow(JobNotSubmittedError);
    expect(() => job.events()).toThrow(JobNotSubmittedError);
    await expect(() => job.pollUntilComplete()).rejects.toThrow(JobNotSubmittedError);
  });
});

describe("polling", () => {
  it("calls onStatus at every poll and returns the last status", async () => {
    const views = [jobView({ status: "queued" }), jobView(), jobView({ status: "failed", error: "boom" })];
    const service = await start({ views });
    const { options, slept } = optionsFor(service);
    const seen: string[] = [];
    const job = PromptLearningJob.fromJobId(JOB_ID, options);
    const last = await job.pollUntilComplete({ interval: 7, onStatus: (view) => seen.push(view.status) });
    expect(seen).toEqual(["queued", "running", "failed"]);
    expect(last.error).toBe("boom");
    expect(slept).toEqual([7000, 7000]);
  });

  it("throws at the time-out, which counts the time that passed and carries the last status", async () => {
    const service = await start({});
    const { options, slept } = optionsFor(service);
    const job = PromptLearningJob.fromJobId(JOB_ID, options);
    const error = await job
      .pollUntilComplete({ timeout: 12, interval: 5 })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PollTimeoutError);
    expect(error).toMatchObject({ code: "poll_timeout", retryable: true, last: { job_id: JOB_ID } });
    expect(slept).toEqual([5000, 5000, 2000]);
  });

  it("forgives five failures in a row, waits as long as the service asks, and counts afresh after a success", async () => {
    const busy = { status: 503 };
    const failures = { "": [busy, { status: 429, headers: { "retry-after": "30" } }, busy, busy, busy] };
    const service = await start({ failures, views: [jobView(), jobView({ status: "succeeded" })] });
    const { options, slept } = optionsFor(service);
    const poller = new PromptLearningJobPoller({
      baseUrl: service.url,
      apiKey: API_KEY,
      transport: options.transport,
    });
    expect((await poller.pollJob(JOB_ID)).status).toBe("succeeded");
    expect(slept[1]).toBe(30_000);
    expect(slept).toHaveLength(6);
  });

  it("throws the sixth failure in a row, and a failure that cannot pass at once", async () => {
    const service = await start({ failures: { "": Array(6).fill({ status: 500 }) } });
    const { options } = optionsFor(service);
    const job = PromptLearningJob.fromJobId(JOB_ID, options);
    await expect(() => job.pollUntilComplete()).rejects.toThrow(ApiError);
    expect(service.to("")).toHaveLength(6);
    const stranger = PromptLearningJob.fromJobId(JOB_ID, { ...options, apiKey: "wrong" });
    await expect(() => stranger.pollUntilComplete()).rejects.toMatchObject({
      status: 401,
      code: "unauthorized",
    });
    expect(service.to("")).toHaveLength(7);
  });

  it("ends at once when it is aborted, and passes on what onStatus throws", async () => {
    const service = await start({});
    const { options } = optionsFor(service);
    const job = PromptLearningJob.fromJobId(JOB_ID, { ...options, transport: { sleep } });
    const controller = new AbortController();
    const stop = () => controller.abort(new Error("enough"));
    await expect(() => job.pollUntilComplete({ onStatus: stop, signal: controller.signal })).rejects.toThrow(
      "enough",
    );
    const angry = () => {
      throw new Error("angry");
    };
    await expect(() => job.pollUntilComplete({ onStatus: angry })).rejects.toThrow("angry");
    await expect(() => job.pollUntilComplete({ timeout: 0 })).rejects.toThrow(RangeError);
  });

  it("polls any path by its `status` or `state`", async () => {
    const done: JobView = { ...jobView(), status: "succeeded" };
    const service = await start({ views: [jobView(), done] });
    const { options } = optionsFor(service);
    const poller = new PromptLearningJobPoller({
      baseUrl: `${service.url}/api`,
      apiKey: API_KEY,
      transport: options.transport,
    });
    const outcome = await poller.poll(`/api/prompt-learning/online/jobs/${JOB_ID}`);
    expect(outcome).toMatchObject({ status: "succeeded", payload: { job_id: JOB_ID } });
  });
});

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

describe("PromptLearningClient", () => {
  it("tries reads again after failures that may pass, and only so often", async () => {
    const service = await start({
      failures: { "": [{ status: 500 }, { status: 429, headers: { "retry-after": "9" } }] },
    });
    const { options, slept } = optionsFor(service);
    const client = new PromptLearningClient(options);
    expect((await client.getJob(JOB_ID)).job_id).toBe(JOB_ID);
    expect(slept).toEqual([500, 9000]);
    const down = await start({ failures: { "": Array(9).fill({ status: 500 }) } });
    await expect(() =>
      new PromptLearningClient({ ...options, backendUrl: down.url }).getJob(JOB_ID),
    ).rejects.toThrow(ApiError);
    expect(down.to("")).toHaveLength(4);
  });

  it("names the service's code and request id, and makes a problem of an answer that is none", async () => {
    const service = await start({ failures: { "/results": [{ status: 404, body: "<html>nginx</html>" }] } });
    const { options } = optionsFor(service);
    const stranger = new PromptLearningClient({ ...options, apiKey: "wrong" });
    await expect(() => stranger.getJob(JOB_ID)).rejects.toMatchObject({
      code: "unauthorized",
      requestId: "req-1",
    });
    await expect(() => new PromptLearningClient(options).getResults(JOB_ID)).rejects.toThrow(
      /404.*Cultivar service.*nginx/,
    );
  });

  it("gives up on a service that does not answer, or cannot be reached, or redirects", async () => {
    const hang = (_url: string, init: RequestInit) =>
      new Promise<Response>((_, reject) =>
        init.signal?.addEventListener("abort", () => reject(new Error("aborted"))),
      );
    const common = { apiKey: API_KEY, env: {} };
    const slow = new PromptLearningClient({ ...common, transport: { fetch: hang } });
    await expect(() => slow.getJob(JOB_ID, { timeoutMs: 5, retries: 0 })).rejects.toThrow(
      RequestTimeoutError,
    );
    const service = await start({
      failures: { "": [{ status: 302, headers: { location: "http://elsewhere" } }] },
    });
    const { options } = optionsFor(service);
    await expect(() => new PromptLearningClient(options).getJob(JOB_ID)).rejects.toThrow(
      "redirects elsewhere",
    );
    await service.close();
    cleanups.pop();
    await expect(() => new PromptLearningClient(options).getJob(JOB_ID)).rejects.toThrow(NetworkError);
  });

  it("lists jobs over all pages", async () => {
    const jobIds = ["a", "b", "c", "d", "e"].map((digit) => `pl_${digit.repeat(16)}`);
    const service = await start({ jobIds });
    const ids: string[] = [];
    for await (const job of new PromptLearningClient(optionsFor(service).options).listJobs({
      status: "running",
    }))
      ids.push(job.job_id);
    expect(ids).toEqual(jobIds);
    expect(service.received.map(({ query }) => query.get("cursor"))).toEqual([null, "2", "4"]);
    expect(service.received[0]?.query.get("status")).toBe("running");
  });

  it("gives the prompt of a rank, null beyond the last, and refuses rank 0", async () => {
    const service = await start({ results: jobResults() });
    const client = new PromptLearningClient(optionsFor(service).options);
    expect(await client.getPromptText(JOB_ID)).toContain("banking query");
    expect(await client.getPromptText(JOB_ID, 2)).toBeNull();
    await expect(() => client.getPromptText(JOB_ID, 0)).rejects.toThrow(RangeError);
  });

  it("cancels with the reason, and starts", async () => {
    const service = await start({});
    const client = new PromptLearningClient(optionsFor(service).options);
    await client.cancel(JOB_ID, "too dear");
    await client.startJob(JOB_ID);
    expect(service.to("/cancel")[0]?.body).toEqual({ reason: "too dear" });
    expect(service.to("/start")).toHaveLength(1);
  });
});
