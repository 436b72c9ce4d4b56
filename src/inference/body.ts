// Reads and sizes what comes over the network: no body is ever read without a cap.

import { MAX_JSON_DEPTH } from "../config/limits.ts";

/** A body that was read to its end, or cut at the cap. */
export interface CappedBody {
  bytes: Uint8Array<ArrayBuffer>;
  /** Whether there was more. The rest was given up. */
  cut: boolean;
}

/** Read a body up to a number of bytes. Rejects when the connection breaks. */
export async function readCapped(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<CappedBody> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  const reader = body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    const piece = value.subarray(0, maxBytes - total);
    pieces.push(piece);
    total += piece.length;
    if (piece.length < value.length) {
      await reader.cancel().catch(() => {});
      return { bytes: joinBytes(pieces, total), cut: true };
    }
  }
  return { bytes: joinBytes(pieces, total), cut: false };
}

/** Read a body as text; undefined when it is over the cap, its rest given up. Bytes that are not UTF-8 become U+FFFD. */
export async function readCappedText(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<string | undefined> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      reader.cancel().catch(() => undefined);
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

/** Byte arrays as one. */
export function joinBytes(pieces: readonly Uint8Array[], total: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** A JSON value, or undefined when the text is none, or nested so deep that reading it would cost more than it can be worth. */
export function parseJson(text: string): unknown {
  if (nestsDeeper(text, MAX_JSON_DEPTH)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a JSON text has more than `levels` brackets open at a time. */
export function nestsDeeper(text: string, levels: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length && depth <= levels; at++) {
    const char = text[at];
    if (inString && char === "\\") at++;
    else if (char === '"') inString = !inString;
    else if (inString) continue;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
  }
  return depth > levels;
}
