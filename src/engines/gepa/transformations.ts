// The fixed transformations of the proposer "synth" (protocol §7.1): the first population of its search is made of them, without a
// proposal. Each is an edit of the baseline's text that often helps whatever the task is.

import type { Candidate } from "../engine.ts";
import { textsKey } from "./breeding.ts";
import { applyEdits, type TextEdit } from "./edits.ts";
import { rulesFor } from "./modules.ts";
import { proposalFault } from "./proposal-fault.ts";
import type { GepaSettings } from "./state.ts";

/** What is added at the end of a text, what helps most often first. */
const ADDED: readonly string[] = [
  "Answer in exactly the form that is asked for, with nothing before it and nothing after it.",
  "Read the whole input before you decide; go by what it asks for, not by single words in it.",
  "Work the answer out step by step to yourself first.",
  "Where several answers seem to fit, take the most specific one that the input supports.",
  "If you are not sure, give the most likely answer all the same.",
  "Before you answer, check your answer once more against the input and against these instructions.",
  "Rely on what the input says, and add nothing that it does not say.",
];

/** The transformations of a text, as the edits that a proposer could have answered with. */
function transformationsOf(text: string): TextEdit[] {
  const added = ADDED.map((words): TextEdit => ({ type: "FOLLOW", find: "", text: words }));
  const expert = "You are an expert at the following task, and you do it with care.";
  return [...added, { type: "REPLACE", find: text, text: `${expert}\n\n${text}` }];
}

/** How many transformations there are of each text. */
export const TRANSFORMATIONS = ADDED.length + 1;

/**
 * Up to `count` prompts, each of which is the baseline with one of its texts transformed: all texts have their first transformation
 * before any has its second. Those that would break a limit on length are passed over.
 */
export function transformedBaselines(settings: GepaSettings, count: number): Candidate["texts"][] {
  const { baseline } = settings;
  const names = Object.keys(baseline);
  const known = new Set([textsKey(baseline)]);
  const found: Candidate["texts"][] = [];
  for (let at = 0; at < names.length * TRANSFORMATIONS && found.length < count; at++) {
    const name = names[at % names.length] ?? "";
    const text = baseline[name] ?? "";
    const edit = transformationsOf(text)[Math.floor(at / names.length)];
    const made = edit && applyEdits(text, [edit]);
    if (made === undefined || proposalFault(made, rulesFor(name, baseline, settings))) continue;
    const texts = { ...baseline, [name]: made };
    if (known.has(textsKey(texts))) continue;
    known.add(textsKey(texts));
    found.push(texts);
  }
  return found;
}
