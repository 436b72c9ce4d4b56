// The reward of a rollout that a verifier has judged: the task app's, the verifier's, or both by weights.

import type { PromptLearningVerifierConfig } from "../../config/verifier.ts";
import type { Verdict } from "./verdict.ts";

/** What decides whose reward counts; see the options of the same names. */
export type FusionSettings = Pick<
  PromptLearningVerifierConfig,
  "reward_source" | "weight_env" | "weight_event" | "weight_outcome"
>;

/**
 * The reward by the settings: a weighted mean, so that where the parts are from 0 to 1 the reward is too.
 *
 * `task_app`: the task app's reward. `verifier`: event and outcome score by their weights, or alike where both weights are 0.
 * `fused`: the task app's reward and both scores by their weights. A score that the verifier does not give is left out, and the others
 * share its weight. Undefined where nothing with a weight is left.
 */
export function fusedReward(
  settings: FusionSettings,
  env: number,
  { event, outcome }: Pick<Verdict, "event" | "outcome">,
): number | undefined {
  const { reward_source, weight_env, weight_event, weight_outcome } = settings;
  if (reward_source === "task_app") return env;
  const alike = reward_source === "verifier" && weight_event === 0 && weight_outcome === 0;
  return weightedMean([
    { value: env, weight: reward_source === "fused" ? weight_env : 0 },
    { value: event, weight: alike ? 1 : weight_event },
    { value: outcome, weight: alike ? 1 : weight_outcome },
  ]);
}

function weightedMean(parts: readonly { value: number | null; weight: number }[]): number | undefined {
  let sum = 0;
  let total = 0;
  for (const { value, weight } of parts) {
    if (value === null || weight === 0) continue;
    sum += value * weight;
    total += weight;
  }
  return total === 0 ? undefined : sum / total;
}

/** For reflection: the remarks of task app and verifier as one text, and the verifier's by itself. Absent where nobody made one. */
export function fusedFeedback(
  remark: string | undefined,
  { feedback }: Pick<Verdict, "feedback">,
): { feedback?: string; verdict?: string } {
  const own = remark === undefined || remark.trim() === "" ? {} : { feedback: remark };
  if (feedback === "") return own;
  const verdict = `Verifier: ${feedback}`;
  return { feedback: own.feedback === undefined ? verdict : `${own.feedback}\n${verdict}`, verdict };
}
