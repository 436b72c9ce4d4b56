// Demos in a prompt: worked examples that a candidate shows to its model, as pairs of messages or as a block of text.

import type { PromptSection } from "../wire/job.ts";
import { fillTemplate, placeholders } from "./template.ts";

/** A demo as it is shown. */
export interface ShownDemo {
  /** The values that filled the prompt's placeholders; those that are not known are missing. */
  readonly values: Readonly<Record<string, string>>;
  /** What the model was asked, the instructions not included. */
  readonly input: string;
  /** The answer to imitate. */
  readonly output: string;
}

/** A message that a demo is shown as. */
export type DemoMessage = { role: "user" | "assistant"; content: string };

/** Placeholders that stand for the demos: in a prompt that has one, they are shown there and nowhere else. */
const DEMO_PLACEHOLDERS = ["demos", "examples"];

/** The placeholder of these texts that stands for the demos; undefined where they are shown as messages. */
export function demoPlaceholder(texts: readonly string[]): string | undefined {
  const names = texts.flatMap(placeholders);
  return DEMO_PLACEHOLDERS.find((name) => names.includes(name));
}

/** The demos as a block of text, for the placeholder. Instructions that stand in a user message are not repeated in it. */
export function demoBlock(demos: readonly ShownDemo[], sections: readonly PromptSection[]): string {
  const isApart = sections.some(({ role }) => isInstruction(role));
  return demos
    .map((demo, i) => {
      const input = isApart ? askedOf(demo, sections) : valuesText(demo.values) || demo.input;
      return `Example ${i + 1}\nInput: ${input}\nOutput: ${demo.output}`;
    })
    .join("\n\n");
}

/** The demos as a conversation: what was asked, and the answer, one after the other. */
export function demoMessages(demos: readonly ShownDemo[], sections: readonly PromptSection[]): DemoMessage[] {
  return demos.flatMap((demo) => [
    { role: "user", content: askedOf(demo, sections) },
    { role: "assistant", content: demo.output },
  ]);
}

/**
 * A prompt with its demos in it, as it is shown to people and sent in `prompt_template`. Pairs come after the system
 * messages at the prompt's beginning, and before everything else.
 */
export function sectionsWithDemos(
  sections: readonly PromptSection[],
  demos: readonly ShownDemo[],
): PromptSection[] {
  if (demos.length === 0) return [...sections];
  const name = demoPlaceholder(sections.map(({ content }) => content));
  if (name !== undefined) {
    const values = { [name]: demoBlock(demos, sections) };
    return sections.map((section) => ({ ...section, content: fillTemplate(section.content, values) }));
  }
  const first = sections.findIndex(({ role }) => !isInstruction(role));
  const at = first < 0 ? sections.length : first;
  const order = (sections[at - 1] ?? sections[at])?.order ?? 0;
  const shown = demoMessages(demos, sections).map(({ role, content }, i) => ({
    role,
    name: `demo_${Math.floor(i / 2) + 1}_${role}`,
    content,
    order,
  }));
  return [...sections.slice(0, at), ...shown, ...sections.slice(at)];
}

/**
 * What a demo asks: the prompt's user messages with the demo's values in them, or, where a value is not known or the
 * prompt has no user message, the demo's own input.
 */
function askedOf(demo: ShownDemo, sections: readonly PromptSection[]): string {
  const texts = sections.filter(({ role }) => role === "user").map(({ content }) => content);
  const isKnown = (name: string) => DEMO_PLACEHOLDERS.includes(name) || Object.hasOwn(demo.values, name);
  if (texts.length === 0 || !texts.flatMap(placeholders).every(isKnown)) return demo.input;
  const nothing = Object.fromEntries(DEMO_PLACEHOLDERS.map((name) => [name, ""]));
  return texts.map((text) => fillTemplate(text, { ...demo.values, ...nothing })).join("\n\n");
}

/** Values as text: one alone as it is, several with their names. */
export function valuesText(values: Readonly<Record<string, string>>): string {
  const shown = Object.entries(values).filter(([name]) => !DEMO_PLACEHOLDERS.includes(name));
  return shown.length === 1
    ? (shown[0]?.[1] ?? "")
    : shown.map(([name, value]) => `${name}: ${value}`).join("\n");
}

/** Whether messages of a role are instructions. */
export function isInstruction(role: string): boolean {
  return role === "system" || role === "developer";
}
