import { expect, test } from "vitest";
import { namedSections, promptComponents, promptText } from "../../../src/config/components.ts";
import { PromptPatternConfig } from "../../../src/config/prompt.ts";
import { fillTemplate, parseTemplate, placeholders } from "../../../src/config/template.ts";
import { growth } from "../../support/growth.ts";

test.each([
  ["Hello {name}!", ["name"]],
  ["{a}{b}{a}", ["a", "b"]],
  ['{"json": {"a": 1}} {x}', ["x"]],
  ["{{literal}} {x_1}", ["x_1"]],
  ["{1x} {a b} {} {", []],
  [`{${"x".repeat(65)}}`, []],
])("the placeholders of %j are %j", (template, names) => {
  expect(placeholders(template)).toEqual(names);
  const whole = parseTemplate(template).map((part) => (part.kind === "text" ? part.text : `{${part.name}}`));
  expect(whole.join("")).toBe(template);
});

test.each(["{", "{{", "{a", "{{a}", "{_", "}{", "{a}", "a", "{\u{1F600}"])(
  "text of nothing but %j is scanned in linear time",
  (piece) => {
    const text = (size: number) => piece.repeat(size / piece.length);
    expect(growth(text, placeholders, 65_536)).toBeLessThan(8);
  },
);

test("values are filled in once, and missing ones stay", () => {
  expect(fillTemplate("{a} {b} {toString}", { a: "{b}" })).toBe("{b} {b} {toString}");
});

const PROMPT = PromptPatternConfig.parse({
  messages: [
    { role: "user", pattern: "Q: {q}", order: 2 },
    { role: "system", pattern: "Be brief.", order: 0 },
    { role: "system", pattern: "Be kind.", order: 1 },
  ],
});

test("messages are ordered and named, and the instructions among them are the components", () => {
  expect(namedSections(PROMPT.messages).map((s) => s.name)).toEqual(["system", "system_2", "user"]);
  expect(promptComponents(PROMPT)).toEqual({ system: "Be brief.", system_2: "Be kind." });
  const userOnly = PromptPatternConfig.parse({ messages: [{ role: "user", pattern: "Q: {q}" }] });
  expect(promptComponents(userOnly)).toEqual({ user: "Q: {q}" });
});

test("a prompt reads as its messages, each under its role and name", () => {
  expect(promptText(namedSections(PROMPT.messages))).toBe(
    "[system | system]\nBe brief.\n\n[system | system_2]\nBe kind.\n\n[user | user]\nQ: {q}",
  );
});
