// Why a proposed text cannot be evaluated.

import { placeholders } from "../../config/template.ts";
import { estimateTokens } from "../../config/tokens.ts";
import type { RejectReason } from "../engine.ts";

/** What a new text must keep to. */
export interface TextRules {
  /** The text whose placeholders it must have. */
  replaces: string;
  /** Names that the prompt can fill. */
  known: readonly string[];
  /** The most tokens, counted as for `counting_model`; null for no limit. */
  max_tokens?: number | null;
  counting_model?: string;
}

/** What is wrong with a text. */
export interface TextFault {
  reason: RejectReason;
  /** In a sentence, for people and for the proposer. */
  detail: string;
}

/**
 * Why a new text for a component cannot be evaluated; undefined when it can. It must say something, keep every
 * placeholder of the text it replaces, use none that the prompt does not know, which nobody could fill, and be no longer
 * than its limit.
 */
export function proposalFault(proposed: string, rules: TextRules): TextFault | undefined {
  if (proposed.trim() === "") return { reason: "empty_proposal", detail: "the proposal holds no text" };
  const present = placeholders(proposed);
  const lost = placeholders(rules.replaces).filter((name) => !present.includes(name));
  if (lost.length > 0) return { reason: "lost_placeholder", detail: `the proposal lost ${braced(lost)}` };
  const unknown = present.filter((name) => !rules.known.includes(name));
  if (unknown.length > 0) {
    return { reason: "unknown_placeholder", detail: `nothing fills ${braced(unknown)} of the proposal` };
  }
  const { max_tokens: limit = null, counting_model } = rules;
  const tokens = limit === null ? 0 : estimateTokens(proposed, counting_model);
  if (limit === null || tokens <= limit) return undefined;
  const detail = `the proposal has about ${tokens} tokens, and ${limit} are allowed`;
  return { reason: "over_token_limit", detail };
}

function braced(names: readonly string[]): string {
  return names.map((name) => `{${name}}`).join(", ");
}
