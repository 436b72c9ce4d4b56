// Sends a chat request on to its provider and hands the answer through, keeping a record of the call.
// Owns: the call's time limit, what of the provider's answer reaches the task app, the record.
// Does not own: substitution (done before), retries (the task app's), who may call (the route's).
// Invariants: the record always settles and never rejects; no upstream header but those named here is passed on.

import { isObject } from "../wire/json.ts";
import { AnswerReader, errorMessage } from "./answer.ts";
import { answerStream } from "./answer-stream.ts";
import { parseJson, readCapped } from "./body.ts";
import type { ChatRequest } from "./chat.ts";
import { type Deadline, startDeadline } from "./deadline.ts";
import type { Provider } from "./providers.ts";
import { type CallEnd, type CallError, type CallRecord, NO_ANSWER, recordCall } from "./record.ts";
import { redactSecrets } from "./redact.ts";

/** Bytes read of a provider's answer that does not stream. */
export const MAX_CHAT_REPLY_BYTES = 8 * 1024 * 1024;
/** Bytes of a provider's error body that are passed on. */
const MAX_ERROR_BODY_BYTES = 64 * 1024;

/** A call to make. */
export interface ForwardOptions {
  /** The request as it goes out, but for the usage that is asked for. */
  request: ChatRequest;
  provider: Provider;
  fetch: typeof fetch;
  /** Milliseconds until the last byte of the answer. */
  timeout_ms: number;
  /** The clock, in milliseconds. */
  now: () => number;
  /** Aborts when the task app has gone away before the answer began. */
  signal?: AbortSignal;
}

/** The answer for the task app, and what became of the call once it is over. */
export interface Forwarded {
  response: Response;
  /** Settles when the answer has ended, failed, timed out or been left; never rejects. */
  record: Promise<CallRecord>;
}

/** A call under way: what its ends need to know. */
interface Call {
  sent: ChatRequest;
  options: ForwardOptions;
  deadline: Deadline;
  startedAt: number;
}

type Ending = Omit<CallEnd, "duration_ms">;

/**
 * Make a call to `<base_url>/chat/completions`. A stream is passed on as it comes; its token usage is always asked
 * for, and hidden from a task app that did not ask for it. Redirects are not followed. Failures of the call itself answer 502 (unreachable,
 * redirect, too large), 504 (time-out) or 499 (the task app left) with an OpenAI error body. Never rejects.
 */
export async function forwardChat(options: ForwardOptions): Promise<Forwarded> {
  const { request, provider, timeout_ms, now, signal } = options;
  const call: Call = {
    sent: withUsage(request),
    options,
    deadline: startDeadline(timeout_ms, signal),
    startedAt: now(),
  };
  const init: RequestInit = {
    method: "POST",
    headers: requestHeaders(provider, request.stream === true),
    body: JSON.stringify(call.sent),
    redirect: "manual",
    signal: call.deadline.signal,
  };
  try {
    const { fetch } = options;
    return await receive(await fetch(`${provider.base_url}/chat/completions`, init), call);
  } catch {
    // What fetch says of a broken connection names inner addresses at worst and helps nobody at best.
    const cut = call.deadline.reason();
    if (cut === "timeout") return refuse(call, 504, timeoutError(options), true);
    if (cut === "cancelled") {
      return refuse(call, 499, { code: "client_left", message: "the task app left before the answer" }, true);
    }
    const message = `the connection to provider "${provider.name}" failed`;
    return refuse(call, 502, { code: "upstream_unreachable", message }, true);
  }
}

async function receive(upstream: Response, call: Call): Promise<Forwarded> {
  const { status } = upstream;
  if (status < 200 || (status >= 300 && status < 400)) {
    await upstream.body?.cancel();
    const message = `the provider answered with a redirect (${status}), which is not followed`;
    return refuse(call, 502, { code: "upstream_redirect", message }, false);
  }
  const isStream = (upstream.headers.get("content-type") ?? "").startsWith("text/event-stream");
  if (upstream.ok && isStream && upstream.body !== null) return receiveStream(upstream, upstream.body, call);
  return upstream.ok ? receiveWhole(upstream, call) : receiveError(upstream, call);
}

async function receiveWhole(upstream: Response, call: Call): Promise<Forwarded> {
  const { bytes, cut } = await readCapped(upstream.body, MAX_CHAT_REPLY_BYTES);
  if (cut) {
    const message = `the answer is over ${MAX_CHAT_REPLY_BYTES} bytes`;
    return refuse(call, 502, { code: "upstream_too_large", message }, true);
  }
  const reader = new AnswerReader();
  const value = parseJson(new TextDecoder().decode(bytes));
  reader.add(value);
  const answer = reader.answer();
  const message = "the provider's answer is not a JSON object";
  const error = isObject(value) ? undefined : { code: "upstream_malformed", message };
  return {
    response: pass(upstream, bytes.length === 0 ? null : bytes),
    record: Promise.resolve(end(call, { status: upstream.status, answer, error, billed: true })),
  };
}

async function receiveError(upstream: Response, call: Call): Promise<Forwarded> {
  const { bytes } = await readCapped(upstream.body, MAX_ERROR_BODY_BYTES);
  const text = redactSecrets(new TextDecoder().decode(bytes), secretsOf(call));
  const { status } = upstream;
  const message = `the provider answered ${status}: ${errorMessage(parseJson(text)) ?? text}`;
  const error = { code: `upstream_${status}`, message };
  return {
    response: pass(upstream, text),
    record: Promise.resolve(end(call, { status, answer: NO_ANSWER, error, billed: false })),
  };
}

function receiveStream(upstream: Response, body: ReadableStream<Uint8Array>, call: Call): Forwarded {
  const { status } = upstream;
  const { stream, ended } = answerStream({
    body,
    deadline: call.deadline,
    hideUsage: !asksForUsage(call.options.request),
    secrets: secretsOf(call),
    timeoutError: timeoutError(call.options),
  });
  const record = ended.then(({ answer, error }) => end(call, { status, answer, error, billed: true }));
  return { response: pass(upstream, stream), record };
}

/** A failure of the call itself. `billed` when the provider may have worked for it. */
function refuse(call: Call, status: number, error: CallError, billed: boolean): Forwarded {
  const { code, message } = error;
  return {
    response: Response.json({ error: { message, type: "upstream_error", code } }, { status }),
    record: Promise.resolve(end(call, { status, answer: NO_ANSWER, error, billed })),
  };
}

function end(call: Call, ending: Ending): CallRecord {
  call.deadline.clear();
  const duration_ms = Math.max(0, call.options.now() - call.startedAt);
  return recordCall(call.sent, call.options.provider, { ...ending, duration_ms });
}

function pass(upstream: Response, body: BodyInit | null): Response {
  const headers = new Headers();
  for (const name of ["content-type", "retry-after"]) {
    const value = upstream.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const bodiless = upstream.status === 204 || upstream.status === 205;
  return new Response(bodiless ? null : body, { status: upstream.status, headers });
}

function requestHeaders(provider: Provider, streams: boolean): Record<string, string> {
  return {
    "content-type": "application/json",
    accept: streams ? "text/event-stream" : "application/json",
    ...(provider.api_key !== null && { authorization: `Bearer ${provider.api_key}` }),
  };
}

function withUsage(request: ChatRequest): ChatRequest {
  if (request.stream !== true || asksForUsage(request)) return request;
  const options = isObject(request.stream_options) ? request.stream_options : {};
  return { ...request, stream_options: { ...options, include_usage: true } };
}

function asksForUsage(request: ChatRequest): boolean {
  return isObject(request.stream_options) && request.stream_options.include_usage === true;
}

function secretsOf(call: Call): string[] {
  const { api_key } = call.options.provider;
  return api_key === null ? [] : [api_key];
}

function timeoutError({ provider, timeout_ms }: ForwardOptions): CallError {
  const message = `provider "${provider.name}" did not finish within ${timeout_ms} ms`;
  return { code: "upstream_timeout", message };
}
