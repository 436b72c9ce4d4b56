// Keys of task apps: where they may come from, and that they are nowhere to be read. The key of these tests is a canary
// that is searched for, in many spellings, in everything that is kept or told.

import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import type { JsonObject } from "../../src/wire/json.ts";
import { app } from "../../src/worker/app.ts";
import {
  ALPHA,
  BASELINE,
  ended,
  eventually,
  jobObjectOf,
  jobs,
  ORIGIN,
  posted,
  problemOf,
  smallJob,
  submit,
} from "./api.ts";
import { scored, TASK_APP_KEY, World } from "./world.ts";

const CANARY = 'canary-7Kq"/+=x~Z9';
const PATH = "prompt_learning.task_app_api_key";

let world: World;
beforeEach(() => {
  world = new World().install();
});

/** The ways in which a text may stand in another one. */
function spellings(text: string): string[] {
  const shifted = [0, 1, 2].map((shift) =>
    btoa("x".repeat(shift) + text)
      .slice(4, -4)
      .replaceAll("=", ""),
  );
  const hex = Array.from(text, (char) => char.charCodeAt(0).toString(16)).join("");
  const urlSafe = shifted.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
  const plain = [text, text.slice(0, 10), JSON.stringify(text).slice(1, -1), encodeURIComponent(text)];
  return [...plain, ...shifted, ...urlSafe, hex, hex.toUpperCase()];
}

function found(haystack: string, secret: string): string[] {
  return spellings(secret).filter((form) => haystack.includes(form));
}

/** Every row of an object, as text. */
function rowsOf(stub: DurableObjectStub): Promise<string> {
  return runInDurableObject(stub, (_, state) => {
    const { sql } = state.storage;
    const tables = sql
      .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'")
      .toArray();
    return JSON.stringify(tables.map(({ name }) => sql.exec(`SELECT * FROM "${name}"`).toArray()));
  });
}

/** All that is kept of a job, and all that is told of it. */
async function tracesOf(jobId: string): Promise<string> {
  const told = await Promise.all(
    ["", `/${jobId}`, `/${jobId}/results`, `/${jobId}/events?limit=10000`, `/${jobId}/events/stream`].map(
      async (path) => (await jobs(path)).text(),
    ),
  );
  const kept = await Promise.all([rowsOf(jobObjectOf(jobId)), rowsOf(env.TENANTS.getByName("alpha"))]);
  return [...told, ...kept].join("\n");
}

function storedKeyOf(jobId: string): Promise<JsonObject> {
  return runInDurableObject(jobObjectOf(jobId), (_, state) => {
    const { facts } = state.storage.sql.exec("SELECT facts FROM job").one();
    return JSON.parse(String(facts)).task_app_api_key;
  });
}

/** A request to a deployment that is configured otherwise. */
function callDeployed(settings: Record<string, string | undefined>, init: RequestInit): Promise<Response> {
  const headers = { authorization: `Bearer ${ALPHA}`, ...init.headers };
  const request = new Request(`${ORIGIN}/api/prompt-learning/online/jobs`, { ...init, headers });
  return Promise.resolve(app.fetch(request, { ...env, ...settings }, createExecutionContext()));
}

test("the search for the canary finds it, however it is written", () => {
  const kept = [CANARY, btoa(`ab${CANARY}cdef`), btoa(`a${CANARY}`), encodeURIComponent(CANARY)];
  for (const text of kept) expect(found(`...${text}...`, CANARY)).not.toEqual([]);
  expect(found(JSON.stringify({ facts: JSON.stringify({ key: CANARY }) }), CANARY)).not.toEqual([]);
});

test("a key is kept sealed while its job runs, blanked at its end, and told nowhere, though the task app repeats it", async () => {
  world.play = async ({ seed, instruction, headers }) => {
    const key = headers.get("x-api-key") ?? "";
    if (seed === 3) return Response.json({ detail: `bad key ${key}` }, { status: 400 });
    if (seed === 4) return new Response(`<b>${encodeURIComponent(key)}</b>`, { status: 403 });
    const answer = (await scored(seed, instruction).json()) as { metrics: { details: JsonObject } };
    answer.metrics.details.feedback = `${answer.metrics.details.feedback} (by ${key})`;
    return Response.json(answer);
  };
  const release = world.hold();
  const { job_id } = await submit({ task_app_api_key: CANARY });
  await eventually(() => expect(world.rollouts.length).toBeGreaterThan(0));
  const sealed = await storedKeyOf(job_id);
  expect(sealed).toEqual({
    kind: "sealed",
    version: expect.any(String),
    iv: expect.any(String),
    data: expect.any(String),
  });
  expect(found(await rowsOf(jobObjectOf(job_id)), CANARY)).toEqual([]);
  release();
  expect((await ended(job_id)).status).toBe("succeeded");

  expect(world.rollouts.map(({ headers }) => headers.get("x-api-key"))).toContain(CANARY);
  expect(await storedKeyOf(job_id)).toEqual({ kind: "none" });
  const traces = await tracesOf(job_id);
  expect(traces).toContain(BASELINE);
  expect(traces).toContain("[redacted]");
  expect(traces).not.toContain(String(sealed.data));
  expect(found(traces, CANARY)).toEqual([]);
});

test("a key is blanked as well when its job is cancelled before it began", async () => {
  const { job_id } = await submit({}, { auto_start: false });
  expect(await storedKeyOf(job_id)).toMatchObject({ kind: "sealed" });
  await jobs(`/${job_id}/cancel`, { method: "POST" });
  expect(await storedKeyOf(job_id)).toEqual({ kind: "none" });
});

test.each([
  { end: "failed", by: "a task app that fails every rollout" },
  { end: "cancelled", by: "its caller" },
  { end: "succeeded", by: "a stop" },
])("nothing of a key, sealed or not, is left in a job that has $end by $by", async ({ end, by }) => {
  const release = world.hold();
  if (end === "failed") world.play = async () => Response.json({ detail: "gone" }, { status: 410 });
  const { job_id } = await submit({ task_app_api_key: CANARY });
  await eventually(() => expect(world.inFlight).toBeGreaterThan(0));
  const sealed = await storedKeyOf(job_id);
  if (end === "cancelled") await jobs(`/${job_id}/cancel`, { method: "POST" });
  if (by === "a stop") await jobs(`/${job_id}/stop`, { method: "POST" });
  release();
  expect((await ended(job_id)).status).toBe(end);
  const rows = await rowsOf(jobObjectOf(job_id));
  expect(rows).toContain('{\\"kind\\":\\"none\\"}');
  for (const part of [sealed.data, sealed.iv]) expect(rows).not.toContain(String(part));
  expect(found(rows, CANARY)).toEqual([]);
});

test("a job whose sealed key cannot be opened fails at once, and says why", async () => {
  const { job_id } = await submit({}, { auto_start: false });
  await runInDurableObject(jobObjectOf(job_id), (_, state) => {
    state.storage.sql.exec("UPDATE job SET facts = json_set(facts, '$.task_app_api_key.version', 'other')");
  });
  await jobs(`/${job_id}/start`, { method: "POST" });
  const job = await ended(job_id);
  expect(job).toMatchObject({ status: "failed", error: expect.stringContaining("DATA_KEY_PREVIOUS") });
  expect(world.rollouts).toEqual([]);
});

test("no refusal repeats a key", async () => {
  world.health = () => Response.json({ detail: `what is ${CANARY}?` }, { status: 500 });
  const keyed = { ...smallJob(), task_app_api_key: CANARY };
  const json = { "content-type": "application/json" };
  const refusals = [
    posted({ config_body: keyed }),
    posted({ config_body: { ...keyed, task_app_api_key: `${CANARY}\n${CANARY}` } }),
    posted({ config_body: { ...keyed, task_app_api_key: [CANARY] } }),
    posted({ config_body: { ...keyed, gepa: {} }, overrides: { [PATH]: { a: CANARY } } }),
    posted({ config_body: { ...keyed, policy: { model: "x", provider: "groq" } } }),
    { method: "POST", headers: json, body: `{"config_body": {"task_app_api_key": "${CANARY}" "}` },
    { method: "POST", headers: json, body: `{"task_app_api_key": ${CANARY}` },
    {
      method: "POST",
      headers: { "content-type": "application/toml" },
      body: `[prompt_learning]\ntask_app_api_key = '${CANARY}\n`,
    },
  ];
  for (const init of refusals) {
    const answer = await jobs("", init);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(found(await answer.text(), CANARY)).toEqual([]);
  }
});

test("a key that is a secret of the service is kept by its name, and read when it is needed", async () => {
  const { job_id } = await submit({ task_app_api_key: "$TASK_APP_NAMED_KEY", task_app_url: "$TASK_APP_URL" });
  expect(await storedKeyOf(job_id)).toEqual({ kind: "secret", name: "TASK_APP_NAMED_KEY" });
  expect((await ended(job_id)).status).toBe("succeeded");
  expect(new Set(world.rollouts.map(({ headers }) => headers.get("x-api-key")))).toEqual(
    new Set([TASK_APP_KEY]),
  );
  expect(found(await tracesOf(job_id), TASK_APP_KEY)).toEqual([]);
});

test("a name that is set nowhere, or is not for callers, is refused before anything starts", async () => {
  for (const name of ["TASK_APP_OTHER", "OPENAI_API_KEY", "API_KEYS", "DATA_KEY"]) {
    const body = { config_body: { ...smallJob(), task_app_api_key: `$${name}` } };
    const problem = await problemOf(await jobs("", posted(body)), 422);
    expect(problem).toMatchObject({ code: "config_invalid", errors: [{ path: PATH, found: `$${name}` }] });
    const message = problem.errors?.[0]?.message ?? "";
    expect(message).toContain("the environment of the CLI or SDK that sent the config");
    expect(message).toContain(
      "the service's secrets that a config may name (ENVIRONMENT_API_KEY, TASK_APP_*)",
    );
  }
  const toml = `[prompt_learning]\nalgorithm = "gepa"\ntask_app_url = "\${HOST_URL}/app"\n`;
  const init = { method: "POST", headers: { "content-type": "application/toml" }, body: toml };
  const problem = await problemOf(await jobs("", init), 422);
  expect(problem.errors).toContainEqual(expect.objectContaining({ found: "$HOST_URL", line: 3 }));
  expect(world.checks).toBe(0);
});

test("a deployment without a DATA_KEY takes no key from callers, and says what to do; its own it may use", async () => {
  const settings = { DATA_KEY: undefined };
  const keyed = posted({ config_body: { ...smallJob(), task_app_api_key: CANARY } });
  const refused = await problemOf(await callDeployed(settings, keyed), 503);
  expect(refused.code).toBe("data_key_missing");
  expect(refused.detail).toContain("npx wrangler secret put DATA_KEY");
  expect(found(JSON.stringify(refused), CANARY)).toEqual([]);
  const weak = await problemOf(await callDeployed({ DATA_KEY: "short" }, keyed), 503);
  expect(weak.code).toBe("data_key_unusable");
  expect(world.checks).toBe(0);

  const { task_app_api_key: _, ...keyless } = smallJob();
  for (const config_body of [keyless, { ...keyless, task_app_api_key: "$TASK_APP_NAMED_KEY" }]) {
    const answer = await callDeployed(settings, posted({ config_body, auto_start: false }));
    expect(answer.status, await answer.clone().text()).toBe(201);
  }
});
