// Whether a child has done well enough on its minibatch.

/** How a child's sum of rewards on the minibatch must compare with its parent's. */
export type AcceptanceCriterion = "strict_improvement" | "improvement_or_equal";

/**
 * Whether a child passes: with `strict_improvement` its sum must exceed its parent's, with `improvement_or_equal` reach it, and either
 * way by `gain` on top (`min_local_improvement`; 0 asks for nothing more).
 */
export function accepts(criterion: AcceptanceCriterion, parent: number, child: number, gain = 0): boolean {
  return criterion === "strict_improvement" ? child > parent + gain : child >= parent + gain;
}

/** The sum of rewards, added up in their order: the last bit can decide. */
export function sumOf(rewards: readonly number[]): number {
  return rewards.reduce((sum, reward) => sum + reward, 0);
}
