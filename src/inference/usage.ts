// Reads what a provider says an answer has used.

import { isObject } from "../wire/json.ts";

/** Tokens of one answer. */
export interface TokenUsage {
  /** All tokens of the request, cached ones included. */
  prompt_tokens: number;
  /** All tokens generated, reasoning included. */
  completion_tokens: number;
  /** Those of `prompt_tokens` that came from the provider's cache, which cost less. */
  cached_tokens: number;
}

/**
 * The usage in a chat completion or in a chunk of a stream; undefined when it says none.
 *
 * Where the total is larger than its parts (Google leaves reasoning out of `completion_tokens`), the
 * difference counts as completion, since it is billed so.
 */
export function readUsage(body: unknown): TokenUsage | undefined {
  if (!isObject(body)) return undefined;
  const usage = isObject(body.usage) ? body.usage : isObject(body.x_groq) ? body.x_groq.usage : undefined;
  if (!isObject(usage)) return undefined;
  const prompt_tokens = count(usage.prompt_tokens);
  if (prompt_tokens === undefined) return undefined;
  const total = count(usage.total_tokens) ?? 0;
  const completion_tokens = Math.max(count(usage.completion_tokens) ?? 0, total - prompt_tokens);
  const details = isObject(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  const cached_tokens = Math.min(prompt_tokens, count(details.cached_tokens) ?? 0);
  return { prompt_tokens, completion_tokens, cached_tokens };
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
