// Demos in a prompt, as people and task apps see it.

import { describe, expect, test } from "vitest";
import { demoBlock, sectionsWithDemos } from "../../../src/config/demos.ts";
import type { PromptSection } from "../../../src/wire/job.ts";

function prompt(...sections: [role: string, content: string][]): PromptSection[] {
  return sections.map(([role, content], order) => ({ role, name: role, content, order }));
}

const SORT = prompt(["system", "Sort it."], ["user", "Ticket: {ticket}"]);
const LATE = { values: { ticket: "It is late" }, input: "Ticket: It is late", output: "delivery" };
const BROKEN = { values: {}, input: "Ticket: It {broke}", output: "repair" };

describe("a prompt with demos", () => {
  test("has them as pairs after its instructions, the user's pattern filled with their values", () => {
    const shown = sectionsWithDemos(SORT, [LATE, BROKEN]);
    expect(shown.map(({ role, name, content }) => [role, name, content])).toEqual([
      ["system", "system", "Sort it."],
      ["user", "demo_1_user", "Ticket: It is late"],
      ["assistant", "demo_1_assistant", "delivery"],
      ["user", "demo_2_user", "Ticket: It {broke}"],
      ["assistant", "demo_2_assistant", "repair"],
      ["user", "user", "Ticket: {ticket}"],
    ]);
    // Sorted by order, as task apps do, they stay where they are.
    expect([...shown].sort((a, b) => a.order - b.order)).toEqual(shown);
  });

  test("has them before its only message, where that is the user's", () => {
    const shown = sectionsWithDemos(prompt(["user", "Sort: {ticket}"]), [LATE]);
    expect(shown.map(({ content }) => content)).toEqual(["Sort: It is late", "delivery", "Sort: {ticket}"]);
  });

  test.each(["demos", "examples"])("has them where {%s} stands, and only there", (name) => {
    const shown = sectionsWithDemos(prompt(["system", `Sort it.\n{${name}}`], ["user", "T: {ticket}"]), [
      LATE,
    ]);
    expect(shown.map(({ content }) => content)).toEqual([
      "Sort it.\nExample 1\nInput: T: It is late\nOutput: delivery",
      "T: {ticket}",
    ]);
  });

  test("is what it was where there are none", () => {
    expect(sectionsWithDemos(SORT, [])).toEqual(SORT);
  });
});

test("a block does not repeat instructions that stand in the user's message", () => {
  const sections = prompt(["user", "Sort this.\n{demos}\n{ticket} of {kind}"]);
  const demo = { values: { demos: "", ticket: "late", kind: "mail" }, input: "x", output: "delivery" };
  expect(demoBlock([demo], sections)).toBe("Example 1\nInput: ticket: late\nkind: mail\nOutput: delivery");
});
