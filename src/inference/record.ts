// What is kept of one LLM call: plain data of bounded size, for traces and for the bill.

import { MAX_ERROR_CHARS, MAX_TRACE_CHARS } from "../config/limits.ts";
import { isObject } from "../wire/json.ts";
import type { Answer, ToolCall } from "./answer.ts";
import { excerpt } from "./capped.ts";
import { type ChatMessage, type ChatRequest, messageText } from "./chat.ts";
import { priceUsd } from "./prices.ts";
import type { Provider } from "./providers.ts";
import { redactSecrets } from "./redact.ts";

/** A message as it was sent, as text; a turn of tool calls reads `name(arguments)`. */
interface RecordedMessage {
  role: string;
  content: string;
}

/** Why a call failed. */
export interface CallError {
  /** `upstream_timeout`, `upstream_unreachable`, `upstream_429`, `client_left`, `prompt_mismatch`, … */
  code: string;
  message: string;
}

/** What a call was about: the module whose prompt was recognised, and what it was asked. */
export interface RecordedQuestion {
  /** Empty for a prompt without modules. */
  module: string;
  /** The values of the prompt's placeholders; those that are too long to keep are left out. */
  values: Record<string, string>;
  /** What was asked, without instructions and demos. */
  input: string;
}

/** One LLM call made for a rollout. Texts are cut to MAX_TRACE_CHARS, errors to MAX_ERROR_CHARS. */
export interface CallRecord {
  model: string;
  /** Absent where no prompt was recognised. */
  question?: RecordedQuestion;
  /** What was sent, after substitution: the first few messages and the last. */
  messages: RecordedMessage[];
  /** The assistant's text; what came of it when the call was cut short. */
  text: string;
  tool_calls: ToolCall[];
  finish_reason: string | null;
  /** HTTP status that the task app saw. */
  status: number;
  /** What went wrong; absent when nothing did. */
  error?: CallError;
  usage: { prompt_tokens: number; completion_tokens: number };
  /** US dollars; null when the price or the usage is not known. */
  usd: number | null;
  /** Whether `usage` is what the provider said; false when the call was cut short or the provider said nothing. */
  usage_known: boolean;
  /** Milliseconds from the request to the end of the answer. */
  duration_ms: number;
}

/** How a call ended. */
export interface CallEnd {
  status: number;
  answer: Answer;
  error: CallError | undefined;
  /** Whether the provider may charge for it: an answer that is an error costs nothing. */
  billed: boolean;
  duration_ms: number;
}

const FIRST_MESSAGES = 4;
const LAST_MESSAGES = 16;
const MAX_ROLE_CHARS = 32;

/** An answer that never came. */
export const NO_ANSWER: Answer = {
  text: "",
  tool_calls: [],
  finish_reason: null,
  usage: undefined,
  error: undefined,
};

/** What a call was about, cut to a size that fits a record. */
export function recordQuestion({ module, values, input }: RecordedQuestion): RecordedQuestion {
  let room = MAX_TRACE_CHARS;
  // The short ones first: they tell examples apart, while long ones are mostly the same in all of them.
  const byLength = Object.entries(values).sort(([, a], [, b]) => a.length - b.length);
  const kept = new Set<string>();
  for (const [name, value] of byLength) {
    room -= value.length;
    if (room >= 0) kept.add(name);
  }
  return {
    module,
    values: Object.fromEntries(Object.entries(values).filter(([name]) => kept.has(name))),
    input: excerpt(input, MAX_TRACE_CHARS),
  };
}

/** Write the record of a call that has ended. */
export function recordCall(request: ChatRequest, provider: Provider, end: CallEnd): CallRecord {
  const { answer } = end;
  const { prompt_tokens = 0, completion_tokens = 0 } = answer.usage ?? {};
  const model = request.model ?? "";
  const error =
    end.error ?? (answer.error === undefined ? undefined : { code: "upstream_error", message: answer.error });
  const secrets = provider.api_key === null ? [] : [provider.api_key];
  return {
    model,
    messages: recordMessages(request.messages),
    text: answer.text,
    tool_calls: answer.tool_calls,
    finish_reason: answer.finish_reason,
    status: end.status,
    ...(error !== undefined && { error: shortError(error, secrets) }),
    usage: { prompt_tokens, completion_tokens },
    usd: answer.usage !== undefined ? priceUsd(provider.name, model, answer.usage) : end.billed ? null : 0,
    usage_known: answer.usage !== undefined || !end.billed,
    duration_ms: end.duration_ms,
  };
}

/** The record of a call that was never made, such as one whose prompt was not recognised. It cost nothing. */
export function recordRefusal(request: ChatRequest, status: number, error: CallError): CallRecord {
  return {
    model: request.model ?? "",
    messages: recordMessages(request.messages),
    text: "",
    tool_calls: [],
    finish_reason: null,
    status,
    error: shortError(error, []),
    usage: { prompt_tokens: 0, completion_tokens: 0 },
    usd: 0,
    usage_known: true,
    duration_ms: 0,
  };
}

function shortError({ code, message }: CallError, secrets: readonly string[]): CallError {
  return { code, message: excerpt(redactSecrets(message, secrets), MAX_ERROR_CHARS) };
}

function recordMessages(messages: readonly ChatMessage[]): RecordedMessage[] {
  const kept =
    messages.length <= FIRST_MESSAGES + LAST_MESSAGES
      ? messages
      : [...messages.slice(0, FIRST_MESSAGES), ...messages.slice(-LAST_MESSAGES)];
  return kept.map((message) => ({
    role: message.role.slice(0, MAX_ROLE_CHARS),
    content: excerpt(readable(message), MAX_TRACE_CHARS),
  }));
}

function readable(message: ChatMessage): string {
  const text = messageText(message);
  if (text !== "" || !Array.isArray(message.tool_calls)) return text;
  const calls: unknown[] = message.tool_calls;
  return calls
    .map((call) => (isObject(call) && isObject(call.function) ? call.function : {}))
    .map((called) => `${String(called.name ?? "?")}(${String(called.arguments ?? "")})`)
    .join("\n");
}
