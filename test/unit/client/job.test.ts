// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configs are what is tested

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  ApiError,
  ConfigFileNotFoundError,
  ConfigInvalidError,
  InvalidJobIdError,
  JobAlreadySubmittedError,
  JobNotSubmittedError,
  type JobView,
  PollTimeoutError,
  PromptLearningJob,
  PromptLearningJobPoller,
  sleep,
} from "../../../src/client/index.ts";
import { cleanups, optionsFor, start } from "../../support/client-setup.ts";
import { API_KEY, JOB_ID, jobView } from "../../support/fake-service.ts";

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

  it("asks again when the answer to a submission gets lost, under the same key, so that there is one job", async () => {
    const keys: (string | null)[] = [];
    const service = await start({});
    const { options } = optionsFor(service);
    const job = PromptLearningJob.fromMapping(
      {},
      {
        ...options,
        transport: {
          ...options.transport,
          fetch: async (url, init) => {
            keys.push(new Headers(init?.headers).get("idempotency-key"));
            if (keys.length === 1)
              throw new TypeError("fetch failed", { cause: new Error("socket hang up") });
            return fetch(url, init);
          },
        },
      },
    );
    expect(await job.submit()).toBe(JOB_ID);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/^[\x21-\x7e]{20,}$/);
    expect(keys[1]).toBe(keys[0]);
  });

  it("submits under the key it is given, and otherwise under a key of its own", async () => {
    const service = await start({});
    const { options } = optionsFor(service);
    for (const idempotencyKey of ["mine", undefined, undefined]) {
      await PromptLearningJob.fromMapping({}, { ...options, idempotencyKey }).submit();
    }
    const keys = service.received.map(({ headers }) => headers["idempotency-key"]);
    expect(keys[0]).toBe("mine");
    expect(new Set(keys).size).toBe(3);
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
