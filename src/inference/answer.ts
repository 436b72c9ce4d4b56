// Gathers a model's answer, from one chat completion or from the chunks of a stream, in bounded memory.

import { MAX_TRACE_CHARS } from "../config/limits.ts";
import { isObject } from "../wire/json.ts";
import { CappedText } from "./capped.ts";
import { contentText } from "./chat.ts";
import { readUsage, type TokenUsage } from "./usage.ts";

/** A tool that the model called. */
export interface ToolCall {
  name: string;
  /** JSON as the model wrote it, which may be none. */
  arguments: string;
}

/** A model's answer, cut to a size that fits a record. Only the first choice counts. */
export interface Answer {
  text: string;
  tool_calls: ToolCall[];
  finish_reason: string | null;
  /** Undefined when the provider did not say. */
  usage: TokenUsage | undefined;
  /** The provider's error, when it reported one inside a successful answer. */
  error: string | undefined;
}

const MAX_TOOL_CALLS = 32;
const MAX_NAME_CHARS = 128;

interface OpenToolCall {
  name: string;
  arguments: CappedText;
}

/** Takes in an answer whole or piece by piece. */
export class AnswerReader {
  readonly #text = new CappedText(MAX_TRACE_CHARS);
  readonly #tools = new Map<number, OpenToolCall>();
  #finishReason: string | null = null;
  #usage: TokenUsage | undefined;
  #error: string | undefined;

  /** Take in a chat completion, or one chunk of a stream. Anything else changes nothing. */
  add(value: unknown): void {
    if (!isObject(value)) return;
    this.#usage = readUsage(value) ?? this.#usage;
    this.#error ??= errorMessage(value);
    const choices: unknown[] = Array.isArray(value.choices) ? value.choices : [];
    const first = choices.find((choice) => isObject(choice) && (choice.index ?? 0) === 0);
    if (!isObject(first)) return;
    if (typeof first.finish_reason === "string") {
      this.#finishReason = first.finish_reason.slice(0, MAX_NAME_CHARS);
    }
    const message = isObject(first.message) ? first.message : first.delta;
    if (!isObject(message)) return;
    this.#text.add(contentText(message.content));
    if (Array.isArray(message.tool_calls)) this.#addTools(message.tool_calls);
  }

  /** What was taken in so far. */
  answer(): Answer {
    const inOrder = [...this.#tools].sort(([a], [b]) => a - b);
    return {
      text: this.#text.text(),
      tool_calls: inOrder.map(([, call]) => ({ name: call.name, arguments: call.arguments.text() })),
      finish_reason: this.#finishReason,
      usage: this.#usage,
      error: this.#error,
    };
  }

  /** Calls of a whole answer have no index; those of a stream are told apart by it. */
  #addTools(calls: readonly unknown[]): void {
    for (const [position, call] of calls.entries()) {
      if (!isObject(call) || !isObject(call.function)) continue;
      const index = typeof call.index === "number" ? call.index : position;
      const open = this.#tools.get(index) ?? { name: "", arguments: new CappedText(MAX_TRACE_CHARS) };
      if (!this.#tools.has(index) && this.#tools.size >= MAX_TOOL_CALLS) continue;
      this.#tools.set(index, open);
      const { name, arguments: written } = call.function;
      if (typeof name === "string") open.name = (open.name + name).slice(0, MAX_NAME_CHARS);
      if (typeof written === "string") open.arguments.add(written);
    }
  }
}

/** The message of an error body in any of the shapes that providers use; undefined when the value reports none. */
export function errorMessage(value: unknown): string | undefined {
  // Google's dialect wraps the error object in a list.
  const body: unknown = Array.isArray(value) ? value[0] : value;
  if (!isObject(body) || body.error === undefined || body.error === null) return undefined;
  if (typeof body.error === "string") return body.error;
  if (isObject(body.error) && typeof body.error.message === "string") return body.error.message;
  return JSON.stringify(body.error);
}
