// Which module a call belongs to, and what that module's policy makes of it.

import { describe, expect, test } from "vitest";
import { limitTools, underPolicy } from "../../../src/inference/module-policy.ts";
import { placeCall } from "../../../src/inference/place.ts";

const section = (content: string, role = "system") => ({ role, name: role, content, order: 0 });
const module = (name: string, baseline: string, candidate = baseline) => ({
  name,
  baseline: [section(baseline)],
  candidate: [section(candidate)],
});

const FIND = module("find", "Find the topic.", "Find the one topic.");
const LABEL = module("label", "Label it: {topic}", "Name it: {topic}");
const sent = (content: string) => [
  { role: "system", content },
  { role: "user", content: "It is late." },
];

describe("a call", () => {
  test("belongs to the module whose prompt it holds, and gets that module's text and no other's", () => {
    expect(placeCall(sent("Label it: parcels"), [FIND, LABEL])).toMatchObject({
      module: { name: "label" },
      messages: sent("Name it: parcels"),
      values: { topic: "parcels" },
      input: "It is late.",
    });
    expect(placeCall(sent("Find the topic."), [FIND, LABEL])).toMatchObject({
      module: { name: "find" },
      messages: sent("Find the one topic."),
    });
  });

  test("belongs to the module with more fixed text where two prompts can be read in it", () => {
    const loose = module("loose", "Label {anything}", "Do {anything}");
    for (const modules of [
      [loose, LABEL],
      [LABEL, loose],
    ]) {
      expect(placeCall(sent("Label it: parcels"), modules)).toMatchObject({ module: { name: "label" } });
    }
    expect(placeCall(sent("Label that"), [LABEL, loose])).toMatchObject({ module: { name: "loose" } });
  });

  test("that belongs to none names what was looked for", () => {
    const placed = placeCall(sent("Translate it."), [FIND, LABEL]);
    expect(placed).toEqual({
      kind: "mismatch",
      expected: "find: [system] Find the topic. | label: [system] Label it: {topic}",
      found: "[system] Translate it.",
    });
  });
});

describe("a module's policy", () => {
  const job = { temperature: 0, max_completion_tokens: 512 };
  const own = {
    provider: "openai" as const,
    model: "openai/gpt-4.1",
    temperature: 0.7,
    max_completion_tokens: 32,
  };
  const messages = sent("x");

  test.each([
    ["leaves them open", {}, { temperature: 0.7, max_completion_tokens: 32 }],
    [
      "passes the job's on",
      { temperature: 0, max_completion_tokens: 512 },
      { temperature: 0.7, max_completion_tokens: 32 },
    ],
    [
      "passes the job's on under the older name",
      { temperature: 0, max_tokens: 512 },
      { temperature: 0.7, max_tokens: 32 },
    ],
    ["has its own", { temperature: 0.2, max_tokens: 9 }, { temperature: 0.2, max_tokens: 9 }],
  ])("decides the model, and the settings of a request that %s", (_, given, expected) => {
    expect(underPolicy({ messages, model: "mine", ...given }, own, job)).toEqual({
      messages,
      model: "gpt-4.1",
      ...expected,
    });
  });

  test("sends no temperature to a model that would refuse it", () => {
    const request = underPolicy({ messages, temperature: 0.2 }, { ...own, model: "gpt-5-mini" }, job);
    expect(request).not.toHaveProperty("temperature");
  });
});

describe("allowed tools", () => {
  const tool = (name: string) => ({ type: "function", function: { name } });
  const request = {
    messages: sent("x"),
    tools: [tool("look"), tool("buy")],
    tool_choice: "auto",
    parallel_tool_calls: false,
  };

  test("are the only ones that are left", () => {
    expect(limitTools(request, ["look"])).toEqual({
      kind: "allowed",
      request: { ...request, tools: [tool("look")] },
    });
    expect(limitTools(request, null)).toEqual({ kind: "allowed", request });
  });

  test("may be none, and then nothing is said of tools", () => {
    expect(limitTools(request, [])).toEqual({ kind: "allowed", request: { messages: request.messages } });
  });

  test.each([[tool("buy")], [{ type: "function", name: "buy" }]])(
    "do not hold a tool that is forced as %j",
    (tool_choice) => {
      expect(limitTools({ ...request, tool_choice }, ["look"])).toEqual({ kind: "forbidden", tool: "buy" });
    },
  );

  test("cannot be none where a tool is required", () => {
    expect(limitTools({ ...request, tool_choice: "required" }, [])).toMatchObject({ kind: "forbidden" });
  });
});
