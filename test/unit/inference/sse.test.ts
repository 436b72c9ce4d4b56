import { describe, expect, it } from "vitest";
import { MAX_EVENT_BYTES, type SseEvent, SseSplitter } from "../../../src/inference/sse.ts";
import { cpuMs } from "../../support/cpu-time.ts";

const STREAM =
  ': hi\n\ndata: {"a":"é😀"}\r\n\r\nevent: x\ndata:one\ndata: two\n\n\ndata: [DONE]\n\ndata: rest';

function split(bytes: Uint8Array, size: number): SseEvent[] {
  const splitter = new SseSplitter();
  const events: SseEvent[] = [];
  for (let at = 0; at < bytes.length; at += size) events.push(...splitter.push(bytes.slice(at, at + size)));
  const last = splitter.end();
  return last === undefined ? events : [...events, last];
}

describe("SseSplitter", () => {
  const bytes = new TextEncoder().encode(STREAM);

  it("reads the same events however the bytes are cut, and loses none", () => {
    const whole = split(bytes, bytes.length);
    expect(whole.map((event) => event.data)).toEqual([
      undefined,
      '{"a":"é😀"}',
      "one\ntwo",
      undefined,
      "[DONE]",
      "rest",
    ]);
    for (let size = 1; size < bytes.length; size++) {
      const events = split(bytes, size);
      expect(events.map((event) => event.data)).toEqual(whole.map((event) => event.data));
      expect(Buffer.concat(events.map((event) => event.raw)).toString()).toBe(STREAM);
    }
  });

  it("gives an event at once when its blank line has come", () => {
    const splitter = new SseSplitter();
    expect(splitter.push(new TextEncoder().encode("data: x\n"))).toEqual([]);
    expect(splitter.push(new TextEncoder().encode("\n"))).toMatchObject([{ data: "x" }]);
    expect(splitter.end()).toBeUndefined();
  });

  it("passes an event without end on unread instead of holding it", () => {
    const splitter = new SseSplitter();
    const chunk = new Uint8Array(MAX_EVENT_BYTES / 2).fill(97);
    let passed = 0;
    for (let i = 0; i < 5; i++) for (const event of splitter.push(chunk)) passed += event.raw.length;
    expect(passed).toBe(5 * chunk.length);
    expect(splitter.end()).toBeUndefined();
  });

  it("takes linear time when every chunk is one byte", () => {
    const splitter = new SseSplitter();
    const byte = new Uint8Array([97]);
    const spent = cpuMs(() => {
      for (let i = 0; i < 500_000; i++) splitter.push(byte);
    });
    expect(spent).toBeLessThan(1_500);
  });
});
