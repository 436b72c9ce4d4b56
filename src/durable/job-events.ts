// The events that the durable layer adds to the engine's: start, progress, the final results (protocol §2.5).

import { jobLimits } from "../config/job-limits.ts";
import type { EngineEvent } from "../engines/engine.ts";
import type { Algorithm, JobResults } from "../wire/job.ts";
import type { JsonObject } from "../wire/json.ts";
import { trainingSeeds } from "./engines.ts";
import type { Trouble } from "./error-watch.ts";
import type { JobFacts } from "./facts.ts";
import { candidateLists } from "./final-results.ts";
import type { Ending } from "./runner.ts";
import { type JobPicture, jobCost, jobProgress, jobResults } from "./views.ts";

/** The types that tell of the job and not of its search, each behind `prompt.learning.`. */
const OF_THE_JOB = new Set([
  ...["created", "rollouts.start", "progress", "paused", "resumed", "stopping"],
  ...["best.prompt", "top.prompt.content", "final.results", "usage.recorded"],
]);
const BUDGET = "mipro.budget.update";
const OF_ITS_LIFE = ["start", "complete", "failed", "cancelled"];

/** Whether an event of the log is the search's own, or tells that it was ended early. */
export function tellsOfSearch(type: string, algorithm: Algorithm): boolean {
  if (type === "mipro.job.completed" || type === BUDGET) return false;
  const name = type.startsWith("prompt.learning.") ? type.slice("prompt.learning.".length) : null;
  return (
    name === null || (!OF_THE_JOB.has(name) && !OF_ITS_LIFE.some((word) => name === `${algorithm}.${word}`))
  );
}

export function createdEvent(picture: JobPicture): EngineEvent {
  const { facts, standing } = picture;
  return {
    type: "prompt.learning.created",
    message: `Job ${facts.job_id} is ${standing.status}`,
    level: facts.warnings.length > 0 ? "warning" : "info",
    data: {
      status: standing.status,
      warnings: facts.warnings.map(({ path, message }) => ({ path, message })),
    },
  };
}

export function startEvents({ facts }: JobPicture): EngineEvent[] {
  return [
    ...algorithmStart(facts),
    {
      type: "prompt.learning.rollouts.start",
      message: "Rollouts start",
      data: { train_seeds: trainingSeeds(facts) },
    },
  ];
}

/** MIPRO tells of its start itself. */
function algorithmStart({ algorithm, settings, ...facts }: JobFacts): EngineEvent[] {
  if (algorithm === "mipro") return [];
  const start = {
    type: "prompt.learning.gepa.start",
    message: `GEPA starts with ${settings.pareto_seeds.length} Pareto and ${settings.feedback_seeds.length} feedback seeds`,
    data: {
      rollout_budget: facts.rollout_budget,
      max_concurrent: facts.max_concurrent,
      strategy: settings.strategy,
      num_generations: settings.num_generations,
      children_per_generation: settings.children_per_generation,
      pareto_seeds: [...settings.pareto_seeds],
      feedback_seeds: [...settings.feedback_seeds],
    },
  };
  return [start];
}

function progressEvent(picture: JobPicture): EngineEvent {
  const progress = jobProgress(picture);
  const cost = jobCost(picture);
  const best = picture.results.candidates.find(({ id }) => id === picture.results.ranking[0]);
  return {
    type: "prompt.learning.progress",
    message: `${progress.rollouts_completed} of ${progress.rollouts_total ?? "unlimited"} rollouts`,
    data: {
      ...progress,
      percent_rollouts: progress.percent_overall,
      transformations_tried: progress.candidates_tried,
      rollout_tokens_used: cost.prompt_tokens + cost.completion_tokens,
      total_cost_usd: cost.total_usd,
      best_score: best?.mean ?? null,
      baseline_score: picture.results.candidates[0]?.mean ?? null,
    },
  };
}

/** How far a job is; of MIPRO also what it has spent, beside its limits. */
export function progressEvents(picture: JobPicture): EngineEvent[] {
  const progress = progressEvent(picture);
  return picture.facts.algorithm === "mipro" ? [progress, budgetEvent(picture)] : [progress];
}

function budgetEvent(picture: JobPicture): EngineEvent {
  const cost = jobCost(picture);
  const { policy } = picture.totals;
  const { tokens, usd } = jobLimits(picture.facts.config);
  const total_tokens = cost.prompt_tokens + cost.completion_tokens;
  return {
    type: BUDGET,
    message: `${total_tokens} tokens so far`,
    data: {
      total_tokens,
      policy_tokens: policy.prompt_tokens + policy.completion_tokens,
      total_cost_usd: cost.total_usd,
      max_token_limit: tokens?.most ?? null,
      max_spend_usd: usd?.most ?? null,
    },
  };
}

/** The closing events of a job that succeeded, the terminal one last. */
export function resultEvents(picture: JobPicture): EngineEvent[] {
  const results = jobResults(picture);
  const { finish_reason, best_score, baseline_score } = results;
  return [
    {
      type: "prompt.learning.best.prompt",
      message: `Best prompt: ${show(best_score)} (baseline ${show(baseline_score)})`,
      data: { best_prompt: plain(results.best_prompt), best_score },
    },
    ...results.top_prompts.map((prompt) => ({
      type: "prompt.learning.top.prompt.content",
      message: `Rank ${prompt.rank}: ${prompt.candidate_id} scores ${show(prompt.train_accuracy)}`,
      data: plain(prompt),
    })),
    {
      type: "prompt.learning.final.results",
      message: `${results.attempted_candidates.length} candidates tried, ${results.optimized_candidates.length} on the front`,
      data: {
        ...candidateLists(results),
        best_prompt: plain(results.best_prompt),
        best_score,
        ...(results.trials === null ? {} : { trials: plain(results.trials) }),
        validation: results.validation_results.map(({ rank, accuracy, is_baseline }) => ({
          rank,
          accuracy,
          is_baseline,
        })),
      },
    },
    {
      type: "prompt.learning.usage.recorded",
      message: "What it cost",
      data: { ...plain(results.cost), usd_tokens: results.cost.total_usd, rollouts: results.rollouts },
    },
    ...(results.trials === null ? [] : [miproCompleted(results)]),
    {
      type: `prompt.learning.${picture.facts.algorithm}.complete`,
      message: `Done (${finish_reason}): best ${show(best_score)}, baseline ${show(baseline_score)}`,
      data: {
        best_score,
        best_prompt: plain(results.best_prompt),
        baseline_score,
        finish_reason,
        reason_terminated: finish_reason,
        total_candidates: results.attempted_candidates.length,
      },
    },
  ];
}

/** MIPRO's own last event but one. */
function miproCompleted({ best_score, trials, test_results }: JobResults): EngineEvent {
  const scores = (trials ?? []).flatMap(({ minibatch_score, proxied }) =>
    proxied ? [] : (minibatch_score ?? []),
  );
  return {
    type: "mipro.job.completed",
    message: `${trials?.length ?? 0} trials, best ${show(best_score)}`,
    data: {
      best_score,
      best_full_score: best_score,
      best_minibatch_score: scores.length === 0 ? null : Math.max(...scores),
      test_score: test_results.find(({ rank }) => rank === 1)?.accuracy ?? null,
      total_trials: trials?.length ?? 0,
    },
  };
}

/** `algorithm` is null when not even the job's facts can be read. */
export function failedEvent(algorithm: Algorithm | null, code: string, message: string): EngineEvent {
  return {
    type: algorithm === null ? "prompt.learning.failed" : `prompt.learning.${algorithm}.failed`,
    message: `The job failed: ${message}`,
    level: "error",
    data: { error: message, code },
  };
}

export function cancelledEvent(algorithm: Algorithm, reason: string | null): EngineEvent {
  return {
    type: `prompt.learning.${algorithm}.cancelled`,
    message: told("The job was cancelled", reason),
    data: { reason },
  };
}

/** The job was paused by somebody. */
export function pausedEvent(reason: string | null): EngineEvent {
  return {
    type: "prompt.learning.paused",
    message: told("The job is paused; what is in flight is still taken in", reason),
    data: { pause_reason: "user", reason },
  };
}

/** The job was paused because too much failed. */
export function troubleEvent({ health, ...trouble }: Trouble): EngineEvent {
  const { what, consecutive_errors, failed, of, last_error } = trouble;
  const well = health === undefined ? "" : `; the task app's health: ${health}`;
  return {
    type: "prompt.learning.paused",
    message: `Paused: ${consecutive_errors} ${what} in a row failed, and ${failed} of the latest ${of}, the last with: ${last_error.message}${well}. They will be asked again when the job is resumed.`,
    level: "error",
    data: { pause_reason: "errors", ...trouble, health: health ?? null },
  };
}

export function resumedEvent(): EngineEvent {
  return { type: "prompt.learning.resumed", message: "The job goes on", data: {} };
}

/** Somebody wants the job to end with the best so far. */
export function stoppingEvent(reason: string | null): EngineEvent {
  return {
    type: "prompt.learning.stopping",
    message: told("The job is told to stop, and keeps the best so far", reason),
    data: { reason },
  };
}

/** The search ends early. */
export function endingEvent(algorithm: Algorithm, { reason, held_out, proof }: Ending): EngineEvent {
  const unproven = proof === false ? ", with no room to prove more of the best" : "";
  const rest = `${unproven}${held_out ? "" : ", without held-out scores"}`;
  return {
    type: `${algorithm === "gepa" ? "prompt.learning.gepa" : "mipro"}.termination.triggered`,
    message: `The search ends early (${reason})${rest}`,
    data: { reason, held_out, ...(proof === undefined ? {} : { proof }) },
  };
}

function told(what: string, reason: string | null): string {
  return reason === null ? what : `${what}: ${reason}`;
}

/** JSON data of a view, whose types are interfaces and so no `JsonObject` by themselves. */
function plain<T>(value: T): T extends unknown[] ? JsonObject[] : JsonObject {
  return JSON.parse(JSON.stringify(value));
}

function show(score: number | null): string {
  return score === null ? "unknown" : score.toFixed(3);
}
