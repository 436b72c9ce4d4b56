// The reference's own count of evaluations, with and without its cache, which ended recorded runs.

import type { Candidate, Seed } from "../../src/engines/engine.ts";
import type { Meter } from "../../src/engines/gepa/reference-state.ts";

/** How a recorded run counted. */
export interface MeterRules {
  /** Evaluations after which no further iteration begins. */
  limit: number;
  /** Whether scores were read from a cache. */
  cache: boolean;
  /** Whether training and validation set were one, and so one part of the cache. */
  shared: boolean;
  /** Told whenever evaluations are counted. */
  counted(iteration: number, used: number, delta: number): void;
}

type Part = "train" | "val";

/** The count of one run. */
export class ReferenceMeter implements Meter {
  readonly #rules: MeterRules;
  readonly #cache = new Set<string>();
  used = 0;
  /** The count before the last score on validation seeds. */
  before = 0;

  constructor(rules: MeterRules) {
    this.#rules = rules;
  }

  ordered(texts: Candidate["texts"], seeds: readonly Seed[]): readonly Seed[] {
    const missing = new Set(this.#missing(texts, seeds));
    return [...seeds.filter((seed) => !missing.has(seed)), ...missing];
  }

  minibatches(
    iteration: number,
    evaluated: readonly { texts: Candidate["texts"]; seeds: readonly Seed[] }[],
  ): void {
    for (const { texts, seeds } of evaluated) this.#remember(texts, seeds, "train");
    this.#count(
      iteration,
      evaluated.reduce((sum, { seeds }) => sum + seeds.length, 0),
    );
  }

  scored(iteration: number, texts: Candidate["texts"], seeds: readonly Seed[]): void {
    const delta = this.#missing(texts, seeds).length;
    this.#remember(texts, seeds, "val");
    this.before = this.used;
    this.#count(iteration, delta);
  }

  spent(): boolean {
    return this.used >= this.#rules.limit;
  }

  /** Of the validation seeds, those that the cache does not answer. */
  #missing(texts: Candidate["texts"], seeds: readonly Seed[]): Seed[] {
    return seeds.filter((seed) => !this.#rules.cache || !this.#cache.has(this.#key(texts, seed, "val")));
  }

  #remember(texts: Candidate["texts"], seeds: readonly Seed[], part: Part): void {
    for (const seed of seeds) this.#cache.add(this.#key(texts, seed, part));
  }

  #key(texts: Candidate["texts"], seed: Seed, part: Part): string {
    return JSON.stringify([Object.entries(texts).sort(), seed, this.#rules.shared ? "train" : part]);
  }

  #count(iteration: number, delta: number): void {
    this.used += delta;
    if (iteration > 0) this.#rules.counted(iteration, this.used, delta);
  }
}
