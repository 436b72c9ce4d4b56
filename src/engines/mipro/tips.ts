// One tip goes with each proposal, so that proposals differ (MIPRO paper §4). Drawn in this order; our own wording.

import type { Random } from "../random.ts";

/** Tips by key, in the order in which the reference draws them; the first is none. */
export const TIPS = {
  none: "",
  creative: "Look for an angle that an obvious instruction would miss.",
  simple: "Be brief and plain: every sentence must earn its place.",
  description: "Be thorough: describe the task, its inputs and the form of a good answer in detail.",
  high_stakes: "Make it clear that much depends on each answer being right.",
  persona: "Tell the model who it is: give it a role that suits the task.",
} as const;

/** Which tip. */
export type TipKey = keyof typeof TIPS;

const KEYS = Object.keys(TIPS) as TipKey[];

/** Draws one of the six. */
export function drawTip(random: Pick<Random, "pick">): TipKey {
  return random.pick(KEYS);
}
