// From a checked config to what the GEPA engine works by.

import type { BudgetPlan } from "../config/budget.ts";
import type { GepaJobConfig } from "../config/job.ts";
import { moduleSettings } from "../config/module-settings.ts";
import { componentTexts, moduleSections, promptModules } from "../config/modules.ts";
import { proposerSheet } from "../config/proposer.ts";
import { proxySheet } from "../config/proxy-sheet.ts";
import { activeBatch, searchSizes } from "../config/search-sizes.ts";
import { placeholders } from "../config/template.ts";
import type { BreedingSettings, GepaSettings } from "../engines/gepa/state.ts";
import { poolOf } from "../engines/pool/from-config.ts";
import { searchSettings, selectionOf } from "./search-settings.ts";

/** With a proxy: of how many of the best, at least, the policy's model has the last word. */
const LEAST_PROVEN = 5;

/** What the GEPA engine works by, from a checked config. `texts` are those of the examples, as far as the task app tells them. */
export function gepaSettings(
  config: GepaJobConfig,
  plan: BudgetPlan,
  texts: ReadonlyMap<number, string> = new Map(),
): GepaSettings {
  const { gepa, termination_config } = config;
  const sizes = searchSizes(gepa);
  const { pareto, feedback } = sizes;
  const modules = promptModules(config);
  const named = modules.flatMap((module) =>
    moduleSections(module).flatMap(({ content }) => placeholders(content)),
  );
  return {
    strategy: gepa.strategy,
    search: searchSettings(config),
    breeding: breedingOf(gepa),
    baseline: componentTexts(modules),
    placeholders: [...new Set(named)],
    modules: moduleSettings(modules, gepa),
    proposer: proposerSheet(gepa),
    pareto_seeds: pareto,
    feedback_seeds: feedback,
    minibatch_size: sizes.minibatch,
    initial_size: gepa.population.initial_size,
    num_generations: gepa.population.num_generations,
    children_per_generation: gepa.population.children_per_generation,
    selection_pressure: gepa.population.selection_pressure ?? 1,
    patience_generations: gepa.population.patience_generations,
    pareto_eps: gepa.archive.pareto_eps,
    archive_size: gepa.archive.size,
    target: termination_config.target_score ?? null,
    rng_seed: gepa.rng_seed,
    validation_seeds: plan.validation.seeds,
    validation_candidates: plan.validation.candidates,
    test_seeds: plan.test.seeds,
    ...(proxySheet(config) ? { proof: Math.max(LEAST_PROVEN, 2 * plan.validation.candidates) } : {}),
    ...(gepa.strategy === "generational" ? poolOf(gepa.adaptive_pool, pareto, texts) : {}),
  };
}

function breedingOf(gepa: GepaJobConfig["gepa"]): BreedingSettings {
  const batch = activeBatch(gepa);
  const { race, pareto } = searchSizes(gepa);
  return {
    selection: selectionOf(gepa) ?? null,
    acceptance: gepa.acceptance_criterion ?? null,
    min_local_improvement: batch?.min_local_improvement ?? 0,
    crossover_rate: gepa.population.crossover_rate,
    mutation_rate: gepa.mutation.rate,
    min_score_threshold: gepa.archive.min_score_threshold ?? null,
    subsample_size: race < pareto.length ? race : null,
  };
}
