// What GEPA tells, under the protocol's event names and keys (§2.5). `instance_scores` is a list beside the list of its seeds.

import type { JsonObject } from "../../wire/json.ts";
import {
  BASELINE_RANK,
  type CandidateRecord,
  type EngineEvent,
  type Evaluation,
  type HeldOutScore,
  type StopReason,
} from "../engine.ts";
import { rankedBy } from "./archive.ts";
import type { GepaSettings } from "./state.ts";

const SAMPLES = 3;

export function baselineEvent(baseline: CandidateRecord, evaluations: readonly Evaluation[]): EngineEvent {
  return {
    type: "prompt.learning.gepa.baseline",
    message: `The baseline scores ${show(baseline.mean)} on ${evaluations.length} Pareto seeds`,
    data: {
      accuracy: baseline.mean,
      baseline_score: baseline.mean,
      instance_scores: evaluations.map(({ reward }) => reward),
      seeds_evaluated: evaluations.map(({ seed }) => seed),
      prompt: { ...baseline.texts },
      rollout_sample: sample(evaluations),
    },
  };
}

export function candidateEvent(
  candidate: CandidateRecord,
  told: {
    component: string;
    detail?: string;
    gate?: { parent: number; child: number };
    evaluations?: readonly Evaluation[];
  },
): EngineEvent {
  const proxied = candidate.proxied || told.evaluations?.some((evaluation) => evaluation.proxied);
  const verdict = candidate.accepted ? `scores ${show(candidate.mean)}` : `rejected: ${told.detail}`;
  return {
    type: "prompt.learning.gepa.candidate.evaluated",
    message: `${candidate.id} (from ${candidate.parents.join(", ")}) ${verdict}`,
    data: {
      version_id: candidate.id,
      candidate_id: candidate.id,
      accuracy: candidate.mean,
      score: candidate.mean,
      accepted: candidate.accepted,
      reject_reason: candidate.reject_reason ?? null,
      reject_detail: told.detail ?? null,
      generation: candidate.generation,
      parent_id: candidate.parents[0] ?? null,
      is_pareto: candidate.on_front,
      mutation_type: candidate.operator,
      component: told.component,
      minibatch_parent_score: told.gate?.parent ?? null,
      minibatch_score: told.gate?.child ?? null,
      instance_scores: Object.values(candidate.rewards),
      seeds_evaluated: Object.keys(candidate.rewards).map(Number),
      ...(proxied ? { proxied: true } : {}),
      prompt_text: candidate.texts[told.component] ?? "",
      rollout_sample: sample(told.evaluations ?? []),
    },
  };
}

/**
 * Candidates are ranked by their estimates. Where their means tell another story, being over different seeds or no higher,
 * `improvement` is the difference of the estimates, and `by_estimate` says so.
 */
export function newBestEvent(best: CandidateRecord, previous: CandidateRecord): EngineEvent {
  const [accuracy, before] = [best.mean ?? 0, previous.mean ?? 0];
  const isByMean = accuracy > before && !hasOtherSeeds(best, previous);
  const estimated = best.estimate !== undefined && !isByMean;
  const improvement = estimated ? rankedBy(best) - rankedBy(previous) : accuracy - before;
  const than = estimated
    ? `: by estimate ${show(improvement)} better than ${previous.id}`
    : ` (was ${show(before)})`;
  return {
    type: "prompt.learning.gepa.new_best",
    message: `New best: ${best.id} scores ${show(accuracy)}${than}`,
    data: {
      version_id: best.id,
      accuracy,
      previous_best_score: before,
      improvement,
      ...(estimated ? { by_estimate: true } : {}),
      generation: best.generation,
      ...(best.proxied ? { proxied: true } : {}),
    },
  };
}

function hasOtherSeeds({ rewards }: CandidateRecord, other: CandidateRecord): boolean {
  const seeds = Object.keys(rewards);
  return seeds.length !== Object.keys(other.rewards).length || seeds.some((seed) => !(seed in other.rewards));
}

/** The policy's model has scored what was predicted. */
export function provenEvent(before: CandidateRecord, after: CandidateRecord): EngineEvent {
  const [predicted, accuracy] = [before.mean ?? 0, after.mean ?? 0];
  return {
    type: "prompt.learning.gepa.candidate.proven",
    message: `${after.id} scores ${show(accuracy)} on the policy's model; ${show(predicted)} was predicted`,
    data: {
      candidate_id: after.id,
      accuracy,
      predicted,
      instance_scores: Object.values(after.rewards),
      seeds_evaluated: Object.keys(after.rewards).map(Number),
    },
  };
}

export function noPopulationEvent(): EngineEvent {
  return {
    type: "prompt.learning.gepa.population.skipped",
    message: "The baseline is the whole of the first population",
    data: { candidates: 1 },
  };
}

export function generationEvents(
  generation: number,
  children: readonly CandidateRecord[],
  best: CandidateRecord,
  front: { now: readonly CandidateRecord[]; before: readonly string[] },
): EngineEvent[] {
  const ids = front.now.map(({ id }) => id);
  const predicted = front.now.filter(({ proxied }) => proxied).map(({ id }) => id);
  return [
    {
      type: "prompt.learning.gepa.frontier_updated",
      message: `${ids.length} candidates win at least one seed`,
      data: {
        frontier: ids,
        added: ids.filter((id) => !front.before.includes(id)),
        removed: front.before.filter((id) => !ids.includes(id)),
        frontier_size: ids.length,
        frontier_scores: Object.fromEntries(front.now.map(({ id, mean }) => [id, mean])),
        ...(predicted.length === 0 ? {} : { proxied: predicted }),
        best_score: best.mean,
        generation,
      },
    },
    generationEvent(generation, children, best),
  ];
}

export function generationEvent(
  generation: number,
  children: readonly CandidateRecord[],
  best: CandidateRecord,
): EngineEvent {
  return {
    type: "prompt.learning.gepa.generation.complete",
    message: `Generation ${generation}: ${accepted(children)} of ${children.length} children accepted, best ${show(best.mean)}`,
    data: {
      generation,
      best_accuracy: best.mean,
      candidates_proposed: children.length,
      candidates_accepted: accepted(children),
    },
  };
}

export function stopEvent(reason: StopReason, settings: GepaSettings): EngineEvent {
  const why: Record<StopReason, string> = {
    budget: "the rollout budget has no room for another child",
    generations: `all ${settings.num_generations} generations are done`,
    patience: `${settings.patience_generations} generations brought no better mean`,
    iterations: "all iterations are done",
    target: `the best mean reached the target of ${settings.target}`,
    tokens: "the limit on tokens has no room for another child",
    cost: "the limit on money has no room for another child",
    time: "the limit on time is reached",
    trials: "the limit on candidates is reached",
    exhausted: "there is nothing new to try",
    stopped: "it was told to stop",
  };
  return {
    type: "prompt.learning.gepa.termination.triggered",
    message: `The search ends: ${why[reason]}`,
    data: { reason },
  };
}

export function phaseEvent(from: string, to: string): EngineEvent {
  return {
    type: "prompt.learning.phase.changed",
    message: `Phase ${to}`,
    data: { from_phase: from, to_phase: to },
  };
}

export function heldOutEvents(set: "validation" | "test", scores: readonly HeldOutScore[]): EngineEvent[] {
  const [baseline, ...rest] = scores;
  return [
    ...scores.map((score) => ({
      type: `prompt.learning.${set}.scored`,
      message: `${score.rank === BASELINE_RANK ? "Baseline" : `Rank ${score.rank}`} scores ${show(score.mean)} on the ${set} seeds`,
      data: {
        rank: score.rank,
        candidate_id: score.id,
        version_id: score.id,
        is_baseline: score.rank === BASELINE_RANK,
        accuracy: score.mean,
        seeds: Object.keys(score.rewards).map(Number),
        instance_scores: Object.values(score.rewards),
      },
    })),
    {
      type: `prompt.learning.${set}.summary`,
      message: `Held-out ${set}: baseline ${show(baseline?.mean ?? null)}, best ${show(rest[0]?.mean ?? null)}`,
      data: {
        baseline: baseline?.mean ?? null,
        results: rest.map(({ id, rank, mean }) => ({ rank, candidate_id: id, accuracy: mean })),
      },
    },
  ];
}

function sample(evaluations: readonly Evaluation[]): JsonObject[] {
  return evaluations.slice(0, SAMPLES).map(({ seed, reward, trace, proxied }) => ({
    seed,
    query: trace?.input ?? null,
    expected: trace?.expected ?? null,
    predicted: trace?.output ?? null,
    // A predicted reward does not tell.
    ...(proxied ? {} : { correct: reward >= 1 }),
  }));
}

function accepted(children: readonly CandidateRecord[]): number {
  return children.filter((child) => child.accepted).length;
}

function show(score: number | null): string {
  return score === null ? "nothing" : score.toFixed(3);
}
