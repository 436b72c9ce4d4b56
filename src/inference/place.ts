// Which module of a prompt a model call belongs to.

import type { ChatMessage } from "./chat.ts";
import { type PromptChange, type Recognised, type Substitution, substitutePrompt } from "./substitute.ts";

/** A call whose module is known, or the nearest miss. */
export type PlacedCall<Module> =
  | (Recognised & { module: Module })
  | Extract<Substitution, { kind: "mismatch" }>;

/**
 * Find the module whose prompt a request holds, and put its candidate in. Of several whose prompt can be read in the
 * messages, the one with the most fixed text holds; of equals the first. One module may be called any number of times.
 */
export function placeCall<Module extends PromptChange>(
  messages: readonly ChatMessage[],
  modules: readonly Module[],
): PlacedCall<Module> {
  let best: PlacedCall<Module> = { kind: "mismatch", expected: "a prompt", found: "a job without one" };
  for (const module of modules) {
    const result = substitutePrompt(messages, module);
    if (result.kind === "mismatch") {
      if (best.kind === "mismatch" && module === modules[0]) best = result;
      continue;
    }
    if (best.kind === "mismatch" || result.evidence > best.evidence) best = { ...result, module };
  }
  return best;
}
