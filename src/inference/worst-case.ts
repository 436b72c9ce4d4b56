// What a call to a model can cost at most, before it is made: so that a limit can be kept and not only noticed.

import { bareModel, type ModelChoice } from "../config/models.ts";
import { isObject } from "../wire/json.ts";
import type { Charge } from "./attempt.ts";
import { priceUsd } from "./prices.ts";

/** Tokens that a message costs beside its own: its role and the marks around it. */
const MESSAGE_TOKENS = 16;
/** Tokens of an image or a sound, whatever stands in the request for it. */
const MEDIA_TOKENS = 5_000;
/** Completion tokens of a request that sets no limit: more than models of the list answer with by themselves. */
const UNLIMITED_COMPLETION_TOKENS = 65_536;
/** Parts of a request that are read as text. */
const TEXT_FIELDS = ["messages", "tools", "functions", "response_format"];
const MEDIA_PARTS = ["image_url", "input_image", "input_audio", "file"];

/** The part of a chat request that bounds its cost. */
export interface BoundedRequest {
  messages: readonly unknown[];
  max_completion_tokens?: unknown;
  max_tokens?: unknown;
  n?: unknown;
  [field: string]: unknown;
}

/**
 * The most that a request can cost with a model. A token is at least a byte of UTF-8, so bytes bound the prompt. US dollars
 * are 0 where the model has no price: a job with a limit in dollars has none such.
 */
export function worstCase(request: BoundedRequest, { provider, model }: ModelChoice): Charge {
  const prompt_tokens = promptBound(request);
  const completion_tokens = limitOf(request) * Math.max(1, count(request.n) ?? 1);
  const usage = { prompt_tokens, completion_tokens, cached_tokens: 0 };
  return {
    tokens: prompt_tokens + completion_tokens,
    usd: priceUsd(provider, bareModel(provider, model), usage) ?? 0,
  };
}

function promptBound(request: BoundedRequest): number {
  const said = TEXT_FIELDS.map((field) => request[field]).filter((value) => value !== undefined);
  const bytes = new TextEncoder().encode(JSON.stringify(said)).byteLength;
  const media = request.messages.reduce<number>((sum, message) => sum + mediaParts(message), 0);
  return bytes + MESSAGE_TOKENS * (request.messages.length + 1) + MEDIA_TOKENS * media;
}

function mediaParts(message: unknown): number {
  if (!isObject(message) || !Array.isArray(message.content)) return 0;
  const parts: unknown[] = message.content;
  return parts.filter((part) => isObject(part) && MEDIA_PARTS.includes(String(part.type))).length;
}

function limitOf({ max_completion_tokens, max_tokens }: BoundedRequest): number {
  return count(max_completion_tokens) ?? count(max_tokens) ?? UNLIMITED_COMPLETION_TOKENS;
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.ceil(value) : undefined;
}
