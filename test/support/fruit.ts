// The GEPA settings of the toy problem "name the fruit", for tests that run the engine.

import { DEFAULT_PROPOSER } from "../../src/engines/gepa/reflection.ts";
import { SEARCH_DEFAULTS } from "../../src/engines/gepa/search-settings.ts";
import { DEFAULT_BREEDING, type GepaSettings } from "../../src/engines/gepa/state.ts";

/** The whole numbers from `start` up to, and not including, `end`. */
export function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

/** A small job: 10 Pareto seeds, 8 feedback seeds and 8 validation seeds, with what the test changes. */
export function fruitSettings(change: Partial<GepaSettings> = {}): GepaSettings {
  return {
    strategy: "generational",
    baseline: { system: "List fruit" },
    placeholders: [],
    proposer: DEFAULT_PROPOSER,
    pareto_seeds: range(0, 10),
    feedback_seeds: range(10, 18),
    minibatch_size: 3,
    initial_size: 3,
    num_generations: 6,
    children_per_generation: 3,
    selection_pressure: 1,
    patience_generations: 0,
    pareto_eps: 1e-6,
    archive_size: 64,
    target: null,
    rng_seed: 7,
    search: SEARCH_DEFAULTS,
    breeding: DEFAULT_BREEDING,
    validation_seeds: range(18, 26),
    validation_candidates: 2,
    test_seeds: [],
    ...change,
  };
}
