// Mistakes as people see them.

import { expect, test } from "vitest";
import { painter } from "../../../src/cli/paint.ts";
import { problemLines } from "../../../src/cli/problems.ts";

test("a message of several lines keeps them, and none of them moves the cursor", () => {
  const item = {
    pointer: "",
    path: "prompt_learning",
    message: "prompt_learning is missing: write\n  a → b\n\u001b[2Jc → d",
  };
  const text = problemLines([item], { file: "job.toml", text: "" }, painter(false, {})).join("\n");
  expect(text).toMatch(/^job\.toml: error: prompt_learning is missing: write\n +a → b\n/);
  expect(text.split("\n")).toHaveLength(3);
  expect(text).not.toContain("\u001b");
});
