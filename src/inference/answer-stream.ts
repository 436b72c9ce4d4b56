// Passes a provider's event stream on, byte for byte, while reading the answer out of it on the side.

import { isObject } from "../wire/json.ts";
import { type Answer, AnswerReader, errorMessage } from "./answer.ts";
import { parseJson } from "./body.ts";
import type { Deadline } from "./deadline.ts";
import type { CallError } from "./record.ts";
import { redactSecrets } from "./redact.ts";
import { type SseEvent, SseSplitter } from "./sse.ts";

/** A stream to pass on. */
export interface AnswerStreamOptions {
  body: ReadableStream<Uint8Array>;
  /** Bounds the whole stream; the caller clears it when the stream has ended. */
  deadline: Deadline;
  /** Leave out the chunk that has usage and no choices. */
  hideUsage: boolean;
  /** Taken out of errors that are reported inside the stream. */
  secrets: readonly string[];
  timeoutError: CallError;
}

/** How a stream ended; `error` when it did not end as it should. */
export interface StreamEnd {
  answer: Answer;
  error: CallError | undefined;
}

/**
 * The stream for the caller, and its end. Cancelling the stream gives up the provider's. A stream that is cut short ends
 * with an error event (which OpenAI's clients throw) and without `[DONE]`. `ended` never rejects.
 */
export function answerStream(options: AnswerStreamOptions): {
  stream: ReadableStream<Uint8Array>;
  ended: Promise<StreamEnd>;
} {
  const { deadline } = options;
  const upstream = options.body.getReader();
  const splitter = new SseSplitter();
  const reading = new StreamReading(options);
  const ended = Promise.withResolvers<StreamEnd>();
  let over = false;
  const finish = (error?: CallError) => {
    over = true;
    ended.resolve({ answer: reading.answer(), error });
  };
  const cutShort = (controller: Sink, error: CallError) => {
    if (over) return;
    finish(error);
    controller.enqueue(errorEvent(error));
    controller.close();
  };
  /** Pass on what the next bytes complete; whether that was anything. */
  const advance = async (controller: Sink): Promise<boolean> => {
    const { done, value } = await upstream.read();
    if (over) return true;
    const last = done ? splitter.end() : undefined;
    const events = done ? (last === undefined ? [] : [last]) : splitter.push(value);
    const passed = events.map((event) => reading.take(event)).filter((bytes) => bytes !== undefined);
    for (const bytes of passed) controller.enqueue(bytes);
    if (!done) return passed.length > 0;
    finish(reading.complete ? undefined : TOO_SHORT);
    controller.close();
    return true;
  };
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      // A caller that stops reading never pulls again, so the time limit must be able to end the stream by itself.
      deadline.signal.addEventListener("abort", () => {
        cutShort(controller, deadline.reason() === "timeout" ? options.timeoutError : LEFT);
        upstream.cancel().catch(() => {});
      });
    },
    async pull(controller) {
      try {
        while (!(await advance(controller)));
      } catch {
        cutShort(controller, BROKEN);
      }
    },
    cancel() {
      finish(LEFT);
      deadline.cancel();
    },
  });
  return { stream, ended: ended.promise };
}

/** The caller's end of the stream. */
type Sink = Pick<ReadableStreamDefaultController<Uint8Array>, "enqueue" | "close">;

function errorEvent({ code, message }: CallError): Uint8Array {
  const error = { message, type: "upstream_error", code };
  const choices = [{ index: 0, delta: {}, finish_reason: "error" }];
  return new TextEncoder().encode(`data: ${JSON.stringify({ error, choices })}\n\n`);
}

const LEFT: CallError = { code: "client_left", message: "the task app left before the answer ended" };
const BROKEN: CallError = {
  code: "upstream_unreachable",
  message: "the connection to the provider broke before the answer ended",
};
const TOO_SHORT: CallError = { code: "upstream_cut", message: "the provider's stream ended too early" };

/** Reads the events of one stream and says what of them to pass on. */
class StreamReading {
  readonly #reader = new AnswerReader();
  readonly #options: AnswerStreamOptions;
  #done = false;

  constructor(options: AnswerStreamOptions) {
    this.#options = options;
  }

  /** Whether the stream has said that it is over. */
  get complete(): boolean {
    return this.#done || this.#reader.answer().finish_reason !== null;
  }

  answer(): Answer {
    return this.#reader.answer();
  }

  /** The bytes to pass on for an event; undefined for none. */
  take({ raw, data }: SseEvent): Uint8Array | undefined {
    if (data === undefined) return raw;
    if (data.trim() === "[DONE]") {
      this.#done = true;
      return raw;
    }
    const value = parseJson(data);
    this.#reader.add(value);
    if (this.#options.hideUsage && isUsageOnly(value)) return undefined;
    return errorMessage(value) === undefined ? raw : this.#clean(raw);
  }

  #clean(raw: Uint8Array): Uint8Array {
    return new TextEncoder().encode(redactSecrets(new TextDecoder().decode(raw), this.#options.secrets));
  }
}

function isUsageOnly(value: unknown): boolean {
  return (
    isObject(value) && isObject(value.usage) && Array.isArray(value.choices) && value.choices.length === 0
  );
}
