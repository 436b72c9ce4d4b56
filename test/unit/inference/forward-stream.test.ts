import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { forwardChat } from "../../../src/inference/forward.ts";
import type { Provider } from "../../../src/inference/providers.ts";
import { delta, serve, sse, usageChunk } from "./provider-server.ts";

const REQUEST = { model: "gpt-4o-mini", messages: [{ role: "user", content: "hello" }], stream: true };

function forward(provider: Provider, more: Partial<Parameters<typeof forwardChat>[0]> = {}) {
  return forwardChat({ request: REQUEST, provider, fetch, timeout_ms: 20_000, now: Date.now, ...more });
}

function begin(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "set-cookie": "a=b" });
}

/** Write bytes in pieces that leave the process one by one. */
async function trickle(response: ServerResponse, text: string, size: number): Promise<void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    response.write(bytes.subarray(at, at + size));
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
}

const CONTENT = sse(delta({ role: "assistant", content: "Grüße " })) + sse(delta({ content: "😀!" }));
const FINISH = sse(delta({}, "stop"));
const USAGE = sse(usageChunk(1000, 100));
const DONE = sse("[DONE]");

describe("forwardChat, streaming", () => {
  it.each([1, 2, 3, 5, 7, 64, 10_000])("passes a stream on unchanged in pieces of %d bytes", async (size) => {
    const { provider } = await serve(async (response) => {
      begin(response);
      await trickle(response, CONTENT + FINISH + USAGE + DONE, size);
    });
    const request = { ...REQUEST, stream_options: { include_usage: true } };
    const { response, record } = await forward(provider, { request });
    expect(Object.fromEntries(response.headers)).toEqual({ "content-type": "text/event-stream" });
    expect(await response.text()).toBe(CONTENT + FINISH + USAGE + DONE);
    expect(await record).toMatchObject({
      text: "Grüße 😀!",
      finish_reason: "stop",
      status: 200,
      usage: { prompt_tokens: 1000, completion_tokens: 100 },
      usd: expect.closeTo(0.00021, 10),
      usage_known: true,
    });
    expect(await record).not.toHaveProperty("error");
  });

  it.each([1, 13, 10_000])(
    "asks for usage and hides its chunk from an app that did not ask (pieces of %d bytes)",
    async (size) => {
      const { provider, seen } = await serve(async (response) => {
        begin(response);
        await trickle(response, CONTENT + FINISH + USAGE + DONE, size);
      });
      const request = { ...REQUEST, stream_options: { include_obfuscation: false } };
      const { response, record } = await forward(provider, { request });
      expect(await response.text()).toBe(CONTENT + FINISH + DONE);
      expect(seen[0]?.body).toMatchObject({
        stream_options: { include_usage: true, include_obfuscation: false },
      });
      expect(request.stream_options).toEqual({ include_obfuscation: false });
      expect(await record).toMatchObject({ usage: { prompt_tokens: 1000 }, usage_known: true });
    },
  );

  it("keeps comments, and a first chunk without choices that has no usage", async () => {
    const odd = `: ping\n\n${sse({ choices: [], prompt_filter_results: [] })}`;
    const { provider } = await serve(async (response) => {
      begin(response);
      await trickle(response, odd + CONTENT + FINISH + DONE, 50);
    });
    const { response, record } = await forward(provider);
    expect(await response.text()).toBe(odd + CONTENT + FINISH + DONE);
    expect(await record).toMatchObject({ usage_known: false, usd: null });
  });

  it("joins the pieces of tool calls", async () => {
    const piece = (index: number, called: object) => delta({ tool_calls: [{ index, function: called }] });
    const chunks = [
      piece(0, { name: "first", arguments: "" }),
      piece(0, { arguments: '{"a"' }),
      piece(1, { name: "second", arguments: "{}" }),
      piece(0, { arguments: ":1}" }),
      delta({}, "tool_calls"),
    ];
    const { provider } = await serve(async (response) => {
      begin(response);
      await trickle(response, chunks.map(sse).join("") + DONE, 20);
    });
    const { response, record } = await forward(provider);
    await response.text();
    expect(await record).toMatchObject({
      tool_calls: [
        { name: "first", arguments: '{"a":1}' },
        { name: "second", arguments: "{}" },
      ],
      finish_reason: "tool_calls",
    });
  });

  it("hands each event on before the next one is made", async () => {
    const asked = Promise.withResolvers<void>();
    const { provider } = await serve(async (response) => {
      begin(response);
      response.write(sse(delta({ content: "one" })));
      await asked.promise;
      response.end(FINISH + DONE);
    });
    const { response } = await forward(provider);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toBe(sse(delta({ content: "one" })));
    asked.resolve();
    expect((await reader?.read())?.done).toBe(false);
  });

  it("gives the provider up when the task app leaves, and keeps what came", async () => {
    const { provider, hungUp } = await serve((response) => {
      begin(response);
      response.write(sse(delta({ content: "partial" })));
    });
    const { response, record } = await forward(provider);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await hungUp;
    expect(await record).toMatchObject({
      text: "partial",
      status: 200,
      error: { code: "client_left" },
      usd: null,
      usage_known: false,
    });
  });

  it("ends the stream with an error when its time is up, even when nobody reads", async () => {
    const { provider, hungUp } = await serve((response) => {
      begin(response);
      response.write(sse(delta({ content: "partial" })));
    });
    const { response, record } = await forward(provider, { timeout_ms: 60 });
    expect(await record).toMatchObject({ text: "partial", error: { code: "upstream_timeout" } });
    await hungUp;
    const text = await response.text();
    expect(text).toMatch(/^data: .*partial.*\n\ndata: {"error":{"message":.*did not finish within 60 ms/);
    expect(text).not.toContain("[DONE]");
  });

  it("ends the stream with an error when the provider's connection breaks", async () => {
    const { provider } = await serve((response) => {
      begin(response);
      response.write(sse(delta({ content: "partial" })), () => response.destroy());
    });
    const { response, record } = await forward(provider);
    expect(await response.text()).toMatch(/^data: .*partial.*\n\ndata: {"error":{"message":.* broke /);
    expect(await record).toMatchObject({ text: "partial", error: { code: "upstream_unreachable" } });
  });

  it("says that a stream ended too early", async () => {
    const { provider } = await serve((response) => {
      begin(response);
      response.end(CONTENT);
    });
    const { response, record } = await forward(provider);
    expect(await response.text()).toBe(CONTENT);
    expect(await record).toMatchObject({ error: { code: "upstream_cut" } });
  });

  it("passes an error inside the stream on without the key", async () => {
    const { provider } = await serve((response, { headers }) => {
      begin(response);
      response.end(CONTENT + sse({ error: { message: `overloaded for ${headers.authorization}` } }) + DONE);
    });
    const { response, record } = await forward(provider);
    const text = await response.text();
    expect(text).toContain("overloaded for Bearer [redacted]");
    expect(text).not.toContain(provider.api_key);
    expect(await record).toMatchObject({
      error: { code: "upstream_error", message: "overloaded for Bearer [redacted]" },
    });
  });

  it("passes a plain answer on when the provider does not stream", async () => {
    const { provider } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"choices":[{"message":{"content":"hi"}}]}');
    });
    const { response, record } = await forward(provider);
    expect(await response.json()).toMatchObject({ choices: [{}] });
    expect(await record).toMatchObject({ text: "hi" });
  });
});
