// The bootstrap: rollouts of the baseline that show what the task is like (on the reference seeds) and become demos (on the
// bootstrap seeds). Reference rollouts cost a rollout each, like all others; where the budget is short they go first.

import type { Demo, Evaluation, Seed, Work } from "../engine.ts";
import type { Random, RandomSource } from "../random.ts";
import { demoSets } from "./demo-sets.ts";
import { bootstrappedDemo, isSuccess, labelledDemo } from "./demos.ts";
import { planSets, referenceBanks } from "./reference-demos.ts";
import type { MiproSettings, StageSettings } from "./settings.ts";
import type { ShownExample, StageBank } from "./state.ts";

/** Fewer demos than `min_bootstrap_demos` in a job with `strict_bootstrap`. */
export class BootstrapFailedError extends Error {
  readonly code = "bootstrap_failed";
}

/** What the bootstrap found. */
export interface Bootstrapped {
  banks: Pick<StageBank, "demos" | "demo_sets">[];
  /** Examples for the proposer, those of the reference seeds first. */
  examples: ShownExample[];
  /** Rollouts on the bootstrap seeds, and how many of them are good enough to be imitated. */
  tried: number;
  succeeded: number;
  /** Demos that these gave the stage that has fewest. */
  found: number;
}

/** Runs the bootstrap with at most `allowance` rollouts. @throws BootstrapFailedError where it must find more demos. */
export async function bootstrap(
  settings: MiproSettings,
  allowance: number,
  random: Random,
  source: RandomSource,
  work: Work,
): Promise<Bootstrapped> {
  const plans = settings.strategy === "reference" ? planSets(settings, random) : [];
  const seeds = settings.bootstrap_seeds.slice(0, Math.max(0, allowance));
  const references = settings.reference_seeds.slice(0, Math.max(0, allowance - seeds.length));
  const baseline = { texts: settings.baseline };
  const [answers, shown] = await Promise.all([
    work.evaluate(baseline, seeds, "bootstrap"),
    work.evaluate(baseline, references, "reference"),
  ]);
  const succeeded = answers.filter((one) => isSuccess(one, settings.few_shot_score_threshold)).length;
  const found = leastDemos(answers, settings, source);
  checkYield(answers, found, succeeded, settings);
  const left = allowance - seeds.length - references.length;
  const banks =
    settings.strategy === "reference"
      ? await referenceBanks(plans, answers, scanLimit(left, plans.length), { settings, source, work })
      : settings.stages.map((stage) => {
          const demos = poolOf(answers, stage, settings, source);
          return { demos, demo_sets: demoSets(demos, settings.demos, random) };
        });
  return {
    banks,
    examples: [...shown, ...answers].flatMap(exampleOf),
    tried: seeds.length,
    succeeded,
    found,
  };
}

/** How many examples each set may try, so that all together stay within what is left. */
function scanLimit(left: number, sets: number): number {
  return Math.max(0, Math.floor(left / Math.max(1, sets)));
}

/** Demos of the stage that has fewest; where no stage shows any, the rollouts that are good enough. */
function leastDemos(answers: readonly Evaluation[], settings: MiproSettings, source: RandomSource): number {
  const good = answers.filter((one) => isSuccess(one, settings.few_shot_score_threshold));
  const counts = settings.stages
    .filter(({ demo_module, demo_slots }) => demo_module !== null && demo_slots > 0)
    .map((stage) => bootstrappedDemos(good, stage, settings, source).length);
  return Math.min(good.length, ...counts);
}

function checkYield(
  answers: readonly Evaluation[],
  found: number,
  succeeded: number,
  settings: MiproSettings,
): void {
  const { strict_bootstrap, min_bootstrap_demos, few_shot_score_threshold } = settings;
  if (!strict_bootstrap || found >= min_bootstrap_demos) return;
  const failed = answers.filter(({ error }) => error !== undefined).length;
  const reached =
    few_shot_score_threshold === null ? "were rewarded" : `reached a reward of ${few_shot_score_threshold}`;
  const silent = found < succeeded ? `, ${succeeded - found} of them without a call that can be shown` : "";
  throw new BootstrapFailedError(
    `the bootstrap needs ${min_bootstrap_demos} demos and found ${found}: of ${answers.length} rollouts ${succeeded} ${reached}${silent}, ${failed} failed with an error`,
  );
}

function bootstrappedDemos(
  good: readonly Evaluation[],
  stage: StageSettings,
  settings: MiproSettings,
  source: RandomSource,
): Demo[] {
  const own = (seed: Seed) => () => source.from(source.seed(seed));
  return good.flatMap((one) => bootstrappedDemo(one, stage, settings, own(one.seed)) ?? []);
}

/** The demos of a stage, those that the model answered first. */
function poolOf(
  answers: readonly Evaluation[],
  stage: StageSettings,
  settings: MiproSettings,
  source: RandomSource,
): Demo[] {
  const good = answers.filter((one) => isSuccess(one, settings.few_shot_score_threshold));
  return [
    ...bootstrappedDemos(good, stage, settings, source),
    ...answers.flatMap((one) => labelledDemo(one, stage, settings) ?? []),
  ];
}

/** What the proposer may see of a rollout; nothing of one that showed nothing. */
export function exampleOf({ seed, reward, trace }: Evaluation): ShownExample[] {
  if (trace === undefined) return [];
  const { input, output, expected = null, feedback = null } = trace;
  return [{ seed, input, output, expected, feedback, reward }];
}
