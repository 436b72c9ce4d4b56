// One HTTP request to a server nobody vouches for: bounded in time and bytes, redirects not followed, never throwing.

import { readCappedText } from "../inference/body.ts";
import { isPlatformFault } from "../inference/platform-fault.ts";

/** The `fetch` to use; the global one, or a test's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Runs something later; the function it returns takes that back. */
export type SetTimer = (run: () => void, delay_ms: number) => () => void;

/** Bounds of a request. */
export interface RequestBounds {
  fetch: Fetch;
  /** Milliseconds for the whole exchange, headers and body. */
  timeout_ms: number;
  /** Bytes of body, after decompression. */
  max_bytes: number;
  /** Ends the request early. */
  signal?: AbortSignal;
  setTimer?: SetTimer;
}

/** The few headers that matter, lower-case. */
type ReplyHeaders = Partial<Record<"content-type" | "retry-after" | "location", string>>;

/** What came of a request. */
export type BoundedReply =
  | { kind: "reply"; status: number; headers: ReplyHeaders; text: string }
  /** A status of 3xx; `location` is as the server wrote it. */
  | { kind: "redirect"; status: number; location: string | null }
  | { kind: "timeout" }
  /** The body went over `limit` bytes and was cut off. */
  | { kind: "too_large"; status: number; limit: number }
  /** No complete answer. `platform`: this service was just being updated, or may make no more calls for now, and the server is not to blame. */
  | { kind: "connection"; message: string; platform: boolean }
  | { kind: "aborted" };

const KEPT_HEADERS = ["content-type", "retry-after", "location"] as const;

const LONGEST_DELAY_MS = 2 ** 31 - 1;
const MAX_CAUSES = 5;

/** Send a request and read its answer within the bounds. Every failure is a value. */
export async function requestBounded(
  url: string,
  init: RequestInit,
  bounds: RequestBounds,
): Promise<BoundedReply> {
  const { signal, timeout_ms, setTimer = platformTimer } = bounds;
  if (signal?.aborted) return { kind: "aborted" };
  const controller = new AbortController();
  const stopped = Promise.withResolvers<BoundedReply>();
  const stop = (outcome: BoundedReply) => {
    stopped.resolve(outcome);
    controller.abort();
  };
  const onAbort = () => stop({ kind: "aborted" });
  signal?.addEventListener("abort", onAbort);
  const clearTimer = setTimer(() => stop({ kind: "timeout" }), Math.min(timeout_ms, LONGEST_DELAY_MS));
  try {
    return await Promise.race([stopped.promise, exchange(url, init, bounds, controller.signal)]);
  } finally {
    clearTimer();
    signal?.removeEventListener("abort", onAbort);
  }
}

/** What a failed connection is, in words a person would use. */
export function connectionWords(message: string): string {
  if (message.includes("ECONNREFUSED")) return "connection refused";
  if (message.includes("ENOTFOUND") || message.includes("EAI_AGAIN")) return "host not found";
  if (message.includes("ECONNRESET") || message.includes("other side closed")) return "connection lost";
  if (message.includes("Network connection lost")) return "connection refused or lost";
  return `connection failed: ${message}`;
}

async function exchange(
  url: string,
  init: RequestInit,
  { fetch, max_bytes }: RequestBounds,
  signal: AbortSignal,
): Promise<BoundedReply> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    const { status } = response;
    const headers = keptHeaders(response);
    if (status >= 300 && status <= 399) {
      response.body?.cancel().catch(() => undefined);
      return { kind: "redirect", status, location: headers.location ?? null };
    }
    const text = await readCappedText(response.body, max_bytes);
    if (text === undefined) return { kind: "too_large", status, limit: max_bytes };
    return { kind: "reply", status, headers, text };
  } catch (error) {
    const message = errorText(error);
    return { kind: "connection", message, platform: isPlatformFault(message) };
  }
}

function keptHeaders(response: Response): ReplyHeaders {
  const kept: ReplyHeaders = {};
  for (const name of KEPT_HEADERS) {
    const value = response.headers.get(name);
    if (value !== null) kept[name] = value;
  }
  return kept;
}

/** The messages of an error and of its causes; the cause is where Node says what happened. */
function errorText(error: unknown): string {
  const parts: string[] = [];
  let here = error;
  while (here instanceof Error && parts.length < MAX_CAUSES) {
    const code = "code" in here && typeof here.code === "string" ? here.code : here.name;
    parts.push(here.message || code);
    here = here.cause;
  }
  return parts.length > 0 ? parts.join(": ") : "the request failed";
}

/** The platform's own timer. */
export function platformTimer(run: () => void, delay_ms: number): () => void {
  const timer = setTimeout(run, delay_ms);
  return () => clearTimeout(timer);
}
