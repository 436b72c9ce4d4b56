import { describe, expect, it } from "vitest";
import { resolveProvider } from "../../../src/inference/providers.ts";

describe("resolveProvider", () => {
  it("knows each provider's address", () => {
    expect(resolveProvider("openai", { OPENAI_API_KEY: "k" })).toEqual({
      kind: "provider",
      name: "openai",
      base_url: "https://api.openai.com/v1",
      api_key: "k",
    });
    expect(resolveProvider("groq", { GROQ_API_KEY: "k" })).toMatchObject({
      base_url: "https://api.groq.com/openai/v1",
    });
    expect(resolveProvider("google", { GOOGLE_API_KEY: "k" })).toMatchObject({
      base_url: "https://generativelanguage.googleapis.com/v1beta/openai",
    });
  });

  it("takes Google's key under either name, GOOGLE_API_KEY first", () => {
    expect(resolveProvider("google", { GEMINI_API_KEY: "b" })).toMatchObject({ api_key: "b" });
    expect(resolveProvider("google", { GOOGLE_API_KEY: "a", GEMINI_API_KEY: "b" })).toMatchObject({
      api_key: "a",
    });
  });

  it("allows an address of one's own without a key, and drops its last slash", () => {
    expect(resolveProvider("openai", { OPENAI_BASE_URL: "http://127.0.0.1:8000/v1//" })).toEqual({
      kind: "provider",
      name: "openai",
      base_url: "http://127.0.0.1:8000/v1",
      api_key: null,
    });
  });

  it("names the variables to set when the key is missing or blank", () => {
    const missing = resolveProvider("google", { GOOGLE_API_KEY: " " });
    expect(missing).toMatchObject({
      kind: "missing",
      message: expect.stringContaining("GOOGLE_API_KEY or GEMINI_API_KEY"),
    });
    expect(resolveProvider("openai", { GROQ_API_KEY: "k" }).kind).toBe("missing");
  });

  it.each(["localhost:8000", "ftp://x/v1", "https://x/v1?key=1", "https://x/v1#a"])(
    "turns down %s as an address without repeating it",
    (url) => {
      const result = resolveProvider("openai", { OPENAI_API_KEY: "k", OPENAI_BASE_URL: url });
      expect(result).toMatchObject({ kind: "missing", message: expect.stringContaining("OPENAI_BASE_URL") });
    },
  );
});
