import { describe, expect, it } from "vitest";
import { CappedText, excerpt } from "../../../src/inference/capped.ts";

describe("excerpt", () => {
  it("leaves a text of up to the limit as it is", () => {
    expect(excerpt("123456789", 9)).toBe("123456789");
    expect(excerpt("", 9)).toBe("");
  });

  it("keeps the head and the tail of a longer one and counts what is missing", () => {
    expect(excerpt("aaaaaabbbbccc", 9)).toBe("aaaaaa [… 4 characters left out …] ccc");
  });

  it("stays well-formed when it cuts through a character", () => {
    const text = excerpt("😀".repeat(50), 9);
    expect(text.isWellFormed()).toBe(true);
  });
});

describe("CappedText", () => {
  it("comes to the same for one piece and for many", () => {
    const text = "The quick brown fox jumps over the lazy dog. ".repeat(40);
    for (const size of [1, 7, 100]) {
      const capped = new CappedText(90);
      for (let at = 0; at < text.length; at += size) capped.add(text.slice(at, at + size));
      expect(capped.text()).toBe(excerpt(text, 90));
    }
  });
});
