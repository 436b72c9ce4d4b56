import { describe, expect, it } from "vitest";
import { MAX_PROPOSAL_REPLY_BYTES, proposeText } from "../../../src/inference/proposer.ts";
import type { Provider } from "../../../src/inference/providers.ts";
import { completion, sendJson, serve } from "./provider-server.ts";

function propose(provider: Provider, more: Partial<Parameters<typeof proposeText>[0]> = {}) {
  return proposeText({
    request: { messages: [{ role: "user", content: "improve this" }], replicate: 2 },
    provider,
    model: "gpt-4o-mini",
    max_tokens: 900,
    fetch,
    timeout_ms: 20_000,
    ...more,
  });
}

function refusing(status: number, headers: Record<string, string> = {}, error: object = { message: "no" }) {
  return serve((response) => sendJson(response, { error }, { status, headers }));
}

describe("proposeText", () => {
  it("asks once, without a temperature, and answers with text, usage and price", async () => {
    const { provider, seen } = await serve((response) => sendJson(response, completion("better")));
    expect(await propose(provider)).toEqual({
      kind: "answer",
      value: {
        text: "better",
        finish_reason: "stop",
        usage: {
          prompt_tokens: 1000,
          completion_tokens: 100,
          llm_calls: 1,
          usd: expect.closeTo(0.00021, 10),
        },
      },
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]?.url).toBe("/v1/chat/completions");
    expect(seen[0]?.headers.authorization).toBe(`Bearer ${provider.api_key}`);
    expect(seen[0]?.body).toEqual({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "improve this" }],
      max_completion_tokens: 900,
    });
  });

  it("sends no Authorization to a server without a key", async () => {
    const { provider, seen } = await serve((response) => sendJson(response, completion("better")));
    expect((await propose({ ...provider, api_key: null })).kind).toBe("answer");
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  it("answers with an empty text when all tokens went into reasoning", async () => {
    const choice = { index: 0, message: { role: "assistant", content: null }, finish_reason: "length" };
    const { provider } = await serve((response) => sendJson(response, { choices: [choice] }));
    expect(await propose(provider)).toMatchObject({
      kind: "answer",
      value: { text: "", finish_reason: "length", usage: { usd: null } },
    });
  });

  it.each([
    ["seconds", { "retry-after": "3" }, 3_000],
    ["milliseconds", { "retry-after-ms": "150", "retry-after": "3" }, 150],
    ["a date", { "retry-after": "Sun, 22 Nov 2026 10:00:05 GMT" }, 5_000],
    ["nothing", {}, null],
  ])(
    "asks for a retry on 429, after the time given as %s, and never retries itself",
    async (_, headers, wait) => {
      const { provider, seen } = await refusing(429, headers);
      const now = () => Date.parse("2026-11-22T10:00:00Z");
      expect(await propose(provider, { now })).toMatchObject({
        kind: "retry",
        code: "proposer_429",
        congested: true,
        retry_after_ms: wait,
        platform: false,
      });
      expect(seen).toHaveLength(1);
    },
  );

  it.each([
    [408, true],
    [425, false],
    [500, false],
    [502, false],
    [503, true],
    [529, true],
  ])("asks for a retry on %d, congested: %s", async (status, congested) => {
    const { provider } = await refusing(status);
    expect(await propose(provider)).toMatchObject({ kind: "retry", code: `proposer_${status}`, congested });
  });

  it.each([400, 403, 404, 409, 413, 422])("takes %d for final, with the provider's words", async (status) => {
    const { provider } = await refusing(status, {}, { message: "no such model" });
    expect(await propose(provider)).toEqual({
      kind: "failure",
      code: `proposer_${status}`,
      message: `provider "openai" answered ${status} no such model`,
    });
  });

  it("names the variable that is wrong on 401, and repeats no key", async () => {
    const { provider } = await refusing(401, {}, { message: "Incorrect API key: sk-test-0123456789abcdef" });
    expect(await propose(provider)).toEqual({
      kind: "failure",
      code: "proposer_401",
      message: 'provider "openai" refused the key (401): check OPENAI_API_KEY',
    });
  });

  it("repeats no key in any other error either, and keeps it short", async () => {
    const words = `${"x".repeat(5_000)} sk-test-0123456789abcdef`;
    const { provider } = await refusing(400, {}, { message: words });
    const outcome = await propose(provider);
    expect(JSON.stringify(outcome)).not.toContain(provider.api_key);
    expect(JSON.stringify(outcome).length).toBeLessThan(700);
  });

  it("takes an account without money for final, though it answers 429", async () => {
    const { provider } = await refusing(429, {}, { message: "exceeded quota", code: "insufficient_quota" });
    expect((await propose(provider)).kind).toBe("failure");
  });

  it("does not follow a redirect", async () => {
    const { provider, seen } = await serve((response) => {
      response.writeHead(308, { location: "/elsewhere" });
      response.end();
    });
    expect(await propose(provider)).toMatchObject({ kind: "failure", code: "proposer_308" });
    expect(seen).toHaveLength(1);
  });

  it("asks for a retry when nothing comes in time, and hangs up", async () => {
    const { provider, hungUp } = await serve(() => {});
    expect(await propose(provider, { timeout_ms: 30 })).toMatchObject({
      kind: "retry",
      code: "proposer_timeout",
      congested: true,
    });
    await hungUp;
  });

  it("asks for a retry when the answer begins but does not end in time", async () => {
    const { provider, hungUp } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"choices":');
    });
    expect(await propose(provider, { timeout_ms: 60 })).toMatchObject({
      kind: "retry",
      code: "proposer_timeout",
    });
    await hungUp;
  });

  it("asks for a retry when the connection breaks, before or in the answer", async () => {
    const first = await serve((response) => response.destroy());
    expect(await propose(first.provider)).toMatchObject({ kind: "retry", code: "proposer_unreachable" });
    await first.close();
    const second = await serve((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"choices":', () => response.destroy());
    });
    expect(await propose(second.provider)).toMatchObject({ kind: "retry", code: "proposer_unreachable" });
  });

  it.each([
    ["no JSON", "<html>"],
    ["no choices", "{}"],
    ["an empty list of choices", '{"choices":[]}'],
    ["a choice without a message", '{"choices":[{}]}'],
    ["a null", "null"],
  ])("asks for a retry when the answer has %s", async (_, body) => {
    const { provider } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(body);
    });
    expect(await propose(provider)).toMatchObject({ kind: "retry", code: "proposer_malformed" });
  });

  it("reads no more of an answer than its cap", async () => {
    const { provider } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(Buffer.alloc(MAX_PROPOSAL_REPLY_BYTES + 1, " "));
    });
    expect((await propose(provider)).kind).toBe("retry");
  });
});
