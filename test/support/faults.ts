// Everything that a task app, or the network before it, can do wrong: each fault by its name, with what it must be taken
// for. Played on real sockets by `fault-app.ts`; the answer that would have been right is there for faults that spoil it.

import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

/** What a fault plays with. */
interface Stage {
  request: IncomingMessage;
  response: ServerResponse;
  /** The body of the right answer. */
  right: string;
}

/** A fault and what an attempt that meets it must come to. */
export interface Fault {
  /** `retry` may pass; `final` may not; `harmless` is an answer all the same. */
  as: "retry" | "final" | "harmless";
  code?: string;
  congested?: boolean;
  /** Milliseconds that the answer asks to be left alone. */
  wait?: number | null;
  /** Whether only the time limit ends it. */
  slow?: boolean;
  play(stage: Stage): void;
}

const MB = 1024 * 1024;
const CHUNK = Buffer.alloc(256 * 1024, 0x20);
/** 1:1000, over the cap once it is unpacked. */
const BOMB = gzipSync(Buffer.alloc(64 * MB));

const connection = { as: "retry", code: "connection", congested: false } as const;
const timeout = { as: "retry", code: "timeout", congested: true, slow: true } as const;
const malformed = { as: "retry", code: "malformed_reply", congested: false } as const;
const tooLarge = { as: "final", code: "reply_too_large" } as const;

/** Faults of the connection and of time. */
const WIRE: Record<string, Fault> = {
  "reset before an answer": { ...connection, play: ({ response }) => response.socket?.resetAndDestroy() },
  "closed before an answer": { ...connection, play: ({ response }) => response.socket?.end() },
  "reset inside the headers": { ...connection, play: raw("HTTP/1.1 200 OK\r\ncontent-ty", "reset") },
  "reset inside the body": {
    ...connection,
    play: raw('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"metrics"', "reset"),
  },
  "closed before its content length": {
    ...connection,
    play: raw('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"metrics"', "end"),
  },
  "reset inside a chunk": {
    ...connection,
    play: raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{", "reset"),
  },
  "900 headers": {
    ...connection,
    play: raw(`HTTP/1.1 200 OK\r\n${"x: yyyyyyyyyyyyyyyyyyyy\r\n".repeat(900)}`, "end"),
  },
  "a header of 1 MB": { ...connection, play: raw(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(MB)}`, "end") },
  "a garbage status line": { ...connection, play: raw("\u0000\u0001 what is this\r\n\r\n", "end") },
  "never an answer": { ...timeout, play: () => {} },
  "headers that trickle": { ...timeout, play: trickle("HTTP/1.1 200 OK\r\nx: ", false) },
  "a body that trickles": {
    ...timeout,
    play: trickle("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", false),
  },
  "chunks that trickle": {
    ...timeout,
    play: trickle("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", true),
  },
};

/** Statuses, with and without a wish to be left alone. */
const STATUSES: Record<string, Fault> = {
  ...each([408, 503, 504, 529], (status) => ({
    ...{ as: "retry", code: "task_app_error", congested: true },
    play: answer(status, "{}"),
  })),
  ...each([425, 500, 501, 502, 505, 520, 521, 522, 523, 524, 525, 526, 527, 599], (status) => ({
    ...{ as: "retry", code: "task_app_error", congested: false },
    play: answer(status, '{"detail": "it fell over"}'),
  })),
  ...each([400, 402, 404, 405, 409, 410, 413, 415, 422, 451], (status) => ({
    ...{ as: "final", code: "task_app_refused" },
    play: answer(status, '{"detail": "not like this"}'),
  })),
  ...each([401, 403], (status) => ({
    ...{ as: "final", code: "task_app_unauthorized" },
    play: answer(status, "{}"),
  })),
  ...each([300, 301, 302, 303, 307, 308], (status) => ({
    ...{ as: "final", code: "redirect_refused" },
    play: answer(status, "", { location: "/elsewhere" }),
  })),
  "status 204": { ...malformed, play: ({ response }) => response.writeHead(204).end() },
  ...waiting("2", 2_000),
  ...waiting("0.5", 500),
  ...waiting("-3", 0),
  ...waiting("1000000000", 60_000),
  ...waiting("soon", null),
  ...waiting("", null),
  ...waiting("Wed, 21 Oct 2099 07:28:00 GMT", 60_000),
  ...waiting("Wed, 21 Oct 2015 07:28:00 GMT", 0),
};

/** Bodies that are no answer, and some that only look odd. */
const BODIES: Record<string, Fault> = {
  "an empty body": { ...malformed, play: answer(200, "") },
  garbage: { ...malformed, play: answer(200, "\u0001\u0002\u0003") },
  "truncated JSON": { ...malformed, play: ({ response, right }) => send(response, 200, right.slice(0, -2)) },
  "a page of a proxy": {
    ...malformed,
    play: answer(200, "<!doctype html><title>Tunnel not found</title>", { "content-type": "text/html" }),
  },
  "a list": { ...malformed, play: answer(200, "[]") },
  "a million open brackets": { ...malformed, play: answer(200, "[".repeat(1_000_000)) },
  "a million nested lists": { ...malformed, play: answer(200, `${"[".repeat(1e6)}${"]".repeat(1e6)}`) },
  "an error of 5,000 levels": {
    ...malformed,
    play: withField(`"error": ${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`),
  },
  "an error of 400 levels": {
    as: "harmless",
    play: withField(`"error": ${'{"a":'.repeat(400)}1${"}".repeat(400)}`),
  },
  "another content type": {
    as: "harmless",
    play: ({ response, right }) => send(response, 200, right, { "content-type": "text/plain" }),
  },
  "a byte-order mark": {
    as: "harmless",
    play: ({ response, right }) => send(response, 200, `\uFEFF${right}`),
  },
  "bytes that are not UTF-8": {
    as: "harmless",
    play: ({ response, right }) =>
      send(
        response,
        200,
        Buffer.concat([Buffer.from(right.slice(0, -1)), Buffer.from(', "x": "\xff\xfe"}', "latin1")]),
      ),
  },
  "the same key twice": { as: "harmless", play: withField('"metrics": {"outcome_reward": 0.123}', "before") },
  "the name of another rollout": { as: "harmless", play: withField('"run_id": "of-somebody-else"') },
  "a status of 299": { as: "harmless", play: ({ response, right }) => send(response, 299, right) },
};

/** Bodies and headers that are too much. */
const SIZES: Record<string, Fault> = {
  "a body of 300 MB": { ...tooLarge, play: ({ response }) => pour(response, 300 * MB, 300 * MB) },
  "a body without end": { ...tooLarge, play: ({ response }) => pour(response, Number.POSITIVE_INFINITY) },
  "a gzip bomb": {
    ...tooLarge,
    play: ({ response }) => send(response, 200, BOMB, { "content-encoding": "gzip" }),
  },
  "2 MB of feedback": {
    as: "harmless",
    play: ({ response, right }) => {
      const body = JSON.parse(right);
      const details = { ...body.metrics.details, long: "x", more: "y".repeat(2 * MB) };
      send(response, 200, JSON.stringify({ ...body, metrics: { ...body.metrics, details } }));
    },
  },
};

/** Rewards that are none. */
const REWARDS: Record<string, Fault> = Object.fromEntries(
  [
    ["a missing reward", "{}"],
    ["a reward of null", '{"metrics": {"outcome_reward": null}}'],
    ["a reward in words", '{"metrics": {"outcome_reward": "good"}}'],
    ["a reward of NaN", '{"metrics": {"outcome_reward": NaN}}'],
    ['a reward of "NaN"', '{"metrics": {"outcome_reward": "NaN"}}'],
    ["a reward of Infinity", '{"metrics": {"outcome_reward": Infinity}}'],
    ["a reward of 1e999", '{"metrics": {"outcome_reward": 1e999}}'],
    ["a reward of -1e999", '{"metrics": {"outcome_reward": -1e999}}'],
    ["a reward of 1e308", '{"metrics": {"outcome_reward": 1e308}}'],
    ["a reward of true", '{"metrics": {"outcome_reward": true}}'],
    ["a reward that is an object", '{"metrics": {"outcome_reward": {"value": 1}}}'],
    ["a reward among others that is none", '{"metrics": {"episode_returns": [1, null]}}'],
  ].map(([name, body]) => [name, { ...malformed, play: answer(200, body ?? "") }]),
);

/** All faults, by name. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  ...WIRE,
  ...STATUSES,
  ...BODIES,
  ...SIZES,
  ...REWARDS,
};

/** The fault of that name. @throws Error when there is none */
export function faultNamed(name: string): Fault {
  const fault = FAULTS[name];
  if (!fault) throw new Error(`no fault is called ${name}`);
  return fault;
}

/** Sends an answer. */
export function send(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
}

function answer(status: number, body: string, headers: Record<string, string> = {}): Fault["play"] {
  return ({ response }) => send(response, status, body, headers);
}

/** The right answer with one field more. */
function withField(field: string, place: "before" | "after" = "after"): Fault["play"] {
  return ({ response, right }) => {
    const inner = right.slice(1, -1);
    send(response, 200, place === "before" ? `{${field}, ${inner}}` : `{${inner}, ${field}}`);
  };
}

/** Bytes as they are, and then the end. */
function raw(bytes: string, ending: "reset" | "end"): Fault["play"] {
  return ({ response }) => {
    response.socket?.write(bytes, "latin1", () => {
      // A moment later, so that the bytes are on their way before the connection is gone.
      setTimeout(() => (ending === "reset" ? response.socket?.resetAndDestroy() : response.socket?.end()), 5);
    });
  };
}

/** A byte every few milliseconds for ever. */
function trickle(start: string, inChunks: boolean): Fault["play"] {
  return ({ response: { socket } }) => {
    if (!socket) return;
    socket.write(start);
    const timer = setInterval(() => socket.write(inChunks ? "1\r\n \r\n" : " "), 10);
    socket.on("close", () => clearInterval(timer));
    socket.on("error", () => clearInterval(timer));
  };
}

function pour(response: ServerResponse, bytes: number, length?: number): void {
  response.writeHead(200, length === undefined ? {} : { "content-length": String(length) });
  let left = bytes;
  const more = () => {
    while (left > 0 && response.writable) {
      left -= CHUNK.length;
      if (!response.write(CHUNK)) return;
    }
    response.end();
  };
  response.on("drain", more);
  more();
}

function each(statuses: readonly number[], fault: (status: number) => object): Record<string, Fault> {
  return Object.fromEntries(statuses.map((status) => [`status ${status}`, fault(status) as Fault]));
}

function waiting(retryAfter: string, wait: number | null): Record<string, Fault> {
  const headers = { "retry-after": retryAfter };
  const says = `Retry-After: ${retryAfter || "nothing"}`;
  return {
    [`status 429, ${says}`]: {
      ...{ as: "retry", code: "task_app_busy", congested: true, wait },
      play: answer(429, "{}", headers),
    },
    [`status 503, ${says}`]: {
      ...{ as: "retry", code: "task_app_error", congested: true, wait },
      play: answer(503, "{}", headers),
    },
  };
}
