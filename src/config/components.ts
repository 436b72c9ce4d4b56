// Which texts of a prompt are optimised, and what they are called.

import type { PromptSection } from "../wire/job.ts";
import { isInstruction } from "./demos.ts";
import type { MessagePatternConfig, PromptPatternConfig } from "./prompt.ts";

/** Messages by `order` (ties by position), each with a name that is unique among them: `system`, `user`, `user_2`. */
export function namedSections(messages: readonly MessagePatternConfig[]): PromptSection[] {
  const seen = new Map<string, number>();
  return [...messages]
    .sort((a, b) => a.order - b.order)
    .map(({ role, pattern, order }) => {
      const nth = (seen.get(role) ?? 0) + 1;
      seen.set(role, nth);
      return { role, name: nth === 1 ? role : `${role}_${nth}`, content: pattern, order };
    });
}

/**
 * The sections of a prompt that are optimised: its system messages, where instructions live; a prompt without one has
 * its user messages optimised.
 */
export function optimisedSections(sections: readonly PromptSection[]): PromptSection[] {
  const instructions = sections.filter((section) => isInstruction(section.role));
  return instructions.length > 0 ? instructions : sections.filter((section) => section.role === "user");
}

/** The components of a prompt without modules: the texts that are optimised, by name. */
export function promptComponents(prompt: PromptPatternConfig): Record<string, string> {
  const chosen = optimisedSections(namedSections(prompt.messages));
  return Object.fromEntries(chosen.map((section) => [section.name, section.content]));
}

/** A prompt as one readable text: `[role | name]` and the content of each message (protocol §6). */
export function promptText(sections: readonly PromptSection[]): string {
  return sections.map((section) => `[${section.role} | ${section.name}]\n${section.content}`).join("\n\n");
}
