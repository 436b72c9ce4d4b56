import { describe, expect, it } from "vitest";
import { fillTemplate } from "../../../src/config/template.ts";
import { fixedLength, matchTemplate } from "../../../src/inference/match.ts";
import { cpuMs } from "../../support/cpu-time.ts";

describe("matchTemplate", () => {
  const matches: [title: string, template: string, text: string, values: Record<string, string>][] = [
    ["fixed text", "You are helpful.", "You are helpful.", {}],
    ["a value at the end", "Query: {q}", "Query: my card", { q: "my card" }],
    ["a value at the start", "{q} is the query", "my card is the query", { q: "my card" }],
    ["several values", "{a}, {b} and {c}!", "x, y and z!", { a: "x", b: "y", c: "z" }],
    ["a value over several lines", "Q: {q}\nA:", "Q: one\ntwo\nA:", { q: "one\ntwo" }],
    ["the last occurrence of a tail", "{q}\nA:", "is it\nA: or B?\nA:", { q: "is it\nA: or B?" }],
    ["the leftmost interior text", "{a}-{b}", "1-2-3", { a: "1", b: "2-3" }],
    ["JSON beside a placeholder", '{"q": "{q}"}', '{"q": "hi"}', { q: "hi" }],
    ["a doubled brace, which is text", "{{q}} {q}", "{{q}} hi", { q: "hi" }],
    ["an empty value", "[{q}]", "[]", { q: "" }],
    ["a value that looks like a placeholder", "Q: {q}", "Q: {q}", { q: "{q}" }],
    ["line endings of another system", "Q: {q}\r\nA: {a}", "Q: x\nA: y", { q: "x", a: "y" }],
    ["line endings of the message", "Q: {q}\nA: {a}", "Q: x\r\nA: y", { q: "x", a: "y" }],
    ["white space around the message", "Q: {q}", "\n Q: x \n", { q: "x" }],
    ["white space around the template", "\nQ: {q}\n", "Q: x", { q: "x" }],
    ["an empty value at the end", "Q: {q}", "Q: ", { q: "" }],
    ["an empty value at the end, stripped", "Context:\n{c}", "Context:", { c: "" }],
    ["an empty value at the start, stripped", "{c}\n\nQ: x", "Q: x", { c: "" }],
    ["neighbours, of which the first is empty", "{a}{b}!", "xy!", { a: "", b: "xy" }],
    ["a repeated placeholder", "{q}? Again: {q}", "why? Again: why", { q: "why" }],
    ["a repeat that the leftmost reading breaks", "{a}-{a}.", "1-2-1-2.", { a: "1-2" }],
    ["a repeat forcing neighbours apart", "{a}{b} {a}", "xy x", { a: "x", b: "y" }],
    [
      "an unusual name",
      "{__proto__} {constructor}",
      "1 2",
      JSON.parse('{"__proto__":"1","constructor":"2"}'),
    ],
    ["overlapping borders", "{a}aab{b}", "aaaab!", { a: "aa", b: "!" }],
    ["nothing", "", "  ", {}],
  ];
  it.each(matches)("reads %s", (_, template, text, values) => {
    expect(matchTemplate(template, text)).toEqual(values);
  });

  const misses: [title: string, template: string, text: string][] = [
    ["other fixed text", "You are helpful.", "You are hopeful."],
    ["more than the fixed text", "You are helpful.", "You are helpful. Be brief."],
    ["a lead that is missing", "Query: {q}", "my card"],
    ["a tail that is missing", "{q}\nA:", "my card"],
    ["lead and tail that would overlap", "ab{q}ba", "aba"],
    ["interior text only inside the tail", "{a}x{b}x", "x"],
    ["interior text out of order", "{a}1{b}2{c}", "only 2 then 1"],
    ["a repeat with two values", "{q}? Again: {q}", "why? Again: how"],
    ["no space where the value is not empty", "Q: {q}", "Q:x"],
    ["text for nothing", "", "hello"],
  ];
  it.each(misses)("turns down %s", (_, template, text) => {
    expect(matchTemplate(template, text)).toBeUndefined();
  });

  it("gives back the text when the template is filled with the values it read", () => {
    const pieces = ["{a}", "{b}", "{c}", "x", "xy", "yx", "\n", " ", "{", "}", "{{a}}"];
    let state = 1;
    const pick = () => {
      state = (state * 48271) % 2147483647;
      return pieces[state % pieces.length] ?? "";
    };
    for (let round = 0; round < 2000; round++) {
      const template = `<${pick()}${pick()}${pick()}${pick()}${pick()}>`;
      const given = { a: `${pick()}x`, b: pick(), c: "y" };
      const text = fillTemplate(template, given);
      const values = matchTemplate(template, text);
      expect(values, `${template} against ${text}`).toBeDefined();
      expect(fillTemplate(template, values ?? {})).toBe(text);
    }
  });

  const MB = 1024 * 1024;
  const hostile: [title: string, template: string, text: string][] = [
    ["a megabyte of the letters looked for", `{x}${"a".repeat(50_000)}b{y}!`, `${"a".repeat(MB)}!`],
    ["a hundred values in a megabyte", `${many("a")}zzz{end}!`, `${"a".repeat(MB)}!`],
    ["a repeat that fits nowhere", `{x}a{y}a{x}b{y}!`, `${"a".repeat(MB)}!`],
    ["ten repeats that fit nowhere", `${"{x}{y}{z}".repeat(10)}!b{x}?`, `${"ab".repeat(MB / 2)}?`],
    ["a megabyte of open braces", "{".repeat(200_000), "{".repeat(MB)],
    ["a megabyte of placeholders' beginnings", "{a".repeat(100_000), "{a".repeat(MB / 2)],
    ["eighty thousand placeholders", "{a}".repeat(80_000), "x".repeat(MB)],
    ["eighty thousand repeats with text", "{a}x".repeat(60_000), "x".repeat(MB)],
    ["a megabyte of white space", "{a} {b}!", " ".repeat(MB)],
  ];
  it.each(hostile)("takes time linear in %s", (_, template, text) => {
    expect(cpuMs(() => matchTemplate(template, text))).toBeLessThan(2_000);
  });
});

describe("fixedLength", () => {
  it("counts the characters that are neither placeholder nor white space", () => {
    expect(fixedLength("Q: {q}\n A")).toBe(3);
    expect(fixedLength(" {q} {r}\n")).toBe(0);
  });
});

function many(text: string): string {
  return Array.from({ length: 100 }, (_, i) => `{v${i}}${text}`).join("");
}
