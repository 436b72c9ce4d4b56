// The reference's automatic settings (`auto` of MIPROv2): a size in one word.

/** How large a search is to be. */
export type AutoSize = "light" | "medium" | "heavy";

const SIZES: Readonly<Record<AutoSize, { n: number; online: number }>> = {
  light: { n: 6, online: 100 },
  medium: { n: 12, online: 300 },
  heavy: { n: 18, online: 1_000 },
};
/** Pools up to this size are used whole in every trial. */
const FULL_UP_TO = 50;

/** What a size comes to. */
export interface AutoPlan {
  num_trials: number;
  /** Instructions of each stage, the baseline's included. */
  instructions: number;
  demo_sets: number;
  /** The most seeds of trials and full evaluations. */
  online_sample: number;
  full_up_to: number;
}

/** The plan for so many stages. Without demos there is one choice to a stage, and all candidates are instructions. */
export function autoPlan(size: AutoSize, stages: number, zeroShot: boolean): AutoPlan {
  const { n, online } = SIZES[size];
  const variables = stages * (zeroShot ? 1 : 2);
  return {
    num_trials: Math.trunc(Math.max(2 * variables * Math.log2(n), 1.5 * n)),
    instructions: zeroShot ? n : n / 2,
    demo_sets: n,
    online_sample: online,
    full_up_to: FULL_UP_TO,
  };
}
