// `Idempotency-Key`: one submission, sent many times, is one job.

import { beforeEach, expect, test } from "vitest";
import type { JobSummary, JobView, Page } from "../../src/wire/job.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import { ALPHA, BETA, ended, eventually, jobs, posted, problemOf, smallJob, view } from "./api.ts";
import { World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
});

function submit(key: string, more: JsonObject = {}, tenantKey = ALPHA): Promise<Response> {
  const init = posted({ config_body: smallJob(), auto_start: false, ...more });
  const headers = { ...init.headers, "idempotency-key": key };
  return jobs("", { ...init, headers }, tenantKey);
}

async function idOf(answer: Promise<Response>, status: number): Promise<string> {
  const got = await answer;
  expect(got.status, await got.clone().text()).toBe(status);
  const { job_id } = (await got.json()) as JobView;
  expect(got.headers.get("location")).toBe(`/api/prompt-learning/online/jobs/${job_id}`);
  return job_id;
}

test("the same submission with the same key is the same job, also when it has moved on", async () => {
  const first = await idOf(submit("again", { auto_start: true }), 201);
  await ended(first);
  const checks = world.checks;
  expect(await idOf(submit("again", { auto_start: true }), 200)).toBe(first);
  // Nobody is asked anything: the job is there.
  expect(world.checks).toBe(checks);
  expect((await view(first)).status).toBe("succeeded");
});

test("fifty at once are one job", async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => submit("twins")));
  const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as JobView).job_id));
  expect(answers.every(({ status }) => status === 201 || status === 200)).toBe(true);
  expect(new Set(ids).size).toBe(1);
  await eventually(async () => {
    const page = (await (await jobs()).json()) as Page<JobSummary>;
    expect(page.items.filter(({ job_id }) => job_id === ids[0])).toHaveLength(1);
  });
});

test("the same key with another submission is refused, and names the job that has it", async () => {
  const first = await idOf(submit("taken"), 201);
  const other = { overrides: { "prompt_learning.gepa.rng_seed": 5 } };
  const problem = await problemOf(await submit("taken", other), 422);
  expect(problem.code).toBe("idempotency_key_reused");
  expect(problem.detail).toContain(first);
});

test("a key that was refused with a bad config is free for the mended one", async () => {
  const wrong = { overrides: { "prompt_learning.gepa.rollout.budget": "plenty" } };
  await problemOf(await submit("mended", wrong), 422);
  world.health = () => new Response("", { status: 503 });
  await problemOf(await submit("mended"), 422);
  world.health = () => Response.json({ status: "healthy" });
  await idOf(submit("mended"), 201);
});

test("keys of two tenants, and two keys, are different jobs", async () => {
  const ids = [
    await idOf(submit("k"), 201),
    await idOf(submit("k", {}, BETA), 201),
    await idOf(submit("k2"), 201),
    await idOf(submit("x".repeat(255)), 201),
  ];
  expect(new Set(ids).size).toBe(4);
});

test("a key that is empty, too long or not visible ASCII is a 400", async () => {
  for (const key of ["", "x".repeat(256), "with blank", "schlüssel"]) {
    expect((await problemOf(await submit(key), 400)).code, key).toBe("bad_request");
  }
});
