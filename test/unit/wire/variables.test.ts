// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configs are what is tested

import { describe, expect, test } from "vitest";
import { expandVariables, variableIn } from "../../../src/wire/variables.ts";
import { cpuMs } from "../../support/cpu-time.ts";

const VALUES = new Map([
  ["URL", "http://app"],
  ["EMPTY", ""],
  ["lower", "low"],
  ["DOLLAR", "$URL"],
]);
const lookup = (name: string) => VALUES.get(name);

describe("variables in a text", () => {
  test.each([
    ["${URL}/x", "http://app/x", []],
    ["$URL/x", "http://app/x", []],
    ["$URL$URL", "http://apphttp://app", []],
    ["${lower}", "low", []],
    ["${EMPTY}", "", []],
    ["$DOLLAR", "$URL", []],
    ["$URLS", "$URLS", ["URLS"]],
    ["a${MISSING}b$GONE", "a${MISSING}b$GONE", ["MISSING", "GONE"]],
    ["${URL", "${URL", []],
    ["${a b}", "${a b}", []],
    ["a$", "a$", []],
    ["$1", "$1", []],
    ["$lower", "$lower", []],
    ["", "", []],
  ])("%j becomes %j", (text, expanded, unset) => {
    expect(expandVariables(text, lookup)).toEqual({ text: expanded, unset });
  });

  test("a megabyte of dollar signs and braces is read in linear time", () => {
    for (const text of ["$".repeat(1_000_000), "${".repeat(500_000), `\${${"A".repeat(1_000_000)}`]) {
      expect(cpuMs(() => expect(expandVariables(text, lookup).text).toBe(text))).toBeLessThan(500);
    }
  });
});

test.each([
  ["$NAME", "NAME"],
  [" ${name_1} ", "name_1"],
  ["$name", undefined],
  ["x$NAME", undefined],
  ["$NAME.", undefined],
  ["${NAME}}", undefined],
  ["$", undefined],
  ["", undefined],
])("%j as a whole stands for %s", (text, name) => {
  expect(variableIn(text)).toBe(name);
});
