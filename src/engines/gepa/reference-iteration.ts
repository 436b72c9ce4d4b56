// One iteration of the reference's strategy: a merge where one is due, else the reflections of this iteration.

import type { CandidateRecord, Evaluation, Purpose, Seed, Work } from "../engine.ts";
import type { Random } from "../random.ts";
import { candidateId } from "./archive.ts";
import { inheritedTurn } from "./components.ts";
import * as told from "./events.ts";
import type { CandidatePool } from "./pool.ts";
import { reflectTogether } from "./reference-children.ts";
import { scoredSeeds } from "./reference-cost.ts";
import { tryMerge } from "./reference-merge.ts";
import type { ReferencePorts, ReferenceState } from "./reference-state.ts";
import { scoresOf } from "./scores.ts";
import type { GepaSettings } from "./state.ts";

/** What an iteration works with. */
export interface IterationParts {
  settings: GepaSettings;
  ports: ReferencePorts;
  /** The candidates of the state. */
  pool: CandidatePool;
  work: Work;
  /** The most children that the budget holds. */
  room: number;
}

/** An iteration under way. It changes its draft of the next state, and nothing else but the pool, which follows it. */
export class Iteration {
  readonly parts: IterationParts;
  readonly random: Random;
  /** From 1. */
  readonly number: number;
  draft: ReferenceState;

  constructor(state: ReferenceState, parts: IterationParts) {
    this.parts = parts;
    this.random = parts.ports.source.from(state.random);
    this.number = state.iteration + 1;
    this.draft = { ...state, iteration: this.number, candidates: [...state.candidates] };
  }

  /** Rollouts on minibatches. Each iteration asks anew where known answers are not to stand in. */
  onMinibatch(candidate: Pick<CandidateRecord, "texts">, seeds: readonly Seed[]): Promise<Evaluation[]> {
    return this.#evaluate(
      candidate,
      seeds,
      this.parts.settings.search.shared_seeds ? "pareto" : "feedback",
      1,
    );
  }

  /** Rollouts on a few Pareto seeds, before the full score. */
  onFewSeeds(candidate: Pick<CandidateRecord, "texts">, seeds: readonly Seed[]): Promise<Evaluation[]> {
    return this.#evaluate(candidate, seeds, "pareto", 1);
  }

  /** Rollouts on all Pareto seeds, or on some that are drawn for this candidate. */
  inFull(candidate: Pick<CandidateRecord, "texts">): Promise<Evaluation[]> {
    const { ports, settings } = this.parts;
    const { pareto_seeds: all } = settings;
    const size = scoredSeeds(settings);
    const drawn = size < all.length ? this.random.sample(all, size) : all;
    const seeds = ports.meter?.ordered(candidate.texts, drawn) ?? drawn;
    return this.#evaluate(candidate, seeds, "pareto", 2);
  }

  /** Takes a child that was scored in full into the draft and the pool. */
  accept(
    child: Pick<CandidateRecord, "id" | "texts" | "operator" | "parents">,
    evaluations: readonly Evaluation[],
  ): { number: number; record: CandidateRecord } {
    const { pool, ports, settings } = this.parts;
    const record: CandidateRecord = {
      ...child,
      generation: this.number,
      accepted: true,
      on_front: false,
      ...scoresOf(evaluations, settings.search.frontier_type),
    };
    const before = pool.fronts.holders();
    const number = pool.add(record);
    record.on_front = pool.fronts.survivors(ports.order).some(({ candidate }) => candidate === number);
    this.draft.candidates.push(record);
    const turns = child.parents.map((id) => this.draft.turns[id] ?? 0);
    this.draft.turns = { ...this.draft.turns, [child.id]: inheritedTurn(turns) };
    const front = pool.fronts.holders();
    const holding = new Set(front);
    const displaced = before.filter((holder) => !holding.has(holder));
    ports.observe({ kind: "front_updated", iteration: this.number, front, displaced });
    const rewards = evaluations.map(({ seed, reward }) => [seed, reward] as const);
    ports.observe({ kind: "scored", iteration: this.number, candidate: number, rewards });
    return { number, record };
  }

  /** The id of the next candidate. */
  nextId(): string {
    return candidateId(this.draft.candidates.length);
  }

  #evaluate(
    candidate: Pick<CandidateRecord, "texts">,
    seeds: readonly Seed[],
    as: Purpose,
    wave: 1 | 2,
  ): Promise<Evaluation[]> {
    const { settings, work } = this.parts;
    const replicate = settings.search.reuse_evaluations ? 0 : 2 * (this.number - 1) + wave;
    return work.evaluate(candidate, seeds, as, replicate);
  }
}

/** Runs the iteration that follows a state. */
export async function iterate(state: ReferenceState, parts: IterationParts): Promise<ReferenceState> {
  const iteration = new Iteration(state, parts);
  const { pool, ports, work } = parts;
  const best = pool.member(pool.fronts.best());
  const held = pool.fronts.holders();
  const merged = await tryMerge(iteration);
  const accepted = merged ?? (await reflectTogether(iteration));
  ports.observe({ kind: "iteration_ended", iteration: iteration.number, accepted });
  tell(iteration, state, { best, held }, work);
  return { ...iteration.draft, random: iteration.random.state() };
}

/** Tells of what the iteration brought. */
function tell(
  iteration: Iteration,
  state: ReferenceState,
  before: { best: CandidateRecord; held: number[] },
  work: Work,
): void {
  const { pool } = iteration.parts;
  const children = iteration.draft.candidates.slice(state.candidates.length);
  const best = pool.member(pool.fronts.best());
  if (children.length === 0) {
    work.emit(told.generationEvent(iteration.number, children, best));
    return;
  }
  if (best.id !== before.best.id) work.emit(told.newBestEvent(best, before.best));
  const ids = (numbers: readonly number[]) => numbers.map((number) => pool.member(number));
  const front = { now: ids(pool.fronts.holders()), before: ids(before.held).map(({ id }) => id) };
  for (const event of told.generationEvents(iteration.number, children, best, front)) work.emit(event);
}
