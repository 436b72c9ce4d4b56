// MIPROv2 (Opsahl-Ong et al. 2024; protocol §7.2): score the baseline, bootstrap demos out of its rollouts, have instructions
// proposed that are grounded in the task, then search over instructions and demos of all stages with a tree-structured Parzen
// estimator, on minibatches with a full evaluation now and then; score the best few on the test seeds at the end.
// Owns the order of the steps. Does not own: asking (the work port), storing, retrying.

import type { Engine, Results, StopReason, Work } from "../engine.ts";
import { BaselineFailedError } from "../gepa/baseline.ts";
import { RANDOM, type RandomSource } from "../random.ts";
import { bootstrap } from "./bootstrap.ts";
import { fullReserved, leftForTrials, PROVEN, shortOf } from "./budget.ts";
import { candidateId } from "./combinations.ts";
import { conclude, endSearch, enterProof, enterTest, isUnproven, reachedTarget } from "./ending.ts";
import * as told from "./events.ts";
import { isExhausted, nextRound } from "./exhaustion.ts";
import { mostPromising } from "./promise.ts";
import { proveNewcomers } from "./proving.ts";
import { toProve } from "./ranking.ts";
import { resultsOf } from "./results.ts";
import { pruned, roundDue, runRound } from "./rounds.ts";
import { promises, type StreamSource, type Suggest } from "./sampling.ts";
import { estimates } from "./scores.ts";
import {
  evaluateFully,
  fullDue,
  fullsDue,
  runTrials,
  type SearchParts,
  trialsDone,
  trialsPlanned,
  trialsSinceBest,
} from "./search.ts";
import { seated } from "./seats.ts";
import type { MiproSettings } from "./settings.ts";
import { slotsOf } from "./space.ts";
import type { MiproState, StageBank } from "./state.ts";
import { testScores } from "./test-scores.ts";
import { suggest } from "./tpe.ts";
import { movedOn, tellOpened } from "./trial-pool.ts";

/** Candidates that are evaluated in full when the search ends, if they were not. */
export const FINALISTS = 3;
/** Candidates in the event that ranks them. */
const RANKED = 10;

/** What a replay of a recorded run puts in the place of the product's own. */
export interface MiproPorts {
  /** Generator of demo sets, tips and minibatches. */
  random?: RandomSource;
  /** Generator of the sampler's two streams. */
  streams?: StreamSource;
  suggest?: Suggest;
}

/** The MIPROv2 engine for these settings. */
export function miproEngine(settings: MiproSettings, ports: MiproPorts = {}): Engine<MiproState> {
  const random = ports.random ?? RANDOM;
  const parts: SearchParts = {
    settings,
    random,
    streams: ports.streams ?? random,
    suggest: ports.suggest ?? suggest,
  };
  return {
    begin: () => begin(parts),
    step: (state, work) => step(state, parts, work),
    verdict: (state) => (state.phase === "done" ? (state.stop ?? "iterations") : undefined),
    conclude: (state, ...how) => conclude(state, settings, ...how),
    results: (state): Results => resultsOf(state, settings),
  };
}

function begin({ settings, random, streams }: SearchParts): MiproState {
  const draws = random.from(random.seed(settings.rng_seed));
  const { online_seeds, online_sample, val_seeds } = settings;
  const online =
    online_sample === null
      ? [...online_seeds]
      : draws.sample(online_seeds, Math.min(online_sample, online_seeds.length));
  const seed = streams.seed(settings.rng_seed);
  return {
    phase: "baseline",
    random: draws.state(),
    tpe: { startup: seed, model: seed },
    online,
    full: val_seeds.length > 0 ? [...val_seeds] : online,
    iteration: 0,
    rounds: 0,
    proposed: 0,
    banks: settings.stages.map(({ component, instruction_slots }) =>
      emptyBank(settings.baseline[component] ?? "", instruction_slots),
    ),
    grounding: { dataset: null, roles: settings.stages.map(({ description }) => description) },
    examples: [],
    queue: [],
    combinations: [],
    trials: [],
    incumbent: null,
    since_full: 0,
    stale: 0,
    stop: null,
    test: [],
  };
}

function emptyBank(baseline: string, slots: number): StageBank {
  const instructions = Array.from({ length: slots }, (_, slot) => [
    { text: slot === 0 ? baseline : "", round: -1, retired: false },
  ]);
  return { instructions, demos: [], demo_sets: [[]] };
}

function step(state: MiproState, parts: SearchParts, work: Work): Promise<MiproState> {
  switch (state.phase) {
    case "baseline":
      return scoreBaseline(state, parts.settings, work);
    case "bootstrap":
      return makeDemos(state, parts, work);
    case "proposals":
      return propose(state, parts, work);
    case "trials":
      return tryBatch(state, parts, work);
    case "full_evaluation":
      return evaluateBest(state, parts.settings, work);
    case "proof":
      return proveBest(state, parts.settings, work);
    case "test":
      return scoreTest(state, parts.settings, work);
    case "done":
      return Promise.resolve(state);
  }
}

async function scoreBaseline(before: MiproState, settings: MiproSettings, work: Work): Promise<MiproState> {
  work.emit(told.startedEvent(settings));
  const { full, online, pool } = seated(before, settings, work);
  const baseline = {
    id: candidateId(0),
    choices: slotsOf(settings, before.banks).map(() => 0),
    rewards: {},
    full_score: null,
    full_order: null,
    iteration: -1,
  };
  const state = { ...before, full, online, ...(pool ? { pool } : {}), combinations: [baseline] };
  if (full.length === 0) return endSearch(state, shortOf(work), settings, work);
  const scored = await evaluateFully(state, [baseline], settings, work);
  const row = scored.trials[0];
  if (row?.error) {
    throw new BaselineFailedError(`every rollout of the baseline failed, the first with: ${row.error}`);
  }
  if (row) work.emit(told.baselineEvent(row));
  tellOpened(scored, settings, work);
  work.emit(told.phaseEvent("init", "bootstrap"));
  if (reachedTarget(scored, settings)) return endSearch(scored, "target", settings, work);
  return { ...scored, phase: "bootstrap" };
}

async function makeDemos(
  state: MiproState,
  { settings, random }: SearchParts,
  work: Work,
): Promise<MiproState> {
  const draws = random.from(state.random);
  // Trials learn from demos; a bootstrap that eats more than half of the budget leaves them none.
  const allowance = Math.floor(leftForTrials(settings, fullReserved(state, settings), work) / 2);
  const found = await bootstrap(settings, allowance, draws, random, work);
  const banks = state.banks.map((bank, at) => ({ ...bank, ...found.banks[at] }));
  work.emit(
    told.bootstrapEvent({
      ...found,
      sets: banks.map(({ demo_sets }) => demo_sets.length),
      needed: settings.min_bootstrap_demos,
    }),
  );
  work.emit(told.phaseEvent("bootstrap", "optimization"));
  return beforeTrials({ ...state, random: draws.state(), banks, examples: found.examples }, settings, work);
}

/** Moves on to the next iteration: its proposals, if some are due, else its trials. */
function beforeTrials(state: MiproState, settings: MiproSettings, work: Work): MiproState {
  if (roundDue(state.iteration, settings) !== undefined) return { ...state, phase: "proposals" };
  work.emit(told.skippedEvent(state.iteration));
  return { ...state, phase: "trials" };
}

async function propose(
  state: MiproState,
  { settings, random }: SearchParts,
  work: Work,
): Promise<MiproState> {
  const draws = random.from(state.random);
  const kind = roundDue(state.iteration, settings) ?? "first";
  const proposed = { ...(await runRound(state, kind, draws, settings, work)), random: draws.state() };
  if (kind === "first") return { ...proposed, phase: "trials" };
  const next = await proveNewcomers(state, proposed, settings, random, work);
  return { ...next, banks: pruned(next, settings), phase: "trials" };
}

async function tryBatch(state: MiproState, parts: SearchParts, work: Work): Promise<MiproState> {
  const { settings } = parts;
  if (isExhausted(state, settings)) {
    const next = nextRound(state, settings);
    work.emit(told.exhaustedEvent(state.combinations.length, next));
    if (next === undefined) return endSearch(state, "exhausted", settings, work);
    return { ...state, iteration: next, phase: "proposals" };
  }
  if (startsIteration(state, settings)) work.emit(told.iterationStartEvent(state, settings));
  const next = await runTrials(state, parts, work);
  if (next === undefined) return endSearch(state, shortOf(work), settings, work);
  return fullDue(next, settings) ? { ...next, phase: "full_evaluation" } : afterTrials(next, settings, work);
}

/** The reference has one trial to a step, and so several steps to an iteration. */
function startsIteration(state: MiproState, settings: MiproSettings): boolean {
  return trialsDone(state, settings) % settings.trials_per_iteration === 0;
}

async function evaluateBest(state: MiproState, settings: MiproSettings, work: Work): Promise<MiproState> {
  const isFinal = state.stop !== null;
  const due = fullsDue(state, settings);
  const chosen = mostPromising(state, settings, isFinal ? FINALISTS : due);
  if (chosen.length === 0 && !isFinal && settings.strategy === "reference") {
    work.emit(told.exhaustedEvent(state.combinations.length));
    return endSearch(state, "exhausted", settings, work);
  }
  const next = await evaluateFully(state, chosen, settings, work);
  // A step tells something, whatever comes of it: an audit takes the next event for the step's own.
  if (next === state) work.emit(told.noFullEvent(chosen.length));
  if (isFinal) return enterProof(next, settings, work);
  const since_full = Math.max(0, state.since_full - due * settings.full_eval_every_k);
  return afterTrials({ ...next, since_full }, settings, work);
}

/**
 * Before patience ends a search whose best has a predicted score: that one goes to the model that counts, and where it is not borne out
 * whoever seems the best then, until one is.
 */
async function proveLeader(state: MiproState, settings: MiproSettings, work: Work): Promise<MiproState> {
  const leader = toProve(state, settings, 1);
  const proven = await evaluateFully(state, leader, settings, work);
  if (proven === state) {
    work.emit(told.noFullEvent(leader.length));
    return endSearch(state, "patience", settings, work);
  }
  const next = asIfKnown(state, proven);
  return toProve(next, settings, 1).length > 0 ? next : goOn(next, settings, work);
}

/** The best go to the model that counts, and their ranking with them. Where that does not bear out that the target is reached, the search goes on. */
async function proveBest(state: MiproState, settings: MiproSettings, work: Work): Promise<MiproState> {
  if (state.stop === null) return proveLeader(state, settings, work);
  const best = toProve(state, settings, PROVEN);
  const proven = await evaluateFully(state, best, settings, work);
  if (proven === state) work.emit(told.noFullEvent(best.length));
  if (state.stop !== "target") return enterTest(proven, settings, work);
  if (!reachedTarget(proven, settings)) {
    return goOn({ ...asIfKnown(state, proven), stop: null }, settings, work);
  }
  work.emit(told.stopEvent("target", settings));
  return enterTest(proven, settings, work);
}

/** A search that goes on after a proof: what counts trials counts them as if the best had been known all along. */
function asIfKnown({ since_full }: MiproState, proven: MiproState): MiproState {
  return { ...proven, since_full, stale: trialsSinceBest(proven) };
}

/** Ends an iteration, and the search where something says so. */
function afterTrials(state: MiproState, settings: MiproSettings, work: Work): MiproState {
  const { done, isOver } = iterationOf(state, settings);
  const next = isOver ? { ...state, iteration: state.iteration + 1 } : state;
  if (isOver) {
    work.emit(told.updateEvent(state));
    work.emit(told.rankingsEvent(state.iteration, rankingsOf(state, settings)));
    work.emit(told.iterationEndEvent(state, done));
  }
  if (!reachedTarget(next, settings)) return goOn(next, settings, work);
  // A predicted score has to be proven first.
  if (isUnproven(next, settings)) return enterProof({ ...next, stop: "target" }, settings, work);
  return endSearch(next, "target", settings, work);
}

/** Goes on after a batch of trials, unless they were the last. */
function goOn(state: MiproState, settings: MiproSettings, work: Work): MiproState {
  const { done, isOver } = iterationOf(state, settings);
  if (done >= trialsPlanned(settings)) return endSearch(state, limitOf(settings), settings, work);
  if (state.iteration >= settings.num_iterations) return endSearch(state, "iterations", settings, work);
  const { patience_trials } = settings;
  if (patience_trials !== null && state.stale >= patience_trials) {
    if (toProve(state, settings, 1).length > 0) return { ...state, phase: "proof" };
    return endSearch(state, "patience", settings, work);
  }
  return isOver && settings.strategy === "parallel"
    ? beforeTrials(movedOn(state, done, settings, work), settings, work)
    : { ...state, phase: "trials" };
}

/** The trials so far, and whether they end an iteration. */
function iterationOf(state: MiproState, settings: MiproSettings): { done: number; isOver: boolean } {
  const done = trialsDone(state, settings);
  return { done, isOver: done % settings.trials_per_iteration === 0 || done >= trialsPlanned(settings) };
}

function rankingsOf(state: MiproState, settings: MiproSettings) {
  const known = estimates(state.combinations);
  const predicted = new Set(state.combinations.filter(({ proxied }) => proxied?.length).map(({ id }) => id));
  return [...promises(state, slotsOf(settings, state.banks), settings)]
    .map(([id, estimate]) => ({
      id,
      estimate,
      seeds: known.get(id)?.count ?? 0,
      proxied: predicted.has(id),
    }))
    .sort((a, b) => b.estimate - a.estimate)
    .slice(0, RANKED);
}

function limitOf({ num_trials, num_iterations, trials_per_iteration }: MiproSettings): StopReason {
  return num_trials !== null && num_trials < num_iterations * trials_per_iteration ? "trials" : "iterations";
}

async function scoreTest(state: MiproState, settings: MiproSettings, work: Work): Promise<MiproState> {
  const test = await testScores(state, settings, work);
  work.emit(told.phaseEvent("test", "complete"));
  return { ...state, test, phase: "done" };
}
