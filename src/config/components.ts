// Which texts of a prompt are optimised, and what they are called.

import type { PromptSection } from "../wire/job.ts";
import { isInstruction } from "./demos.ts";
import type { PromptPatternConfig } from "./prompt.ts";

/** The messages of a prompt by `order` (ties by position), each with a name that is unique in the prompt: `system`, `user`, `user_2`. */
export function promptSections(prompt: PromptPatternConfig): PromptSection[] {
  const seen = new Map<string, number>();
  return [...prompt.messages]
    .sort((a, b) => a.order - b.order)
    .map(({ role, pattern, order }) => {
      const nth = (seen.get(role) ?? 0) + 1;
      seen.set(role, nth);
      return { role, name: nth === 1 ? role : `${role}_${nth}`, content: pattern, order };
    });
}

/**
 * The components of a prompt: the texts that are optimised, by name. They are its system messages, where
 * instructions live; a prompt without one has its user messages optimised.
 */
export function promptComponents(prompt: PromptPatternConfig): Record<string, string> {
  const sections = promptSections(prompt);
  const instructions = sections.filter((section) => isInstruction(section.role));
  const chosen =
    instructions.length > 0 ? instructions : sections.filter((section) => section.role === "user");
  return Object.fromEntries(chosen.map((section) => [section.name, section.content]));
}

/** The prompt's messages with a candidate's texts in the place of its components. */
export function candidateSections(
  prompt: PromptPatternConfig,
  texts: Readonly<Record<string, string>>,
): PromptSection[] {
  return promptSections(prompt).map((section) => ({
    ...section,
    content: texts[section.name] ?? section.content,
  }));
}

/** A prompt as one readable text: `[role | name]` and the content of each message (protocol §6). */
export function promptText(sections: readonly PromptSection[]): string {
  return sections.map((section) => `[${section.role} | ${section.name}]\n${section.content}`).join("\n\n");
}
