// The options that jobs run by: its default, a value it takes, and what is said about one it does not take.

import { describe, expect, test } from "vitest";
import { valueAt } from "../../../src/config/tables.ts";
import { issuesWith, readWith } from "./base-config.ts";
import { ROWS } from "./field-rows.ts";

const parts = (path: string) => path.split(".");

describe.each(ROWS)("$path", (row) => {
  test("has its default, or is asked for, when absent", () => {
    if (row.absent !== "required") {
      const { config } = readWith(row.path, undefined);
      expect(valueAt(JSON.parse(JSON.stringify(config)), parts(row.path))).toEqual(row.absent);
      return;
    }
    const [issue] = issuesWith(row.path, undefined);
    expect(issue?.path).toBe(`prompt_learning.${row.path}`);
    expect(issue?.message).toContain("is missing: it must be ");
  });

  test("takes a fitting value", () => {
    const { config } = readWith(row.path, row.given);
    expect(valueAt(JSON.parse(JSON.stringify(config)), parts(row.path))).toEqual(row.becomes ?? row.given);
  });

  test("refuses another value, naming what was found and what was expected", () => {
    const [issue, ...others] = issuesWith(row.path, row.refused);
    expect(others).toEqual([]);
    expect(issue?.message).toBe(`prompt_learning.${row.path} ${row.says}`);
    expect(issue?.pointer).toBe(`/prompt_learning/${row.path.replaceAll(".", "/")}`);
    expect(row.says).toBe(`must be ${issue?.expected}, found ${issue?.found}`);
  });

  test("counts as absent when it is null", () => {
    if (row.absent === "required") return;
    const { config } = readWith(row.path, null);
    expect(valueAt(JSON.parse(JSON.stringify(config)), parts(row.path))).toEqual(row.absent);
  });
});

test("mistakes inside messages and lists are named with their index", () => {
  expect(issuesWith("initial_prompt.messages", [{ role: "system" }, "hi"]).map((i) => i.message)).toEqual([
    "prompt_learning.initial_prompt.messages[0].pattern is missing: it must be text",
    'prompt_learning.initial_prompt.messages[1] must be a table, found "hi"',
  ]);
  const [issue] = issuesWith("gepa.evaluation.seeds", [0, "x", 2]);
  expect(issue?.path).toBe("prompt_learning.gepa.evaluation.seeds[1]");
  expect(issue?.pointer).toBe("/prompt_learning/gepa/evaluation/seeds/1");
});
