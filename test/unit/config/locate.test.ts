import { describe, expect, test } from "vitest";
import { locator } from "../../../src/config/locate.ts";
import type { Path } from "../../../src/config/path.ts";
import { growth } from "../../support/growth.ts";

const TEXT = `# a comment with [brackets] and key = 1
top = 1   # = not this
dotted . "key with = and ]".'deep.er' = 2

[a]
text = """
[not.a.table]
text2 = 5 \\"""
""""
literal = '''
x = '1' '''
inline = { one = 1, two.three = { four = [10, { five = 5 }] } }

  [a.b]   # indented
list = [
  1, # first
  [ 2, 3 ],
  "]",
]
[a.b."c.d"]
"caf\\u00e9" = 1

[[a.rows]]
name = "first"
[[a.rows.cells]]
v = 1
[[a.rows]]
name = "second"
[[a.rows.cells]]
v = 2
[[a.rows.cells]]
v = 3
[a.rows.extra]
w = 4
`;

const ROWS: [Path, number, number][] = [
  [["top"], 2, 1],
  [["dotted"], 3, 1],
  [["dotted", "key with = and ]"], 3, 10],
  [["dotted", "key with = and ]", "deep.er"], 3, 29],
  [["a"], 5, 1],
  [["a", "text"], 6, 1],
  [["a", "literal"], 10, 1],
  [["a", "inline"], 12, 1],
  [["a", "inline", "one"], 12, 12],
  [["a", "inline", "two"], 12, 21],
  [["a", "inline", "two", "three", "four"], 12, 35],
  [["a", "inline", "two", "three", "four", 0], 12, 43],
  [["a", "inline", "two", "three", "four", 1, "five"], 12, 49],
  [["a", "b"], 14, 3],
  [["a", "b", "list"], 15, 1],
  [["a", "b", "list", 0], 16, 3],
  [["a", "b", "list", 1, 1], 17, 8],
  [["a", "b", "list", 2], 18, 3],
  [["a", "b", "c.d"], 20, 1],
  [["a", "b", "c.d", "café"], 21, 1],
  [["a", "rows"], 23, 1],
  [["a", "rows", 0, "name"], 24, 1],
  [["a", "rows", 0, "cells", 0, "v"], 26, 1],
  [["a", "rows", 1], 27, 1],
  [["a", "rows", 1, "name"], 28, 1],
  [["a", "rows", 1, "cells", 1, "v"], 32, 1],
  [["a", "rows", 1, "extra", "w"], 34, 1],
];

test.each(ROWS)("%j is found", (path, line, column) => {
  expect(locator(TEXT)(path)).toEqual({ line, column });
});

test.each([
  [["a", "b", "missing"], 14],
  [["a", "rows", 1, "missing", "deeper"], 27],
  [["a", "rows", 7, "name"], 23],
  [["a", "inline", "two", "other"], 12],
  [["a", "text", "not", "a", "table"], 6],
] as [Path, number][])("%j is not there, so its nearest ancestor is shown", (path, line) => {
  expect(locator(TEXT)(path)?.line).toBe(line);
});

test("a path whose first key is not there has no place", () => {
  expect(locator(TEXT)(["text2"])).toBeUndefined();
  expect(locator(TEXT)([])).toBeUndefined();
});

test("line ends of any kind and a byte order mark do not matter", () => {
  const windows = `\uFEFF${TEXT.replaceAll("\n", "\r\n")}`;
  for (const [path, line, column] of ROWS) expect(locator(windows)(path)).toEqual({ line, column });
});

test("quotes just before the end of a long string belong to it", () => {
  const locate = locator('a = ["""one""""", \'\'\'two\'\'\'\', 3]\n');
  expect(locate(["a", 1])?.column).toBe(19);
  expect(locate(["a", 2])?.column).toBe(31);
});

test("a table that is opened after its own sub-table is shown at its own header", () => {
  const locate = locator("[a.b]\nx = 1\n[a]\ny = 2\n");
  expect(locate(["a"])?.line).toBe(3);
  expect(locate(["a", "b"])?.line).toBe(1);
});

describe("any text", () => {
  test.each([
    '"',
    "'''",
    "[",
    "[[",
    "[[a]",
    "a",
    "a = [",
    "a = {",
    "a = {b",
    "a = [}",
    "a = {]",
    "]",
    "}",
    "a = [[[{",
    "= 1",
    ". = 1",
    'a = "\\',
    "{".repeat(10_000),
    `a = ${"[".repeat(10_000)}`,
    `a = ${"{b = ".repeat(10_000)}`,
  ])("is scanned to an end: %j", (text) => {
    expect(() => locator(text)(["a", "b"])).not.toThrow();
  });

  test("a large one is scanned in linear time", () => {
    const text = (size: number) =>
      `a = [${'"x\\"", { b = 1 }, '.repeat(size / 20)}]\n${"[q.w]\nx=1\n".repeat(size / 20)}`;
    expect(growth(text, (it) => locator(it)(["a"]), 25_000)).toBeLessThan(8);
  });
});
