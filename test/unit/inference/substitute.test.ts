import { describe, expect, it } from "vitest";
import type { ShownDemo } from "../../../src/config/demos.ts";
import type { ChatMessage } from "../../../src/inference/chat.ts";
import { substitutePrompt } from "../../../src/inference/substitute.ts";
import type { PromptSection } from "../../../src/wire/job.ts";

const SYSTEM = "You classify banking queries.";
const USER = "Query: {query}\nIntent:";
const BETTER = "You are a banking expert. Name exactly one intent.";

function prompt(...sections: [role: string, content: string][]): PromptSection[] {
  return sections.map(([role, content], order) => ({ role, name: `${role}_${order}`, content, order }));
}

const BASELINE = prompt(["system", SYSTEM], ["user", USER]);
const CANDIDATE = prompt(["system", BETTER], ["user", USER]);
const SENT: ChatMessage[] = [
  { role: "system", content: SYSTEM },
  { role: "user", content: "Query: where is my card\nIntent:" },
];

describe("substitutePrompt", () => {
  it("replaces the section that changed and leaves the others as they came", () => {
    const result = substitutePrompt(SENT, { baseline: BASELINE, candidate: CANDIDATE });
    expect(result).toMatchObject({
      kind: "substituted",
      messages: [{ role: "system", content: BETTER }, SENT[1]],
      values: { query: "where is my card" },
      input: "Query: where is my card\nIntent:",
    });
    expect(SENT[0]?.content).toBe(SYSTEM);
  });

  it("leaves the messages alone when the candidate is the baseline, and still reads the values", () => {
    const result = substitutePrompt(SENT, { baseline: BASELINE, candidate: BASELINE });
    expect(result).toMatchObject({
      kind: "substituted",
      messages: SENT,
      values: { query: "where is my card" },
    });
  });

  it("fills a section with values that another section's message held", () => {
    const candidate = prompt(["system", "Answer this: {query}"], ["user", USER]);
    const result = substitutePrompt(SENT, { baseline: BASELINE, candidate });
    expect(result).toMatchObject({
      kind: "substituted",
      messages: [{ content: "Answer this: where is my card" }, SENT[1]],
    });
  });

  it("never scans a value again for placeholders", () => {
    const sent = [
      { role: "system", content: SYSTEM },
      { role: "user", content: "Query: what is {query} or {{x}} or {other}?\nIntent:" },
    ];
    const candidate = prompt(["system", SYSTEM], ["user", "Text: {query}\nAgain: {query}"]);
    const result = substitutePrompt(sent, { baseline: BASELINE, candidate });
    const value = "what is {query} or {{x}} or {other}?";
    expect(result).toMatchObject({
      messages: [sent[0], { content: `Text: ${value}\nAgain: ${value}` }],
    });
  });

  it("takes developer for system, in either direction", () => {
    const sent = [{ role: "developer", content: SYSTEM }, ...SENT.slice(1)];
    const result = substitutePrompt(sent, { baseline: BASELINE, candidate: CANDIDATE });
    expect(result).toMatchObject({ messages: [{ role: "developer", content: BETTER }, SENT[1]] });
    const baseline = prompt(["developer", SYSTEM], ["user", USER]);
    const candidate = prompt(["developer", BETTER], ["user", USER]);
    expect(substitutePrompt(SENT, { baseline, candidate })).toMatchObject({
      messages: [{ role: "system", content: BETTER }, SENT[1]],
    });
  });

  it("keeps images and the further keys of a text part", () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } };
    const sent = [
      { role: "system", content: SYSTEM },
      {
        role: "user",
        content: [
          image,
          { type: "text", text: "Query: card", cache_control: { type: "ephemeral" } },
          { type: "text", text: "Intent:" },
        ],
      },
    ];
    const candidate = prompt(["system", SYSTEM], ["user", "Intent of {query}?"]);
    const result = substitutePrompt(sent, { baseline: BASELINE, candidate });
    expect(result).toMatchObject({ kind: "substituted" });
    expect(result.kind === "substituted" && result.messages[1]).toEqual({
      role: "user",
      content: [image, { type: "text", text: "Intent of card?", cache_control: { type: "ephemeral" } }],
    });
  });

  it("reads text parts that were split without a line break", () => {
    const parts = [
      { type: "text", text: "Query: card\nInt" },
      { type: "text", text: "ent:" },
    ];
    const result = substitutePrompt([SENT[0] ?? { role: "system" }, { role: "user", content: parts }], {
      baseline: BASELINE,
      candidate: CANDIDATE,
    });
    expect(result).toMatchObject({ kind: "substituted", values: { query: "card" } });
  });

  it("leaves history and tool turns as they are and where they are", () => {
    const history: ChatMessage[] = [
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "1", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "1", content: "result" },
      { role: "user", content: "and then?" },
    ];
    const result = substitutePrompt([...SENT, ...history], { baseline: BASELINE, candidate: CANDIDATE });
    expect(result).toMatchObject({ kind: "substituted" });
    expect(result.kind === "substituted" && result.messages).toEqual([
      { role: "system", content: BETTER },
      SENT[1],
      ...history,
    ]);
  });

  it("changes only the first message of several that a section would fit", () => {
    const second = { role: "user", content: "Query: second\nIntent:" };
    const candidate = prompt(["system", SYSTEM], ["user", "Intent of {query}?"]);
    const result = substitutePrompt([...SENT, second], { baseline: BASELINE, candidate });
    expect(result).toMatchObject({
      messages: [SENT[0], { content: "Intent of where is my card?" }, second],
    });
  });

  it("takes sections by their order, wherever they stand in the list", () => {
    const [first, second] = prompt(["user", "{a}"], ["user", "{b}"]);
    if (first === undefined || second === undefined) throw new Error("two sections");
    const baseline = [second, first];
    const candidate = [{ ...second, content: "B={b}" }, first];
    const sent = [
      { role: "user", content: "1" },
      { role: "user", content: "2" },
    ];
    expect(substitutePrompt(sent, { baseline, candidate })).toMatchObject({
      kind: "substituted",
      values: { a: "1", b: "2" },
      messages: [sent[0], { content: "B=2" }],
    });
  });

  it("does without an unchanged section that a later call of an agent no longer sends", () => {
    const later: ChatMessage[] = [
      { role: "system", content: SYSTEM },
      { role: "user", content: "go on" },
    ];
    expect(substitutePrompt(later, { baseline: BASELINE, candidate: CANDIDATE })).toMatchObject({
      kind: "substituted",
      messages: [{ content: BETTER }, { content: "go on" }],
    });
    expect(substitutePrompt(later, { baseline: BASELINE, candidate: BASELINE }).kind).toBe("substituted");
  });

  it("lets a section that must be found go before a loose one that is absent", () => {
    const baseline = prompt(["user", "{context}"], ["user", "Query: {query}"]);
    const candidate = prompt(["user", "{context}"], ["user", "Intent of {query}?"]);
    const result = substitutePrompt([{ role: "user", content: "Query: card" }], { baseline, candidate });
    expect(result).toMatchObject({ kind: "substituted", messages: [{ content: "Intent of card?" }] });
  });

  it("does not send a placeholder whose value is in a message that did not come", () => {
    const candidate = prompt(["system", "Answer {query}."], ["user", USER]);
    const result = substitutePrompt([{ role: "system", content: SYSTEM }], { baseline: BASELINE, candidate });
    expect(result).toMatchObject({ kind: "mismatch", expected: "a value for {query}" });
  });

  describe("when the application rendered the candidate itself", () => {
    it("sees it and leaves the messages alone", () => {
      const sent = [{ role: "system", content: BETTER }, ...SENT.slice(1)];
      const result = substitutePrompt(sent, { baseline: BASELINE, candidate: CANDIDATE });
      expect(result).toMatchObject({
        kind: "already_candidate",
        messages: sent,
        values: { query: "where is my card" },
      });
    });

    it("sees a candidate that only adds to the baseline, though the baseline fits with a longer value", () => {
      const baseline = prompt(["user", "Q: {q}"]);
      const candidate = prompt(["user", "Q: {q}\nThink first."]);
      const sent = [{ role: "user", content: "Q: why\nThink first." }];
      expect(substitutePrompt(sent, { baseline, candidate })).toMatchObject({
        kind: "already_candidate",
        values: { q: "why" },
      });
    });

    it("does not take a rendered baseline for a candidate that is only shorter", () => {
      const baseline = prompt(["user", "Q: {q}\nThink first."]);
      const candidate = prompt(["user", "Q: {q}"]);
      const sent = [{ role: "user", content: "Q: why\nThink first." }];
      expect(substitutePrompt(sent, { baseline, candidate })).toMatchObject({
        kind: "substituted",
        messages: [{ content: "Q: why" }],
      });
    });

    it("does not believe a candidate that would fit anything", () => {
      const candidate = prompt(["system", SYSTEM], ["user", "{query}"]);
      expect(substitutePrompt(SENT, { baseline: BASELINE, candidate })).toMatchObject({
        kind: "substituted",
        messages: [SENT[0], { content: "where is my card" }],
      });
      const foreign = [{ role: "user", content: "hello" }];
      expect(substitutePrompt(foreign, { baseline: BASELINE, candidate }).kind).toBe("mismatch");
    });
  });

  describe("when neither prompt is recognised", () => {
    it("shows the pattern and what came, from the place where they part", () => {
      const long = `${"Rules. ".repeat(100)}Be kind.`;
      const baseline = prompt(["system", long]);
      const sent = [{ role: "system", content: `${"Rules. ".repeat(100)}Be rude.` }];
      const result = substitutePrompt(sent, { baseline, candidate: prompt(["system", BETTER]) });
      expect(result).toMatchObject({
        kind: "mismatch",
        expected: expect.stringMatching(/^\[system\] ….*Be kind\.$/),
        found: expect.stringMatching(/^\[system\] ….*Be rude\.$/),
      });
    });

    it("says which roles came when the section's role is not among them", () => {
      const sent = [{ role: "user", content: "hi" }];
      const result = substitutePrompt(sent, { baseline: BASELINE, candidate: CANDIDATE });
      expect(result).toEqual({
        kind: "mismatch",
        expected: `[system] ${SYSTEM}`,
        found: "no system message (roles: user)",
      });
    });

    it("holds for the baseline too, so that a wrong pattern shows before anything is optimised", () => {
      const sent = [{ role: "system", content: "Something else." }, ...SENT.slice(1)];
      const result = substitutePrompt(sent, { baseline: BASELINE, candidate: BASELINE });
      expect(result).toMatchObject({ kind: "mismatch", found: "[system] Something else." });
    });

    it("stays short whatever came", () => {
      const sent = [{ role: "system", content: "x".repeat(100_000) }];
      const result = substitutePrompt(sent, { baseline: BASELINE, candidate: CANDIDATE });
      expect(result.kind === "mismatch" && result.expected.length + result.found.length).toBeLessThan(500);
    });
  });
});

describe("demos", () => {
  const demos: ShownDemo[] = [
    { values: { query: "is {query} mine?" }, input: "?", output: "card_lost" },
    { values: {}, input: "Query: two", output: "card_new" },
  ];
  const PAIRS = [
    { role: "user", content: "Query: is {query} mine?\nIntent:" },
    { role: "assistant", content: "card_lost" },
    { role: "user", content: "Query: two" },
    { role: "assistant", content: "card_new" },
  ];
  const [SYSTEM_SENT, USER_SENT] = SENT as [ChatMessage, ChatMessage];

  it("go before the question, and are not scanned for placeholders", () => {
    const result = substitutePrompt(SENT, { baseline: BASELINE, candidate: CANDIDATE, demos });
    expect(result).toMatchObject({
      kind: "substituted",
      messages: [{ role: "system", content: BETTER }, ...PAIRS, USER_SENT],
      values: { query: "where is my card" },
      input: USER_SENT.content,
    });
  });

  it("are put into a baseline prompt too, and stay before the first question of a longer talk", () => {
    const talk = [
      ...SENT,
      { role: "assistant", content: "Which one?" },
      { role: "user", content: "The blue one" },
    ];
    const result = substitutePrompt(talk, { baseline: BASELINE, candidate: BASELINE, demos });
    expect(result).toMatchObject({
      messages: [SYSTEM_SENT, ...PAIRS, ...talk.slice(1)],
      input: "The blue one",
    });
  });

  it("are left as they are where the application rendered them itself", () => {
    const rendered = [{ role: "system", content: BETTER }, ...PAIRS, USER_SENT];
    const result = substitutePrompt(rendered, { baseline: BASELINE, candidate: CANDIDATE, demos });
    expect(result).toMatchObject({ kind: "already_candidate", messages: rendered, input: USER_SENT.content });
  });

  it("are added where the application rendered the candidate's texts without them", () => {
    const rendered = [{ role: "system", content: BETTER }, USER_SENT];
    const result = substitutePrompt(rendered, { baseline: BASELINE, candidate: CANDIDATE, demos });
    expect(result).toMatchObject({
      kind: "substituted",
      messages: [{ role: "system", content: BETTER }, ...PAIRS, USER_SENT],
    });
  });

  it("go after the instructions where the prompt has no question", () => {
    const baseline = prompt(["system", SYSTEM]);
    const result = substitutePrompt(SENT, { baseline, candidate: baseline, demos: [demos[1] ?? never()] });
    expect(result).toMatchObject({ messages: [SYSTEM_SENT, ...PAIRS.slice(2), USER_SENT] });
  });

  it("take the place of a placeholder, whatever the application has there", () => {
    const baseline = prompt(["system", `${SYSTEM}\n{demos}`], ["user", USER]);
    const candidate = prompt(["system", `${BETTER}\n{demos}`], ["user", USER]);
    const block = "Example 1\nInput: Query: is {query} mine?\nIntent:\nOutput: card_lost";
    const one = demos.slice(0, 1);
    const forms = [`${SYSTEM}\n`, `${SYSTEM}\n{demos}`, `${SYSTEM}\nnone yet`, `${BETTER}\n${block}`];
    for (const content of forms) {
      const sent = [{ role: "system", content }, USER_SENT];
      expect(substitutePrompt(sent, { baseline, candidate, demos: one })).toMatchObject({
        messages: [{ role: "system", content: `${BETTER}\n${block}` }, USER_SENT],
      });
    }
    const sent = [{ role: "system", content: `${SYSTEM}\nnone yet` }, USER_SENT];
    expect(substitutePrompt(sent, { baseline, candidate: baseline, demos: one })).toMatchObject({
      messages: [{ role: "system", content: `${SYSTEM}\n${block}` }, USER_SENT],
    });
    expect(substitutePrompt(sent, { baseline, candidate: baseline, demos: [] })).toMatchObject({
      messages: sent,
    });
  });

  it("of a prompt in the user's message repeat it, and the question is what fills it", () => {
    const baseline = prompt(["user", "Name the intent.\n{query}"]);
    const candidate = prompt(["user", "Name one intent.\n{query}"]);
    const sent = [{ role: "user", content: "Name the intent.\nlost" }];
    expect(substitutePrompt(sent, { baseline, candidate, demos: demos.slice(0, 1) })).toMatchObject({
      messages: [
        { role: "user", content: "Name one intent.\nis {query} mine?" },
        { role: "assistant", content: "card_lost" },
        { role: "user", content: "Name one intent.\nlost" },
      ],
      input: "lost",
    });
  });
});

function never(): never {
  throw new Error("the fixture is there");
}
