// The report at a job's end: rewards of baseline and best prompt, what changed between them, and what it cost.

import type { JobResults, JobView, TopPrompt, ValidationResult } from "../client/index.ts";
import { diffView } from "./diff-view.ts";
import { sharedChange } from "./evenness.ts";
import type { Paint } from "./paint.ts";
import { change, count, duration, oneLine, plural, printable, reward, table, usd } from "./text.ts";

/** The whole report, as lines. */
export function summaryLines(view: JobView, results: JobResults, paint: Paint): string[] {
  const best = results.top_prompts.find((prompt) => prompt.rank === 1);
  return [
    headline(view, paint),
    ...(view.error === null ? [] : [paint.red(oneLine(view.error))]),
    "",
    ...scoreTable(results, best),
    ...unranked(results),
    "",
    ...promptChange(results, best, paint),
    "",
    costLine(results),
    timeLine(view),
  ];
}

function headline(view: JobView, paint: Paint): string {
  const colour =
    view.status === "succeeded" ? paint.green : view.status === "failed" ? paint.red : paint.yellow;
  const reason =
    view.finish_reason === null || view.finish_reason === view.status
      ? ""
      : ` (${oneLine(view.finish_reason)})`;
  return `${paint.bold(view.job_id)} ${colour(view.status)}${reason}`;
}

/** Rewards on training and held-out seeds; a set that was not scored has no row. */
function scoreTable(results: JobResults, best: TopPrompt | undefined): string[] {
  const bestOnTraining = best?.train_accuracy ?? results.best_score;
  const { attempted_candidates: attempted } = results;
  const shared = sharedChange(
    attempted.find(({ mutation_type }) => mutation_type === "baseline"),
    attempted.find(({ candidate_id }) => candidate_id === best?.candidate_id),
  );
  const rows = [
    ["reward", "baseline", "best", "change"],
    row("training", results.baseline_score, bestOnTraining, shared?.change),
    ...heldOutRow("validation", results.validation_results, best?.candidate_id),
    ...heldOutRow("test", results.test_results, best?.candidate_id),
  ];
  const note = `The change on training seeds is that on the ${plural(shared?.seeds ?? 0, "seed")} that both were scored on.`;
  return [...table(rows, [1, 2, 3]), ...(shared?.seeds ? [note] : [])];
}

/** Candidates that a cheap model alone has scored. */
function unranked({ attempted_candidates }: JobResults): string[] {
  const { length } = attempted_candidates.filter(({ proxied }) => proxied);
  return length === 0
    ? []
    : [`${plural(length, "candidate")} with predicted scores only, and so without a rank`];
}

function heldOutRow(
  name: string,
  scores: readonly ValidationResult[],
  bestId: string | undefined,
): string[][] {
  if (scores.length === 0) return [];
  const baseline = scores.find((score) => score.is_baseline)?.accuracy;
  const best = scores.find((score) => score.candidate_id === bestId)?.accuracy;
  return [row(name, baseline, best)];
}

function row(
  name: string,
  from: number | null | undefined,
  to: number | null | undefined,
  fair?: number | null,
): string[] {
  return [name, reward(from), reward(to), fair === undefined ? change(from, to) : change(0, fair)];
}

function promptChange(results: JobResults, best: TopPrompt | undefined, paint: Paint): string[] {
  const text = best?.full_text ?? results.best_prompt?.full_text;
  if (text === undefined) return ["No prompt was scored."];
  const lines = diffView(results.baseline_prompt.full_text, text, paint);
  if (lines.length === 0) return ["The baseline prompt is still the best."];
  return [paint.bold("From the baseline prompt to the best:"), ...lines];
}

function costLine({ cost, rollouts }: JobResults): string {
  const tokens = `${count(cost.prompt_tokens)} + ${count(cost.completion_tokens)} tokens`;
  const calls = plural(cost.llm_calls, "model call");
  return `cost  ${usd(cost.total_usd)}; ${plural(rollouts, "rollout")}, ${calls}, ${tokens}`;
}

function timeLine(view: JobView): string {
  return `time  ${duration(view.progress.elapsed_seconds)}`;
}

/** One ranked prompt with its rewards and its text. */
export function rankLines(prompt: TopPrompt, paint: Paint): string[] {
  const scores = [
    `training ${reward(prompt.train_accuracy)}`,
    prompt.val_accuracy === null ? "" : `validation ${reward(prompt.val_accuracy)}`,
    prompt.test_accuracy === null ? "" : `test ${reward(prompt.test_accuracy)}`,
  ].filter((part) => part !== "");
  return [
    paint.bold(`rank ${prompt.rank}  ${oneLine(prompt.candidate_id)}  ${scores.join(", ")}`),
    "",
    printable(prompt.full_text),
  ];
}
