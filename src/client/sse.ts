// Reads server-sent events: a parser that takes text in any pieces, and a reader that notices a silent connection.

import { NetworkError } from "./errors.ts";

/** One message of an event stream. */
export interface SseMessage {
  /** The `event:` field; `message` when there was none. */
  event: string;
  /** The `data:` lines, joined by line feeds. */
  data: string;
  /** The last `id:` seen, in this message or before. */
  id: string;
}

/** Largest message taken, in characters. */
const MAX_MESSAGE_CHARS = 16 * 1024 * 1024;

/** Takes an event stream piece by piece. A message counts once its blank line came; what follows it waits. */
export class SseParser {
  #rest = "";
  #skipLineFeed = false;
  #isStart = true;
  #event = "";
  #data: string[] = [];
  #dataChars = 0;
  #id = "";

  /** The messages completed by this piece. @throws NetworkError when one message exceeds 16 Mi characters. */
  push(piece: string): SseMessage[] {
    const messages: SseMessage[] = [];
    let text = this.#rest + this.#trimmed(piece);
    let end = lineEnd(text, this.#rest.length);
    let start = 0;
    while (end !== -1) {
      const message = this.#line(text.slice(start, end));
      if (message) messages.push(message);
      start = end + 1;
      if (text[end] === "\r") {
        if (start === text.length) this.#skipLineFeed = true;
        else if (text[start] === "\n") start++;
      }
      end = lineEnd(text, start);
    }
    text = text.slice(start);
    this.#rest = text;
    if (text.length + this.#dataChars > MAX_MESSAGE_CHARS) throw new NetworkError("An event is too large");
    return messages;
  }

  /** Drops a byte order mark at the start, and the line feed of a CRLF that was split. */
  #trimmed(piece: string): string {
    if (piece === "") return piece;
    let from = 0;
    if (this.#isStart && piece.startsWith("\uFEFF")) from = 1;
    if (this.#skipLineFeed && piece.startsWith("\n")) from = 1;
    this.#isStart = false;
    this.#skipLineFeed = false;
    return piece.slice(from);
  }

  #line(line: string): SseMessage | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "event") this.#event = value;
    if (field === "id" && !value.includes("\0")) this.#id = value;
    if (field === "data") {
      this.#data.push(value);
      this.#dataChars += value.length + 1;
    }
    return undefined;
  }

  #dispatch(): SseMessage | undefined {
    const message = { event: this.#event || "message", data: this.#data.join("\n"), id: this.#id };
    const hasData = this.#data.length > 0;
    this.#event = "";
    this.#data = [];
    this.#dataChars = 0;
    return hasData ? message : undefined;
  }
}

function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return at;
  }
  return -1;
}

/**
 * The messages of a response body. Leaving the loop early closes the connection.
 * @param idleMs longest silence, heartbeats included, before the connection counts as dead
 * @throws NetworkError on such a silence, and whatever the connection throws
 */
export async function* readSse(
  body: ReadableStream<Uint8Array>,
  idleMs: number,
): AsyncGenerator<SseMessage, void, undefined> {
  const parser = new SseParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), idleMs);
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Not awaited: a connection that is already dead may never confirm.
    reader.cancel().catch(() => undefined);
  }
}

function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new NetworkError(`The event stream was silent for ${ms / 1000} s`)),
      ms,
    );
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
