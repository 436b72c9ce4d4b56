// From a subject to a text that can be evaluated: ask, take the text out, check it, and ask once more where the fault is
// one that the proposer can mend.

import type { ProposalMessage, RejectReason, Work } from "../engine.ts";
import { fenceFor } from "./extraction.ts";
import { proposalFault, type TextFault, type TextRules } from "./proposal-fault.ts";
import {
  type ProposerSettings,
  proposedText,
  type ReflectionSubject,
  reflectionMessages,
} from "./reflection.ts";

/** Faults that are worth telling the proposer: it has the words for a text, and got one thing wrong. */
const MENDABLE: readonly RejectReason[] = ["over_token_limit", "lost_placeholder", "unknown_placeholder"];

/** How a question is worded, and its answer read and checked. */
export interface ReflectionForm {
  messages: typeof reflectionMessages;
  read: typeof proposedText;
  fault: typeof proposalFault;
}

/** The form of the proposer's style. */
const STYLED: ReflectionForm = { messages: reflectionMessages, read: proposedText, fault: proposalFault };

/** A text that passed the checks, or why there is none. */
export type ProposedText = { kind: "text"; text: string } | ({ kind: "fault"; text: string } & TextFault);

/**
 * Ask for a better text. One that breaks its rules is sent back once with what is wrong; what comes then counts.
 *
 * @param replicate - tells this question apart from others with the same words
 */
export async function proposeText(
  subject: ReflectionSubject,
  rules: TextRules,
  proposer: ProposerSettings,
  replicate: number,
  work: Work,
  form: ReflectionForm = STYLED,
): Promise<ProposedText> {
  const messages = form.messages(subject, proposer);
  const ask = async (asked: ProposalMessage[]): Promise<ProposedText> => {
    const { text: answer, error } = await work.propose({
      messages: asked,
      replicate,
      ...(proposer.temperature === null ? {} : { temperature: proposer.temperature }),
      max_tokens: proposer.max_tokens,
    });
    if (error) return { kind: "fault", reason: "proposal_failed", detail: error.message, text: subject.text };
    const text = form.read(answer, subject, proposer);
    const fault = form.fault(text, rules);
    return fault ? { kind: "fault", ...fault, text } : { kind: "text", text };
  };
  const first = await ask(messages);
  if (first.kind === "text" || !MENDABLE.includes(first.reason)) return first;
  const second = await ask([...messages, sentBack(first)]);
  // A proposer that cannot be reached the second time leaves the first fault, which says more.
  return second.kind === "fault" && second.reason === "proposal_failed" ? first : second;
}

function sentBack({ text, detail }: { text: string; detail: string }): ProposalMessage {
  const fence = fenceFor(text);
  const content = `This was proposed, and cannot be used: ${detail}.\n\n${fence}\n${text}\n${fence}\n\nWrite the whole instruction again without that fault, inside one pair of fences.`;
  return { role: "user", content };
}
