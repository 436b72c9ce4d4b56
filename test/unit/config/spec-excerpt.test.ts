import { expect, test } from "vitest";
import { specExcerpt } from "../../../src/config/spec-excerpt.ts";
import { estimateTokens } from "../../../src/config/tokens.ts";

const ALL = { max_tokens: 5_000, include_examples: true };
const SPEC = JSON.stringify({
  goal: "route tickets",
  rules: [
    { text: "answer with a label", priority: 9 },
    { text: "be friendly", priority: 2 },
    { text: "no priority" },
  ],
  examples: [{ in: "a", out: "b" }],
});

test("rules below the threshold are left out, those without a priority stay", () => {
  const shown = specExcerpt(SPEC, { ...ALL, priority_threshold: 5 });
  expect(shown).toContain("answer with a label");
  expect(shown).toContain("no priority");
  expect(shown).not.toContain("be friendly");
});

test("examples are shown unless they are not wanted", () => {
  expect(specExcerpt(SPEC, ALL)).toContain('"examples"');
  expect(specExcerpt(SPEC, { ...ALL, include_examples: false })).not.toContain('"examples"');
});

test("of plain text, the sections of examples go", () => {
  const text = "# Goal\nroute\n## Examples\none\n### More\ntwo\n## Form\nlabel";
  expect(specExcerpt(text, { ...ALL, include_examples: false })).toBe("# Goal\nroute\n## Form\nlabel");
  expect(specExcerpt(text, ALL)).toBe(text);
});

test("no more is shown than the tokens allow", () => {
  const shown = specExcerpt("word ".repeat(5_000), { ...ALL, max_tokens: 100 });
  expect(estimateTokens(shown)).toBeLessThanOrEqual(100);
  expect(shown.length).toBeGreaterThan(300);
});
