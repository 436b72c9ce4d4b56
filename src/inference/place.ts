// Which module of a prompt a model call belongs to.

import type { ChatMessage } from "./chat.ts";
import { type PromptChange, type Recognised, type Substitution, substitutePrompt } from "./substitute.ts";

/** A call whose module is known, or what was looked for and what came. */
export type PlacedCall<Module> =
  | (Recognised & { module: Module })
  | { kind: "mismatch"; expected: string; found: string };

/** How many modules an error message names. */
const SHOWN_MISSES = 3;

/**
 * Find the module whose prompt a request holds, and put its candidate in. Of several whose prompt can be read in the
 * messages, the one with the most fixed text holds; of equals the first. A module may be called any number of times.
 */
export function placeCall<Module extends PromptChange & { name: string }>(
  messages: readonly ChatMessage[],
  modules: readonly Module[],
): PlacedCall<Module> {
  let best: (Recognised & { module: Module }) | undefined;
  const misses: (Extract<Substitution, { kind: "mismatch" }> & { name: string })[] = [];
  for (const module of modules) {
    const result = substitutePrompt(messages, module);
    if (result.kind === "mismatch") misses.push({ ...result, name: module.name });
    else if (best === undefined || result.evidence > best.evidence) best = { ...result, module };
  }
  if (best !== undefined) return best;
  const shown = misses.slice(0, SHOWN_MISSES);
  const named = (name: string, text: string) => (name === "" ? text : `${name}: ${text}`);
  return {
    kind: "mismatch",
    expected: shown.map(({ name, expected }) => named(name, expected)).join(" | "),
    found: [...new Set(shown.map(({ found }) => found))].join(" | "),
  };
}
