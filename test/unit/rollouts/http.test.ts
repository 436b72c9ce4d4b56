import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { requestBounded } from "../../../src/rollouts/http.ts";
import { answering, closedPort, handTimers, httpServer, tcpServer } from "./fixtures.ts";

const bounds = { fetch, timeout_ms: 10_000, max_bytes: 64 * 1024 };

test("A reply carries its status, its text and the few headers that matter, in lower case", async () => {
  await using server = await answering(429, "später", { "Retry-After": "7", "X-Other": "dropped" });
  expect(await requestBounded(server.url, {}, bounds)).toEqual({
    kind: "reply",
    status: 429,
    headers: { "content-type": "application/json", "retry-after": "7" },
    text: "später",
  });
});

test.each([300, 301, 302, 303, 304, 307, 308])("A %i is reported and never followed", async (status) => {
  let hits = 0;
  await using server = await httpServer((_, response) => {
    hits++;
    response.writeHead(status, { location: "/elsewhere" }).end();
  });
  const reply = await requestBounded(server.url, {}, bounds);
  expect(reply).toEqual({ kind: "redirect", status, location: "/elsewhere" });
  expect(hits).toBe(1);
});

test("Characters cut by chunk borders come out whole, and bytes that are not UTF-8 as replacement characters", async () => {
  const bytes = [0x6b, 0xc3, 0xa4, 0xff];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const reply = await requestBounded(
    "http://app.example",
    {},
    { ...bounds, fetch: async () => new Response(body) },
  );
  expect(reply).toMatchObject({ text: "kä\uFFFD" });
});

test("A body is cut off as soon as it is over the cap", async () => {
  const chunk = new Uint8Array(1024);
  let pulled = 0;
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(chunk);
    },
    cancel() {
      cancelled = true;
    },
  });
  const reply = await requestBounded(
    "http://app.example",
    {},
    {
      ...bounds,
      fetch: async () => new Response(endless),
    },
  );
  expect(reply).toEqual({ kind: "too_large", status: 200, limit: bounds.max_bytes });
  expect(cancelled).toBe(true);
  expect(pulled).toBeLessThan(bounds.max_bytes / 1024 + 5);
});

test("A body of exactly the cap is read", async () => {
  await using server = await answering(200, "a".repeat(bounds.max_bytes));
  expect((await requestBounded(server.url, {}, bounds)).kind).toBe("reply");
});

test("A gzip bomb is measured by what it expands to", async () => {
  const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024));
  expect(bomb.length).toBeLessThan(bounds.max_bytes);
  await using server = await answering(200, bomb, { "content-encoding": "gzip" });
  expect((await requestBounded(server.url, {}, bounds)).kind).toBe("too_large");
});

test("The time limit covers a server that never answers", async () => {
  const timers = handTimers();
  await using server = await tcpServer(() => timers.fire());
  const reply = await requestBounded(server.url, {}, { ...bounds, setTimer: timers.setTimer });
  expect(reply).toEqual({ kind: "timeout" });
});

test("When the time is up the connection is closed", async () => {
  const timers = handTimers();
  const closed = Promise.withResolvers<void>();
  await using server = await tcpServer((socket) => {
    socket.on("close", () => closed.resolve());
    timers.fire();
  });
  await requestBounded(server.url, {}, { ...bounds, setTimer: timers.setTimer });
  await closed.promise;
});

test("The time limit covers a body that trickles, however lively it is", async () => {
  await using server = await httpServer((_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(" "), 5);
    response.on("close", () => clearInterval(timer));
  });
  expect(await requestBounded(server.url, {}, { ...bounds, timeout_ms: 60 })).toEqual({ kind: "timeout" });
});

test("The time limit holds against a fetch that ignores its signal", async () => {
  const timers = handTimers();
  const reply = requestBounded(
    "http://app.example",
    {},
    {
      ...bounds,
      setTimer: timers.setTimer,
      fetch: () => new Promise(() => undefined),
    },
  );
  timers.fire();
  expect(await reply).toEqual({ kind: "timeout" });
});

test("A caller who gives up gets `aborted`, before or during the request", async () => {
  const controller = new AbortController();
  await using server = await tcpServer(() => controller.abort());
  const during = await requestBounded(server.url, {}, { ...bounds, signal: controller.signal });
  const before = await requestBounded(server.url, {}, { ...bounds, signal: controller.signal });
  expect([during, before]).toEqual([{ kind: "aborted" }, { kind: "aborted" }]);
});

test("A refused connection is a connection fault", async () => {
  const reply = await requestBounded(await closedPort(), {}, bounds);
  expect(reply).toMatchObject({ kind: "connection", platform: false });
  expect(reply.kind === "connection" && reply.message).toContain("ECONNREFUSED");
});

test.each([
  ["a reset before the headers", ""],
  ["a reset inside the body", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"],
  ["a close inside the body", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", "end"],
  ["garbage instead of HTTP", "\u0000\u0001 what is this\r\n\r\n"],
  ["a header section without end", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(1024 * 1024)}`],
  ["a broken gzip body", "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope", "end"],
])("%s is a connection fault", async (_, bytes, ending = "reset") => {
  await using server = await tcpServer((socket) => {
    const finish = () => (ending === "end" ? socket.end() : socket.resetAndDestroy());
    if (bytes === "") finish();
    else socket.write(bytes, finish);
  });
  expect(await requestBounded(server.url, {}, bounds)).toMatchObject({ kind: "connection", platform: false });
});

test.each([
  ["Network connection lost.", false],
  ["internal error; reference = 0a1b2c", false],
  ["Durable Object reset because its code was updated.", true],
  ["This script has been upgraded. Please send a new request to connect to the new version.", true],
])("What the runtime says (%s) tells whose fault it was", async (message, platform) => {
  const failing = async () => {
    throw new Error("fetch failed", { cause: new Error(message) });
  };
  const reply = await requestBounded("http://app.example", {}, { ...bounds, fetch: failing });
  expect(reply).toEqual({ kind: "connection", message: `fetch failed: ${message}`, platform });
});

test("Something thrown that is no error is a connection fault too", async () => {
  const failing = () => Promise.reject("odd");
  const reply = await requestBounded("http://app.example", {}, { ...bounds, fetch: failing });
  expect(reply.kind).toBe("connection");
});

test("Ten thousand requests, of every outcome, leave no timer and no listener behind", async () => {
  const timers = handTimers();
  const controller = new AbortController();
  let listeners = 0;
  const signal = new Proxy(controller.signal, {
    get(target, key) {
      if (key === "addEventListener") listeners++;
      if (key === "removeEventListener") listeners--;
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const outcomes = [
    async () => new Response("{}"),
    async () => new Response(null, { status: 302 }),
    async () => new Response("a".repeat(2_000)),
    () => Promise.reject(new Error("Network connection lost.")),
  ];
  const kinds = new Set<string>();
  for (let i = 0; i < 10_000; i++) {
    const fetch = outcomes[i % outcomes.length] ?? outcomes[0];
    if (fetch === undefined) throw new Error("no outcome");
    const reply = await requestBounded(
      "http://app.example",
      {},
      {
        fetch,
        timeout_ms: 1_000,
        max_bytes: 1_000,
        signal,
        setTimer: timers.setTimer,
      },
    );
    kinds.add(reply.kind);
  }
  expect(kinds).toEqual(new Set(["reply", "redirect", "too_large", "connection"]));
  expect([timers.pending.size, listeners]).toEqual([0, 0]);
});

test("The request goes out as it was given", async () => {
  const seen = Promise.withResolvers<string>();
  await using server = await httpServer(async (request, response) => {
    const hash = createHash("sha256");
    for await (const chunk of request) hash.update(chunk);
    seen.resolve(`${request.method} ${request.headers["x-api-key"]} ${hash.digest("hex")}`);
    response.end();
  });
  await requestBounded(server.url, { method: "POST", headers: { "x-api-key": "k" }, body: "body" }, bounds);
  expect(await seen.promise).toBe(`POST k ${createHash("sha256").update("body").digest("hex")}`);
});
