// A round of proposals: new instructions for every slot of every stage, asked for all at once and taken in the order of
// their planning. What cannot be used is turned down with its reason and asked for again.

import type { Proposal, RejectReason, Work } from "../engine.ts";
import { proposalFault } from "../gepa/proposal-fault.ts";
import { extractInstructions } from "./extract.ts";
import { type ProposalSubject, proposalMessages } from "./proposal-messages.ts";
import type { MiproSettings } from "./settings.ts";
import type { Grounding, Instruction } from "./state.ts";

/** One call to the proposer, with all that was drawn for it. */
export interface ProposalPlan {
  subject: ProposalSubject;
  /** Tells the call apart from others of the same words. */
  replicate: number;
  temperature: number | null;
}

/** What became of one proposed text. */
export interface ProposedText {
  stage: number;
  slot: number;
  text: string;
  replicate: number;
  /** Its place in the slot's bank; undefined when it was turned down. */
  index?: number;
  rejected?: { reason: RejectReason; detail: string };
}

/** What a round needs to know beside its plans. */
export interface RoundContext {
  settings: MiproSettings;
  grounding: Grounding;
  round: number;
  /** By stage, by slot. */
  banks: readonly (readonly (readonly Instruction[])[])[];
  /** The number of the first call that is made again. */
  next_replicate: number;
}

/** The outcome of a round: the banks with what was taken, and everything that was proposed, in order. */
export interface RoundOutcome {
  banks: Instruction[][][];
  proposed: ProposedText[];
  next_replicate: number;
}

/** Runs a round of proposals. */
export async function proposeRound(
  plans: readonly ProposalPlan[],
  context: RoundContext,
  work: Work,
): Promise<RoundOutcome> {
  const banks = context.banks.map((slots) => slots.map((entries) => [...entries]));
  const proposed: ProposedText[] = [];
  let next = context.next_replicate;
  let open = [...plans];
  for (let attempt = 0; open.length > 0 && attempt <= context.settings.proposals.retries; attempt++) {
    const answers = await Promise.all(open.map((plan) => askFor(plan, context, work)));
    const again: ProposalPlan[] = [];
    for (const [i, plan] of open.entries()) {
      const taken = take(plan, answers[i], context, banks);
      proposed.push(...taken);
      if (taken.some(({ rejected }) => rejected === undefined)) continue;
      again.push({ ...plan, replicate: next });
      next += 1;
    }
    open = again;
  }
  return { banks, proposed, next_replicate: next };
}

function askFor(plan: ProposalPlan, { settings, grounding }: RoundContext, work: Work): Promise<Proposal> {
  const { max_tokens } = settings.proposals;
  return work.propose({
    messages: proposalMessages(plan.subject, settings, grounding),
    replicate: plan.replicate,
    ...(plan.temperature === null ? {} : { temperature: plan.temperature }),
    ...(max_tokens === null ? {} : { max_tokens }),
  });
}

/** Takes the texts of an answer into the bank, in order, as far as they can be used. */
function take(
  { subject, replicate }: ProposalPlan,
  answer: Proposal | undefined,
  { settings, round }: RoundContext,
  banks: Instruction[][][],
): ProposedText[] {
  const { stage, slot } = subject;
  const entries = banks[stage]?.[slot];
  const base = { stage, slot, replicate };
  if (entries === undefined || answer === undefined) return [];
  if (answer.error)
    return [{ ...base, text: "", rejected: { reason: "proposal_failed", detail: answer.error.message } }];
  const texts = extractInstructions(answer.text, subject.count);
  if (texts.length === 0) {
    const detail = "the proposal holds no text";
    return [{ ...base, text: "", rejected: { reason: "empty_proposal", detail } }];
  }
  return texts.map((text) => {
    const rejected = faultOf(text, base, entries, settings);
    if (rejected !== undefined) return { ...base, text, rejected };
    entries.push({ text, round, retired: false });
    return { ...base, text, index: entries.length - 1 };
  });
}

function faultOf(
  text: string,
  { stage, slot }: { stage: number; slot: number },
  entries: readonly Instruction[],
  settings: MiproSettings,
): ProposedText["rejected"] {
  // A line below the instruction replaces nothing, so it has no placeholder to keep.
  const replaces = slot === 0 ? (settings.baseline[settings.stages[stage]?.component ?? ""] ?? "") : "";
  const fault = proposalFault(text, { replaces, known: settings.placeholders });
  if (fault !== undefined) return fault;
  // The reference takes its duplicates as they come.
  if (settings.strategy === "reference") return undefined;
  const twin = entries.find((entry) => overlap(entry.text, text) >= twinOverlap(settings));
  return twin === undefined
    ? undefined
    : { reason: "duplicate", detail: `it says what "${start(twin.text)}" says` };
}

function twinOverlap({ meta_update }: MiproSettings): number {
  return meta_update?.dedup_token_overlap ?? 1;
}

/** Share of the words of two texts that they have in common (Jaccard); 1 for the same text. */
function overlap(a: string, b: string): number {
  const [one, two] = [wordsOf(a), wordsOf(b)];
  if (one.size === 0 && two.size === 0) return 1;
  let common = 0;
  for (const word of one) if (two.has(word)) common += 1;
  return common / (one.size + two.size - common);
}

function wordsOf(text: string): Set<string> {
  return new Set(
    text
      .toLowerCase()
      .split(/[^\p{L}\p{N}{}]+/u)
      .filter((word) => word !== ""),
  );
}

function start(text: string): string {
  const line = text.replaceAll("\n", " ");
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
