import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/config/errors.ts";
import {
  MAX_CONFIG_BYTES,
  MAX_CONFIG_DEPTH,
  MAX_CONFIG_KEYS,
  MAX_CONFIG_TEXT_CHARS,
} from "../../../src/config/limits.ts";
import { parseToml } from "../../../src/config/toml.ts";

function refusal(text: string): ConfigError {
  try {
    parseToml(text);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the text was accepted");
}

test("TOML becomes plain JSON", () => {
  const table = parseToml(
    'a.b = [1, 0x10, 1_000, 2.5]\n[c]\nd = true\ne = """\nx\ny"""\n[[f]]\n"g h" = {}\n',
  );
  expect(table).toEqual({ a: { b: [1, 16, 1000, 2.5] }, c: { d: true, e: "x\ny" }, f: [{ "g h": {} }] });
  expect(Object.getPrototypeOf(table)).toBe(Object.prototype);
});

describe("limits", () => {
  test("a text of the largest size is read, one byte more is not", () => {
    const line = 'a = "é" #';
    const rest = MAX_CONFIG_BYTES - new TextEncoder().encode(line).length;
    expect(parseToml(`${line}${"x".repeat(rest)}`)).toEqual({ a: "é" });
    expect(refusal(`${line}${"x".repeat(rest + 1)}`).message).toContain(`limit is ${MAX_CONFIG_BYTES} bytes`);
  });

  test("a single text may be as long as the limit, and no longer", () => {
    const text = (n: number) => `[a]\nb = "${"x".repeat(n)}"`;
    expect(parseToml(text(MAX_CONFIG_TEXT_CHARS))).toHaveProperty("a.b");
    expect(refusal(text(MAX_CONFIG_TEXT_CHARS + 1)).message).toBe(
      `prompt_learning.a.b must be text of at most ${MAX_CONFIG_TEXT_CHARS} characters, found ${MAX_CONFIG_TEXT_CHARS + 1} (line 2)`,
    );
  });

  test.each([
    ["dotted keys", (n: number) => `a${".a".repeat(n - 1)} = {}`],
    ["table headers", (n: number) => `[a${".a".repeat(n - 1)}]`],
    ["inline tables", (n: number) => `${"a = {".repeat(n)}${"}".repeat(n)}`],
    ["lists", (n: number) => `a = ${"[".repeat(n)}${"]".repeat(n)}`],
  ])("%s may be as deep as the limit, and no deeper", (_, nested) => {
    expect(JSON.stringify(parseToml(nested(MAX_CONFIG_DEPTH)))).toContain("a");
    const error = refusal(nested(MAX_CONFIG_DEPTH + 1));
    expect(error.message).toContain(`nested more than ${MAX_CONFIG_DEPTH} levels deep (line 1)`);
  });

  test("a dotted key of 100,000 parts is an error like any other", () => {
    expect(refusal(`a${".a".repeat(100_000)} = 1`).message).toContain("levels deep");
  });

  test("there may be as many keys as the limit, and no more", () => {
    const keys = (n: number) => Array.from({ length: n }, (_, i) => `k${i} = 0`).join("\n");
    expect(Object.keys(parseToml(keys(MAX_CONFIG_KEYS)))).toHaveLength(MAX_CONFIG_KEYS);
    expect(refusal(keys(MAX_CONFIG_KEYS + 1)).message).toContain(`more than ${MAX_CONFIG_KEYS} keys`);
  });
});

describe("values that JSON cannot hold", () => {
  test.each([
    ["a date", "1979-05-27", "must not be a date or time: put it in quotes"],
    ["a time", "07:32:00", "must not be a date or time"],
    ["infinity", "-inf", "must be a finite number, found -Infinity"],
    ["not a number", "nan", "must be a finite number, found NaN"],
    ["a float that overflows", "1e999", "must be a finite number, found Infinity"],
    ["an integer that cannot be held exactly", "9007199254740993", "cannot be represented losslessly"],
  ])("%s is refused with its line", (_, value, says) => {
    const error = refusal(`x = 1\n\n[prompt_learning.gepa]\nrng_seed = ${value}\n`);
    expect(error.issues).toHaveLength(1);
    expect(error.message).toContain(says);
    expect(error.issues[0]?.line).toBe(4);
  });

  test("all of them are named at once", () => {
    const error = refusal("[prompt_learning]\na = inf\nb = [1, nan]\nc = 1979-05-27\n");
    expect(error.issues.map((i) => `${i.path} ${i.line}`)).toEqual([
      "prompt_learning.a 2",
      "prompt_learning.b[1] 3",
      "prompt_learning.c 4",
    ]);
  });
});

test.each([
  "[__proto__]\npolluted = 1",
  "__proto__.polluted = 1",
  'a = { "__proto__" = { polluted = 1 } }',
  "[constructor.prototype]\npolluted = 1",
])("a key that reaches a prototype is refused: %j", (text) => {
  expect(refusal(text).message).toContain("is not allowed as a key (line 1)");
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

describe("wrong syntax", () => {
  test("is shown with line, column and the text there", () => {
    const error = refusal('[prompt_learning]\nalgorithm = "gepa"\nmodel = = 3\n');
    expect(error.code).toBe("config_invalid");
    expect(error.message).toBe(
      'The config is not valid TOML: invalid value (line 3, column 9), at "model = = 3"',
    );
    expect(error.issues[0]).toMatchObject({ line: 3, column: 9, path: "prompt_learning", pointer: "" });
  });

  test("a long line is cut around the place", () => {
    const error = refusal(`a = [${"1, ".repeat(100)}x, ${"1, ".repeat(100)}]`);
    expect(error.message.length).toBeLessThan(250);
    expect(error.message).toContain("x, 1");
  });

  test.each([
    'task_app_api_key = "sk-hidden',
    'TASK_APP_API_KEY = "sk-hidden',
    'x = { client_secret = "sk-hidden", = 3 }',
    'keys = [\n  "sk-hidden",\n  "sk-hidden\n]',
  ])("a secret on the faulty line is not shown: %j", (text) => {
    expect(refusal(text).message).not.toContain("hidden");
  });

  test("a table that is defined twice is an error", () => {
    expect(refusal("[a]\nx = 1\n[a]\ny = 2\n").issues[0]).toMatchObject({ line: 3 });
  });
});
