import { describe, expect, it } from "vitest";
import {
  ApiError,
  JobAlreadySubmittedError,
  NetworkError,
  PromptLearningClient,
  PromptLearningJob,
  RequestTimeoutError,
} from "../../../src/client/index.ts";
import { cleanups, optionsFor, start } from "../../support/client-setup.ts";
import { API_KEY, JOB_ID, jobResults, validationReport, verification } from "../../support/fake-service.ts";

describe("PromptLearningClient", () => {
  it("gives a dry run's report, or its mistakes", async () => {
    const service = await start({});
    const { options } = optionsFor(service);
    const body = { config_body: { algorithm: "gepa" } };
    expect(await new PromptLearningClient(options).validate(body)).toEqual(validationReport());
    expect(service.received).toMatchObject([{ method: "POST", path: "/api/prompt-learning/validate", body }]);
    const errors = [{ pointer: "/a", path: "a", message: "is wrong" }];
    const strict = await start({
      problem: { type: "t", title: "t", status: 422, detail: "d", code: "config_invalid", errors },
    });
    const { options: other } = optionsFor(strict);
    await expect(() => new PromptLearningClient(other).validate(body)).rejects.toMatchObject({
      name: "ConfigInvalidError",
      errors,
    });
  });

  it("gives an audit's findings, and refuses an answer that is none", async () => {
    const { options } = optionsFor(await start({}));
    expect(await PromptLearningJob.fromJobId(JOB_ID, options).verify()).toEqual(verification());
    const body = JSON.stringify({ job_id: JOB_ID, status: "succeeded" });
    const { options: other } = optionsFor(
      await start({ failures: { "/verification": [{ status: 200, body }] } }),
    );
    await expect(() => new PromptLearningClient(other).verify(JOB_ID)).rejects.toThrow("lacks `holds`");
  });

  it("makes a dry run of a job, which can still be submitted, but not of one known by its id", async () => {
    const service = await start({});
    const { options } = optionsFor(service);
    const job = PromptLearningJob.fromMapping({ algorithm: "gepa" }, options);
    expect((await job.validate()).estimate.sensible_budget).toBe(100);
    expect(await job.submit()).toBe(JOB_ID);
    await expect(() => PromptLearningJob.fromJobId(JOB_ID, options).validate()).rejects.toThrow(
      JobAlreadySubmittedError,
    );
  });

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

  it("sends each command with what belongs to it", async () => {
    const service = await start({});
    const client = new PromptLearningClient(optionsFor(service).options);
    await client.cancel(JOB_ID, "too dear");
    await client.startJob(JOB_ID);
    expect((await client.pause(JOB_ID, "lunch")).job_id).toBe(JOB_ID);
    await client.resume(JOB_ID);
    await client.stop(JOB_ID);
    await client.stop(JOB_ID, { heldOut: false, reason: "enough" });
    const sent = service.received.map(({ path, body }) => [path.split("/").at(-1), body]);
    expect(sent).toEqual([
      ["cancel", { reason: "too dear" }],
      ["start", {}],
      ["pause", { reason: "lunch" }],
      ["resume", {}],
      ["stop", {}],
      ["stop", { reason: "enough", held_out: false }],
    ]);
  });
});
