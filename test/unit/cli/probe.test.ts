// `cultivar probe`: one line for each way of making calls and each number of calls, and what the figures say.

import { createServer } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { ProbeReport, ProbeRequest } from "../../../src/wire/probe.ts";
import { runCommand } from "../../support/command-line.ts";

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A service whose measurements are made up; answers its address and what it was asked. */
async function service(report: (request: ProbeRequest) => Partial<ProbeReport>) {
  const asked: ProbeRequest[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const body: ProbeRequest = JSON.parse(text);
    asked.push(body);
    const { mode, concurrency, hold_ms = 0, seconds = 0 } = body;
    const usual: ProbeReport = {
      ...{ mode, concurrency, hold_ms, seconds, execution_mode: "lanes" },
      ...{
        peak: concurrency,
        calls: 10,
        per_second: 12.345,
        p50_ms: 501.4,
        p95_ms: 520,
        errors: 0,
        messages: [],
      },
    };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ...usual, ...report(body) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => new Promise((resolve) => server.close(() => resolve())));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, asked };
}

const six = ({ mode, concurrency }: ProbeRequest) =>
  mode === "inline" ? { peak: Math.min(6, concurrency) } : {};

test("asks for every way and number of calls, in bounds that can be named, and prints a line for each", async () => {
  const { url, asked } = await service(six);
  const args = ["--concurrency", "1, 24", "--hold", "200", "--seconds", "2", "--key", "k"];
  const { code, out } = await runCommand(["probe", url, ...args]);
  expect(code).toBe(0);
  expect(asked.map(({ mode, concurrency }) => [mode, concurrency])).toEqual([
    ...[
      ["lanes", 1],
      ["lanes", 24],
      ["inline", 1],
      ["inline", 24],
      ["unbounded", 1],
      ["unbounded", 24],
    ],
  ]);
  expect(asked[0]).toEqual({ mode: "lanes", concurrency: 1, hold_ms: 200, seconds: 2 });
  expect(out).toContain(
    'Jobs here use "lanes". Each line calls the service\'s own echo for 2s; it holds a call for 200 ms.',
  );
  expect(out).toMatch(/^mode +asked +peak +calls\/s +p50 ms +p95 ms +errors$/m);
  expect(out).toMatch(/^inline +24 +6 +12\.3 +501 +520 +0$/m);
  expect(out).toContain("This is a local runtime");
});

test("calls that came to nothing are shown, and the exit status says so", async () => {
  const messages = [{ message: "the task app answered 500", count: 3 }];
  const { url } = await service(() => ({
    peak: 0,
    errors: 3,
    calls: 0,
    p50_ms: null,
    p95_ms: null,
    messages,
  }));
  const { code, out } = await runCommand([
    ...["probe", url, "--mode", "lanes", "--concurrency", "3", "--api-key", "k"],
    ...["--against", "https://echo.example.com"],
  ]);
  expect(code).toBe(1);
  expect(out).toContain("the echo at https://echo.example.com");
  expect(out).toMatch(/^lanes +3 +0 .* – +– +3\n {2}error: 3 calls: the task app answered 500$/m);
});

test("says when lanes do not get past six, and when they get past it in part", async () => {
  const few = await service(({ concurrency }) => ({ peak: Math.min(6, concurrency) }));
  expect((await runCommand(["probe", few.url, "--key", "k"])).out).toContain(
    "Lanes did not get past six calls",
  );
  const part = await service(({ concurrency }) => ({ peak: Math.min(60, concurrency) }));
  expect((await runCommand(["probe", part.url, "--key", "k"])).out).toContain(
    "Of 100 calls asked for, lanes had 60 in flight at a time.",
  );
});

test("--json is one document, with the notes", async () => {
  const { url } = await service(six);
  const { code, out } = await runCommand([
    ...["probe", url, "--json", "--mode", "inline", "--mode", "unbounded"],
    ...["--concurrency", "12", "--key", "k"],
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    reports: [
      { mode: "inline", concurrency: 12, peak: 6 },
      { mode: "unbounded", peak: 12 },
    ],
    notes: [expect.stringContaining("local runtime")],
  });
});

test.each([
  [["--concurrency", "0"], "--concurrency must be whole numbers from 1 to 1000"],
  [["--concurrency", "6,,24"], "--concurrency must be whole numbers from 1 to 1000"],
  [["--mode", "queue"], "--mode must be one of lanes, inline, unbounded, and is queue"],
  [["--hold", "1"], "--hold must be a number from 10"],
])("%j is a mistake in the command line", async (args, words) => {
  const { code, err } = await runCommand(["probe", "http://127.0.0.1:9", "--key", "k", ...args]);
  expect(code).toBe(2);
  expect(err).toContain(words);
});
