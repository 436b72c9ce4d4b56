// The accepted candidates by number, with their fronts. Derived from the candidates of a state, so it may be kept from step to
// step or made anew, and is never stored.

import type { CandidateRecord, Seed } from "../engine.ts";
import { FrontIndex, type FrontierType } from "./fronts.ts";
import type { MergePool } from "./merge.ts";

/** The pool of a search. Candidates are numbered in the order in which they were accepted. */
export class CandidatePool implements MergePool {
  readonly #type: FrontierType;
  readonly #seeds: readonly Seed[];
  readonly #eps: number;
  #index: FrontIndex;
  #members: CandidateRecord[] = [];
  #numbers = new Map<string, number>();

  constructor(type: FrontierType, seeds: readonly Seed[], eps: number) {
    this.#type = type;
    this.#seeds = seeds;
    this.#eps = eps;
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
    if (!this.#isPrefixOf(accepted)) this.#clear();
    // What else is known of the members may have changed, such as their estimates.
    this.#members = accepted.slice(0, this.size);
    for (const candidate of accepted.slice(this.size)) this.add(candidate);
  }

  /** Takes in an accepted candidate and gives its number. */
  add(candidate: CandidateRecord): number {
    this.#members.push(candidate);
    const number = this.#index.add(candidate);
    this.#numbers.set(candidate.id, number);
    return number;
  }

  member(number: number): CandidateRecord {
    const member = this.#members[number];
    if (!member) throw new RangeError(`there is no candidate number ${number}`);
    return member;
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

  /** Whether the members are the first of these, told by the rewards they were entered with. */
  #isPrefixOf(accepted: readonly CandidateRecord[]): boolean {
    return this.#members.every(({ rewards }, number) => accepted[number]?.rewards === rewards);
  }

  #clear(): void {
    this.#index = new FrontIndex(this.#type, this.#seeds, this.#eps);
    this.#members = [];
    this.#numbers = new Map();
  }
}
