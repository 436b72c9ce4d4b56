// The accepted candidates by number, with their fronts. Derived from the candidates of a state, so it may be kept from step to
// step or made anew, and is never stored.

import type { CandidateRecord, Seed } from "../engine.ts";
import { rankedBy } from "./archive.ts";
import { fairObjectives, scorable, seedsDiffer } from "./comparison.ts";
import { FrontIndex, type FrontierType } from "./fronts.ts";
import type { MergePool } from "./merge.ts";
import type { GepaSettings } from "./state.ts";

/** What candidates are compared by where not their rewards on a seed are. */
interface Comparison {
  /** What a candidate is ranked by. */
  rank(candidate: CandidateRecord): number | null;
  /** By id, the objectives of candidates that are not what their records say; absent where none are. */
  objectives?(candidates: readonly CandidateRecord[]): Map<string, Record<string, number>>;
}

const BY_MEANS: Comparison = { rank: ({ mean }) => mean };

/**
 * The pool of a search in generations. Candidates are compared by their means. Where an adaptive pool or a subsample makes their seeds
 * differ, means over those say nothing of each other: there candidates are ranked by their estimated levels, and objectives are means that
 * candidates would have over all seeds.
 */
export function poolFor(settings: GepaSettings): CandidatePool {
  const { search, pareto_seeds, pareto_eps } = settings;
  const seeds = scorable(settings);
  const fair = {
    rank: rankedBy,
    objectives: (all: readonly CandidateRecord[]) => fairObjectives(all, seeds),
  };
  return new CandidatePool(
    search.frontier_type,
    pareto_seeds,
    pareto_eps,
    seedsDiffer(settings) ? fair : BY_MEANS,
  );
}

/** The pool of a search. Candidates are numbered in the order in which they were accepted. */
export class CandidatePool implements MergePool {
  readonly #type: FrontierType;
  readonly #seeds: readonly Seed[];
  readonly #eps: number;
  readonly #by: Comparison;
  #index: FrontIndex;
  #members: CandidateRecord[] = [];
  /** What each member was entered with to be ranked by. */
  #ranks: (number | null)[] = [];
  #numbers = new Map<string, number>();

  constructor(type: FrontierType, seeds: readonly Seed[], eps: number, by = BY_MEANS) {
    this.#type = type;
    this.#seeds = seeds;
    this.#eps = eps;
    this.#by = by;
    this.#index = new FrontIndex(type, seeds, eps);
  }

  /** The fronts. */
  get fronts(): FrontIndex {
    return this.#index;
  }

  get size(): number {
    return this.#members.length;
  }

  /** Brings the pool to these candidates: by what is new if it holds the others already, else from the beginning. */
  follow(candidates: readonly CandidateRecord[]): void {
    const accepted = candidates.filter((candidate) => candidate.accepted);
    // Where objectives rest on what all candidates scored, a new one changes everybody's.
    const changesAll = this.#by.objectives !== undefined && accepted.length > this.size;
    if (changesAll || !this.#isPrefixOf(accepted)) this.#clear();
    // What else is known of the members may have changed, such as their estimates.
    this.#members = accepted.slice(0, this.size);
    const objectives = accepted.length > this.size ? this.#by.objectives?.(accepted) : undefined;
    for (const candidate of accepted.slice(this.size)) this.add(candidate, objectives?.get(candidate.id));
  }

  /** Takes in an accepted candidate and gives its number. `objectives` stand in for those of its record. */
  add(candidate: CandidateRecord, objectives = candidate.objectives): number {
    const mean = this.#by.rank(candidate);
    this.#members.push(candidate);
    this.#ranks.push(mean);
    const number = this.#index.add({ ...candidate, mean, ...(objectives ? { objectives } : {}) });
    this.#numbers.set(candidate.id, number);
    return number;
  }

  member(number: number): CandidateRecord {
    const member = this.#members[number];
    if (!member) throw new RangeError(`there is no candidate number ${number}`);
    return member;
  }

  /** Ids of the members on the front. */
  survivors(): Set<string> {
    return new Set(this.fronts.survivors().map(({ candidate }) => this.member(candidate).id));
  }

  /** The number of a member by its id. */
  numberOf(id: string): number {
    const number = this.#numbers.get(id);
    if (number === undefined) throw new RangeError(`there is no accepted candidate ${id}`);
    return number;
  }

  texts(number: number): CandidateRecord["texts"] {
    return this.member(number).texts;
  }

  /** What a member is ranked by. */
  mean(number: number): number {
    return this.#index.mean(number);
  }

  parents(number: number): number[] {
    return this.member(number).parents.map((id) => this.numberOf(id));
  }

  seeds(number: number): number[] {
    return Object.keys(this.member(number).rewards).map(Number);
  }

  reward(number: number, seed: Seed): number {
    return this.member(number).rewards[String(seed)] ?? 0;
  }

  /** Whether the members are the first of these, told by the rewards and the rank they were entered with. */
  #isPrefixOf(accepted: readonly CandidateRecord[]): boolean {
    return this.#members.every(({ rewards }, number) => {
      const now = accepted[number];
      return now?.rewards === rewards && this.#by.rank(now) === this.#ranks[number];
    });
  }

  #clear(): void {
    this.#index = new FrontIndex(this.#type, this.#seeds, this.#eps);
    this.#members = [];
    this.#ranks = [];
    this.#numbers = new Map();
  }
}
