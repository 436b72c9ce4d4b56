// The children of a generation, planned with all of the step's random draws made beforehand: whom each comes from, what its reflection is
// shown, and on which seeds it races.

import type { Budget, Candidate, CandidateRecord, Seed } from "../engine.ts";
import { scoringSeeds } from "../pool/scoring.ts";
import type { Random } from "../random.ts";
import { rankedBy } from "./archive.ts";
import { formerAttempts } from "./attempts.ts";
import { textsKey } from "./breeding.ts";
import { componentsToChange, inheritedTurn } from "./components.ts";
import { findMerge, type MergeMemory } from "./merge.ts";
import { nextMinibatch } from "./minibatches.ts";
import type { CandidatePool } from "./pool.ts";
import type { FormerAttempt } from "./reflection.ts";
import { SELECTION_DEFAULTS, selectParent } from "./selection.ts";
import type { GepaSettings, GepaState } from "./state.ts";
import { transformedBaselines } from "./transformations.ts";
import { ASCENDING } from "./walk-order.ts";

/** Rollouts that a reflection is shown at most; the minibatch where that is more. */
export const EVIDENCE = 64;

/** What is decided about a child before any work starts. */
export interface ChildPlan {
  /** The candidate it is made from; the better one of two. */
  parent: CandidateRecord;
  /** The second parent of a merge. */
  partner?: CandidateRecord;
  /** The child's texts where they are merged components or a fixed transformation; absent where the proposer writes them. */
  made?: Candidate["texts"];
  /** Components that the proposer rewrites. */
  components: string[];
  /** Texts that were tried in the place of these and turned down, by component. */
  attempts: Record<string, FormerAttempt[]>;
  /** Feedback seeds whose rollouts the reflection is shown, its own minibatch first. */
  evidence: Seed[];
  /** Feedback seeds that are the child's own. */
  minibatch: Seed[];
  /** Pareto seeds in the order in which the child runs on them. */
  race: Seed[];
  /** Number of the child in the run; makes its proposal a question of its own. */
  replicate: number;
}

/** The plans, and what the draws leave of the state. */
export interface Planned {
  plans: ChildPlan[];
  from: Pick<GepaState, "random" | "sampler" | "turns" | "merges" | "paid">;
}

/** How many children the budget can hold at their worst cost, once `reserved` rollouts are set aside. */
export function affordable(
  budget: Budget,
  reserved: number,
  settings: GepaSettings,
  pool?: GepaState["pool"],
): number {
  const room = Math.floor((budget.rollouts - reserved) / worstCost(settings, pool));
  return Math.max(0, Math.min(room, budget.trials ?? Number.POSITIVE_INFINITY));
}

/** Rollouts that a child may need at most: of its parent on a minibatch, of a second parent too, and its own on the Pareto seeds. */
export function worstCost(settings: GepaSettings, pool?: GepaState["pool"]): number {
  const minibatch = Math.min(settings.minibatch_size, settings.feedback_seeds.length);
  const merges = settings.breeding.crossover_rate > 0 ? 2 : 1;
  return minibatch * merges + raceLength(settings, pool);
}

/** Pareto seeds that a child is scored on when it gets through its race. */
export function raceLength({ pareto_seeds, breeding }: GepaSettings, pool?: GepaState["pool"]): number {
  const { length } = scoringSeeds(pool, pareto_seeds);
  return Math.min(length, breeding.subsample_size ?? length);
}

/** Plans `count` children. */
export function planChildren(
  state: GepaState,
  count: number,
  pool: CandidatePool,
  settings: GepaSettings,
  random: Random,
): Planned {
  const draft = new Draft(state, pool, settings, random);
  const race = raceSeeds(state.pool, settings, random);
  const shared = draft.parent();
  const fixed = draft.transformations(count);
  const drawn = Array.from({ length: count }, (_, index) => fixed[index] ?? draft.child(index, shared));
  const plans = drawn.map((plan) => ({ ...plan, race, evidence: draft.evidenceOf(plan, drawn) }));
  return { plans, from: draft.leaves(plans) };
}

/** The seeds of a race, in order. Where they are some of a pool, its anchors are among them, as many as there is room for. */
function raceSeeds(pool: GepaState["pool"], settings: GepaSettings, random: Random): Seed[] {
  const scoring = scoringSeeds(pool, settings.pareto_seeds);
  const length = raceLength(settings, pool);
  const drawn = random.shuffle(scoring);
  if (!pool || length === scoring.length) return drawn.slice(0, length);
  const anchors = new Set(pool.anchors);
  const chosen = [
    ...drawn.filter((seed) => anchors.has(seed)),
    ...drawn.filter((seed) => !anchors.has(seed)),
  ].slice(0, length);
  // The first part of a race decides about the rest: it is not to be the anchors alone.
  return random.shuffle(chosen);
}

type Drawn = Omit<ChildPlan, "evidence" | "race">;

class Draft {
  readonly #state: GepaState;
  readonly #pool: CandidatePool;
  readonly #settings: GepaSettings;
  readonly #random: Random;
  #sampler: GepaState["sampler"];
  #merges: MergeMemory & { made: number };
  readonly #turns: Record<string, number>;
  /** The members of the archive, best mean first; undefined where all accepted candidates are. */
  readonly #eligible: number[] | undefined;

  constructor(state: GepaState, pool: CandidatePool, settings: GepaSettings, random: Random) {
    this.#state = state;
    this.#pool = pool;
    this.#settings = settings;
    this.#random = random;
    this.#sampler = state.sampler;
    this.#merges = state.merges;
    this.#turns = { ...state.turns };
    this.#eligible = archivedIn(pool, state.archive);
  }

  parent(): CandidateRecord {
    return this.#pool.member(this.#chooseParent());
  }

  #chooseParent(): number {
    const { breeding, selection_pressure: pressure } = this.#settings;
    const { selection } = breeding;
    if (selection !== null) {
      const how = { ...SELECTION_DEFAULTS, selection, pressure };
      return selectParent(this.#pool.fronts, how, this.#random, ASCENDING, this.#eligible);
    }
    const archive = this.#state.candidates.filter(({ id }) => this.#state.archive.includes(id));
    const best = archive.reduce((a, b) => (rankedBy(b) >= rankedBy(a) ? b : a));
    return this.#pool.numberOf(best.id);
  }

  child(index: number, shared: CandidateRecord): Drawn {
    const { search, feedback_seeds, minibatch_size } = this.#settings;
    const parent = search.candidate_sampling === "independent" && index > 0 ? this.parent() : shared;
    const drawn = nextMinibatch(this.#sampler, feedback_seeds, minibatch_size, this.#random);
    this.#sampler = drawn.sampler;
    const replicate = this.#state.candidates.length + index;
    const base = { minibatch: drawn.minibatch, replicate };
    return this.#merge(parent, base) ?? { ...base, parent, ...this.#rewriting(parent) };
  }

  /** With the proposer "synth", the children of the first population that are fixed transformations of the baseline. */
  transformations(count: number): Drawn[] {
    const { generation, candidates } = this.#state;
    const [parent] = candidates;
    if (generation > 0 || this.#settings.proposer.type !== "synth" || parent === undefined) return [];
    return transformedBaselines(this.#settings, count).map((made, index) => {
      const replicate = candidates.length + index;
      return { parent, made, components: [], attempts: {}, minibatch: [], replicate };
    });
  }

  /** A child of two parents, where the dice and the pool allow it. */
  #merge(parent: CandidateRecord, base: { minibatch: Seed[]; replicate: number }): Drawn | undefined {
    const { breeding, search } = this.#settings;
    if (breeding.crossover_rate === 0) return undefined;
    const wanted = this.#random.uniform() < breeding.crossover_rate;
    if (!wanted || this.#merges.made >= search.max_merge_invocations) return undefined;
    if (Object.keys(parent.texts).length === 1) return this.#textMerge(parent, base);
    const candidates = this.#pool.fronts
      .survivors(ASCENDING, this.#eligible)
      .map(({ candidate }) => candidate);
    const known = new Set(this.#state.candidates.map(({ texts }) => textsKey(texts)));
    const rules = {
      overlapFloor: search.merge_val_overlap_floor,
      known: (texts: Candidate["texts"]) => known.has(textsKey(texts)),
    };
    const found = findMerge(this.#pool, candidates, this.#merges, rules, this.#random);
    const also = this.#random.uniform() < breeding.mutation_rate;
    if (!found.merge) return undefined;
    this.#merges = { ...found.memory, made: this.#merges.made + 1 };
    const [first, second] = found.merge.parents.map((number) => this.#pool.member(number));
    if (!first || !second) return undefined;
    const better = rankedBy(second) > rankedBy(first) ? second : first;
    const rewriting = also ? this.#rewriting(better) : { components: [], attempts: {} };
    return {
      ...base,
      parent: better,
      partner: better === first ? second : first,
      made: found.merge.texts,
      ...rewriting,
    };
  }

  /** The proposer joins two texts: the parent's, and that of the candidate that does best where the parent does not. */
  #textMerge(parent: CandidateRecord, base: { minibatch: Seed[]; replicate: number }): Drawn | undefined {
    const number = this.#pool.numberOf(parent.id);
    const floor = this.#settings.search.merge_val_overlap_floor;
    let best: { partner: CandidateRecord; wins: number } | undefined;
    for (const { candidate } of this.#pool.fronts.survivors(ASCENDING, this.#eligible)) {
      const partner = this.#pool.member(candidate);
      const common = this.#pool.seeds(candidate).filter((seed) => String(seed) in parent.rewards);
      if (partner.id === parent.id || common.length < floor) continue;
      const wins = common.filter(
        (seed) => this.#pool.reward(candidate, seed) > this.#pool.reward(number, seed),
      ).length;
      if (wins > (best?.wins ?? 0)) best = { partner, wins };
    }
    if (!best) return undefined;
    this.#merges = { ...this.#merges, made: this.#merges.made + 1 };
    return { ...base, parent, partner: best.partner, components: Object.keys(parent.texts), attempts: {} };
  }

  #rewriting(parent: CandidateRecord): Pick<Drawn, "components" | "attempts"> {
    const names = Object.keys(this.#settings.baseline);
    const turn = this.#turns[parent.id] ?? inheritedTurn(parent.parents.map((id) => this.#turns[id] ?? 0));
    const chosen = componentsToChange(this.#settings.search.module_selector, names, turn);
    this.#turns[parent.id] = chosen.turn;
    const { candidates } = this.#state;
    const attempts = chosen.names.map((name) => [name, formerAttempts(candidates, parent.id, name)]);
    return { components: chosen.names, attempts: Object.fromEntries(attempts) };
  }

  /** What the siblings of the same parent pay for is shown to all of them, and what was paid for the parent before. */
  evidenceOf(plan: Drawn, all: readonly Drawn[]): Seed[] {
    if (plan.made) return plan.minibatch;
    const siblings = all.filter(({ parent, made }) => !made && parent.id === plan.parent.id);
    const before = this.#known(plan.parent);
    const own = new Set(plan.minibatch);
    const others = [...new Set([...siblings.flatMap(({ minibatch }) => minibatch), ...before])];
    const rest = this.#random.shuffle(others.filter((seed) => !own.has(seed)));
    return [...plan.minibatch, ...rest].slice(0, Math.max(EVIDENCE, plan.minibatch.length));
  }

  /** The feedback seeds that a parent was run on before, where that counts. */
  #known({ id, rewards, proxied }: CandidateRecord): Seed[] {
    const { reuse_evaluations, shared_seeds } = this.#settings.search;
    if (!reuse_evaluations) return [];
    const paid = this.#state.paid[id] ?? [];
    // A predicted reward is none that can be shown.
    return shared_seeds && !proxied ? [...paid, ...Object.keys(rewards).map(Number)] : paid;
  }

  leaves(plans: readonly ChildPlan[]): Planned["from"] {
    const paid = { ...this.#state.paid };
    for (const { parent, minibatch, made } of plans) {
      if (!made) paid[parent.id] = [...new Set([...(paid[parent.id] ?? []), ...minibatch])];
    }
    const random = this.#random.state();
    return { random, sampler: this.#sampler, turns: this.#turns, merges: this.#merges, paid };
  }
}

/** The numbers of an archive's candidates, best mean first; undefined where it holds the whole pool. */
function archivedIn(pool: CandidatePool, archive: readonly string[]): number[] | undefined {
  if (archive.length === pool.size) return undefined;
  const kept = new Set(archive);
  return pool.fronts.top(pool.size).filter((number) => kept.has(pool.member(number).id));
}
