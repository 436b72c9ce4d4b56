// Puts a candidate's prompt in the place of the baseline prompt that the task app rendered (protocol §3.4, "interceptor").

import { fillTemplate, placeholders } from "../config/template.ts";
import type { PromptSection } from "../wire/job.ts";
import { excerpt } from "./capped.ts";
import { type ChatMessage, messageText, textReadings, withText } from "./chat.ts";
import { fixedLength, matchTemplate } from "./match.ts";

/** The prompt as the task app knows it, and the one to try. Sections belong together by name. */
export interface PromptChange {
  baseline: readonly PromptSection[];
  candidate: readonly PromptSection[];
}

/**
 * What became of a request's messages: `substituted` has the candidate's texts in them; `already_candidate` says that
 * the application rendered the candidate itself; `mismatch` that neither prompt was recognised, with the
 * pattern that was looked for and what came instead, both short enough for an error message.
 */
export type Substitution =
  | { kind: "substituted"; messages: ChatMessage[]; values: Record<string, string> }
  | { kind: "already_candidate"; messages: ChatMessage[]; values: Record<string, string> }
  | { kind: "mismatch"; expected: string; found: string };

/** A section that was recognised in a message, with the values it had there. */
interface Claim {
  section: PromptSection;
  message: number;
  values: Record<string, string>;
}

const EXCERPT_CHARS = 160;
const SHARED_CONTEXT_CHARS = 24;

/**
 * Replace the baseline prompt in a request by the candidate.
 *
 * Each baseline section, by `order`, is recognised in the first message of its role that no other section took;
 * `system` and `developer` are one role. The message's text becomes the candidate's section, filled with all values
 * captured anywhere (its own first) and never scanned again. Everything else stays as it is and where it is: messages
 * that belong to no section (history, tool turns), images, and messages whose section the candidate leaves alone.
 *
 * Sections that the candidate changes must be recognised, every one: else a text would be scored that was never tried. Where
 * it changes none (the baseline itself), the instructions must be: the system sections, or without one the user sections.
 * Other sections may be absent, as the first question is in a later call of an agent that shortens its history.
 *
 * Where both prompts can be read in the messages, the one with more fixed text holds, the baseline on a tie: a candidate that only adds to
 * the baseline also looks like the baseline with a longer value, and a candidate that is next to nothing but placeholders
 * looks like everything.
 */
export function substitutePrompt(messages: readonly ChatMessage[], prompt: PromptChange): Substitution {
  const changes = changedSections(prompt);
  const must = changes.size > 0 ? new Set(changes.keys()) : instructionNames(prompt.baseline);
  const baseline = claimSections(prompt.baseline, must, messages);
  const candidate = changes.size > 0 ? claimSections(prompt.candidate, must, messages) : undefined;
  if (candidate !== undefined && evidence(candidate, must) > evidence(baseline ?? [], must)) {
    return { kind: "already_candidate", messages: [...messages], values: allValues(candidate) };
  }
  if (baseline === undefined) return mismatch(prompt.baseline, must, messages);
  const values = allValues(baseline);
  const lost = valueWithoutSource(prompt.baseline, changes, values);
  if (lost !== undefined) {
    return {
      kind: "mismatch",
      expected: `a value for {${lost}}`,
      found: `no message that holds it (${roles(messages)})`,
    };
  }
  return { kind: "substituted", messages: replaceTexts(messages, baseline, changes, values), values };
}

/** New text by section name, for the sections that the candidate changes. */
function changedSections({ baseline, candidate }: PromptChange): Map<string, string> {
  const texts = new Map(candidate.map((section) => [section.name, section.content]));
  const changes = new Map<string, string>();
  for (const { name, content } of baseline) {
    const text = texts.get(name);
    if (text !== undefined && text !== content) changes.set(name, text);
  }
  return changes;
}

function instructionNames(sections: readonly PromptSection[]): Set<string> {
  for (const role of ["system", "user"]) {
    const names = sections.filter((section) => sameRole(section.role, role)).map((section) => section.name);
    if (names.length > 0) return new Set(names);
  }
  return new Set(sections.map((section) => section.name));
}

/** The sections recognised in the messages; undefined when one that must be is not. */
function claimSections(
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

function claimInTurn(sections: readonly PromptSection[], messages: readonly ChatMessage[]): Claim[] {
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

function readValues(template: string, message: ChatMessage): Record<string, string> | undefined {
  for (const text of textReadings(message)) {
    const values = matchTemplate(template, text);
    if (values !== undefined) return values;
  }
  return undefined;
}

/** How much fixed text of the sections that matter was recognised; 0 when nothing was. */
function evidence(claims: readonly Claim[], must: ReadonlySet<string>): number {
  return claims
    .filter((claim) => must.has(claim.section.name))
    .reduce((sum, claim) => sum + fixedLength(claim.section.content), 0);
}

/** All captured values; where two sections disagree, the first section's. */
function allValues(claims: readonly Claim[]): Record<string, string> {
  return Object.fromEntries([...claims].reverse().flatMap((claim) => Object.entries(claim.values)));
}

/** A placeholder that a changed section uses, that the baseline knows, and that no recognised section gave a value. */
function valueWithoutSource(
  baseline: readonly PromptSection[],
  changes: ReadonlyMap<string, string>,
  values: Readonly<Record<string, string>>,
): string | undefined {
  const known = new Set(baseline.flatMap((section) => placeholders(section.content)));
  return [...changes.values()]
    .flatMap(placeholders)
    .find((name) => known.has(name) && !Object.hasOwn(values, name));
}

function replaceTexts(
  messages: readonly ChatMessage[],
  claims: readonly Claim[],
  changes: ReadonlyMap<string, string>,
  values: Record<string, string>,
): ChatMessage[] {
  const replaced = [...messages];
  for (const claim of claims) {
    const text = changes.get(claim.section.name);
    const message = messages[claim.message];
    if (text === undefined || message === undefined) continue;
    replaced[claim.message] = withText(message, fillTemplate(text, { ...values, ...claim.values }));
  }
  return replaced;
}

/** Name the first needed section that no message of its role holds. */
function mismatch(
  baseline: readonly PromptSection[],
  must: ReadonlySet<string>,
  messages: readonly ChatMessage[],
): Substitution {
  const needed = [...baseline].sort((a, b) => a.order - b.order).filter((section) => must.has(section.name));
  const claimed = new Set(claimInTurn(needed, messages).map((claim) => claim.section.name));
  const missing = needed.find((section) => !claimed.has(section.name)) ?? needed[0];
  if (missing === undefined) return { kind: "mismatch", expected: "a prompt", found: roles(messages) };
  const came = messages.find((message) => sameRole(message.role, missing.role));
  if (came === undefined) {
    return {
      kind: "mismatch",
      expected: `[${missing.role}] ${excerpt(missing.content, EXCERPT_CHARS)}`,
      found: `no ${missing.role} message (${roles(messages)})`,
    };
  }
  const text = messageText(came);
  const shared = sharedStart(missing.content, text);
  return {
    kind: "mismatch",
    expected: `[${missing.role}] ${excerptFrom(missing.content, shared)}`,
    found: `[${came.role}] ${excerptFrom(text, shared)}`,
  };
}

/** Characters to leave out at the front of two texts that begin alike, so that an excerpt shows where they part. */
function sharedStart(a: string, b: string): number {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  return Math.max(0, same - SHARED_CONTEXT_CHARS);
}

function excerptFrom(text: string, from: number): string {
  return (from > 0 ? "…" : "") + excerpt(text.slice(from), EXCERPT_CHARS).toWellFormed();
}

function roles(messages: readonly ChatMessage[]): string {
  return `roles: ${[...new Set(messages.map((message) => message.role.slice(0, 20)))].slice(0, 8).join(", ")}`;
}

function sameRole(a: string, b: string): boolean {
  return plainRole(a) === plainRole(b);
}

function plainRole(role: string): string {
  return role === "developer" ? "system" : role;
}
