// Cuts a stream of server-sent events into its events, each with its very bytes, so that it can be read and passed on at once.

import { joinBytes } from "./body.ts";

/** One event: its bytes, the blank line included, and the text of its `data` lines. */
export interface SseEvent {
  raw: Uint8Array;
  /** Undefined for comments, and for bytes of an event too long to be read. */
  data: string | undefined;
}

/** Bytes of one event beyond which the stream is passed on unread. */
export const MAX_EVENT_BYTES = 1024 * 1024;

const LF = 10;
const CR = 13;

/** Takes a byte stream in chunks cut anywhere, in linear time. Lines end in LF or CR LF. */
export class SseSplitter {
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Bytes of the line that is still open, and the last of them. */
  #lineBytes = 0;
  #lastByte = 0;
  #unreadable = false;

  /** The events that a chunk completes. */
  push(chunk: Uint8Array): SseEvent[] {
    if (this.#unreadable) return [{ raw: chunk, data: undefined }];
    const events: SseEvent[] = [];
    let eventStart = 0;
    let lineStart = 0;
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, lineStart)) {
      if (this.#endsBlankLine(chunk, lineStart, lf)) {
        this.#hold(chunk.subarray(eventStart, lf + 1));
        events.push(readEvent(this.#release()));
        eventStart = lf + 1;
      }
      this.#lineBytes = 0;
      lineStart = lf + 1;
    }
    if (lineStart < chunk.length) {
      this.#lineBytes += chunk.length - lineStart;
      this.#lastByte = chunk[chunk.length - 1] ?? 0;
    }
    this.#hold(chunk.subarray(eventStart));
    if (this.#heldBytes > MAX_EVENT_BYTES) {
      this.#unreadable = true;
      events.push({ raw: this.#release(), data: undefined });
    }
    return events;
  }

  /** What is left when the stream ends: an event that was not ended by a blank line. */
  end(): SseEvent | undefined {
    return this.#heldBytes === 0 ? undefined : readEvent(this.#release());
  }

  #endsBlankLine(chunk: Uint8Array, lineStart: number, lf: number): boolean {
    const length = this.#lineBytes + lf - lineStart;
    if (length === 0) return true;
    const last = lf > lineStart ? chunk[lf - 1] : this.#lastByte;
    return length === 1 && last === CR;
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #release(): Uint8Array {
    const [first] = this.#held;
    const only = this.#held.length === 1 ? first : undefined;
    const whole = only ?? joinBytes(this.#held, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    return whole;
  }
}

function readEvent(raw: Uint8Array): SseEvent {
  const data: string[] = [];
  for (const line of new TextDecoder().decode(raw).split("\n")) {
    if (!line.startsWith("data:")) continue;
    const value = line.slice(line[5] === " " ? 6 : 5);
    data.push(value.endsWith("\r") ? value.slice(0, -1) : value);
  }
  return { raw, data: data.length > 0 ? data.join("\n") : undefined };
}
