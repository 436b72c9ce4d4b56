// Pipelines: the modules of a prompt, their texts, and what is said of those that could not work.

import { describe, expect, test } from "vitest";
import { moduleSettings } from "../../../src/config/module-settings.ts";
import { componentTexts, moduleSections, promptModules, shownSections } from "../../../src/config/modules.ts";
import { readConfig } from "../../../src/config/read.ts";
import { slotTexts } from "../../../src/config/slots.ts";
import { estimateTokens } from "../../../src/config/tokens.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { readGepa } from "../../support/read-gepa.ts";
import { baseSection, errorOf } from "./base-config.ts";
import { miproSection } from "./surface-base.ts";

const FIND = {
  name: "find",
  instruction_text: "Find the {topic}.\n\nBe brief.",
  description: "It looks things up.",
};
const LABEL = {
  module_id: "label",
  instruction_text: "Label it.",
  messages: [
    { role: "system", pattern: "You are kind. Label it. Use no more than a word.", order: 0 },
    { role: "user", pattern: "Text: {text}", order: 1 },
  ],
  few_shots: [{ input: "Text: a", output: "b" }],
};

function pipeline(pipeline_modules: Json[], modules: JsonObject[], gepa: JsonObject = {}): JsonObject {
  const base = baseSection();
  return {
    ...base,
    initial_prompt: { ...(base.initial_prompt as JsonObject), metadata: { pipeline_modules } },
    gepa: { ...(base.gepa as JsonObject), ...gepa, modules },
  };
}

function modulesOf(mapping: JsonObject) {
  const { config } = readGepa({ mapping });
  return { modules: promptModules(config), config };
}

const TWO = pipeline(
  [FIND, LABEL],
  [{ module_id: "find" }, { module_id: "label", max_instruction_slots: 1 }],
);

describe("a pipeline", () => {
  test("has a module for each entry, with its own prompt and the texts in it that are optimised", () => {
    const { modules } = modulesOf(TWO);
    expect(modules.map(({ name, description }) => [name, description])).toEqual([
      ["find", "It looks things up."],
      ["label", ""],
    ]);
    expect(componentTexts(modules)).toEqual({
      find: "Find the {topic}.",
      "find#2": "Be brief.",
      label: "Label it.",
    });
    expect(
      modules.flatMap((module) => moduleSections(module)).map(({ role, content }) => [role, content]),
    ).toEqual([
      ["system", FIND.instruction_text],
      ["system", LABEL.messages[0]?.pattern],
      ["user", "Text: {text}"],
    ]);
  });

  test("shows a candidate with its texts in their places, under the names of the modules", () => {
    const { modules } = modulesOf(TWO);
    const texts = { find: "Find {topic} now.", "find#2": "Be quick.", label: "Name it." };
    expect(
      shownSections(modules, { texts }).map(({ name, module, content }) => [name, module, content]),
    ).toEqual([
      ["find", "find", "Find {topic} now.\n\nBe quick."],
      ["label.system", "label", "You are kind. Name it. Use no more than a word."],
      ["label.demo_1_user", "label", "Text: a"],
      ["label.demo_1_assistant", "label", "b"],
      ["label.user", "label", "Text: {text}"],
    ]);
  });

  test("has each module's policy, the job's where it gives none, and its tools", () => {
    const own = { model: "gpt-4.1", provider: "openai", temperature: 0.7, max_completion_tokens: 32 };
    const { modules } = modulesOf(
      pipeline(
        [FIND, LABEL],
        [{ module_id: "find", policy: own, allowed_tools: ["look"] }, { module_id: "label" }],
      ),
    );
    expect(modules[0]).toMatchObject({ policy: own, allowed_tools: ["look"] });
    expect(modules[1]).toMatchObject({
      policy: { model: "gpt-4o-mini", temperature: 0 },
      allowed_tools: null,
    });
  });

  test("may leave the prompt's own messages to one module", () => {
    const { modules } = modulesOf(
      pipeline([FIND, "answer"], [{ module_id: "find" }, { module_id: "answer" }]),
    );
    expect(componentTexts(modules)).toMatchObject({ answer: "Answer briefly." });
    expect(modules[1]?.sections.map(({ name }) => name)).toEqual(["system", "user"]);
  });

  test("tells the proposer each text's place, and which placeholders its own prompt can fill", () => {
    const { modules, config } = modulesOf(TWO);
    const [find, label] = moduleSettings(modules, config.gepa);
    expect(find?.components.map(({ role }) => role)).toEqual([
      'It instructs "find", number 1 of the 2 modules that work on each input: find, label. It looks things up. It is part 1 of the 2 texts of its prompt.',
      'It instructs "find", number 1 of the 2 modules that work on each input: find, label. It looks things up. It is part 2 of the 2 texts of its prompt.',
    ]);
    expect(find?.placeholders).toEqual(["topic"]);
    expect(label?.placeholders).toEqual(["text"]);
  });

  test.each<[string, Json[], string]>([
    [
      "two modules without a text",
      [FIND, "a", "b"],
      ' has 2 modules without instruction_text or messages, and only one may do without, which then has the prompt\'s own messages: "a", "b"',
    ],
    [
      "two modules with one text",
      [FIND, { ...FIND, name: "a" }],
      '[1] has the same text as "find": their calls could not be told apart',
    ],
    [
      "a few-shot without an answer",
      [{ ...FIND, few_shots: [{ input: "a" }] }],
      "[0].few_shots[0] must be a table with the texts input and output",
    ],
  ])("with %s is refused", (_, entries, why) => {
    const names = ["find", "a", "b"].map((module_id) => ({ module_id }));
    expect(errorOf({ mapping: pipeline(entries, names) }).message).toContain(`pipeline_modules${why}`);
  });

  test("is told which of its modules has no prompt", () => {
    const { warnings } = readGepa({
      mapping: pipeline([FIND], [{ module_id: "find" }, { module_id: "other" }]),
    });
    expect(warnings.map(({ message }) => message)).toEqual([
      'prompt_learning.gepa.modules[1] has no effect: initial_prompt.metadata.pipeline_modules names no "other"',
    ]);
  });
});

test("without a pipeline the prompt is one module, and one entry of gepa.modules may set its policy", () => {
  const base = baseSection();
  const plain = modulesOf(base).modules;
  expect(plain.map(({ name }) => name)).toEqual([""]);
  expect(componentTexts(plain)).toEqual({ system: "Answer briefly." });
  const policy = { model: "gpt-4.1", provider: "openai" };
  const gepa = { ...(base.gepa as JsonObject), modules: [{ module_id: "all", policy, allowed_tools: [] }] };
  expect(modulesOf({ ...base, gepa }).modules).toMatchObject([
    { name: "", policy: { model: "gpt-4.1" }, allowed_tools: [] },
  ]);
});

test("a MIPRO pipeline has a module for each stage; one stage is the prompt itself", () => {
  const { config } = readConfig({ mapping: miproSection() });
  const modules = promptModules(config);
  expect(modules.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(componentTexts(modules)).toEqual({ a: "Answer.", b: "Answer." });
  const section = miproSection();
  const stage = {
    stage_id: "a",
    baseline_instruction: "Answer.",
    policy: { model: "gpt-4.1", provider: "openai" },
  };
  (section.mipro as JsonObject).modules = [{ module_id: "first", stages: [stage] }];
  expect(promptModules(readConfig({ mapping: section }).config)).toMatchObject([
    { name: "", policy: { model: "gpt-4.1" }, sections: [{ name: "system" }, { name: "user" }] },
  ]);
});

describe("instruction slots", () => {
  const text = "one\n\ntwo\n\n```\na\n\nb\n```\n\nlong long long long long\n\n\n\nend";

  test.each([1, 2, 3, 4, 5, 9])("%i at most, which joined are the text again", (slots) => {
    const parts = slotTexts(text, slots);
    expect(parts.length).toBeLessThanOrEqual(slots);
    expect(parts.join("\n\n")).toBe(text);
    for (const part of parts) expect(part.split("```").length % 2).toBe(1);
  });

  test("a text without blank lines has one", () => {
    expect(slotTexts("one\ntwo", 3)).toEqual(["one\ntwo"]);
    expect(slotTexts("a\n\nb\n\nc", 3)).toEqual(["a", "b", "c"]);
  });
});

describe("limits on the length of texts", () => {
  const long = "word ".repeat(100);
  const limited = (gepa: JsonObject, module: JsonObject = {}) => {
    const mapping = pipeline(
      [{ ...LABEL, few_shots: [] }, FIND],
      [{ module_id: "label", ...module }, { module_id: "find" }],
      gepa,
    );
    const { config, warnings } = readGepa({ mapping });
    const modules = promptModules(config);
    const [label] = moduleSettings(modules, config.gepa);
    return { limits: label?.limits, warnings: warnings.map(({ message }) => message) };
  };

  test("come from the job and from the module", () => {
    const token = { max_limit: 90, counting_model: "gpt-4o" };
    const { limits, warnings } = limited({ token, proposed_prompt_max_tokens: 50 }, { max_tokens: 70 });
    expect(limits).toMatchObject({ prompt: 90, texts: 70, text: 50, counting_model: "gpt-4o" });
    const around = ["You are kind. ", " Use no more than a word.", "Text: {text}"];
    const counted = around.map((text) => estimateTokens(text, "gpt-4o"));
    expect(limits?.fixed).toBe(counted.reduce((sum, tokens) => sum + tokens));
    expect(warnings).toEqual([]);
  });

  test.each<JsonObject>([{ enforce_pattern_limit: false }, { enforce_limit: false }])(
    "of a prompt are taken away by %j",
    (off) => {
      expect(limited({ token: { max_limit: 90, ...off } }).limits?.prompt).toBeNull();
    },
  );

  test("that the baseline is over are doubted", () => {
    const mapping = pipeline([{ name: "a", instruction_text: long }], [{ module_id: "a", max_tokens: 20 }], {
      token: { max_limit: 30 },
      proposed_prompt_max_tokens: 10,
    });
    expect(readGepa({ mapping }).warnings.map(({ message }) => message)).toEqual([
      'prompt_learning.gepa.token.max_limit is 30, and the prompt of the baseline of "a" has about 100 tokens already: only shorter ones can be tried',
      'prompt_learning.gepa.modules[0].max_tokens is 20, and the text of the baseline of "a" has about 100 tokens already: only shorter ones can be tried',
      'prompt_learning.gepa.proposed_prompt_max_tokens is 10, and a text of the baseline of "a" has about 100 tokens already: only shorter ones can be tried',
    ]);
  });
});
