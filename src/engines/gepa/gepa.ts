// GEPA in generations (Agrawal et al. 2025, algorithm 1; protocol §7.1): score the baseline, reflect a first population
// out of it, then generation by generation breed children of good parents, and score the best few on held-out seeds at
// the end. Owns the order of decisions. Does not own: asking (the work port), storing, retrying.

import type { Engine, Results, StopReason, Work } from "../engine.ts";
import { comparableMeans } from "../pool/compare.ts";
import { movedPool, openPool, poolEvent, poolSummary, scoringSeeds } from "../pool/scoring.ts";
import { RANDOM } from "../random.ts";
import { provenRanked, ranked } from "./archive.ts";
import { baselineRecord } from "./baseline.ts";
import { allScores, scorable, seedsDiffer } from "./comparison.ts";
import { concluded, ended, heldOutScored, shortOf } from "./ending.ts";
import * as told from "./events.ts";
import { heldOutCost } from "./heldout.ts";
import { estimatesOf } from "./levels.ts";
import { NO_MERGES } from "./merge.ts";
import { affordable, worstCost } from "./planning.ts";
import { type CandidatePool, poolFor } from "./pool.ts";
import { type Breeding, breedTogether } from "./population.ts";
import { needsProof, proofCost, proveBest } from "./proof.ts";
import type { GepaSettings, GepaState } from "./state.ts";

/** The generational GEPA engine for these settings. */
export function gepaEngine(settings: GepaSettings): Engine<GepaState> {
  // Made with the first step: most engines are asked for results alone, several times a second.
  let pool: CandidatePool | undefined;
  return {
    begin: () => begin(settings),
    step: (state, work) => {
      pool ??= poolFor(settings);
      return step(state, { settings, pool }, work);
    },
    verdict: (state) => (state.phase === "done" ? (state.stop ?? "generations") : undefined),
    conclude: (state, ...how) => conclude(state, settings, ...how),
    results: (state) => results(state, settings),
  };
}

function begin(settings: GepaSettings): GepaState {
  const pool = openPool(settings.pool, settings.rng_seed);
  return {
    ...(pool ? { pool } : {}),
    phase: "baseline",
    random: RANDOM.seed(settings.rng_seed),
    sampler: { queue: [] },
    generation: 0,
    candidates: [],
    archive: [],
    turns: {},
    partial: {},
    paid: {},
    merges: { ...NO_MERGES, made: 0 },
    stale: 0,
    stop: null,
    validation: [],
    test: [],
  };
}

function step(state: GepaState, breeding: Breeding, work: Work): Promise<GepaState> {
  const { settings } = breeding;
  switch (state.phase) {
    case "baseline":
      return scoreBaseline(state, settings, work);
    case "population":
      return firstPopulation(state, breeding, work);
    case "generation":
      return nextGeneration(state, breeding, work);
    case "proof":
      return prove(state, settings, work);
    case "validation":
    case "test":
      return heldOutScored(state, state.phase, settings, work);
    case "done":
      return Promise.resolve(state);
  }
}

async function scoreBaseline(state: GepaState, settings: GepaSettings, work: Work): Promise<GepaState> {
  const texts = settings.baseline;
  const seeds = scoringSeeds(state.pool, settings.pareto_seeds);
  const evaluations = await work.evaluate({ texts }, seeds, "pareto");
  const record = baselineRecord(texts, evaluations, settings.search.frontier_type, seedsDiffer(settings));
  const baseline = { ...record, estimate: estimatesOf([record], {}).levels[0] ?? 0 };
  work.emit(told.phaseEvent("init", "optimization"));
  work.emit(told.baselineEvent(baseline, evaluations));
  const opened = poolEvent("gepa", null, state.pool, settings.pool);
  if (opened) work.emit(opened);
  const scored = { ...state, candidates: [baseline], archive: [baseline.id] };
  const stop = reachedTarget(scored, settings) ? "target" : undefined;
  return searchOn({ ...scored, phase: "population" }, stop, settings, work);
}

async function firstPopulation(state: GepaState, breeding: Breeding, work: Work): Promise<GepaState> {
  const { settings } = breeding;
  // Generations learn from what came before; a first population that eats more than half of the budget leaves them none.
  const { rollouts, ...others } = work.remaining();
  const half = {
    ...others,
    rollouts: (rollouts - heldOutCost(settings) - proofCost(settings, state.pool)) / 2,
  };
  const count = Math.min(settings.initial_size - 1, affordable(half, 0, settings, state.pool));
  if (count <= 0) {
    work.emit(told.noPopulationEvent());
    return { ...state, phase: "generation" };
  }
  const room = half.rollouts - count * worstCost(settings, state.pool);
  const next = await breedTogether(state, count, { ...breeding, room }, work);
  const stop = reachedTarget(next, settings) ? "target" : undefined;
  return searchOn({ ...next, phase: "generation" }, stop, settings, work);
}

async function nextGeneration(state: GepaState, breeding: Breeding, work: Work): Promise<GepaState> {
  const { settings } = breeding;
  const budget = work.remaining();
  const reserved = heldOutCost(settings) + proofCost(settings, state.pool);
  const room = affordable(budget, reserved, settings, state.pool);
  if (room === 0) {
    return searchOn(state, shortOf(budget), settings, work);
  }
  const before = ranked(state.candidates)[0];
  const entered = { ...state, generation: state.generation + 1 };
  const count = Math.min(room, settings.children_per_generation);
  const left = budget.rollouts - reserved - count * worstCost(settings, state.pool);
  const bred = await breedTogether(entered, count, { ...breeding, room: left }, work);
  const stale = ranked(bred.candidates)[0]?.id === before?.id ? state.stale + 1 : 0;
  const next = withNextPool({ ...bred, stale }, settings, work);
  return searchOn(next, searchVerdict(next, settings), settings, work);
}

/** The best are scored by the policy's model; then the search has ended. */
async function prove(state: GepaState, settings: GepaSettings, work: Work): Promise<GepaState> {
  const proven = await proveBest(state, settings, work);
  return ended(proven, state.stop ?? "generations", settings, work);
}

/** Ends the search for a reason from outside. */
function conclude(
  state: GepaState,
  settings: GepaSettings,
  stop: StopReason,
  heldOut: boolean,
  proof = true,
): GepaState {
  const proves = heldOut && proof && needsProof(state, settings);
  if (proves && state.phase === "proof") return state;
  if (proves && state.stop === null) return { ...state, stop, phase: "proof" };
  return concluded(state, stop, heldOut, settings);
}

/** The pool that the next generation is scored on, where there is one. */
function withNextPool(state: GepaState, settings: GepaSettings, work: Work): GepaState {
  const pool = movedPool(state.pool, settings.pool, state.generation, allScores(state), settings.rng_seed);
  if (!pool) return state;
  const event = poolEvent("gepa", state.pool, pool, settings.pool);
  if (event) work.emit(event);
  return { ...state, pool };
}

/** Goes on with the search, or ends it with its reason; what remains then is to score the best on held-out seeds. */
function searchOn(
  state: GepaState,
  stop: StopReason | undefined,
  settings: GepaSettings,
  work: Work,
): GepaState {
  if (stop === undefined) return state;
  if (!needsProof(state, settings)) return ended(state, stop, settings, work);
  work.emit(told.phaseEvent("optimization", "proof"));
  return { ...state, stop, phase: "proof" };
}

function searchVerdict(state: GepaState, settings: GepaSettings): StopReason | undefined {
  if (reachedTarget(state, settings)) return "target";
  if (state.generation >= settings.num_generations) return "generations";
  if (settings.patience_generations > 0 && state.stale >= settings.patience_generations) return "patience";
  return undefined;
}

/** Where a pool or a subsample makes candidates' seeds differ, by the means that they would have over all seeds. */
function reachedTarget({ candidates }: GepaState, settings: GepaSettings): boolean {
  const { target } = settings;
  if (target === null) return false;
  const proven = candidates.filter(({ accepted, proxied }) => accepted && !proxied);
  if (!seedsDiffer(settings)) return proven.some(({ mean }) => (mean ?? 0) >= target);
  return [...comparableMeans(proven, scorable(settings)).values()].some((mean) => (mean ?? 0) >= target);
}

function results(state: GepaState, settings: GepaSettings): Results {
  const { pool } = state;
  return {
    candidates: state.candidates,
    ranking: provenRanked(state.candidates).map(({ id }) => id),
    validation: state.validation,
    test: state.test,
    generation: state.generation,
    ...(pool && settings.pool ? { pool: poolSummary(pool, settings.pool) } : {}),
  };
}
