import { expect, test } from "vitest";
import { checkTaskApp } from "../../../src/rollouts/health.ts";
import { closedPort, handTimers, httpServer, KEY, tcpServer } from "./fixtures.ts";

interface Canned {
  status: number;
  body?: unknown;
}

const fine: Canned = { status: 200, body: {} };

async function check(health: Canned, taskInfo: Canned, base = "") {
  const seen: string[] = [];
  await using server = await httpServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers["x-api-key"]}`);
    const { status, body } = request.url?.includes("/health") ? health : taskInfo;
    response.writeHead(status, { location: "/login" }).end(JSON.stringify(body));
  });
  const verdict = await checkTaskApp({ url: server.url + base, api_key: KEY, fetch });
  return { ...verdict, seen: seen.sort() };
}

test("A task app is fit when /health and /task_info both answer 200", async () => {
  expect(await check(fine, fine)).toEqual({
    ok: true,
    health_status: 200,
    task_info_status: 200,
    detail: "/health=200, /task_info=200",
    seen: [`GET /health ${KEY}`, `GET /task_info ${KEY}`],
  });
});

test("Base path and query of the task app's URL are kept", async () => {
  const { seen } = await check(fine, fine, "/apps/one/?tenant=a");
  expect(seen).toEqual([`GET /apps/one/health?tenant=a ${KEY}`, `GET /apps/one/task_info?tenant=a ${KEY}`]);
});

test.each([
  [401, { expected_api_key_prefix: "sk_env" }, true],
  [403, { detail: "Wrong key; expected prefix sk_env" }, true],
  [403, { detail: { expected_api_key_prefix: "sk_env" } }, true],
  [401, { detail: "unauthorised" }, false],
  [400, { expected_api_key_prefix: "sk_env" }, false],
  [500, {}, false],
  [204, undefined, false],
])("/health with %i and %j gives ok=%s", async (status, body, ok) => {
  expect((await check({ status, body }, fine)).ok).toBe(ok);
});

test.each([
  [
    401,
    { expected_api_key_prefix: "sk_env" },
    "/task_info=401 (the task app wants another task_app_api_key)",
  ],
  [404, {}, "/task_info=404 (the task app has no such route)"],
  [400, { detail: "unauthorised" }, "/task_info=400 (unauthorised)"],
  [302, {}, "/task_info=302 (redirects are not followed)"],
])("/task_info with %i is not ok, and the detail says why", async (status, body, detail) => {
  const verdict = await check(fine, { status, body });
  expect(verdict).toMatchObject({ ok: false, task_info_status: status });
  expect(verdict.detail).toBe(`/health=200, ${detail}`);
});

test("A task app that repeats the key does not get it into the detail", async () => {
  const verdict = await check({ status: 500, body: { detail: `bad key ${KEY}` } }, fine);
  expect(verdict.detail).toContain("bad key");
  expect(verdict.detail).not.toContain(KEY);
});

test("A refused connection is tried twice and reported in words", async () => {
  let tries = 0;
  const verdict = await checkTaskApp({
    url: await closedPort(),
    api_key: null,
    fetch: (url, init) => {
      tries++;
      return fetch(url, init);
    },
    setTimer: (run, delay_ms) => {
      if (delay_ms < 10_000) run();
      return () => undefined;
    },
  });
  expect(verdict).toEqual({
    ok: false,
    health_status: null,
    task_info_status: null,
    detail: "/health=connection refused, /task_info=connection refused",
  });
  expect(tries).toBe(4);
});

test("A connection that fails once is forgiven", async () => {
  let failures = 2;
  const verdict = await checkTaskApp({
    url: "https://app.example",
    api_key: null,
    fetch: async () => {
      if (failures-- > 0) throw new Error("Network connection lost.");
      return new Response("{}");
    },
    setTimer: (run, delay_ms) => {
      if (delay_ms < 10_000) run();
      return () => undefined;
    },
  });
  expect(verdict.ok).toBe(true);
});

test("A task app that never answers is given ten seconds, and not a second try", async () => {
  const timers = handTimers();
  let waiting = 0;
  await using server = await tcpServer(() => {
    if (++waiting === 2) timers.fire();
  });
  const verdict = await checkTaskApp({ url: server.url, api_key: null, fetch, setTimer: timers.setTimer });
  expect(verdict).toMatchObject({
    ok: false,
    detail: "/health=timed out after 10 s, /task_info=timed out after 10 s",
  });
});

test("A URL or a key that cannot be used is said at once", async () => {
  const bad = await checkTaskApp({ url: "nowhere", api_key: null, fetch });
  expect(bad).toMatchObject({ ok: false, detail: "task_app_url is not a URL" });
  const key = await checkTaskApp({ url: "https://app.example", api_key: "a\nb", fetch });
  expect(key.ok).toBe(false);
});
