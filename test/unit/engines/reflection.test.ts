// What a proposer is told, and the text that is taken out of its answer.

import { describe, expect, test } from "vitest";
import { applyEdits } from "../../../src/engines/gepa/edits.ts";
import { exampleOf, oneGroup, renderGroups } from "../../../src/engines/gepa/examples.ts";
import { extractInstruction } from "../../../src/engines/gepa/extraction.ts";
import { proposalFault } from "../../../src/engines/gepa/proposal-fault.ts";
import {
  DEFAULT_PROPOSER,
  type ProposerType,
  proposedText,
  type ReflectionSubject,
  reflectionMessages,
} from "../../../src/engines/gepa/reflection.ts";

const TYPES: readonly ProposerType[] = ["dspy", "gepa-ai", "synth", "spec"];
const usage = { prompt_tokens: 0, completion_tokens: 0, llm_calls: 0, usd: 0 };

function subject(change: Partial<ReflectionSubject> = {}): ReflectionSubject {
  return { component: "system", text: "Sort {labels}", groups: [], placeholders: ["labels"], ...change };
}

/** All that the proposer reads. */
function told(about: ReflectionSubject, type: ProposerType, change = {}): string {
  return reflectionMessages(about, { ...DEFAULT_PROPOSER, type, ...change })
    .map(({ content }) => content)
    .join("\n");
}

describe.each(TYPES)("a reflection in the style %s", (type) => {
  test("shows the text, its role, the examples, what was tried before, and what must be kept", () => {
    const trace = { input: "where is my card", output: "lost", expected: "late", feedback: "look again" };
    const evaluations = [
      { seed: 1, reward: 0.25, trace, usage },
      { seed: 2, reward: 0, error: { code: "timeout", message: "no answer" }, usage },
    ];
    const content = told(
      subject({
        role: "It is the second of two modules.",
        beside: { other: "Answer in French." },
        groups: oneGroup(evaluations),
        attempts: [{ text: "Sort well {labels}", verdict: "It scores 1 where its parent scores 2." }],
        max_tokens: 120,
      }),
      type,
      { instructions: "Write for a small model.", specification: "Cards are late after a week." },
    );
    for (const part of [
      ...[
        "Sort {labels}",
        "It is the second of two modules.",
        "Answer in French.",
        "where is my card",
        "lost",
      ],
      ...["late", "0.25", "look again", "no answer", "Sort well {labels}", "where its parent scores 2"],
      ...["Keep these placeholders exactly, each at least once: {labels}", "at most 120 tokens"],
      ...["Write for a small model.", "Cards are late after a week."],
    ]) {
      expect(content).toContain(part);
    }
  });

  test("says nothing of what there is not", () => {
    const content = told(subject({ placeholders: [] }), type);
    for (const part of ["Tried before", "placeholders", "tokens", "specification", "other instruction"]) {
      expect(content).not.toContain(part);
    }
  });

  test("shows both parents of a merge", () => {
    const partner = { text: "Sort by colour {labels}", groups: oneGroup([{ seed: 9, reward: 1, usage }]) };
    const content = told(subject({ partner }), type);
    expect(content).toContain("Sort by colour {labels}");
    expect(content).toContain("better on other inputs");
  });

  test("fences a text that holds fences of its own", () => {
    const content = told(subject({ text: "Answer:\n```json\n{}\n```" }), type);
    expect(content).toContain("````\nAnswer:");
  });
});

describe("the user's own reflection prompt", () => {
  const template = "Text: <curr_param>\nRuns: <side_info>\nAgain: <curr_param>";

  test("is the whole question, its two places filled at once", () => {
    const about = subject({
      text: "mentions <side_info>",
      groups: oneGroup([{ seed: 1, reward: 0.5, usage }]),
    });
    const messages = reflectionMessages(about, { ...DEFAULT_PROPOSER, template });
    expect(messages).toHaveLength(1);
    const content = messages[0]?.content ?? "";
    expect(content.startsWith("Text: mentions <side_info>\nRuns: Here is")).toBe(true);
    expect(content.endsWith("Again: mentions <side_info>")).toBe(true);
    expect(content).toContain("### Reward\n0.5");
  });

  test("still tells which placeholders to keep, and what the user adds", () => {
    const content = told(subject(), "dspy", { template, instructions: "Be brief." });
    expect(content).toContain("{labels}");
    expect(content.endsWith("Be brief.")).toBe(true);
  });
});

describe("examples", () => {
  const call = { module: "find", values: {}, input: "asked", output: "answered" };
  const trace = { input: "whole input", output: "whole output", calls: [call] };

  test("show the calls of the module under change, all of them", () => {
    const twice = { ...trace, calls: [call, { ...call, input: "again", output: "so" }] };
    expect(exampleOf({ seed: 1, reward: 1, trace: twice, usage }, "find")).toMatchObject({
      input: "Call 1: asked\nCall 2: again",
      output: "Call 1: answered\nCall 2: so",
    });
  });

  test("show the whole rollout where the module made no call", () => {
    expect(exampleOf({ seed: 1, reward: 1, trace, usage }, "label")).toMatchObject({
      input: "whole input",
      output: "whole output",
    });
  });

  test("show what a verifier says beside what the task app says of the module's calls, and once where it says nothing of them", () => {
    const verdict = "Verifier: outcome 0.50: too curt";
    const told = { ...trace, feedback: `whole remark\n${verdict}`, verdict };
    const feedbackOf = (calls: (typeof call & { feedback?: string })[]) =>
      exampleOf({ seed: 1, reward: 1, trace: { ...told, calls }, usage }, "find").feedback;
    expect(feedbackOf([{ ...call, feedback: "wrong tool" }])).toBe(`wrong tool\n${verdict}`);
    expect(feedbackOf([call])).toBe(`whole remark\n${verdict}`);
  });

  test("stand in groups with headings, numbered through", () => {
    const example = { reward: 0 };
    const text = renderGroups([
      { title: "Failures", examples: [example, example] },
      { title: "Successes", examples: [{ reward: 1 }] },
    ]);
    expect(text.match(/^#.*/gm)).toEqual([
      ...["# Failures", "## Example 1", "### Reward", "## Example 2", "### Reward"],
      ...["# Successes", "## Example 3", "### Reward"],
    ]);
  });

  test("are cut, but not left out, where they are too much for one question", () => {
    const long = {
      input: "x".repeat(4_000),
      output: "y".repeat(4_000),
      reward: 0,
      feedback: "z".repeat(4_000),
    };
    const text = renderGroups([{ title: "", examples: Array.from({ length: 200 }, () => long) }]);
    expect(text.length).toBeLessThan(250_000);
    expect(text).toContain("## Example 200");
  });
});

describe("the text in an answer", () => {
  test.each([
    ["one block", "Sure.\n```\nDo this\nand that\n```\nBye", "Do this\nand that"],
    ["a language word", "```text\nDo this\n```", "Do this"],
    ["a language word on the text's own line", '```json {"a":1}\n```', '{"a":1}'],
    ["a language word of a block on one line", "```text Do this```", "Do this"],
    [
      "several blocks: the longest",
      "Draft:\n```\nDo this and that\n```\nFor example:\n```\nok\n```",
      "Do this and that",
    ],
    ["several blocks of one length: the last", "Old:\n```\nold\n```\nNew:\n```\nnew\n```", "new"],
    ["a block within the block", "```\nUse:\n```json\n{}\n```\nDone\n```", "Use:\n```json\n{}\n```\nDone"],
    ["a bare block within a longer fence", "````\nUse:\n```\nx\n```\nDone\n````", "Use:\n```\nx\n```\nDone"],
    ["a complete block, though another was never closed", "```\nDo this\n```\nor\n```\nx", "Do this"],
    ["a block that never ends", "```\nDo this", "Do this"],
    ["no block", "  Do this  ", "Do this"],
    ["everything on one line", "```Do this```", "Do this"],
    ["a block inside a line", "Here: ```Do this``` as you asked", "Do this"],
    ["an answer with thoughts in front", "<think>\n```\nno\n```\n</think>\nDo this", "Do this"],
    ["thoughts that never ended", "<think> hm", ""],
    ["nothing", "", ""],
    ["an empty block", "I cannot.\n```\n```", ""],
    ["an empty last block", "```\nDo this\n```\n```\n```", "Do this"],
  ])("is taken out of %s", (_, answer, expected) => {
    expect(extractInstruction(answer)).toBe(expected);
  });

  test("is the field that a signature asks for, whatever is said around it", () => {
    const answer =
      "[[ ## reasoning ## ]]\nLonger than the rest by far.\n[[ ## improved_instruction ## ]]\n```\nDo\n```\n[[ ## completed ## ]]";
    expect(proposedText(answer, subject(), { ...DEFAULT_PROPOSER, type: "dspy" })).toBe("Do");
  });

  test("may be edits of the current text, for synth", () => {
    const synth = { ...DEFAULT_PROPOSER, type: "synth" as const };
    const about = subject({ text: "Sort the text.\nBe quick." });
    const answer = (edits: unknown) => `\`\`\`json\n${JSON.stringify(edits)}\n\`\`\``;
    const edits = [
      { type: "REPLACE", find: "quick", text: "careful" },
      { type: "follow", localizer: "Sort the text.", new_text: "Use {labels}." },
      { type: "REPLACE", find: "not in it", text: "x" },
    ];
    expect(proposedText(answer(edits), about, synth)).toBe("Sort the text.\nUse {labels}.\nBe careful.");
    expect(proposedText(answer({ edits }), about, synth)).toContain("careful");
    // Nothing that can be applied, and nothing that could be meant as a text.
    expect(proposedText(answer([{ type: "REPLACE", find: "no", text: "x" }]), about, synth)).toBe("");
    expect(proposedText('[{"type": "REPLACE", "find": "Sort', about, synth)).toBe("");
    expect(proposedText("```\nA whole new text.\n```", about, synth)).toBe("A whole new text.");
  });
});

test.each([
  ["after words within a line", { find: "Sort", text: "well" }, "Sort well it.\nBye"],
  ["after a line", { find: "it.", text: "Mind the gap." }, "Sort it.\nMind the gap.\nBye"],
  ["at the end", { find: "", text: "Amen" }, "Sort it.\nBye\nAmen"],
])("FOLLOW puts words %s", (_, edit, expected) => {
  expect(applyEdits("Sort it.\nBye", [{ type: "FOLLOW", ...edit }])).toBe(expected);
});

describe("a proposed text", () => {
  test.each([
    ["keeps what it must", "Now {a} and {b}", undefined],
    ["loses a placeholder", "Now {b}", "lost_placeholder"],
    ["has one nobody fills", "Now {a} {c}", "unknown_placeholder"],
    ["says nothing", "  ", "empty_proposal"],
    ["is too long", `{a}${" word".repeat(20)}`, "over_token_limit"],
    ["holds JSON, which is no placeholder", 'Now {a}: {"x": 1}', undefined],
  ])("that %s is judged so", (_, text, reason) => {
    const rules = { replaces: "Old {a}", known: ["a", "b"], max_tokens: 20 };
    expect(proposalFault(text, rules)?.reason).toBe(reason);
  });
});
