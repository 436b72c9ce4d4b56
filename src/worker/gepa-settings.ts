// From a checked config to what the GEPA engine works by.

import type { BudgetPlan } from "../config/budget.ts";
import type { GepaJobConfig } from "../config/job.ts";
import { moduleSettings } from "../config/module-settings.ts";
import { componentTexts, moduleSections, promptModules } from "../config/modules.ts";
import { proposerSheet } from "../config/proposer.ts";
import { splitSeeds } from "../config/seeds.ts";
import { placeholders } from "../config/template.ts";
import type { GepaSettings } from "../engines/gepa/state.ts";
import { searchSettings } from "./search-settings.ts";

/** What the GEPA engine works by, from a checked config. */
export function gepaSettings(config: GepaJobConfig, plan: BudgetPlan): GepaSettings {
  const { gepa, termination_config } = config;
  const { pareto, feedback } = splitSeeds(gepa.evaluation.seeds, gepa.archive);
  const modules = promptModules(config);
  const named = modules.flatMap((module) =>
    moduleSections(module).flatMap(({ content }) => placeholders(content)),
  );
  return {
    strategy: gepa.strategy,
    search: searchSettings(config),
    baseline: componentTexts(modules),
    placeholders: [...new Set(named)],
    modules: moduleSettings(modules, gepa),
    proposer: proposerSheet(gepa),
    pareto_seeds: pareto,
    feedback_seeds: feedback,
    minibatch_size: gepa.rollout.minibatch_size,
    initial_size: gepa.population.initial_size,
    num_generations: gepa.population.num_generations,
    children_per_generation: gepa.population.children_per_generation,
    selection_pressure: gepa.population.selection_pressure,
    patience_generations: gepa.population.patience_generations,
    pareto_eps: gepa.archive.pareto_eps,
    archive_size: gepa.archive.size,
    target: termination_config.target_score ?? null,
    rng_seed: gepa.rng_seed,
    validation_seeds: plan.validation.seeds,
    validation_candidates: plan.validation.candidates,
    test_seeds: plan.test.seeds,
  };
}
