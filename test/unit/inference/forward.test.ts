import { describe, expect, it } from "vitest";
import type { ChatRequest } from "../../../src/inference/chat.ts";
import { forwardChat, MAX_CHAT_REPLY_BYTES } from "../../../src/inference/forward.ts";
import type { Provider } from "../../../src/inference/providers.ts";
import { completion, sendJson, serve } from "./provider-server.ts";

const REQUEST: ChatRequest = {
  model: "gpt-4o-mini",
  messages: [
    { role: "system", content: "Be kind." },
    { role: "user", content: "hello" },
  ],
  temperature: 0,
  seed: 7,
};

function forward(provider: Provider, more: Partial<Parameters<typeof forwardChat>[0]> = {}) {
  return forwardChat({ request: REQUEST, provider, fetch, timeout_ms: 20_000, now: Date.now, ...more });
}

describe("forwardChat", () => {
  it("sends the request as it is with the operator's key, and passes the answer on byte for byte", async () => {
    const text = `{ "choices":[{"message":{"content":"hé"}}] ,"x":1}`;
    const { provider, seen } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
      response.end(text);
    });
    const { response, record } = await forward(provider);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await response.text()).toBe(text);
    expect(seen).toMatchObject([{ method: "POST", url: "/v1/chat/completions", body: REQUEST }]);
    expect(seen[0]?.headers.authorization).toBe(`Bearer ${provider.api_key}`);
    expect(await record).toMatchObject({ text: "hé", usage_known: false, usd: null });
  });

  it("records the call with its usage and price", async () => {
    const { provider } = await serve((response) => sendJson(response, completion("hi there")));
    const clock = [1_000, 1_250];
    const { record } = await forward(provider, { now: () => clock.shift() ?? 0 });
    expect(await record).toEqual({
      model: "gpt-4o-mini",
      messages: REQUEST.messages,
      text: "hi there",
      tool_calls: [],
      finish_reason: "stop",
      status: 200,
      usage: { prompt_tokens: 1000, completion_tokens: 100 },
      usd: expect.closeTo(0.00021, 10),
      usage_known: true,
      duration_ms: 250,
    });
  });

  it("records tool calls", async () => {
    const call = { id: "1", type: "function", function: { name: "look_up", arguments: '{"q":1}' } };
    const choice = { message: { content: null, tool_calls: [call] }, finish_reason: "tool_calls" };
    const { provider } = await serve((response) => sendJson(response, { choices: [choice] }));
    const { record } = await forward(provider);
    expect(await record).toMatchObject({
      text: "",
      tool_calls: [{ name: "look_up", arguments: '{"q":1}' }],
      finish_reason: "tool_calls",
    });
  });

  it("knows no price for an unknown model, and keeps the tokens all the same", async () => {
    const { provider } = await serve((response) => sendJson(response, completion("hi")));
    const { record } = await forward(provider, { request: { ...REQUEST, model: "my-model" } });
    expect(await record).toMatchObject({ usd: null, usage_known: true, usage: { prompt_tokens: 1000 } });
  });

  it("sends no Authorization to a server without a key", async () => {
    const { provider, seen } = await serve((response) => sendJson(response, completion("hi")));
    await (await forward({ ...provider, api_key: null })).record;
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  it("passes a 429 on with Retry-After, but none of the provider's other headers", async () => {
    const headers = {
      "retry-after": "7",
      "set-cookie": "a=b",
      "openai-organization": "org-1",
      "x-request-id": "r",
    };
    const { provider } = await serve((response) =>
      sendJson(response, { error: { message: "slow down" } }, { status: 429, headers }),
    );
    const { response, record } = await forward(provider);
    expect(response.status).toBe(429);
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "application/json",
      "retry-after": "7",
    });
    expect(await response.json()).toEqual({ error: { message: "slow down" } });
    expect(await record).toMatchObject({
      status: 429,
      error: { code: "upstream_429", message: "the provider answered 429: slow down" },
      usd: 0,
      usage_known: true,
    });
  });

  it("takes keys out of an error before anybody sees it", async () => {
    const { provider } = await serve((response, { headers }) =>
      sendJson(response, { error: { message: `bad key ${headers.authorization}` } }, { status: 401 }),
    );
    const { response, record } = await forward(provider);
    const body = await response.text();
    expect(JSON.parse(body)).toEqual({ error: { message: "bad key Bearer [redacted]" } });
    expect(JSON.stringify(await record)).not.toContain(provider.api_key);
  });

  it("does not follow a redirect, so that the key goes nowhere else", async () => {
    const { provider, seen } = await serve((response) => {
      response.writeHead(307, { location: "/elsewhere" });
      response.end();
    });
    const { response, record } = await forward(provider);
    expect(response.status).toBe(502);
    expect(response.headers.get("location")).toBeNull();
    expect(await response.json()).toMatchObject({ error: { code: "upstream_redirect" } });
    expect(await record).toMatchObject({ status: 502, error: { code: "upstream_redirect" }, usd: 0 });
    expect(seen).toHaveLength(1);
  });

  it("answers 504 when the provider says nothing in time", async () => {
    const { provider, hungUp } = await serve(() => {});
    const { response, record } = await forward(provider, { timeout_ms: 30 });
    expect(response.status).toBe(504);
    expect(await record).toMatchObject({
      status: 504,
      error: { code: "upstream_timeout" },
      usd: null,
      usage_known: false,
    });
    await hungUp;
  });

  it("answers 504 when the answer begins but does not end in time", async () => {
    const { provider, hungUp } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"choices"');
    });
    const { response } = await forward(provider, { timeout_ms: 50 });
    expect(response.status).toBe(504);
    await hungUp;
  });

  it("answers 502 when the connection breaks", async () => {
    const { provider } = await serve((response) => response.destroy());
    const { response, record } = await forward(provider);
    expect(response.status).toBe(502);
    expect(await record).toMatchObject({ error: { code: "upstream_unreachable" }, usage_known: false });
  });

  it("gives the provider up when the task app leaves before the answer", async () => {
    const app = new AbortController();
    const { provider, hungUp } = await serve(() => app.abort());
    const { record } = await forward(provider, { signal: app.signal });
    expect(await record).toMatchObject({ status: 499, error: { code: "client_left" } });
    await hungUp;
  });

  it("does not even ask when the task app has left already", async () => {
    const { provider, seen } = await serve((response) => sendJson(response, completion("hi")));
    const { record } = await forward(provider, { signal: AbortSignal.abort() });
    expect(await record).toMatchObject({ status: 499 });
    expect(seen).toHaveLength(0);
  });

  it("reads no more of an answer than its cap", async () => {
    const { provider } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(Buffer.alloc(MAX_CHAT_REPLY_BYTES + 1, " "));
    });
    const { response, record } = await forward(provider);
    expect(response.status).toBe(502);
    expect(await record).toMatchObject({ error: { code: "upstream_too_large" } });
  });

  it("passes an answer on that is no JSON, and says so in the record", async () => {
    const { provider } = await serve((response) => response.end("<html>"));
    const { response, record } = await forward(provider);
    expect(await response.text()).toBe("<html>");
    expect(await record).toMatchObject({ error: { code: "upstream_malformed" } });
  });

  it("keeps records small whatever went over the wire", async () => {
    const { provider } = await serve((response) => sendJson(response, completion("z".repeat(200_000))));
    const messages = Array.from({ length: 500 }, (_, i) => ({
      role: "user",
      content: `${i} ${"y".repeat(5_000)}`,
    }));
    const { record } = await forward(provider, { request: { ...REQUEST, messages } });
    const kept = await record;
    expect(JSON.stringify(kept).length).toBeLessThan(100_000);
    expect(kept.messages.map((message) => Number.parseInt(message.content, 10))).toEqual([
      0,
      1,
      2,
      3,
      ...Array.from({ length: 16 }, (_, i) => 484 + i),
    ]);
  });
});
