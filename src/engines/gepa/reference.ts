// GEPA as its reference implementation runs it: one iteration at a time, a merge if one is due, else a reflection that is kept when
// it gains on its minibatch (gepa-ai/gepa; GEPA paper, algorithm 1). An iteration is a step. Owns the order of decisions.
// Differs from the reference on purpose: the budget of rollouts is a hard cap, so an iteration begins only if its worst case fits.

import type { Engine, Results, StopReason, Work } from "../engine.ts";
import { baselineRecord } from "./baseline.ts";
import { concluded, ended, heldOutScored, shortOf } from "./ending.ts";
import * as told from "./events.ts";
import { NO_MERGES } from "./merge.ts";
import { FIRST_EPOCH } from "./minibatches.ts";
import { CandidatePool } from "./pool.ts";
import { roomFor } from "./reference-cost.ts";
import { iterate } from "./reference-iteration.ts";
import { OWN_PORTS, type ReferencePorts, type ReferenceState } from "./reference-state.ts";
import type { GepaSettings } from "./state.ts";

/** Iterations in a row without a new text that show a search has nothing new in it. */
const IDLE_ITERATIONS = 100;

/** What a step works with. */
interface Run {
  settings: GepaSettings;
  ports: ReferencePorts;
  pool: CandidatePool;
}

/** The engine of `strategy = "reference"`. */
export function referenceEngine(
  settings: GepaSettings,
  ports: Partial<ReferencePorts> = {},
): Engine<ReferenceState> {
  const { pareto_seeds, pareto_eps, search } = settings;
  const pool = new CandidatePool(search.frontier_type, pareto_seeds, pareto_eps);
  const run: Run = { settings, ports: { ...OWN_PORTS, ...ports }, pool };
  return {
    begin: () => begin(run),
    step: (state, work) => step(state, run, work),
    verdict: (state) => (state.phase === "done" ? (state.stop ?? "iterations") : undefined),
    conclude: (state, reason, heldOut) => concluded(state, reason, heldOut, settings),
    results: (state) => results(state, run),
  };
}

function begin({ settings, ports }: Run): ReferenceState {
  return {
    phase: "baseline",
    random: ports.source.seed(settings.rng_seed),
    iteration: 0,
    epoch: FIRST_EPOCH,
    candidates: [],
    turns: {},
    asked: 0,
    merges: { due: 0, accepted: 0, fresh: false, memory: NO_MERGES },
    idle: 0,
    stop: null,
    validation: [],
    test: [],
  };
}

async function step(state: ReferenceState, run: Run, work: Work): Promise<ReferenceState> {
  switch (state.phase) {
    case "baseline":
      return searchOn(await scoreBaseline(state, run, work), run, work);
    case "iteration":
      return nextIteration(state, run, work);
    case "validation":
    case "test":
      return heldOutScored(state, state.phase, run.settings, work);
    case "done":
      return state;
  }
}

async function scoreBaseline(state: ReferenceState, run: Run, work: Work): Promise<ReferenceState> {
  const { baseline: texts, pareto_seeds, search } = run.settings;
  const seeds = run.ports.meter?.ordered(texts, pareto_seeds) ?? pareto_seeds;
  const evaluations = await work.evaluate({ texts }, seeds, "pareto");
  run.ports.meter?.scored(0, texts, seeds);
  const baseline = baselineRecord(texts, evaluations, search.frontier_type);
  work.emit(told.phaseEvent("init", "optimization"));
  work.emit(told.baselineEvent(baseline, evaluations));
  const rewards = evaluations.map(({ seed, reward }) => [seed, reward] as const);
  run.ports.observe({ kind: "scored", iteration: 0, candidate: 0, rewards });
  return { ...state, phase: "iteration", candidates: [baseline] };
}

async function nextIteration(state: ReferenceState, run: Run, work: Work): Promise<ReferenceState> {
  const { settings, ports, pool } = run;
  const budget = work.remaining();
  const room = ports.meter ? Number.POSITIVE_INFINITY : roomFor(settings, budget);
  if (room < 1) return ended(state, shortOf(budget), settings, work);
  pool.follow(state.candidates);
  const next = await iterate(state, { settings, ports, pool, work, room });
  return searchOn(next, run, work);
}

/** Goes on with the search, or ends it where there is a reason to. */
function searchOn(state: ReferenceState, run: Run, work: Work): ReferenceState {
  const stop = reasonToStop(state, run);
  return stop ? ended(state, stop, run.settings, work) : state;
}

function reasonToStop(state: ReferenceState, { settings, ports, pool }: Run): StopReason | undefined {
  const { target, search } = settings;
  pool.follow(state.candidates);
  if (target !== null && pool.mean(pool.fronts.best()) >= target) return "target";
  if (search.max_iterations !== null && state.iteration >= search.max_iterations) return "iterations";
  if (ports.meter) return ports.meter.spent() ? "budget" : undefined;
  return state.idle >= IDLE_ITERATIONS ? "exhausted" : undefined;
}

function results(state: ReferenceState, { pool, ports }: Run): Results {
  pool.follow(state.candidates);
  const survivors = new Set(
    pool.size === 0
      ? []
      : pool.fronts.survivors(ports.order).map(({ candidate }) => pool.member(candidate).id),
  );
  return {
    candidates: state.candidates.map((one) => ({ ...one, on_front: survivors.has(one.id) })),
    ranking: pool.fronts.top(pool.size).map((number) => pool.member(number).id),
    validation: state.validation,
    test: state.test,
    generation: state.iteration,
  };
}
