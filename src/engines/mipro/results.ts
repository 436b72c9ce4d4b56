// What is known of a search, for results.

import type { CandidateRecord, Results, TrialRecord } from "../engine.ts";
import { BASELINE_RANK, type HeldOutScore } from "../engine.ts";
import { poolSummary } from "../pool/scoring.ts";
import { candidateFor } from "./combinations.ts";
import { ranking, worthOf } from "./ranking.ts";
import { meanOf } from "./scores.ts";
import type { MiproSettings } from "./settings.ts";
import { type Slot, slotsOf } from "./space.ts";
import type { Combination, MiproState, TrialRow } from "./state.ts";
import { differsInFull, isProven, ownRewards, planOf } from "./trial-pool.ts";

/** Results of a state, complete or not. */
export function resultsOf(state: MiproState, settings: MiproSettings): Results {
  const order = ranking(state, settings);
  const slots = slotsOf(settings, state.banks);
  const worth = worthOf(state, settings);
  // The search may be led by a prediction; results are not.
  const best = settings.proxied ? order[0]?.id : state.incumbent;
  const plan = planOf(state, settings);
  return {
    candidates: state.combinations.map((combination) => ({
      ...recordOf(combination, worth, state, settings),
      on_front: combination.id === best,
    })),
    ranking: order.map(({ id }) => id),
    validation: validationScores(state, settings),
    test: state.test,
    generation: state.iteration,
    trials: state.trials.map((row) => trialOf(row, slots, settings)),
    ...(plan && state.pool ? { pool: poolSummary(state.pool.now, plan) } : {}),
  };
}

function recordOf(
  combination: Combination,
  worth: ReadonlyMap<string, number>,
  state: MiproState,
  settings: MiproSettings,
): Omit<CandidateRecord, "on_front"> {
  const { texts, demos } = candidateFor(combination.choices, state, settings);
  const isFull = combination.full_score !== null;
  const isBaseline = combination.id === state.combinations[0]?.id;
  return {
    id: combination.id,
    texts,
    ...(demos === undefined ? {} : { demos }),
    parents: isBaseline ? [] : [state.combinations[0]?.id ?? ""],
    generation: combination.iteration + 1,
    operator: isBaseline ? "baseline" : "trial",
    accepted: isFull,
    ...(isFull ? {} : { reject_reason: "not_evaluated_in_full" }),
    ...(differsInFull(state, settings) && isFull
      ? scoresOnPools(combination, worth, state)
      : { rewards: isFull ? rewardsOn(state.full, combination) : {}, mean: combination.full_score }),
    ...(isFull && !isProven(combination, state) ? { proxied: true } : {}),
  };
}

/** Of a candidate that was evaluated on one pool or another: all that it was scored on, and what that is worth beside the others. */
function scoresOnPools(combination: Combination, worth: ReadonlyMap<string, number>, state: MiproState) {
  const rewards = isProven(combination, state) ? ownRewards(combination) : combination.rewards;
  return { rewards, mean: meanOf(Object.values(rewards)), estimate: worth.get(combination.id) ?? 0 };
}

function rewardsOn(seeds: readonly number[], { rewards }: Combination): Record<string, number> {
  return Object.fromEntries(seeds.map((seed) => [String(seed), rewards[String(seed)] ?? 0]));
}

/** Where full evaluations use held-out seeds, they are the scores on those. */
function validationScores(state: MiproState, settings: MiproSettings): HeldOutScore[] {
  const baseline = state.combinations[0];
  if (settings.val_seeds.length === 0 || baseline?.full_score == null) return [];
  const score = (one: Combination, rank: number): HeldOutScore => ({
    id: one.id,
    rank,
    mean: one.full_score ?? 0,
    rewards: rewardsOn(state.full, one),
  });
  return [score(baseline, BASELINE_RANK), ...ranking(state, settings).map((one, i) => score(one, i + 1))];
}

/** Full evaluations have lines of their own. */
function trialOf(row: TrialRow, slots: readonly Slot[], { stages }: MiproSettings): TrialRecord {
  const parameters = slots.map(({ stage, kind, slot }, i): [string, number] => {
    const name = `${stages[stage]?.stage_id ?? stage}.${kind}`;
    return [slot === 0 ? name : `${name}_${slot + 1}`, row.choices[i] ?? 0];
  });
  const score = row.error === null ? row.score : null;
  const isPart = row.kind === "minibatch" || row.kind === "proof";
  return {
    trial: row.number,
    iteration: Math.max(0, row.iteration),
    id: row.candidate_id,
    parameters: Object.fromEntries(parameters),
    minibatch_score: isPart ? score : null,
    full_score: isPart ? null : score,
    is_incumbent: row.incumbent,
    ...(row.proxied ? { proxied: true } : {}),
    ...(row.error === null ? {} : { error: row.error }),
  };
}
