import { describe, expect, it } from "vitest";
import { messageText, parseChatRequest, textReadings, withText } from "../../../src/inference/chat.ts";

describe("parseChatRequest", () => {
  it("gives back the very object, unknown keys and all", () => {
    const body = {
      model: "gpt-4o-mini",
      messages: [
        { role: "user", content: [{ type: "text", text: "hi" }], name: "n" },
        { role: "assistant", content: null, tool_calls: [] },
        { role: "assistant" },
      ],
      tools: [{ type: "function" }],
      logit_bias: { 1: 2 },
    };
    const parsed = parseChatRequest(body);
    expect(parsed.kind === "request" && parsed.request).toBe(body);
  });

  it.each([
    ["no object", []],
    ["null", null],
    ["no messages", { model: "m" }],
    ["an empty list of messages", { messages: [] }],
    ["a message without a role", { messages: [{ content: "x" }] }],
    ["a message that is text", { messages: ["x"] }],
    ["content that is a number", { messages: [{ role: "user", content: 1 }] }],
    ["a part without a type", { messages: [{ role: "user", content: [{}] }] }],
    ["a model that is a number", { messages: [{ role: "user" }], model: 1 }],
    ["a stream that is text", { messages: [{ role: "user" }], stream: "yes" }],
  ])("turns down %s with a reason", (_, body) => {
    expect(parseChatRequest(body)).toMatchObject({ kind: "invalid", message: expect.any(String) });
  });
});

describe("the text of a message", () => {
  it("is its plain text, or its text parts joined by line breaks", () => {
    expect(messageText({ role: "user", content: "hi" })).toBe("hi");
    const parts = [{ type: "text", text: "a" }, { type: "image_url" }, { type: "text", text: "b" }];
    expect(messageText({ role: "user", content: parts })).toBe("a\nb");
    expect(messageText({ role: "assistant", content: null })).toBe("");
  });

  it("has no reading when there is none", () => {
    expect(textReadings({ role: "assistant", content: null })).toEqual([]);
    expect(textReadings({ role: "user", content: [{ type: "image_url" }] })).toEqual([]);
    expect(textReadings({ role: "user", content: "" })).toEqual([""]);
  });

  it("can be replaced in a message that has only an image", () => {
    const image = { type: "image_url" };
    expect(withText({ role: "user", content: [image] }, "look")).toEqual({
      role: "user",
      content: [{ type: "text", text: "look" }, image],
    });
  });
});
