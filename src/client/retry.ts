// How long to wait before trying again: exponential, with jitter, and never sooner than the service asked.

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 8_000;
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * Milliseconds to wait before attempt `attempt + 1`.
 * @param attempt failures so far, from 1
 * @param random a draw from [0, 1): the wait lies between half and the whole of the exponential step
 */
export function backoffMs(attempt: number, random: number): number {
  const step = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
  return Math.round(step / 2 + (step / 2) * random);
}

/** Reads `Retry-After`, seconds or an HTTP date, as milliseconds from now; at most a minute. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - nowMs;
  if (!Number.isFinite(wait)) return undefined;
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(0, Math.round(wait)));
}
