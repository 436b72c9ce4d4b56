// What the SDK sees of a TOML file: the texts in it, whatever form they are written in.

import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { textSettings } from "../../../src/client/toml-settings.ts";

/** The same, from a real parser: text and tables of text only. */
function expected(value: unknown): unknown {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Date)
    return undefined;
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const text = expected(inner);
    return text === undefined ? [] : [[key, text]];
  });
  return Object.fromEntries(kept);
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("every form of a text", () => {
  it.each([
    ["a bare key", 'a = "x"'],
    ["a quoted key", '"a b" = "x"\n\'c"d\' = "y"\n"\\u0041" = "z"'],
    ["a dotted key", 'a . "b.c" . d = "x"'],
    ["a literal", "a = 'C:\\temp\\#x' # said"],
    ["escapes", 'a = "\\t\\"\\\\ \\u00e9 \\U0001F600"'],
    [
      "text over several lines",
      'a = """\nx "quoted" \\\n   y\n""""\nb = \'\'\'\r\nraw \\n\'\'\'\nc = "after"',
    ],
    ["tables", '[a]\nx = "1"\n[a.b]\ny = "2"\n[ c . "d" ]\nz = "3"'],
    ["an inline table", 'a = { x = "1", "y" = { z = "2" }, n = 3, l = [1, "]"], e = {} }\nb = "after"'],
    ["what is no text", "a = 1\nb = true\nc = 1979-05-27\nd = [1, 2]\ne = 'x'"],
    ["brackets in lists over lines", 'a = [\n  "]", # ]\n  [1, \'}\'],\n  { x = "]" },\n]\nb = "after"'],
    ["a byte-order mark and CRLF", '\uFEFF[a]\r\nx = "1"\r\n# note\r\ny = "2"\r\n'],
  ])("%s is read as a parser reads it", (_, toml) => {
    expect(plain(textSettings(toml))).toEqual(expected(parse(toml.replace(/^\uFEFF/, ""))));
  });

  it("tables of lists are left out, and end at the next header", () => {
    expect(plain(textSettings('[[a]]\nx = "1"\n[b]\ny = "2"'))).toEqual({ b: { y: "2" } });
  });
});

describe("text that is no TOML", () => {
  it.each(['a = "open', "a = [1, 2", "a = {", "[a", "=", '"', "a.b.c", "]]]", "a = { b", '"\\', "'''"])(
    "%j comes to an end",
    (toml) => {
      expect(() => textSettings(toml)).not.toThrow();
    },
  );

  it("keys that reach a prototype are keys like any other", () => {
    const settings = textSettings('[__proto__]\npolluted = "x"\n[constructor.prototype]\npolluted = "x"');
    expect(Object.keys(settings)).toEqual(["__proto__", "constructor"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    ["brackets", `a = ${"[".repeat(100_000)}`],
    ["inline tables", "a = { b = ".repeat(50_000)],
    ["a dotted key", `a${".a".repeat(100_000)} = "x"`],
  ])("%s, 100,000 deep, are no trouble", (_, toml) => {
    expect(() => textSettings(toml)).not.toThrow();
  });
});
