import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { attemptRollout, type RolloutMeans } from "../../../src/rollouts/run.ts";
import { answering, closedPort, handTimers, httpServer, KEY, means, order, tcpServer } from "./fixtures.ts";

const REWARD = JSON.stringify({ metrics: { mean_return: 0.75 } });

async function against(
  status: number,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  changes: Partial<RolloutMeans> = {},
) {
  await using server = await answering(status, body, headers);
  return await attemptRollout(order({ task_app_url: server.url }), means(changes));
}

async function againstBytes(bytes: string, ending: "end" | "reset") {
  await using server = await tcpServer((socket) => {
    const finish = () => (ending === "end" ? socket.end() : socket.resetAndDestroy());
    if (bytes === "") finish();
    else socket.write(bytes, finish);
  });
  return await attemptRollout(order({ task_app_url: server.url }), means());
}

test("A rollout posts its order to <base>/rollout with the task app's key and gets its reward", async () => {
  const seen = Promise.withResolvers<Record<string, unknown>>();
  await using server = await httpServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { "x-api-key": key, "content-type": type } = request.headers;
    seen.resolve({ method: request.method, url: request.url, key, type, seed: JSON.parse(body).env.seed });
    response.end(REWARD);
  });
  const outcome = await attemptRollout(order({ task_app_url: `${server.url}/apps/one/?t=1` }), means());
  expect(outcome).toMatchObject({ kind: "answer", value: { reward: 0.75 } });
  expect(await seen.promise).toEqual({
    method: "POST",
    url: "/apps/one/rollout?t=1",
    key: KEY,
    type: "application/json",
    seed: 69,
  });
});

test.each([408, 425, 429, 500, 502, 503, 504, 520, 527])("A %i is worth another attempt", async (status) => {
  expect(await against(status, "{}")).toMatchObject({ kind: "retry", platform: false });
});

test.each([
  [429, true],
  [503, true],
  [500, false],
  [502, false],
])("A %i says that the other side is congested: %s", async (status, congested) => {
  expect(await against(status, "{}")).toMatchObject({ congested });
});

test.each([400, 401, 403, 404, 410, 422])("A %i is final and says what the task app said", async (status) => {
  const outcome = await against(status, JSON.stringify({ detail: `no such\nseed for ${KEY}` }));
  expect(outcome.kind).toBe("failure");
  expect(outcome.kind === "failure" && outcome.message).toContain(`${status}: no such seed for [redacted]`);
});

test("A wrong key has a code of its own", async () => {
  const codes = [await against(401, "{}"), await against(403, "{}"), await against(404, "{}")];
  expect(codes).toMatchObject([
    { code: "task_app_unauthorized" },
    { code: "task_app_unauthorized" },
    { code: "task_app_refused" },
  ]);
});

test.each([300, 301, 302, 303, 307, 308])("A %i is final; no redirect is followed", async (status) => {
  const outcome = await against(status, "", { location: "http://127.0.0.1/elsewhere" });
  expect(outcome).toMatchObject({ kind: "failure", code: "redirect_refused" });
});

test.each([
  ["7", 7_000],
  ["0", 0],
  ["-5", 0],
  ["1000000000", 60_000],
  ["Wed, 21 Oct 2026 07:28:30 GMT", 30_000],
  ["Wed, 21 Oct 2020 07:28:00 GMT", 0],
  ["Wed, 21 Oct 2099 07:28:00 GMT", 60_000],
  ["soon", null],
])("Retry-After: %s asks for a wait of %s ms", async (header, retry_after_ms) => {
  const now = () => Date.UTC(2026, 9, 21, 7, 28, 0);
  const outcome = await against(429, "{}", { "retry-after": header }, { now });
  expect(outcome).toMatchObject({ kind: "retry", congested: true, retry_after_ms });
});

test.each([
  ["an empty body", ""],
  ["garbage", "\u0001\u0002"],
  ["truncated JSON", '{"metrics": {"mean_return": 0.'],
  ["HTML", "<!doctype html><title>tunnel</title>"],
  ["invalid UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
  ["a million nested lists", "[".repeat(1_000_000)],
  ["no reward", "{}"],
  ["a null reward", '{"metrics": {"mean_return": null}}'],
  ["a NaN reward", '{"metrics": {"mean_return": NaN}}'],
  ["an infinite reward", '{"metrics": {"mean_return": Infinity}}'],
  ["an overflowing reward", '{"metrics": {"mean_return": 1e999}}'],
  ["a reward in words", '{"metrics": {"mean_return": "good"}}'],
])("A 200 with %s is a malformed reply, worth another attempt", async (_, body) => {
  expect(await against(200, body)).toMatchObject({
    kind: "retry",
    code: "malformed_reply",
    congested: false,
    platform: false,
  });
});

test.each([
  ["resets before it answers", "", "reset"],
  ["resets inside the body", "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", "reset"],
  ["closes inside the body", "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", "end"],
  ["speaks no HTTP", "\u0000\u0001 what is this\r\n\r\n", "end"],
] as const)("A server that %s is worth another attempt", async (_, bytes, ending) => {
  expect(await againstBytes(bytes, ending)).toMatchObject({
    kind: "retry",
    code: "connection",
    congested: false,
    platform: false,
  });
});

test("A refused connection is worth another attempt and is named so", async () => {
  const outcome = await attemptRollout(order({ task_app_url: await closedPort() }), means());
  expect(outcome).toMatchObject({
    kind: "retry",
    code: "connection",
    message: "task app: connection refused",
  });
});

test("A slow loris is ended by the total time limit and counts as congestion", async () => {
  await using server = await httpServer((_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(" "), 5);
    response.on("close", () => clearInterval(timer));
  });
  const slow = order({ task_app_url: server.url, timeout_ms: 60 });
  expect(await attemptRollout(slow, means())).toMatchObject({
    kind: "retry",
    code: "timeout",
    congested: true,
  });
});

test.each([
  ["huge", " ".repeat(4 * 1024 * 1024 + 1), {}],
  ["a gzip bomb", gzipSync(Buffer.alloc(64 * 1024 * 1024)), { "content-encoding": "gzip" }],
])("An answer that is %s is cut off and final", async (_, body, headers) => {
  expect(await against(200, body, headers)).toMatchObject({ kind: "failure", code: "reply_too_large" });
});

test("An endless answer is cut off", async () => {
  await using server = await httpServer((_, response) => {
    const chunk = " ".repeat(64 * 1024);
    const more = () => {
      while (response.writable && response.write(chunk));
    };
    response.on("drain", more);
    more();
  });
  const outcome = await attemptRollout(order({ task_app_url: server.url }), means());
  expect(outcome).toMatchObject({ kind: "failure", code: "reply_too_large" });
});

test("A fault of the platform is marked, so that it uses up no attempt", async () => {
  const updating = async () => {
    throw new Error("This script has been upgraded. Please send a new request.");
  };
  expect(await attemptRollout(order(), means({ fetch: updating }))).toMatchObject({
    kind: "retry",
    platform: true,
  });
});

test("An attempt that is called off is no fault of the task app", async () => {
  const outcome = await attemptRollout(order(), means({ signal: AbortSignal.abort() }));
  expect(outcome).toMatchObject({ kind: "retry", code: "aborted", platform: true });
});

test.each([
  "http://app.example",
  "https://127.0.0.1",
  "https://cultivar.example/x",
  "https://metadata.internal",
])("Outside of development %s is not called, whoever wrote it into the order", async (task_app_url) => {
  let calls = 0;
  const counting = async () => {
    calls++;
    return new Response(REWARD);
  };
  const outcome = await attemptRollout(
    order({ task_app_url }),
    means({ fetch: counting, allow_local: false }),
  );
  expect(outcome).toMatchObject({ kind: "failure", code: "task_app_url_refused" });
  expect(calls).toBe(0);
});

test("A key that no header can carry is final and not repeated", async () => {
  const outcome = await attemptRollout(order({ task_app_api_key: "line\nbreak" }), means());
  expect(outcome).toMatchObject({ kind: "failure", code: "task_app_api_key_invalid" });
  expect(JSON.stringify(outcome)).not.toContain("break");
});

test("No attempt leaves a timer, however it ends", async () => {
  const timers = handTimers();
  const { setTimer } = timers;
  await against(200, REWARD, {}, { setTimer });
  await against(500, "", {}, { setTimer });
  await attemptRollout(order({ task_app_url: await closedPort() }), means({ setTimer }));
  expect(timers.pending.size).toBe(0);
});
