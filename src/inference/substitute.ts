// Puts a candidate's prompt in the place of the baseline prompt that the task app rendered (protocol §3.4, "interceptor").

import { demoBlock, demoMessages, demoPlaceholder, type ShownDemo, valuesText } from "../config/demos.ts";
import { fillTemplate, placeholders } from "../config/template.ts";
import type { PromptSection } from "../wire/job.ts";
import { excerpt } from "./capped.ts";
import { type ChatMessage, messageText, withText } from "./chat.ts";
import { allValues, type Claim, claimInTurn, claimSections, evidence, sameRole } from "./claims.ts";

/** The prompt as the task app knows it, and the one to try. Sections belong together by name. */
export interface PromptChange {
  baseline: readonly PromptSection[];
  candidate: readonly PromptSection[];
  /** Examples that the candidate shows; they are put in where the messages do not hold them already. */
  demos?: readonly ShownDemo[];
}

/**
 * What became of a request's messages: `substituted` has the candidate's texts in them; `already_candidate` says that
 * the application rendered the candidate itself; `mismatch` that neither prompt was recognised, with the
 * pattern that was looked for and what came instead, both short enough for an error message.
 */
export type Substitution = Recognised | { kind: "mismatch"; expected: string; found: string };

/** A request whose prompt was recognised. */
export interface Recognised {
  kind: "substituted" | "already_candidate";
  messages: ChatMessage[];
  /** The values of the placeholders, as the request had them. */
  values: Record<string, string>;
  /** What was asked, without instructions and demos: the last message of the user, or the values where instructions fill it. */
  input: string;
  /** Fixed text that was recognised, in characters: of two prompts, the one with more is the one that was meant. */
  evidence: number;
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
 *
 * Demos take the place of a `{demos}` or `{examples}` placeholder, whatever the application has there; without one they are
 * pairs of messages before the question. A request that holds those pairs already keeps them as they are.
 */
export function substitutePrompt(messages: readonly ChatMessage[], prompt: PromptChange): Substitution {
  const { demos = [], candidate } = prompt;
  const name = demoPlaceholder(candidate.map(({ content }) => content));
  const fixed = demos.length === 0 || name === undefined ? {} : { [name]: demoBlock(demos, candidate) };
  const pairs = name === undefined ? demoMessages(demos, candidate) : [];
  const bare = withoutMessages(messages, pairs);
  const found = substituteTexts(bare.messages, prompt, fixed);
  if (found.kind === "mismatch") return found;
  const { question, ...result } = found;
  if (pairs.length === 0) return result;
  return {
    ...result,
    kind: bare.at === undefined ? "substituted" : result.kind,
    messages: result.messages.toSpliced(bare.at ?? question, 0, ...pairs),
  };
}

/** A recognised request, with the position where its question begins. */
type WithQuestion = Recognised & { question: number };

/** The same without pairs of messages. `fixed` are values that hold whatever the messages have. */
function substituteTexts(
  messages: readonly ChatMessage[],
  prompt: PromptChange,
  fixed: Readonly<Record<string, string>>,
): WithQuestion | Extract<Substitution, { kind: "mismatch" }> {
  const changes = changedSections(prompt, Object.keys(fixed));
  const must = changes.size > 0 ? new Set(changes.keys()) : instructionNames(prompt.baseline);
  const baseline = claimSections(prompt.baseline, must, messages);
  const candidate = changes.size > 0 ? claimSections(prompt.candidate, must, messages) : undefined;
  const score = evidence(baseline ?? [], must);
  if (candidate !== undefined && evidence(candidate, must) > score) {
    const kept = Object.keys(fixed).length === 0;
    return {
      kind: "already_candidate",
      messages: kept
        ? [...messages]
        : replaceTexts(messages, candidate, changes, allValues(candidate), fixed),
      ...recognised(prompt.candidate, candidate, messages, must),
    };
  }
  if (baseline === undefined) return mismatch(prompt.baseline, must, messages);
  const values = allValues(baseline);
  const lost = valueWithoutSource(prompt.baseline, changes, { ...values, ...fixed });
  if (lost !== undefined) {
    return {
      kind: "mismatch",
      expected: `a value for {${lost}}`,
      found: `no message that holds it (${roles(messages)})`,
    };
  }
  return {
    kind: "substituted",
    messages: replaceTexts(messages, baseline, changes, values, fixed),
    ...recognised(prompt.baseline, baseline, messages, must),
  };
}

/** New text by section name, for the sections that the candidate changes or that hold one of the `fixed` placeholders. */
function changedSections(
  { baseline, candidate }: PromptChange,
  fixed: readonly string[],
): Map<string, string> {
  const texts = new Map(candidate.map((section) => [section.name, section.content]));
  const changes = new Map<string, string>();
  for (const { name, content } of baseline) {
    const text = texts.get(name);
    if (text === undefined) continue;
    const isFixed = fixed.length > 0 && placeholders(text).some((held) => fixed.includes(held));
    if (text !== content || isFixed) changes.set(name, text);
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

/** The messages without a row of others that stands among them, and where it stood. */
function withoutMessages(
  messages: readonly ChatMessage[],
  row: readonly { role: string; content: string }[],
): { messages: ChatMessage[]; at?: number } {
  const same = (message: ChatMessage | undefined, other: { role: string; content: string }) =>
    message?.role === other.role && messageText(message).trim() === other.content.trim();
  const at =
    row.length === 0
      ? -1
      : messages.findIndex((_, i) => row.every((other, k) => same(messages[i + k], other)));
  return at < 0 ? { messages: [...messages] } : { messages: messages.toSpliced(at, row.length), at };
}

/** What is told of a request that was recognised by these claims. */
function recognised(
  sections: readonly PromptSection[],
  claims: readonly Claim[],
  messages: readonly ChatMessage[],
  must: ReadonlySet<string>,
): Omit<WithQuestion, "kind" | "messages"> {
  const values = allValues(claims);
  const instructions = instructionNames(sections);
  const positions = claims
    .filter(({ section }) => instructions.has(section.name))
    .map(({ message }) => message);
  const questions = claims.filter(({ section }) => section.role === "user").map(({ message }) => message);
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  const last = messages[lastUser < 0 ? messages.length - 1 : lastUser];
  const isInstruction = positions.includes(lastUser);
  return {
    values,
    input: isInstruction || last === undefined ? valuesText(values) : messageText(last),
    evidence: evidence(claims, must),
    question: questions.length > 0 ? Math.min(...questions) : Math.max(-1, ...positions) + 1,
  };
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
  values: Readonly<Record<string, string>>,
  fixed: Readonly<Record<string, string>>,
): ChatMessage[] {
  const replaced = [...messages];
  for (const claim of claims) {
    const text = changes.get(claim.section.name);
    const message = messages[claim.message];
    if (text === undefined || message === undefined) continue;
    replaced[claim.message] = withText(message, fillTemplate(text, { ...values, ...claim.values, ...fixed }));
  }
  return replaced;
}

/** Name the first needed section that no message of its role holds. */
function mismatch(
  baseline: readonly PromptSection[],
  must: ReadonlySet<string>,
  messages: readonly ChatMessage[],
): Extract<Substitution, { kind: "mismatch" }> {
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
