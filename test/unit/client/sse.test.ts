import { describe, expect, it } from "vitest";
import { readSse, SseParser } from "../../../src/client/sse.ts";

const STREAM =
  ': hello\r\n\r\nid: 1\r\nevent: a\r\ndata: {"x":\r\ndata: 1}\r\n\r\ndata:plain\n\nid: 3\rdata: é🙂\r\rdata: unfinished\n';
const MESSAGES = [
  { event: "a", data: '{"x":\n1}', id: "1" },
  { event: "message", data: "plain", id: "1" },
  { event: "message", data: "é🙂", id: "3" },
];

describe("SseParser", () => {
  it("reads CRLF, LF and CR, comments, multi-line data, and drops a message whose blank line never came", () => {
    expect(new SseParser().push(STREAM)).toEqual(MESSAGES);
  });

  it("gives the same messages wherever the text is cut in two, and when it comes character by character", () => {
    for (let cut = 0; cut <= STREAM.length; cut++) {
      const parser = new SseParser();
      expect([...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))]).toEqual(MESSAGES);
    }
    const parser = new SseParser();
    expect([...STREAM].flatMap((character) => parser.push(character))).toEqual(MESSAGES);
  });

  it("ignores a byte order mark, an empty message, and an id with a NUL", () => {
    const parser = new SseParser();
    expect(parser.push("\uFEFFdata: first\n\nevent: nothing\n\nid: a\0b\ndata: x\n\n")).toEqual([
      { event: "message", data: "first", id: "" },
      { event: "message", data: "x", id: "" },
    ]);
  });

  it("refuses a message without end instead of filling the memory", () => {
    const parser = new SseParser();
    const piece = "x".repeat(4 * 1024 * 1024);
    const flood = () => {
      for (let count = 0; count < 5; count++) parser.push(piece);
    };
    expect(flood).toThrow("too large");
  });
});

describe("readSse", () => {
  it("joins characters that were cut between two chunks of bytes", async () => {
    const bytes = new TextEncoder().encode("data: 🙂\n\n");
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const messages = [];
    for await (const message of readSse(body, 1000)) messages.push(message.data);
    expect(messages).toEqual(["🙂"]);
  });

  it("gives up on a connection that stays silent, and cancels it", async () => {
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      cancel() {
        isCancelled = true;
      },
    });
    const reading = readSse(body, 5).next();
    await expect(() => reading).rejects.toThrow("silent");
    expect(isCancelled).toBe(true);
  });
});
