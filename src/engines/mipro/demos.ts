// Demos out of rollouts: what a stage was asked, with the answer that was rewarded, or with the task app's own answer.

import type { Demo, Evaluation, ModuleCall } from "../engine.ts";
import type { Random } from "../random.ts";
import type { MiproSettings, StageSettings } from "./settings.ts";

/** Whether a rollout is good enough to be imitated (`few_shot_score_threshold`). */
export function isSuccess({ reward, error }: Evaluation, threshold: number | null): boolean {
  if (error !== undefined) return false;
  return threshold === null ? reward !== 0 : reward >= threshold;
}

/**
 * The answer that a stage gave in a rollout. Of several calls in one rollout it is the last, or, every other time by
 * chance, a random one of the others (BootstrapFewShot). Undefined for a rollout that shows none.
 */
export function bootstrappedDemo(
  evaluation: Evaluation,
  stage: StageSettings,
  settings: MiproSettings,
  random: () => Pick<Random, "uniform" | "below">,
): Demo | undefined {
  if (stage.demo_module === null) return undefined;
  const calls = callsOf(evaluation, stage, settings);
  const call = calls.length > 1 ? oneOf(calls, random()) : calls[0];
  if (call === undefined || call.output === "") return undefined;
  const { values, input, output } = call;
  return { values, input, output, seed: evaluation.seed, bootstrapped: true };
}

function oneOf(
  calls: readonly ModuleCall[],
  random: Pick<Random, "uniform" | "below">,
): ModuleCall | undefined {
  return random.uniform() < 0.5 ? calls[random.below(calls.length - 1)] : calls.at(-1);
}

/**
 * What a stage was asked, with the answer that the task app wanted. A task app wants one answer, the program's: only the
 * last stage, by `edges` and else in the order given, has such demos; in the reference, which shows whole
 * examples, every stage. Undefined where the task app does not say.
 */
export function labelledDemo(
  evaluation: Evaluation,
  stage: StageSettings,
  settings: MiproSettings,
): Demo | undefined {
  const expected = evaluation.trace?.expected;
  if (expected === undefined || expected === "" || !answersLast(stage, settings)) return undefined;
  const call = callsOf(evaluation, stage, settings).at(-1);
  if (call === undefined) return undefined;
  return {
    values: call.values,
    input: call.input,
    output: expected,
    seed: evaluation.seed,
    bootstrapped: false,
  };
}

/** The stage's calls in a rollout. Where the service saw none, a program of one stage has the rollout's own input and output. */
function callsOf(
  { trace }: Evaluation,
  { demo_module }: StageSettings,
  { stages }: MiproSettings,
): ModuleCall[] {
  if (trace === undefined || demo_module === null) return [];
  if (trace.calls !== undefined) return trace.calls.filter(({ module }) => module === demo_module);
  const isAlone = stages.filter((stage) => stage.demo_module !== null).length === 1;
  if (!isAlone || trace.input === "") return [];
  return [{ module: demo_module, values: {}, input: trace.input, output: trace.output }];
}

function answersLast({ stage_id }: StageSettings, { stages, edges, strategy }: MiproSettings): boolean {
  if (strategy === "reference") return true;
  if (edges.length > 0) return !edges.some(([from]) => from === stage_id);
  return stages.filter(({ demo_module }) => demo_module !== null).at(-1)?.stage_id === stage_id;
}
