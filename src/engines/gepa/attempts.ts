// What a reflection is told of the texts that were tried from its parent and turned down.

import type { CandidateRecord } from "../engine.ts";
import type { FormerAttempt } from "./reflection.ts";

/** How many of them it is shown, the latest. */
const ATTEMPTS_SHOWN = 4;

/**
 * The last few texts that came from this parent for this component, could be tried, and did no better: each with why it was turned
 * down, which names its score and its parent's on the same seeds.
 */
export function formerAttempts(
  candidates: readonly CandidateRecord[],
  parent: string,
  component: string,
): FormerAttempt[] {
  const verdicts = new Map<string, string>();
  const origin = candidates.find(({ id }) => id === parent)?.texts[component];
  for (const { parents, texts, reject_reason, reject_detail } of candidates) {
    const text = texts[component];
    if (reject_reason !== "not_better" || !parents.includes(parent) || text === undefined) continue;
    if (text !== origin) verdicts.set(text, reject_detail ?? "it did no better than the text it came from");
  }
  return [...verdicts].slice(-ATTEMPTS_SHOWN).map(([text, verdict]) => ({ text, verdict }));
}
