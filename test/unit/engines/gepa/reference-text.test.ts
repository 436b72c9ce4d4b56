import { describe, expect, test } from "vitest";
import {
  extractPlainly,
  extractReference,
  filledPrompt,
  renderRecords,
} from "../../../../src/engines/gepa/reference-text.ts";

const fenced = (...lines: string[]) => lines.join("\n");

describe("the instruction in an answer, in the reference's form", () => {
  test("is what stands between the first fence and the last, inner blocks with their language included", () => {
    const answer = fenced(
      "Here:",
      "```markdown",
      "Do this:",
      "```python",
      "x",
      "```",
      "End.",
      "```",
      "Good luck.",
    );
    expect(extractReference(answer)).toBe(fenced("Do this:", "```python", "x", "```", "End."));
  });

  test("is the whole answer where there is no fence", () => {
    expect(extractReference("  Be brief.\n")).toBe("Be brief.");
  });

  test("is what comes before a fence that was never opened", () => {
    expect(extractReference("Be brief.\n```")).toBe("Be brief.");
  });
});

describe("faults of the reference's extraction that are mended", () => {
  test("two blocks with talk between them are not one instruction", () => {
    const answer = fenced("```", "Draft", "```", "Better:", "```", "The final text", "```");
    expect(extractPlainly(answer)).toContain("Better:");
    expect(extractReference(answer)).toBe("The final text");
  });

  test("a language word on the line of the text is no part of it", () => {
    expect(extractPlainly("```text Be brief.\n```")).toBe("text Be brief.");
    expect(extractReference("```text Be brief.\n```")).toBe("Be brief.");
  });

  test("the first word after a lone fence is not lost", () => {
    expect(extractPlainly("```Be brief.")).toBe("brief.");
    expect(extractReference("```Be brief.")).toBe("Be brief.");
  });
});

describe("a prompt of the user's", () => {
  test("has both places filled at once, so that a text may name the other place", () => {
    const filled = filledPrompt("<curr_param> / <side_info>", "Mind <side_info>", "Example");
    expect(filled).toBe("Mind <side_info> / Example");
  });
});

describe("examples", () => {
  test("are nested headings, six levels at most", () => {
    const record = { a: { b: { c: { d: { e: { f: "deep" } } } } }, list: ["x", "y"], none: {} };
    expect(renderRecords([record])).toBe(
      "# Example 1\n## a\n### b\n#### c\n##### d\n###### e\n###### f\ndeep\n\n## list\n### Item 1\nx\n\n### Item 2\ny\n\n## none\n\n",
    );
  });

  test("show numbers, truth and nothing as Python writes them", () => {
    const record = { n: 0.5, small: 1e-7, large: 1e16, yes: true, no: false, nothing: null };
    const values = renderRecords([record])
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(values).toEqual(["0.5", "1e-07", "1e+16", "True", "False", "None"]);
  });
});
