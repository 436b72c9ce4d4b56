// The search: batches of trials, and full evaluations of the most promising candidates in between.

import type { Evaluation, Seed, Work } from "../engine.ts";
import type { RandomSource } from "../random.ts";
import { fullReserved, leftForFull, leftForTrials } from "./budget.ts";
import {
  candidateFor,
  combinationOf,
  fullPurpose,
  proofOn,
  replaced,
  type Scored,
  scoreOn,
  unprovenSeeds,
  unscoredSeeds,
  withRewards,
} from "./combinations.ts";
import * as told from "./events.ts";
import { drawMinibatch, hasFullTrials } from "./minibatches.ts";
import { leaders, ranking } from "./ranking.ts";
import { type StreamSource, type Suggest, suggestTrials } from "./sampling.ts";
import { meanOf, percent } from "./scores.ts";
import type { MiproSettings } from "./settings.ts";
import { slotsOf } from "./space.ts";
import type { Combination, MiproState, TrialRow } from "./state.ts";
import { differsInFull, standings } from "./trial-pool.ts";

/** What the search works with. */
export interface SearchParts {
  settings: MiproSettings;
  streams: StreamSource;
  /** Generator of minibatches. */
  random: RandomSource;
  suggest: Suggest;
}

/** Trials of the search so far, the baseline and added full evaluations not counted. */
export function trialsDone(state: MiproState, settings: MiproSettings): number {
  const own = hasFullTrials(state, settings) ? "full" : "minibatch";
  return state.trials.filter(({ kind }) => kind === own).length;
}

/** Trials since the best candidate was first evaluated in full. */
export function trialsSinceBest({ trials, incumbent }: MiproState): number {
  const first = trials.findIndex(
    ({ kind, candidate_id }) => candidate_id === incumbent && (kind === "full" || kind === "baseline"),
  );
  return trials.slice(first + 1).filter(({ kind }) => kind === "minibatch").length;
}

/** Trials of the whole search. */
export function trialsPlanned({ num_iterations, trials_per_iteration, num_trials }: MiproSettings): number {
  return Math.min(num_iterations * trials_per_iteration, num_trials ?? Infinity);
}

/** Trials of the next batch. */
function batchSize(state: MiproState, settings: MiproSettings): number {
  const done = trialsDone(state, settings);
  const { strategy, trials_per_iteration } = settings;
  const ofIteration = strategy === "reference" ? 1 : trials_per_iteration - (done % trials_per_iteration);
  return Math.min(trialsPlanned(settings) - done, ofIteration);
}

interface PlannedTrial {
  choices: number[];
  combination: Combination;
  seeds: Seed[];
}

/** Runs the trials of one iteration together; as many as the budget has room for, in order. Undefined when it has room for none. */
export async function runTrials(
  before: MiproState,
  parts: SearchParts,
  work: Work,
): Promise<MiproState | undefined> {
  const { settings } = parts;
  const slots = slotsOf(settings, before.banks);
  const drawn = suggestTrials(before, slots, batchSize(before, settings), parts);
  const random = parts.random.from(before.random);
  const sizes = hasFullTrials(before, settings) ? { ...settings, batch_size: null } : settings;
  const { seeds, queue } = drawMinibatch(before.queue, before.online, sizes, random);
  const state = { ...drawn.state, random: random.state(), queue };
  const known = [...state.combinations];
  const trials = drawn.trials.map(({ choices }): PlannedTrial => {
    const combination = combinationOf(choices, state.iteration, known);
    return { choices, combination, seeds };
  });
  const fitting = affordable(trials, leftForTrials(settings, fullReserve(state, settings), work));
  if (fitting.length === 0) return undefined;
  for (const event of told.samplingEvents(state, drawn.trials.slice(0, fitting.length), slots))
    work.emit(event);
  const scored = await Promise.all(
    fitting.map(({ choices, combination, seeds: own }) => {
      // What is known would be asked of whichever model scores trials now, and might be news to it.
      const asked = settings.proxied ? unscoredSeeds(combination, own) : own;
      return scoreOn(candidateFor(choices, state, settings), asked, "online", work);
    }),
  );
  const ran = new Set(fitting.map(({ combination }) => combination.id));
  const combinations = known.filter(({ id }, i) => i < before.combinations.length || ran.has(id));
  return fitting.reduce(
    (at, trial, i) => {
      const result = scored[i];
      return result === undefined ? at : foldTrial(at, trial, result, settings, work);
    },
    { ...state, combinations },
  );
}

/** What is set aside for a full evaluation; nothing where trials are full evaluations. */
function fullReserve(state: MiproState, settings: MiproSettings): number {
  return hasFullTrials(state, settings) ? 0 : fullReserved(state, settings);
}

/** The first trials that fit, each with the rollouts that are not known yet. */
function affordable(trials: readonly PlannedTrial[], allowance: number): PlannedTrial[] {
  let left = allowance;
  const paid = new Map<string, Set<Seed>>();
  const fitting: PlannedTrial[] = [];
  for (const trial of trials) {
    const known = paid.get(trial.combination.id) ?? new Set();
    const news = unscoredSeeds(trial.combination, trial.seeds).filter((seed) => !known.has(seed));
    left -= news.length;
    if (left < 0) break;
    paid.set(trial.combination.id, new Set([...known, ...news]));
    fitting.push(trial);
  }
  return fitting;
}

function foldTrial(
  state: MiproState,
  { choices, combination, seeds }: PlannedTrial,
  { evaluations, score, error }: Scored,
  settings: MiproSettings,
  work: Work,
): MiproState {
  const known = state.combinations.find(({ id }) => id === combination.id) ?? combination;
  const isFull = hasFullTrials(state, settings);
  const newer = withRewards(known, evaluations);
  const scored = settings.proxied ? wholeScore(newer, seeds, evaluations, error) : { score, error };
  const row: TrialRow = {
    number: state.trials.length,
    iteration: state.iteration,
    kind: isFull ? "full" : "minibatch",
    candidate_id: newer.id,
    choices,
    seeds,
    value: toldValue(scored.score, settings),
    incumbent: false,
    ...scored,
  };
  const next = {
    ...state,
    combinations: replaced(state.combinations, newer),
    since_full: state.since_full + 1,
    stale: state.stale + 1,
  };
  for (const event of told.trialEvents(row, newer)) work.emit(event);
  return isFull ? asFull(next, row, newer, settings, work) : { ...next, trials: [...next.trials, row] };
}

/** The score on all of the seeds, of which some were known before. */
function wholeScore(
  combination: Combination,
  seeds: readonly Seed[],
  news: readonly Evaluation[],
  error: string | null,
): Pick<TrialRow, "score" | "error" | "proxied"> {
  const predicted = new Set(combination.proxied);
  return {
    score: meanOf(seeds.map((seed) => combination.rewards[String(seed)] ?? 0)),
    error: news.length === seeds.length ? error : null,
    ...(seeds.some((seed) => predicted.has(seed)) ? { proxied: true } : {}),
  };
}

function toldValue(score: number, { strategy }: MiproSettings): number {
  return strategy === "reference" ? percent(score) : score;
}

/** Takes a full evaluation in: its candidate may be the best now. */
function asFull(
  state: MiproState,
  row: TrialRow,
  combination: Combination,
  settings: MiproSettings,
  work: Work,
): MiproState {
  const best = state.incumbent;
  const evaluated = state.combinations.filter(({ full_order }) => full_order !== null).length;
  const newer = {
    ...combination,
    full_score: row.score,
    full_order: combination.full_order ?? evaluated,
  };
  const entered = { ...state, combinations: replaced(state.combinations, newer) };
  const worth = standings(entered, settings);
  const leader = leaderOf(entered, newer.id, worth, settings);
  const incumbent = leader === newer.id && leader !== best;
  const told_row = { ...row, incumbent };
  work.emit(told.fullEvent(told_row));
  if (incumbent && best !== null)
    work.emit(
      told.incumbentEvent({ ...told_row, score: worth.get(leader) ?? 0 }, worth.get(best) ?? 0, state),
    );
  return {
    ...entered,
    trials: [...state.trials, told_row],
    incumbent: leader,
    since_full: 0,
    stale: leader === best ? state.stale : 0,
  };
}

/** Who is the best once a candidate was evaluated in full. On different pools that says something of all the others too, and a proof puts it before those without. */
function leaderOf(
  state: MiproState,
  newcomer: string,
  worth: ReadonlyMap<string, number>,
  settings: MiproSettings,
): string {
  const order = state.phase === "proof" ? ranking : leaders;
  if (differsInFull(state, settings) || settings.proxied) return order(state, settings)[0]?.id ?? newcomer;
  const value = (id: string) => toldValue(worth.get(id) ?? 0, settings);
  const { incumbent } = state;
  return incumbent === null || value(newcomer) > value(incumbent) ? newcomer : incumbent;
}

/** Evaluates some of the candidates in full, those that fit into the budget; the state as it was when none does. */
export async function evaluateFully(
  state: MiproState,
  chosen: readonly Combination[],
  settings: MiproSettings,
  work: Work,
): Promise<MiproState> {
  const proves = state.phase === "proof";
  // What proves the best at the end stays affordable until then.
  const isEnding = proves && state.stop !== null;
  let left = leftForFull(settings, work) - (settings.proxied && !isEnding ? state.full.length : 0);
  const fitting = chosen.filter((combination) => {
    const cost = (proves ? unprovenSeeds : unscoredSeeds)(combination, state.full).length;
    if (cost > left) return false;
    left -= cost;
    return true;
  });
  const scored = await Promise.all(
    fitting.map((combination) => {
      const candidate = candidateFor(combination.choices, state, settings);
      const seeds = seedsToAsk(combination, state, settings);
      return proves
        ? proofOn(candidate, seeds, new Set(combination.proxied), fullPurpose(settings), work)
        : scoreOn(candidate, seeds, fullPurpose(settings), work);
    }),
  );
  return fitting.reduce((at, combination, i) => {
    const result = scored[i];
    return result === undefined ? at : foldFull(at, combination, result, settings, work);
  }, state);
}

/** All seeds, of which known ones cost nothing; where two models score, those alone that are not known. */
function seedsToAsk(
  combination: Combination,
  state: MiproState,
  { proxied }: MiproSettings,
): readonly Seed[] {
  if (!proxied) return state.full;
  return (state.phase === "proof" ? unprovenSeeds : unscoredSeeds)(combination, state.full);
}

function foldFull(
  state: MiproState,
  combination: Combination,
  { evaluations, score, error }: Scored,
  settings: MiproSettings,
  work: Work,
): MiproState {
  const isBaseline = state.trials.length === 0;
  const newer = withRewards(
    state.combinations.find(({ id }) => id === combination.id) ?? combination,
    evaluations,
  );
  const scored = settings.proxied ? wholeScore(newer, state.full, evaluations, error) : { score, error };
  const row: TrialRow = {
    number: state.trials.length,
    iteration: isBaseline ? -1 : state.iteration,
    kind: isBaseline ? "baseline" : "full",
    candidate_id: newer.id,
    choices: newer.choices,
    seeds: [...state.full],
    value: toldValue(scored.score, settings),
    incumbent: false,
    ...scored,
  };
  return asFull(state, row, newer, settings, work);
}

/** Full evaluations that are due between trials: one for each `full_eval_every_k` of them. */
export function fullsDue({ since_full }: MiproState, settings: MiproSettings): number {
  return settings.strategy === "reference" ? 1 : Math.floor(since_full / settings.full_eval_every_k);
}

/** Whether a full evaluation is due after the last batch of trials. */
export function fullDue(state: MiproState, settings: MiproSettings): boolean {
  if (hasFullTrials(state, settings)) return false;
  const { full_eval_every_k: every } = settings;
  if (settings.strategy === "parallel") return state.since_full >= every;
  const planned = trialsPlanned(settings);
  const all = planned + Math.floor(planned / every) + 1 + (planned % every === 0 ? 0 : 1);
  const number = state.trials.length;
  return number % (every + 1) === 0 || number === all - 1;
}
