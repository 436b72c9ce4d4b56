// Recognising the sections of a prompt in the messages of a request.

import type { PromptSection } from "../wire/job.ts";
import { type ChatMessage, textReadings } from "./chat.ts";
import { fixedLength, matchTemplate } from "./match.ts";

/** A section that was recognised in a message, with the values it had there. */
export interface Claim {
  section: PromptSection;
  /** Position of the message. */
  message: number;
  values: Record<string, string>;
}

/** The sections recognised in the messages; undefined when one that must be is not. */
export function claimSections(
  sections: readonly PromptSection[],
  must: ReadonlySet<string>,
  messages: readonly ChatMessage[],
): Claim[] | undefined {
  const ordered = [...sections].sort((a, b) => a.order - b.order);
  const needed = ordered.filter((section) => must.has(section.name));
  const rest = ordered.filter((section) => !must.has(section.name));
  // A loose section that is absent would take the message of one that is needed; then those go first.
  for (const sequence of [ordered, [...needed, ...rest]]) {
    const claims = claimInTurn(sequence, messages);
    const claimed = new Set(claims.map((claim) => claim.section.name));
    if (needed.every((section) => claimed.has(section.name))) return claims;
  }
  return undefined;
}

/** The sections that are found, each in the first message of its role that no earlier one took. */
export function claimInTurn(sections: readonly PromptSection[], messages: readonly ChatMessage[]): Claim[] {
  const taken = new Set<number>();
  const claims: Claim[] = [];
  for (const section of sections) {
    for (const [index, message] of messages.entries()) {
      if (taken.has(index) || !sameRole(message.role, section.role)) continue;
      const values = readValues(section.content, message);
      if (values === undefined) continue;
      taken.add(index);
      claims.push({ section, message: index, values });
      break;
    }
  }
  return claims;
}

/** How much fixed text was recognised in the sections of these names; 0 when nothing was. */
export function evidence(claims: readonly Claim[], names: ReadonlySet<string>): number {
  return claims
    .filter((claim) => names.has(claim.section.name))
    .reduce((sum, claim) => sum + fixedLength(claim.section.content), 0);
}

/** All captured values; where two sections disagree, the first section's. */
export function allValues(claims: readonly Claim[]): Record<string, string> {
  return Object.fromEntries([...claims].reverse().flatMap((claim) => Object.entries(claim.values)));
}

/** `system` and `developer` are one role. */
export function sameRole(a: string, b: string): boolean {
  return plainRole(a) === plainRole(b);
}

function readValues(template: string, message: ChatMessage): Record<string, string> | undefined {
  for (const text of textReadings(message)) {
    const values = matchTemplate(template, text);
    if (values !== undefined) return values;
  }
  return undefined;
}

function plainRole(role: string): string {
  return role === "developer" ? "system" : role;
}
