// The outcome of one attempt at something that can fail, and the arithmetic of trying again. Attempts are made here;
// when to make the next one is decided by the durable layer.

import { MAX_BACKOFF_MS } from "../config/limits.ts";

/**
 * The outcome of one attempt. `retry` asks for another attempt later: `congested` says that the other side is
 * overloaded (429, 503, a time-out), `retry_after_ms` how long it wants to be left alone, `platform` that the
 * fault was not the other side's and must not use up an attempt. `failure` is final. `spent` is what model calls of
 * an attempt without an answer cost all the same.
 */
export type Attempt<T> = { metered?: Metered } & (
  | { kind: "answer"; value: T }
  | {
      kind: "retry";
      code: string;
      message: string;
      congested: boolean;
      retry_after_ms: number | null;
      platform: boolean;
      spent?: AttemptUsage;
    }
  | { kind: "failure"; code: string; message: string; spent?: AttemptUsage }
);

/** What an attempt came to under an allowance. */
export interface Metered {
  /** What its calls count for. */
  charge: Charge;
  /** The most that was spent and reserved at a time, a call that was refused included. */
  peak: Charge;
  /** Whether a call was refused because the allowance was too small: then the answer says nothing. */
  refused: boolean;
}

/** Tokens and money of an attempt. */
export interface AttemptUsage {
  prompt_tokens: number;
  completion_tokens: number;
  llm_calls: number;
  /** US dollars; null when unknown. */
  usd: number | null;
  /** What it counts for under the job's limits, where that is not simply what it used: calls whose usage is unknown count at their worst case. */
  charge?: Charge;
}

/** Tokens and US dollars under a job's limits. */
export interface Charge {
  tokens: number;
  usd: number;
}

/** The charge for nothing. */
export const NO_CHARGE: Readonly<Charge> = { tokens: 0, usd: 0 };

/** What a usage counts for. */
export function chargeOf({ charge, prompt_tokens, completion_tokens, usd }: AttemptUsage): Charge {
  return charge ?? { tokens: prompt_tokens + completion_tokens, usd: usd ?? 0 };
}

/** Two charges together. */
export function addCharge(a: Charge, b: Charge): Charge {
  return { tokens: a.tokens + b.tokens, usd: a.usd + b.usd };
}

/** What two attempts used together; the money is unknown when that of either is. */
export function addUsage(a: AttemptUsage, b: AttemptUsage): AttemptUsage {
  const charge = a.charge || b.charge ? addCharge(chargeOf(a), chargeOf(b)) : undefined;
  return {
    ...(charge === undefined ? {} : { charge }),
    prompt_tokens: a.prompt_tokens + b.prompt_tokens,
    completion_tokens: a.completion_tokens + b.completion_tokens,
    llm_calls: a.llm_calls + b.llm_calls,
    usd: a.usd === null || b.usd === null ? null : a.usd + b.usd,
  };
}

const BASE_BACKOFF_MS = 500;
const MAX_HEADER_CHARS = 64;
const DECIMAL = /^-?\d+(\.\d+)?$/;

/** Whether an HTTP status is worth another attempt: 408, 425, 429 and 5xx are, everything else is final. */
export function classifyStatus(status: number): "retry" | "final" {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status <= 599)
    ? "retry"
    : "final";
}

/** Whether a status says that the other side has too much to do: 408, 429, 503, 504 and 529. */
export function isCongested(status: number): boolean {
  return [408, 429, 503, 504, 529].includes(status);
}

/**
 * Milliseconds that a `Retry-After` value asks for, within 0 and MAX_BACKOFF_MS; null when there is none or it is
 * unreadable.
 *
 * @param header - whole or fractional seconds, or an HTTP date
 * @param now - the time, in milliseconds since the epoch, that a date is compared with
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | null {
  const value = (header ?? "").trim();
  if (value === "" || value.length > MAX_HEADER_CHARS) return null;
  if (DECIMAL.test(value)) return clampWait(Number(value) * 1000);
  // Date.parse takes nearly anything for a date; every HTTP date ends in GMT.
  if (!value.endsWith("GMT")) return null;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : clampWait(date - now);
}

/** As `retryAfterMs`, from a whole set of headers: `retry-after-ms`, which some providers send, goes before `retry-after`. */
export function retryAfterOf(headers: Pick<Headers, "get"> | undefined, now: number): number | null {
  const exact = (headers?.get("retry-after-ms") ?? "").trim();
  if (exact.length <= MAX_HEADER_CHARS && DECIMAL.test(exact)) return clampWait(Number(exact));
  return retryAfterMs(headers?.get("retry-after"), now);
}

/**
 * How long to wait before the next attempt, in milliseconds: exponential with full jitter, at most MAX_BACKOFF_MS.
 *
 * @param attempt - attempts already made, from 1
 * @param random - draws from [0, 1)
 */
export function backoffMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(MAX_BACKOFF_MS, BASE_BACKOFF_MS * 2 ** Math.max(0, attempt - 1));
  return Math.floor(random() * ceiling);
}

function clampWait(ms: number): number {
  return Math.min(MAX_BACKOFF_MS, Math.max(0, Math.round(ms)));
}
