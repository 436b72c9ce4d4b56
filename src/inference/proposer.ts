// Asks the proposer model, or the judge, for a text. One attempt only: trying again is the durable layer's business.

import OpenAI, { APIConnectionTimeoutError, APIError } from "openai";
import { MAX_ERROR_CHARS } from "../config/limits.ts";
import { bareModel, takesTemperature } from "../config/models.ts";
import { isObject, type JsonObject } from "../wire/json.ts";
import { type Attempt, classifyStatus, isCongested, retryAfterOf } from "./attempt.ts";
import { excerpt } from "./capped.ts";
import { contentText } from "./chat.ts";
import { isPlatformFault } from "./platform-fault.ts";
import { priceUsd } from "./prices.ts";
import { keyVariable, type Provider } from "./providers.ts";
import { redactSecrets } from "./redact.ts";
import { readUsage } from "./usage.ts";

/** The question: its shape is the engine's `ProposalRequest`. */
interface ProposalQuestion {
  messages: { role: "system" | "user"; content: string }[];
  /** Tells apart questions with the same words; it is not sent. */
  replicate: number;
}

/** The proposer's answer. */
export interface ProposalAnswer {
  /** May be empty, as when all tokens went into reasoning. */
  text: string;
  finish_reason: string | null;
  /** `usd` is null when the price or the usage is not known. */
  usage: { prompt_tokens: number; completion_tokens: number; llm_calls: number; usd: number | null };
}

/** One attempt to make. */
export interface ProposeOptions {
  request: ProposalQuestion;
  provider: Provider;
  model: string;
  /** Tokens of the answer, reasoning included; the model's own limit where undefined. */
  max_tokens?: number;
  /** Who is asked; the codes of what goes wrong begin with it. Default: the proposer. */
  role?: "proposer" | "verifier";
  /** Further fields of the request. */
  extra?: JsonObject;
  /** Left out of the request for models that would refuse it, and where undefined. */
  temperature?: number;
  fetch: typeof fetch;
  timeout_ms: number;
  /** The clock that a `Retry-After` date is compared with, in milliseconds; Date.now when left out. */
  now?: () => number;
}

/** Bytes read of the proposer's answer. Its text must fit, twice, into a row of at most 2 MB, and is well below this. */
export const MAX_PROPOSAL_REPLY_BYTES = 768 * 1024;

const MAX_CAUSES = 5;

/** Headers of an answer that the client or this module reads. */
const KEPT_HEADERS = ["content-type", "retry-after", "retry-after-ms", "x-request-id"];

/**
 * Ask once. Overload, time-outs and broken connections ask for a retry;
 * everything else that goes wrong is final, with a short message free of secrets. Never rejects.
 */
export async function proposeText(options: ProposeOptions): Promise<Attempt<ProposalAnswer>> {
  const { request, provider, model, max_tokens, temperature } = options;
  const isSent = temperature !== undefined && takesTemperature(provider.name, model);
  try {
    const completion = await client(options).chat.completions.create({
      model: bareModel(provider.name, model),
      messages: request.messages,
      ...(max_tokens === undefined ? {} : { max_completion_tokens: max_tokens }),
      ...(isSent ? { temperature } : {}),
      ...options.extra,
    });
    // A server that only claims to speak the dialect may answer anything.
    const choice = completion?.choices?.[0];
    if (!isObject(choice?.message)) return retry(`${roleOf(options)}_malformed`, "the answer has no choices");
    return {
      kind: "answer",
      value: {
        text: contentText(choice.message.content),
        finish_reason: typeof choice.finish_reason === "string" ? choice.finish_reason : null,
        usage: usageOf(completion, options),
      },
    };
  } catch (error) {
    return outcomeOf(error, options);
  }
}

function client({ provider, fetch, timeout_ms }: ProposeOptions): OpenAI {
  const keyless = provider.api_key === null;
  return new OpenAI({
    baseURL: provider.base_url,
    apiKey: provider.api_key ?? "none",
    // Explicit nulls, or the client looks for these in the process's environment.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    ...(keyless && { defaultHeaders: { Authorization: null } }),
    maxRetries: 0,
    timeout: timeout_ms,
    logLevel: "off",
    fetch: cappedFetch(fetch),
  });
}

/** A fetch that follows no redirect and reads no more of an answer than the cap. */
function cappedFetch(fetch: ProposeOptions["fetch"]): ProposeOptions["fetch"] {
  return async (input, init) => {
    const upstream = await fetch(input, { ...init, redirect: "manual" });
    const headers = new Headers();
    for (const name of KEPT_HEADERS) {
      const value = upstream.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    let left = MAX_PROPOSAL_REPLY_BYTES;
    const cap = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        left -= chunk.length;
        if (left < 0) controller.error(new Error("the answer is too large"));
        else controller.enqueue(chunk);
      },
    });
    const body = upstream.body?.pipeThrough(cap) ?? null;
    return new Response(body, { status: upstream.status, headers });
  };
}

function usageOf(completion: unknown, { provider, model }: ProposeOptions): ProposalAnswer["usage"] {
  const usage = readUsage(completion);
  return {
    prompt_tokens: usage?.prompt_tokens ?? 0,
    completion_tokens: usage?.completion_tokens ?? 0,
    llm_calls: 1,
    usd: usage === undefined ? null : priceUsd(provider.name, model, usage),
  };
}

function outcomeOf(error: unknown, options: ProposeOptions): Attempt<ProposalAnswer> {
  if (error instanceof APIConnectionTimeoutError) {
    return retry(`${roleOf(options)}_timeout`, `no answer within ${options.timeout_ms} ms`, {
      congested: true,
    });
  }
  if (error instanceof SyntaxError) return retry(`${roleOf(options)}_malformed`, "the answer is not JSON");
  if (!(error instanceof APIError) || error.status === undefined) {
    const cause = rootOf(error);
    if (isPlatformFault(cause)) return retry(`${roleOf(options)}_unreachable`, cause, { platform: true });
    return retry(
      `${roleOf(options)}_unreachable`,
      `the connection to provider "${options.provider.name}" failed`,
    );
  }
  const { status } = error;
  const code = `${roleOf(options)}_${status}`;
  const message = excerpt(explain(error, options), MAX_ERROR_CHARS);
  // An account without money answers 429 too, and no waiting helps.
  if (classifyStatus(status) === "final" || error.code === "insufficient_quota") {
    return { kind: "failure", code, message };
  }
  const retry_after_ms = retryAfterOf(error.headers, (options.now ?? Date.now)());
  return retry(code, message, { congested: isCongested(status), retry_after_ms });
}

/** The words of the error that is behind an error: the client wraps those of `fetch`. */
function rootOf(error: unknown): string {
  let here = error;
  for (let n = 0; n < MAX_CAUSES && here instanceof Error && here.cause instanceof Error; n++)
    here = here.cause;
  return here instanceof Error ? here.message : "";
}

function roleOf({ role = "proposer" }: ProposeOptions): string {
  return role;
}

function explain(error: APIError, { provider }: ProposeOptions): string {
  const { status } = error;
  if (status === 401) {
    return `provider "${provider.name}" refused the key (401): check ${keyVariable(provider.name)}`;
  }
  const secrets = provider.api_key === null ? [] : [provider.api_key];
  return `provider "${provider.name}" answered ${redactSecrets(error.message, secrets)}`;
}

function retry(
  code: string,
  message: string,
  more: { congested?: boolean; retry_after_ms?: number | null; platform?: boolean } = {},
): Attempt<ProposalAnswer> {
  const { congested = false, retry_after_ms = null, platform = false } = more;
  return { kind: "retry", code, message, congested, retry_after_ms, platform };
}
