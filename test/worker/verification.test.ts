// The audit of a job: it holds for every job that the service ran, and names what somebody changed in a job's rows.

import { runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import type { Job } from "../../src/durable/job.ts";
import type { VerificationCheck } from "../../src/wire/verification.ts";
import {
  BASELINE,
  BETA,
  ended,
  eventually,
  jobObjectOf,
  jobs,
  posted,
  problemOf,
  submit,
  verification,
} from "./api.ts";
import { throughInterceptor, World } from "./world.ts";

const WASTED = JSON.stringify({ prompt_tokens: 10, completion_tokens: 2, llm_calls: 1, usd: null });

let world: World;
beforeEach(() => {
  world = new World().install();
});

/** Runs statements on a job's own rows. */
function meddle(jobId: string, ...statements: string[]): Promise<void> {
  return runInDurableObject(jobObjectOf(jobId), (_, { storage }) => {
    for (const statement of statements) storage.sql.exec(statement);
  });
}

async function checkOf(jobId: string, name: VerificationCheck["name"]) {
  return (await verification(jobId)).checks.find((check) => check.name === name);
}

test("a job that succeeded is what its journal says, and nobody is asked for it", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const asked = world.rollouts.length + world.models.length;
  const found = await verification(job_id);
  expect(found).toMatchObject({ job_id, status: "succeeded", holds: true, rollouts_total: 120 });
  expect(found.steps).toBeGreaterThan(3);
  expect(found.checks.map(({ name, outcome }) => [name, outcome])).toEqual([
    ["results", "holds"],
    ["events", "holds"],
    ["budget", "holds"],
    ["spending", "skipped"],
    ["alarm", "skipped"],
    ["secrets", "holds"],
  ]);
  expect(world.rollouts.length + world.models.length).toBe(asked);
});

test("what was changed in an ended job's rows is found, and put back it is well again", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const first = "(SELECT min(key) FROM rollout WHERE key GLOB 'pareto/*')";
  const rewrite = (by: number) =>
    `UPDATE rollout SET answer = json_set(answer, '$.reward', (answer ->> '$.reward') + ${by}) WHERE key = ${first}`;
  await meddle(job_id, rewrite(0.25));
  expect(await checkOf(job_id, "results")).toMatchObject({ outcome: "fails" });
  expect((await verification(job_id)).holds).toBe(false);
  await meddle(job_id, rewrite(-0.25));
  expect((await verification(job_id)).holds).toBe(true);

  await meddle(job_id, "UPDATE rollout SET key = 'x' || key WHERE key GLOB 'validation/*'");
  const lost = await checkOf(job_id, "results");
  expect(lost?.detail).toMatch(/^step \d+: the journal has no rollout validation\//);
  await meddle(job_id, "UPDATE rollout SET key = substr(key, 2) WHERE key GLOB 'xvalidation/*'");

  const best = "type = 'prompt.learning.best.prompt'";
  await meddle(job_id, `UPDATE event SET message = message || '!' WHERE ${best}`);
  expect((await checkOf(job_id, "events"))?.detail).toMatch(/^"Best prompt: .*!" is not what the journal/);
  await meddle(job_id, `UPDATE event SET message = rtrim(message, '!') WHERE ${best}`);

  await meddle(job_id, "UPDATE job SET finish_reason = 'patience'");
  expect((await verification(job_id)).holds).toBe(false);
  await meddle(job_id, "UPDATE job SET finish_reason = 'generations'");
  expect((await verification(job_id)).holds).toBe(true);

  await meddle(job_id, "DELETE FROM event WHERE seq = 3");
  expect(await checkOf(job_id, "events")).toMatchObject({ outcome: "fails", detail: "event 3 is missing" });
});

test("a job whose row tells another end than its log is found", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const as = (status: string) => meddle(job_id, `UPDATE job SET status = '${status}'`);
  for (const status of ["failed", "cancelled"]) {
    await as(status);
    expect((await checkOf(job_id, "events"))?.detail).toMatch(
      new RegExp(`^"Done .*" closes a job that is ${status}$`),
    );
  }
  await as("running");
  expect((await checkOf(job_id, "events"))?.detail).toBe("a job that is running has 1 closing events");
  await as("succeeded");
  expect(await checkOf(job_id, "events")).toMatchObject({ outcome: "holds" });
  await meddle(job_id, "UPDATE job SET error = 'nothing worked'");
  expect((await checkOf(job_id, "events"))?.detail).toMatch(/^"Done .*" is not the job's error$/);
});

test("a list that was told by a release with other fields knows of the end; one that was told of another status does not", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  await eventually(async () => expect(await checkOf(job_id, "alarm")).toMatchObject({ outcome: "skipped" }));
  await meddle(job_id, "UPDATE job SET announced = json_remove(announced, '$.baseline_score')");
  expect(await checkOf(job_id, "alarm")).toMatchObject({ outcome: "skipped" });
  await meddle(job_id, "UPDATE job SET announced = json_set(announced, '$.status', 'running')");
  expect(await checkOf(job_id, "alarm")).toMatchObject({
    outcome: "fails",
    detail: "its list does not know yet that the job has ended, and no alarm is set",
  });
});

test("rollouts beyond the budget are found, and the step that paid for them", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 130)";
  const rows = `SELECT 'extra/' || i, 2, (SELECT answer FROM rollout LIMIT 1) FROM n`;
  await meddle(job_id, `INSERT INTO rollout (key, step, answer) ${numbers} ${rows}`);
  expect(await checkOf(job_id, "budget")).toMatchObject({
    outcome: "fails",
    detail: expect.stringMatching(/^\d+ rollouts were paid for by step 2, and the budget has 120$/),
  });
});

test("a job that spent more than its limits is found, and by which step", async () => {
  world.play = throughInterceptor(BASELINE);
  const { job_id } = await submit({
    "gepa.proposer_output_tokens": "RAPID",
    "termination_config.max_tokens": 14_000,
  });
  await ended(job_id);
  expect(await checkOf(job_id, "spending")).toMatchObject({ outcome: "holds" });
  const charge = (tokens: number) =>
    meddle(
      job_id,
      `UPDATE rollout SET answer = json_set(answer, '$.usage.charge.tokens', ${tokens}) WHERE key = ${first}`,
    );
  const first = "(SELECT min(key) FROM rollout WHERE step = 1)";
  await charge(1);
  expect((await checkOf(job_id, "spending"))?.detail).toMatch(/^pareto\/.* counts 1 tokens, and used \d+$/);
  await charge(1_000);
  await meddle(
    job_id,
    `INSERT INTO waste (step, role, tokens, usd, usage) SELECT 1, 'policy', 2, 0, '${WASTED}'`,
  );
  expect((await checkOf(job_id, "spending"))?.detail).toBe(
    "an attempt without an answer counts 2 tokens, and used 12",
  );
  await meddle(job_id, "DELETE FROM waste WHERE tokens = 2");
  await meddle(
    job_id,
    `UPDATE rollout SET answer = json_set(json_remove(answer, '$.usage.charge'), '$.usage.prompt_tokens', 14001) WHERE key = ${first}`,
  );
  expect(await checkOf(job_id, "spending")).toMatchObject({
    outcome: "fails",
    detail: expect.stringMatching(/^\d+ tokens were spent, and the limit is 14000, by step 1$/),
  });
});

test("a key that an ended job kept is found", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const kept = `json_set(facts, '$.task_app_api_key', json('{"kind":"named","name":"NAMED_KEY"}'))`;
  await meddle(job_id, `UPDATE job SET facts = ${kept}`);
  expect(await checkOf(job_id, "secrets")).toMatchObject({ outcome: "fails" });
});

test("a running job is sound as far as it is", async () => {
  const release = world.hold();
  const { job_id } = await submit();
  await eventually(() => expect(world.inFlight).toBe(8));
  expect(await verification(job_id)).toMatchObject({ status: "running", holds: true, steps: 0 });
  expect(await checkOf(job_id, "alarm")).toMatchObject({ outcome: "holds" });
  release();
  await ended(job_id);
});

test("a job that is to run and has no alarm is found, and goes on once somebody looks at it", async () => {
  const { job_id } = await submit({}, { auto_start: false });
  await runInDurableObject(jobObjectOf(job_id), async (object: Job, { storage }) => {
    await eventually(async () => expect(await storage.getAlarm()).toBeNull());
    storage.sql.exec("UPDATE job SET status = 'queued'");
    expect((await object.verification())?.checks).toContainEqual({
      name: "alarm",
      outcome: "fails",
      detail: "the job is queued, and no alarm is set",
    });
  });
  expect((await ended(job_id)).status).toBe("succeeded");
});

test.each(["cancel", "pause", "stop"])("a job that was told to %s is sound", async (command) => {
  let answered = 0;
  const { play } = world;
  world.play = (call) => {
    answered += 1;
    return play(call);
  };
  const { job_id } = await submit();
  await eventually(() => expect(answered).toBeGreaterThan(30));
  await jobs(`/${job_id}/${command}`, posted({}));
  expect(await verification(job_id)).toMatchObject({ holds: true });
  if (command === "pause") await jobs(`/${job_id}/resume`, posted({}));
  await ended(job_id);
});

test("a job whose baseline fails is sound, and nobody sees another tenant's", async () => {
  world.play = () => Promise.resolve(new Response("no", { status: 404 }));
  const { job_id } = await submit();
  expect((await ended(job_id)).status).toBe("failed");
  expect(await verification(job_id)).toMatchObject({ status: "failed", holds: true, steps: 0 });
  await meddle(job_id, "UPDATE job SET error = 'somebody else'");
  expect((await checkOf(job_id, "events"))?.detail).toMatch(/^"The job failed: .*" is not the job's error$/);
  await problemOf(await jobs(`/${job_id}/verification`, {}, BETA), 404);
});
