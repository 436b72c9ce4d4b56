// The probe over HTTP: what it measures, whom it may call, and what its echo answers.

import { exports } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Probe } from "../../src/durable/probe.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import type { ProbeReport } from "../../src/wire/probe.ts";
import { ALPHA, BETA, call, eventually, ORIGIN, posted, problemOf } from "./api.ts";

const ELSEWHERE = "https://echo.example.com/base";
/** Short, and long enough that all calls are there together. */
const QUICK = { hold_ms: 300, seconds: 0.1 };

/** Addresses that were called. */
let called: string[];
/** Answers for addresses outside of the service. */
let outside: (url: URL) => Promise<Response>;

beforeEach(() => {
  called = [];
  outside = async () => Response.json({ status: "healthy" });
  vi.stubGlobal("fetch", async (input: RequestInfo, init?: RequestInit) => {
    const request = new Request(input, init);
    called.push(request.url);
    if (request.url.startsWith(ORIGIN)) return exports.default.fetch(request);
    return outside(new URL(request.url));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function send(body: JsonObject, key: string | null = ALPHA): Promise<Response> {
  const init = posted(body);
  const authorization: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  return call("/api/probe", { ...init, headers: { ...init.headers, ...authorization } });
}

async function probed(body: JsonObject): Promise<ProbeReport> {
  const answer = await send({ ...QUICK, ...body });
  expect(answer.status, await answer.clone().text()).toBe(200);
  return answer.json();
}

test.each([
  ["lanes", 8, 8],
  ["inline", 8, 6],
  ["unbounded", 8, 8],
] as const)("%s, asked for %i calls at a time, has %i in flight", async (mode, concurrency, peak) => {
  const report = await probed({ mode, concurrency });
  expect(report).toMatchObject({
    ...{ mode, concurrency, ...QUICK, execution_mode: "lanes", peak, errors: 0, messages: [] },
  });
  expect(report.calls).toBeGreaterThanOrEqual(peak);
  expect(report.p50_ms).toBeGreaterThanOrEqual(0.9 * QUICK.hold_ms);
  for (const url of called) expect(url).toMatch(`${ORIGIN}/api/probe/echo/`);
});

test("the echo knows a probe's address for as long as the probe runs", async () => {
  await probed({ mode: "inline", concurrency: 1 });
  const [url = ""] = called;
  const echo = (address: string) => exports.default.fetch(address, { method: "POST" });
  expect((await echo(url)).status).toBe(404);
  expect((await echo(url.replace(/echo\/[0-9a-f]{64}/, `echo/${"0".repeat(64)}`))).status).toBe(404);
  expect((await echo(`${ORIGIN}/api/probe/echo/nowhere/token/rollout`)).status).toBe(404);
});

test("an echo elsewhere is asked whether it is well, and its rewards are the peak", async () => {
  outside = async ({ pathname }) =>
    pathname === "/base/rollout"
      ? Response.json({ metrics: { outcome_reward: 3 } })
      : Response.json({ status: "healthy" });
  const report = await probed({ mode: "lanes", concurrency: 2, seconds: 0.1, against: ELSEWHERE });
  expect(report).toMatchObject({ peak: 3, errors: 0 });
  expect(called.slice(0, 2).toSorted()).toEqual([`${ELSEWHERE}/health`, `${ELSEWHERE}/task_info`]);
  expect(called.slice(2).every((url) => url === `${ELSEWHERE}/rollout`)).toBe(true);
});

test("what fails is told, and not tried again and again", async () => {
  outside = async ({ pathname }) =>
    pathname === "/base/rollout" ? new Response(null, { status: 500 }) : Response.json({ status: "healthy" });
  const report = await probed({ mode: "lanes", concurrency: 4, seconds: 10, against: ELSEWHERE });
  expect(report).toMatchObject({ peak: 0, calls: 0, errors: 4, p50_ms: null });
  expect(report.messages).toEqual([{ message: "the task app answered 500", count: 4 }]);
  expect(called.length).toBe(2 + 4);
});

test.each([
  ["http://echo.example.com", "must be an https URL"],
  ["https://127.0.0.1:8080", "must not lead to a loopback, private or reserved address"],
  ["https://metadata.internal/", "must name a public host"],
  [`${ORIGIN}/api/probe`, "must not be an address of this service"],
])("%s is not called: it %s", async (against, reason) => {
  const problem = await problemOf(await send({ mode: "lanes", concurrency: 1, against }), 422);
  expect(problem).toMatchObject({ code: "echo_refused", detail: `against ${reason}` });
  expect(called).toEqual([]);
});

test("a server that does not say that it is well gets no calls", async () => {
  outside = async () => new Response(null, { status: 404 });
  const problem = await problemOf(await send({ mode: "lanes", concurrency: 1, against: ELSEWHERE }), 422);
  expect(problem.code).toBe("echo_unhealthy");
  expect(called.every((url) => !url.endsWith("/rollout"))).toBe(true);
});

const OUT_OF_BOUNDS: JsonObject[] = [
  { mode: "lanes", concurrency: 1_001 },
  { mode: "lanes", concurrency: 0 },
  { mode: "lanes", concurrency: 1, hold_ms: 5_001 },
  { mode: "lanes", concurrency: 1, seconds: 11 },
  { mode: "queue", concurrency: 1 },
];

test.each(OUT_OF_BOUNDS)("%j is out of bounds", async (body) => {
  const problem = await problemOf(await send(body), 400);
  expect(problem.detail).toContain(body.mode === "queue" ? "mode" : Object.keys(body).at(-1));
});

test("a body that is no JSON, or longer than any request, is refused", async () => {
  const headers = { "content-type": "application/json", authorization: `Bearer ${ALPHA}` };
  const raw = (body: string) => call("/api/probe", { method: "POST", headers, body });
  await problemOf(await raw("{"), 400);
  await problemOf(await raw("[]"), 400);
  await problemOf(
    await raw(JSON.stringify({ mode: "lanes", concurrency: 1, more: "x".repeat(10_000) })),
    413,
  );
});

test("it takes a key, and a tenant has one probe at a time", async () => {
  await problemOf(await send({ mode: "inline", concurrency: 1 }, null), 401);
  const held = Promise.withResolvers<void>();
  outside = async ({ pathname }) => {
    if (pathname === "/base/rollout") await held.promise;
    return Response.json({ metrics: { outcome_reward: 1 } });
  };
  const body = { mode: "inline", concurrency: 1, ...QUICK };
  const first = send({ ...body, against: ELSEWHERE });
  await eventually(() => expect(called.at(-1)).toBe(`${ELSEWHERE}/rollout`));
  expect(await problemOf(await send(body), 409)).toMatchObject({ code: "probe_running" });
  expect((await send(body, BETA)).status).toBe(200);
  held.resolve();
  expect((await first).status).toBe(200);
  expect((await send(body)).status).toBe(200);
});

test("a probe whose alarm is lost is given up, and the next one is made", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const lost = vi.spyOn(Probe.prototype, "alarm").mockResolvedValue();
  const real = globalThis.setTimeout;
  const waits: number[] = [];
  // Nobody waits for as long as a probe may take.
  vi.stubGlobal("setTimeout", (callback: () => void, ms = 0) => {
    waits.push(ms);
    return real(callback, ms > 15_000 ? 1 : ms);
  });
  const body = { mode: "inline", concurrency: 1, ...QUICK };
  expect((await send(body)).status).toBe(500);
  expect(waits).toContain(15_400);
  vi.stubGlobal("setTimeout", real);
  lost.mockRestore();
  expect((await send(body)).status).toBe(200);
});
