// How big the parts of a GEPA search are: what the config says, and what stands in for what it leaves open.

import type { JsonObject } from "../wire/json.ts";
import { promptComponents } from "./components.ts";
import type { GEPAConfig, GEPAPopulationConfig } from "./gepa.ts";
import type { PromptPatternConfig } from "./prompt.ts";
import { splitSeeds } from "./seeds.ts";
import { valueAt } from "./tables.ts";

/** The seeds of a search and how many of them each thing takes. */
export interface SearchSizes {
  pareto: number[];
  feedback: number[];
  /** Feedback seeds of one child. */
  minibatch: number;
  /** Pareto seeds that a child is scored on when it gets through. */
  race: number;
  /** Of these, the ones that decide whether it gets through. */
  firstPart: number;
  /** Rollouts of one child at most: its parent's (both parents' where children may have two) on a minibatch, and its own. */
  child: number;
}

/** Part of its Pareto seeds that a child is tried on before it is scored on the rest. */
const FIRST_PART = 1 / 3;

/** How many of a child's `race` Pareto seeds decide about the rest: a third, and no fewer than the minibatch. */
export function firstPartOf(race: number, minibatch: number): number {
  return Math.min(race, Math.max(minibatch, Math.ceil(race * FIRST_PART)));
}

/** The sizes of a job's search. */
export function searchSizes(gepa: GEPAConfig): SearchSizes {
  const { pareto, feedback } = splitSeeds(gepa.evaluation.seeds, gepa.archive, gepa.shared_seeds);
  const batch = activeBatch(gepa);
  const minibatch = Math.min(
    batch?.reflection_minibatch_size ?? gepa.rollout.minibatch_size,
    feedback.length,
  );
  const subsample = batch?.val_evaluation_mode === "subsample" ? batch.val_subsample_size : pareto.length;
  const race = Math.min(pareto.length, subsample);
  const firstPart = firstPartOf(race, minibatch);
  // The reference compares parent and child on the same minibatch; here two parents may have one each.
  const twice = gepa.strategy === "reference" || gepa.population.crossover_rate > 0;
  return { pareto, feedback, minibatch, race, firstPart, child: (twice ? 2 : 1) * minibatch + race };
}

/** The adaptive batch of a job; undefined where it has none, or level NONE. */
export function activeBatch({ adaptive_batch }: GEPAConfig): GEPAConfig["adaptive_batch"] {
  return adaptive_batch?.level === "NONE" ? undefined : adaptive_batch;
}

/**
 * The population of a job, with what stands in for options that are not given: with a rollout budget the budget ends the search, and
 * neither a number of generations nor patience does; children have two parents only where there are several components to join.
 */
export function searchPopulation(
  gepa: GEPAConfig,
  section: JsonObject,
  prompt: PromptPatternConfig,
  budget: number | undefined,
): GEPAPopulationConfig {
  const given = (key: string) => (valueAt(section, ["gepa", "population", key]) ?? undefined) !== undefined;
  const population = { ...gepa.population };
  const components = Math.max(Object.keys(promptComponents(prompt)).length, gepa.modules?.length ?? 0);
  if (!given("crossover_rate") && components === 1) population.crossover_rate = 0;
  if (budget === undefined) return population;
  const { firstPart } = searchSizes({ ...gepa, population });
  const cheapest = firstPart * population.children_per_generation;
  if (!given("num_generations")) population.num_generations = Math.max(1, Math.ceil(budget / cheapest));
  if (!given("patience_generations")) population.patience_generations = 0;
  return population;
}
