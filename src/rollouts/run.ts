// One attempt at a rollout: ask the task app, and say what came of it. Trying again is the durable layer's business.

import { MAX_ROLLOUT_REPLY_BYTES } from "../config/limits.ts";
import { type Attempt, classifyStatus, isCongested, retryAfterMs } from "../inference/attempt.ts";
import { type RecordedCall, type RolloutAnswer, type RolloutTrace, usageOfCalls } from "./answer.ts";
import { taskAppHeaders } from "./auth.ts";
import { type BoundedReply, connectionWords, type Fetch, requestBounded, type SetTimer } from "./http.ts";
import type { RolloutOrder } from "./order.ts";
import { parseJson } from "./parse-json.ts";
import { detailOf, type RolloutReply, readRolloutReply } from "./reply.ts";
import { type InferenceTarget, rolloutRequest } from "./request.ts";
import { taskAppUrl } from "./task-app-url.ts";
import { keptText, oneLine } from "./text.ts";
import { exchangeOfCalls, moduleCalls } from "./trace.ts";
import { checkOutboundUrl } from "./url-guard.ts";

/** What an attempt needs of the world. */
export interface RolloutMeans {
  inference: InferenceTarget;
  fetch: Fetch;
  signal?: AbortSignal;
  /** The model calls recorded for this attempt, in the order they ended. Asked once, when the exchange is over. */
  calls: () => readonly RecordedCall[] | Promise<readonly RecordedCall[]>;
  /** Whether the task app may be on the local network; see `OutboundRules`. */
  allow_local: boolean;
  /** Milliseconds since the epoch; for a `Retry-After` that names a date. */
  now?: () => number;
  setTimer?: SetTimer;
}

type Outcome = Attempt<RolloutAnswer>;

/**
 * Run a rollout once.
 *
 * Worth another attempt (`retry`): 408, 425, 429, 5xx, time-outs, lost connections, and answers that cannot be read
 * (`malformed_reply`). Everything else is final. An answer counts only if the model was really asked: when the prompt
 * did not match, or every call to the model failed, the reward says nothing about the prompt. When every call failed
 * for good, so has the rollout, whatever status the task app makes of it.
 */
export async function attemptRollout(order: RolloutOrder, means: RolloutMeans): Promise<Outcome> {
  const auth = taskAppHeaders(order.task_app_api_key);
  if (auth.kind === "refused") return failure("task_app_api_key_invalid", auth.message);
  const target = rolloutUrl(order, means.allow_local);
  if (target.kind === "refused") return failure("task_app_url_refused", `task_app_url ${target.reason}`);
  const reply = await requestBounded(
    target.url,
    {
      method: "POST",
      headers: {
        ...auth.headers,
        "content-type": "application/json",
        accept: "application/json",
        "idempotency-key": order.rollout_id,
      },
      body: JSON.stringify(rolloutRequest(order, means.inference)),
    },
    {
      fetch: means.fetch,
      timeout_ms: order.timeout_ms,
      max_bytes: MAX_ROLLOUT_REPLY_BYTES,
      signal: means.signal,
      setTimer: means.setTimer,
    },
  );
  if (reply.kind === "aborted") return retry("aborted", "the attempt was called off", { platform: true });
  const secrets = secretsOf(order, means.inference);
  return classify({ reply, calls: await means.calls(), secrets, now: means.now ?? Date.now, order });
}

/**
 * What no text that is kept may hold: the task app's key, and the rollout's ticket. Task apps quote the URL of a call
 * that failed; its ticket is new in every attempt, and would make the same failure read differently each time.
 */
function secretsOf(order: RolloutOrder, { url }: InferenceTarget): string[] {
  const ticket = URL.canParse(url) ? new URL(url).pathname.split("/").at(-1) : undefined;
  return [order.task_app_api_key?.trim(), ticket].filter((secret) => secret !== undefined);
}

/** Checked at every call and not only at submit, so that no row written earlier or elsewhere can lead inward. */
function rolloutUrl(
  { task_app_url, public_origin }: RolloutOrder,
  allow_local: boolean,
): { kind: "ok"; url: string } | { kind: "refused"; reason: string } {
  const own_hosts = URL.canParse(public_origin) ? [new URL(public_origin).host] : [];
  const verdict = checkOutboundUrl(task_app_url, { allow_local, own_hosts });
  return verdict.kind === "ok" ? { kind: "ok", url: taskAppUrl(verdict.url, "/rollout") } : verdict;
}

interface Facts {
  reply: Exclude<BoundedReply, { kind: "aborted" }>;
  calls: readonly RecordedCall[];
  secrets: readonly string[];
  now: () => number;
  order: RolloutOrder;
}

function classify(facts: Facts): Outcome {
  const { reply, calls, secrets } = facts;
  const mismatch = calls.find((call) => call.error?.code === "prompt_mismatch");
  if (mismatch?.error) return failure("prompt_mismatch", oneLine(mismatch.error.message, secrets));
  switch (reply.kind) {
    case "redirect":
      return failure(
        "redirect_refused",
        `the task app answered ${reply.status}; redirects are not followed, so task_app_url must be the final address`,
      );
    case "too_large":
      return failure("reply_too_large", `the task app's answer is over ${reply.limit} bytes`);
    case "timeout":
      return retry("timeout", `the task app did not answer within ${facts.order.timeout_ms / 1000} s`, {
        congested: true,
      });
    case "connection":
      return lostConnection(reply, facts);
    case "reply":
      return reply.status >= 200 && reply.status <= 299 ? readAnswer(reply, facts) : refusal(reply, facts);
  }
}

function lostConnection({ message, platform }: BoundedReply & { kind: "connection" }, facts: Facts): Outcome {
  const text = oneLine(`task app: ${connectionWords(message)}`, facts.secrets);
  return retry("connection", text, { platform });
}

/** A status outside 2xx, with what the task app says about it and, where a model call failed, with that. */
function refusal(reply: BoundedReply & { kind: "reply" }, { calls, secrets, now }: Facts): Outcome {
  const { status, headers, text } = reply;
  const parsed = parseJson(text);
  const detail = parsed.kind === "json" ? detailOf(parsed.value) : text;
  const because = lastFailure(calls);
  const message = oneLine(
    `the task app answered ${status}${detail === "" ? "" : `: ${oneLine(detail, secrets)}`}${
      because === undefined ? "" : `; a model call had failed: ${because.message}`
    }`,
    secrets,
  );
  if (classifyStatus(status) === "final") {
    const refused = status === 401 || status === 403;
    return failure(refused ? "task_app_unauthorized" : "task_app_refused", message);
  }
  if (calls.length > 0 && calls.every(isLost)) return failure("inference_failed", message);
  return retry(status === 429 ? "task_app_busy" : "task_app_error", message, {
    congested: isCongested(status) || (because !== undefined && isCongested(because.status)),
    retry_after_ms: retryAfterMs(headers["retry-after"], now()),
  });
}

function readAnswer(reply: BoundedReply & { kind: "reply" }, { calls, secrets }: Facts): Outcome {
  const because = lastFailure(calls);
  if (because !== undefined && calls.every((call) => call.error)) return unasked(because, secrets);
  const read = readRolloutReply(reply.text, reply.headers["content-type"] ?? null, secrets);
  if (read.kind === "malformed") return retry("malformed_reply", read.message);
  const { reward, error, metrics } = read;
  return {
    kind: "answer",
    value: {
      reward,
      ...(error === undefined ? {} : { error }),
      ...traceField(read, calls, secrets),
      ...(metrics === undefined ? {} : { metrics }),
      usage: usageOfCalls(calls),
    },
  };
}

/** The task app gave an answer though no call to the model succeeded. */
function unasked(because: FailedCall, secrets: readonly string[]): Outcome {
  const { status } = because;
  const message = oneLine(`no call to the model succeeded: ${because.message}`, secrets);
  return isFinal(status)
    ? failure("inference_failed", message)
    : retry("inference_failed", message, { congested: isCongested(status) });
}

/** Whether a call failed in a way that no other attempt can mend, such as a key that the provider refuses. */
function isLost(call: RecordedCall): boolean {
  return Boolean(call.error) && isFinal(call.status);
}

/** 499 is a task app that did not wait, and a status below 400 an answer that broke off midway: both may pass. */
function isFinal(status: number): boolean {
  return classifyStatus(status) === "final" && status >= 400 && status !== 499;
}

interface FailedCall {
  status: number;
  message: string;
}

/** The last call, if it failed. */
function lastFailure(calls: readonly RecordedCall[]): FailedCall | undefined {
  const last = calls.at(-1);
  return last?.error ? { status: last.status, message: last.error.message } : undefined;
}

/** What the service saw itself goes before what the task app tells. */
function traceField(
  read: RolloutReply & { kind: "answer" },
  calls: readonly RecordedCall[],
  secrets: readonly string[],
): { trace?: RolloutTrace } {
  const seen = exchangeOfCalls(calls);
  const input = seen?.input ? keptText(seen.input, secrets) : read.input;
  const output = seen?.output ? keptText(seen.output, secrets) : read.output;
  const { expected, feedback } = read;
  if (!input && !output && !expected && !feedback) return {};
  const kept = moduleCalls(calls, read.remarks, secrets);
  return {
    trace: {
      input,
      output,
      ...(expected === undefined ? {} : { expected }),
      ...(feedback === undefined ? {} : { feedback }),
      ...(kept.length === 0 ? {} : { calls: kept }),
    },
  };
}

function failure(code: string, message: string): Outcome {
  return { kind: "failure", code, message };
}

function retry(
  code: string,
  message: string,
  more: { congested?: boolean; retry_after_ms?: number | null; platform?: boolean } = {},
): Outcome {
  const { congested = false, retry_after_ms = null, platform = false } = more;
  return { kind: "retry", code, message, congested, retry_after_ms, platform };
}
