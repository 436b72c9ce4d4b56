// What MIPRO tells, under the protocol's event names and keys (§2.5).

import type { EngineEvent, StopReason } from "../engine.ts";
import type { ProposalPlan, ProposedText } from "./instructions.ts";
import type { MiproSettings } from "./settings.ts";
import type { Slot } from "./space.ts";
import type { Combination, MiproState, TrialRow } from "./state.ts";
import type { Suggestion } from "./tpe.ts";

export function startedEvent(settings: MiproSettings): EngineEvent {
  const { num_iterations, trials_per_iteration, strategy } = settings;
  return {
    type: "mipro.job.started",
    message: `Up to ${num_iterations} iterations of ${trials_per_iteration} trials`,
    data: { num_iterations, num_trials_per_iteration: trials_per_iteration, strategy },
  };
}

export function phaseEvent(from: string, to: string): EngineEvent {
  return {
    type: "prompt.learning.phase.changed",
    message: `${from} is done, next: ${to}`,
    data: { from_phase: from, to_phase: to },
  };
}

export function baselineEvent(row: TrialRow): EngineEvent {
  return {
    type: "mipro.baseline.evaluated",
    message: `The baseline scores ${show(row.score)} on ${row.seeds.length} seeds`,
    data: { accuracy: row.score, baseline_score: row.score, num_seeds: row.seeds.length },
  };
}

export function bootstrapEvent(found: {
  tried: number;
  succeeded: number;
  found: number;
  sets: number[];
  needed: number;
}): EngineEvent {
  const isShort = found.found < found.needed;
  return {
    type: "mipro.bootstrap.progress",
    level: isShort ? "warning" : "info",
    message: `${found.found} demos of ${found.tried} bootstrap rollouts, ${found.succeeded} of which are good enough${isShort ? `; ${found.needed} demos were asked for` : ""}`,
    data: {
      completed: found.tried,
      total: found.tried,
      demos_found: found.found,
      min_bootstrap_demos: found.needed,
      demo_sets: found.sets,
    },
  };
}

export function proposerEvent(
  iteration: number,
  plans: readonly ProposalPlan[],
  { stages }: MiproSettings,
): EngineEvent {
  const calls = plans.filter(({ subject }) => subject.count > 0);
  return {
    type: "mipro.stage_proposer.called",
    message: `${calls.length} proposals for ${stages.length === 1 ? "1 stage" : `${stages.length} stages`}`,
    data: {
      iteration,
      calls: calls.length,
      proposals: plans.map(({ subject, replicate }) => ({
        stage_id: stages[subject.stage]?.stage_id ?? null,
        slot: subject.slot,
        tip: subject.tip,
        proposal_id: replicate,
        asked: subject.count > 0,
      })),
    },
  };
}

export function instructionEvent(
  iteration: number,
  proposed: ProposedText,
  { stages }: MiproSettings,
): EngineEvent {
  const stage = stages[proposed.stage];
  const { rejected, text } = proposed;
  return {
    type: "mipro.instruction.proposed",
    message: `${stage?.stage_id ?? "stage"}: ${rejected ? `turned down, ${rejected.detail}` : `instruction ${proposed.index}`}`,
    data: {
      iteration,
      stage_id: stage?.stage_id ?? null,
      module_id: stage?.module_id ?? null,
      slot: proposed.slot,
      instruction_id: proposed.index ?? null,
      instruction_text: text,
      instruction_lines: text === "" ? [] : text.split("\n"),
      demo_indices: [],
      proposal_id: proposed.replicate,
      accepted: rejected === undefined,
      reject_reason: rejected?.reason ?? null,
      reject_detail: rejected?.detail ?? null,
    },
  };
}

export function iterationStartEvent(state: MiproState, settings: MiproSettings): EngineEvent {
  const { num_iterations, trials_per_iteration, batch_size, num_trials, limits } = settings;
  return {
    type: "mipro.iteration.start",
    message: `Iteration ${state.iteration + 1} of ${num_iterations}`,
    data: {
      iteration: state.iteration,
      num_iterations,
      num_trials_per_iteration: trials_per_iteration,
      batch_size: batch_size ?? state.online.length,
      max_trials: num_trials,
      max_rollouts: limits?.max_rollouts ?? null,
      max_time_seconds: limits?.max_seconds ?? null,
      max_wall_clock_seconds: limits?.max_seconds ?? null,
    },
  };
}

export function iterationEndEvent(state: MiproState, cumulative: number): EngineEvent {
  return {
    type: "mipro.iteration.complete",
    message: `Iteration ${state.iteration + 1} is done, ${cumulative} trials so far`,
    data: { iteration: state.iteration, cumulative },
  };
}

export function skippedEvent(iteration: number): EngineEvent {
  return {
    type: "mipro.iteration.skip_generation",
    message: `No new instructions before iteration ${iteration + 1}`,
    data: { iteration },
  };
}

/** What the sampler chose, trial by trial. */
export function samplingEvents(
  state: MiproState,
  drawn: readonly { choices: number[]; suggestion: Suggestion; duplicates: number }[],
  slots: readonly Slot[],
): EngineEvent[] {
  const first = state.trials.length;
  return drawn.flatMap(({ choices, suggestion, duplicates }, i): EngineEvent[] => {
    const trial = first + i;
    const parameters = Object.fromEntries(slots.map(({ name }, at) => [name, choices[at] ?? 0]));
    const how = suggestion.considered.length === 0 ? "at random" : `out of ${suggestion.considered.length}`;
    const base = { iteration: state.iteration, trial };
    const twin: EngineEvent[] = Array.from({ length: duplicates }, () => ({
      type: "mipro.trial.duplicate",
      message: `Trial ${trial}: what was drawn first is under way already`,
      data: base,
    }));
    return [
      ...twin,
      {
        type: "mipro.tpe.selected",
        message: `Trial ${trial} is chosen ${how}`,
        data: { ...base, parameters, considered: suggestion.considered.length },
      },
      { type: "mipro.trial.started", message: `Trial ${trial} starts`, data: { ...base, parameters } },
    ];
  });
}

/** A trial's score on its minibatch, where it had one, and its end. */
export function trialEvents(row: TrialRow, { id }: Combination): EngineEvent[] {
  const failed = row.error === null ? "" : `; every rollout failed, the first with: ${row.error}`;
  const scored = {
    trial: row.number,
    iteration: row.iteration,
    candidate_id: id,
    minibatch_score: row.score,
    num_seeds: row.seeds.length,
    seeds: row.seeds,
    ...(row.proxied ? { proxied: true } : {}),
  };
  const minibatch: EngineEvent = {
    type: "mipro.trial.minibatch",
    message: `Trial ${row.number}: ${show(row.score)} on its minibatch`,
    data: scored,
  };
  const complete: EngineEvent = {
    type: "mipro.trial.complete",
    level: row.error === null ? "info" : "warning",
    message: `Trial ${row.number}: ${id} scores ${show(row.score)} on ${row.seeds.length} seeds${failed}`,
    data: { ...scored, num_instances: row.seeds.length, error: row.error },
  };
  return row.kind === "minibatch" ? [minibatch, complete] : [complete];
}

export function fullEvent(row: TrialRow): EngineEvent {
  return {
    type: "mipro.fulleval.complete",
    message: `${row.candidate_id} scores ${show(row.score)} in full, on ${row.seeds.length} seeds`,
    data: {
      score: row.score,
      iteration: row.iteration,
      trial: row.number,
      candidate_id: row.candidate_id,
      num_seeds: row.seeds.length,
      seeds: row.seeds,
      ...(row.proxied ? { proxied: true } : {}),
    },
  };
}

export function incumbentEvent(row: TrialRow, previous: number, { trials }: MiproState): EngineEvent {
  const tried = trials.findLast(
    ({ kind, candidate_id }) => kind === "minibatch" && candidate_id === row.candidate_id,
  );
  return {
    type: "mipro.new_incumbent",
    message: `New best: ${row.candidate_id} scores ${show(row.score)} (was ${show(previous)})`,
    data: {
      candidate_id: row.candidate_id,
      version_id: row.candidate_id,
      best_score: row.score,
      minibatch_score: tried?.score ?? null,
      previous_best_score: previous,
      iteration: row.iteration,
      trial: row.number,
      cumulative_trials: trials.length,
      num_seeds: row.seeds.length,
      ...(row.proxied ? { proxied: true } : {}),
    },
  };
}

/** What the sampler has learnt from, after an iteration. */
export function updateEvent({ iteration, trials }: MiproState): EngineEvent {
  const own = trials.filter((trial) => trial.iteration === iteration);
  return {
    type: "mipro.tpe.update",
    message: `The sampler knows ${trials.length} trials`,
    data: {
      iteration,
      observations: trials.length,
      new_observations: own.map(({ number, candidate_id, score, proxied }) => ({
        trial: number,
        candidate_id,
        score,
        ...(proxied ? { proxied: true } : {}),
      })),
    },
  };
}

/** How the sampler ranks what it knows after an iteration; `proxied` where an estimate rests on predicted rewards of its own. */
export function rankingsEvent(
  iteration: number,
  ranking: readonly { id: string; estimate: number; seeds: number; proxied: boolean }[],
): EngineEvent {
  return {
    type: "mipro.tpe.rankings",
    message: `Most promising: ${ranking[0]?.id ?? "nothing"}`,
    data: {
      iteration,
      rankings: ranking.map(({ id, estimate, seeds, proxied }) => ({
        candidate_id: id,
        estimate,
        num_seeds: seeds,
        ...(proxied ? { proxied } : {}),
      })),
    },
  };
}

/** `chosen` counts the candidates for whose evaluation the budget has no room. */
export function noFullEvent(chosen: number): EngineEvent {
  const why = chosen === 0 ? "all that were tried have been" : "the rollout budget has no room";
  return {
    type: "mipro.fulleval.skipped",
    message: `No candidate is evaluated in full: ${why}`,
    data: { candidates: chosen },
  };
}

/** `next` is the iteration that brings new instructions; undefined where the search ends. */
export function exhaustedEvent(known: number, next?: number): EngineEvent {
  const then =
    next === undefined ? "" : `; the search goes on with the new instructions of iteration ${next + 1}`;
  return {
    type: "mipro.optimization.exhausted",
    message: `All ${known} combinations are evaluated in full${then}`,
    data: { combinations: known, next_iteration: next ?? null },
  };
}

export function stopEvent(reason: StopReason, settings: MiproSettings): EngineEvent {
  const why: Record<StopReason, string> = {
    budget: "the rollout budget has no room for another trial",
    generations: "all iterations are done",
    patience: `${settings.patience_trials} trials brought no better candidate`,
    iterations: `all ${settings.num_iterations} iterations are done`,
    target: `the best mean reached the target of ${settings.target}`,
    tokens: "the limit on tokens has no room for another trial",
    cost: "the limit on money has no room for another trial",
    time: "the limit on time is reached",
    trials: "the limit on trials is reached",
    exhausted: "every combination is evaluated in full",
    stopped: "it was told to stop",
  };
  return {
    type: "mipro.termination.triggered",
    message: `The search ends: ${why[reason]}`,
    data: { reason },
  };
}

/** A score for people. */
export function show(score: number | null): string {
  return score === null ? "nothing" : score.toFixed(3);
}
