// GEPA in generations (Agrawal et al. 2025, algorithm 1; protocol §7.1): score the baseline, reflect a first population
// out of it, then generation by generation breed children from instance-wise Pareto parents, and score the best few on
// held-out seeds at the end. Owns the order of decisions. Does not own: asking (the work port), storing, retrying.

import type { CandidateRecord, Engine, Results, StopReason, Work } from "../engine.ts";
import { randomFrom, seedRandom } from "../random.ts";
import { candidateId, ranked, rewardsOf, scoredOf } from "./archive.ts";
import { affordable } from "./breeding.ts";
import * as told from "./events.ts";
import { heldOutCost, heldOutScores } from "./heldout.ts";
import { parentDraw } from "./pareto.ts";
import { breedTogether } from "./population.ts";
import type { GepaSettings, GepaState } from "./state.ts";

/** A baseline on which every rollout failed: there is nothing to learn from. */
export class BaselineFailedError extends Error {
  readonly code = "baseline_failed";
}

/** The generational GEPA engine for these settings. */
export function gepaEngine(settings: GepaSettings): Engine<GepaState> {
  return {
    begin: () => begin(settings),
    step: (state, work) => step(state, settings, work),
    verdict: (state) => (state.phase === "done" ? (state.stop ?? "generations") : undefined),
    conclude: (state, reason, heldOut) => conclude(state, reason, heldOut, settings),
    results,
  };
}

function begin(settings: GepaSettings): GepaState {
  return {
    phase: "baseline",
    random: seedRandom(settings.rng_seed),
    sampler: { queue: [] },
    generation: 0,
    candidates: [],
    archive: [],
    turns: {},
    stale: 0,
    stop: null,
    validation: [],
    test: [],
  };
}

function step(state: GepaState, settings: GepaSettings, work: Work): Promise<GepaState> {
  switch (state.phase) {
    case "baseline":
      return scoreBaseline(state, settings, work);
    case "population":
      return firstPopulation(state, settings, work);
    case "generation":
      return nextGeneration(state, settings, work);
    case "validation":
    case "test":
      return scoreHeldOut(state, state.phase, settings, work);
    case "done":
      return Promise.resolve(state);
  }
}

async function scoreBaseline(state: GepaState, settings: GepaSettings, work: Work): Promise<GepaState> {
  const texts = settings.baseline;
  const evaluations = await work.evaluate({ texts }, settings.pareto_seeds, "pareto");
  const failure = evaluations.every(({ error }) => error) ? evaluations[0]?.error : undefined;
  if (failure) {
    throw new BaselineFailedError(`every rollout of the baseline failed, the first with: ${failure.message}`);
  }
  const baseline: CandidateRecord = {
    id: candidateId(0),
    texts,
    parents: [],
    generation: 0,
    operator: "baseline",
    accepted: true,
    on_front: true,
    ...rewardsOf(evaluations),
  };
  work.emit(told.phaseEvent("init", "optimization"));
  work.emit(told.baselineEvent(baseline, evaluations));
  const scored = { ...state, candidates: [baseline], archive: [baseline.id] };
  if (reachedTarget(scored, settings)) return endSearch(scored, "target", settings, work);
  return { ...scored, phase: "population" };
}

async function firstPopulation(state: GepaState, settings: GepaSettings, work: Work): Promise<GepaState> {
  const baseline = state.candidates[0];
  // Generations learn from what came before; a first population that eats more than half of the budget leaves them none.
  const half = { rollouts: (work.remaining().rollouts - heldOutCost(settings)) / 2 };
  const count = Math.min(settings.initial_size - 1, affordable(half, 0, settings, false));
  if (baseline === undefined || count <= 0) return { ...state, phase: "generation" };
  const next = await breedTogether(
    state,
    Array.from({ length: count }, () => baseline),
    false,
    settings,
    work,
  );
  if (reachedTarget(next, settings)) return endSearch(next, "target", settings, work);
  return { ...next, phase: "generation" };
}

async function nextGeneration(state: GepaState, settings: GepaSettings, work: Work): Promise<GepaState> {
  const room = affordable(work.remaining(), heldOutCost(settings), settings, true);
  if (room === 0) return endSearch(state, "budget", settings, work);
  const random = randomFrom(state.random);
  const pool = state.candidates.filter(({ id }) => state.archive.includes(id));
  const draw = parentDraw(
    scoredOf(pool, settings.pareto_seeds),
    settings.pareto_eps,
    settings.selection_pressure,
  );
  const parents = Array.from({ length: Math.min(room, settings.children_per_generation) }, () => draw(random))
    .map((id) => pool.find((candidate) => candidate.id === id))
    .filter((parent) => parent !== undefined);
  const before = bestMean(state);
  const generation = state.generation + 1;
  const bred = await breedTogether(
    { ...state, random: random.state(), generation },
    parents,
    true,
    settings,
    work,
  );
  const next = { ...bred, stale: bestMean(bred) > before ? 0 : state.stale + 1 };
  const stop = searchVerdict(next, settings);
  return stop ? endSearch(next, stop, settings, work) : next;
}

async function scoreHeldOut(
  state: GepaState,
  set: "validation" | "test",
  settings: GepaSettings,
  work: Work,
): Promise<GepaState> {
  const scores = await heldOutScores(state, set, settings, work);
  for (const event of told.heldOutEvents(set, scores)) work.emit(event);
  return enter({ ...state, [set]: scores }, set === "validation" ? "test" : "done", settings, work);
}

/** Ends the search with its reason; what remains is to score the best on held-out seeds. */
function endSearch(state: GepaState, stop: StopReason, settings: GepaSettings, work: Work): GepaState {
  work.emit(told.stopEvent(stop, settings));
  return enter({ ...state, stop }, "validation", settings, work);
}

/** Moves on to a held-out phase, or past it where it has no seeds. */
function enter(
  state: GepaState,
  phase: "validation" | "test" | "done",
  settings: GepaSettings,
  work: Work,
): GepaState {
  if (phase === "validation" && settings.validation_seeds.length === 0) {
    return enter(state, "test", settings, work);
  }
  if (phase === "test" && settings.test_seeds.length === 0) return enter(state, "done", settings, work);
  const from = state.phase === "validation" || state.phase === "test" ? state.phase : "optimization";
  work.emit(told.phaseEvent(from, phase === "done" ? "complete" : phase));
  return { ...state, phase };
}

/** Ends the search for a reason from outside. Without a baseline there is nothing to score on held-out seeds. */
function conclude(state: GepaState, reason: StopReason, heldOut: boolean, settings: GepaSettings): GepaState {
  if (state.stop !== null && (heldOut || state.phase === "done")) return state;
  const stop = state.stop ?? reason;
  const scorable = heldOut && state.candidates.length > 0;
  if (scorable && settings.validation_seeds.length > 0) return { ...state, stop, phase: "validation" };
  if (scorable && settings.test_seeds.length > 0) return { ...state, stop, phase: "test" };
  return { ...state, stop, phase: "done" };
}

function searchVerdict(state: GepaState, settings: GepaSettings): StopReason | undefined {
  if (reachedTarget(state, settings)) return "target";
  if (state.generation >= settings.num_generations) return "generations";
  if (settings.patience_generations > 0 && state.stale >= settings.patience_generations) return "patience";
  return undefined;
}

function reachedTarget(state: GepaState, settings: GepaSettings): boolean {
  return settings.target !== null && bestMean(state) >= settings.target;
}

function bestMean(state: GepaState): number {
  return ranked(state.candidates)[0]?.mean ?? Number.NEGATIVE_INFINITY;
}

function results(state: GepaState): Results {
  return {
    candidates: state.candidates,
    ranking: ranked(state.candidates).map(({ id }) => id),
    validation: state.validation,
    test: state.test,
    generation: state.generation,
  };
}
