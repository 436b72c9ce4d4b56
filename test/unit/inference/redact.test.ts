import { describe, expect, it } from "vitest";
import { redactSecrets } from "../../../src/inference/redact.ts";
import { cpuMs } from "../../support/cpu-time.ts";

describe("redactSecrets", () => {
  it.each([
    ["a secret as it is", "key hunter2-key is wrong", "key [redacted] is wrong"],
    ["a secret twice", "hunter2-key hunter2-key", "[redacted] [redacted]"],
    ["an OpenAI key", "Incorrect API key: sk-proj-abcdefghijklmnop.", "Incorrect API key: [redacted]"],
    ["a masked key", "provided: sk-proj-********************wxyz", "provided: [redacted]"],
    ["a Groq key", "key=gsk_abcdefghijklmnop", "key=[redacted]"],
    ["a Google key", '"AIzaSyA-abcdefghijklmnop"', '"[redacted]"'],
    ["what follows Bearer", "authorization: bearer abcdefghijklmnop1234", "authorization: bearer [redacted]"],
    ["no ordinary word", "a risk-adjusted-portfolio-strategy", "a risk-adjusted-portfolio-strategy"],
    ["no short token", "sk-short and Bearer of news", "sk-short and Bearer of news"],
    ["nothing at all", "", ""],
  ])("takes out %s", (_, text, clean) => {
    expect(redactSecrets(text, ["hunter2-key"])).toBe(clean);
  });

  it("finds a secret inside JSON and inside a URL", () => {
    const secret = 'pass"word/1 2';
    expect(redactSecrets(JSON.stringify({ key: secret }), [secret])).toBe('{"key":"[redacted]"}');
    expect(redactSecrets(`?key=${encodeURIComponent(secret)}`, [secret])).toBe("?key=[redacted]");
  });

  it("leaves the stand-in keys of local servers alone", () => {
    expect(redactSecrets("none of these", ["none", ""])).toBe("none of these");
  });

  it.each([
    ["sk-", "sk-".repeat(300_000)],
    ["short tokens", "sk-a ".repeat(200_000)],
    ["Bearer", "Bearer ".repeat(150_000)],
  ])("takes linear time on a megabyte of %s", (_, text) => {
    expect(cpuMs(() => redactSecrets(text))).toBeLessThan(1_500);
  });
});
