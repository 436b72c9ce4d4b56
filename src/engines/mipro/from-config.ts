// The settings of a MIPRO run, from its checked config. Pure.

import { promptComponents } from "../../config/components.ts";
import type { MiproJobConfig } from "../../config/job.ts";
import { jobLimits } from "../../config/job-limits.ts";
import { proxySheet } from "../../config/proxy-sheet.ts";
import { specExcerpt } from "../../config/spec-excerpt.ts";
import { placeholders } from "../../config/template.ts";
import type { Seed } from "../engine.ts";
import { poolOf } from "../pool/from-config.ts";
import { type AutoPlan, autoPlan } from "./auto.ts";
import type {
  DemoSettings,
  MetaUpdateSettings,
  MiproSettings,
  ProposalSettings,
  StageSettings,
} from "./settings.ts";
import { REFERENCE_TPE, type TpeSettings } from "./tpe.ts";

/** What comes from elsewhere than the config. */
export interface MiproGiven {
  /** The test seeds and the number of candidates scored on them, as the budget has room for; the config's own where absent. */
  test?: { seeds: readonly Seed[]; candidates: number };
  /** What the program does, as its task app says; the config's own description holds. */
  program_description?: string | null;
  /** Texts of the online examples, as far as the task app tells them. */
  texts?: ReadonlyMap<Seed, string>;
}

const DEFAULT_PROPOSALS = 10;
const DEFAULT_SET_SIZE = 4;
const DEFAULT_SETS_PER_SIZE = 2;
const DEFAULT_RETRIES = 10;
/** The reference's; with new instructions coming in, more of the budget goes to trials. */
const DEFAULT_FULL_EVERY = { reference: 5, parallel: 10 };
/** Of the defaults of `parallel`, those that differ from the reference's; they did best in `npm run bench -- tpe`. */
export const PARALLEL_TPE: TpeSettings = { ...REFERENCE_TPE, gamma: 0.15, n_startup_trials: 6 };

/** What the MIPRO engine works by. */
export function miproSettings(config: MiproJobConfig, given: MiproGiven = {}): MiproSettings {
  const { mipro, initial_prompt, termination_config } = config;
  const { strategy } = mipro;
  const stages = stagesOf(config);
  const auto = mipro.auto === undefined ? undefined : autoPlan(mipro.auto, stages.length, isZeroShot(stages));
  const limits = [auto?.num_trials, termination_config.max_trials].filter((one) => one !== undefined);
  return {
    strategy,
    stages,
    edges: (mipro.modules ?? []).flatMap(({ edges }) => edges),
    baseline: baselineOf(config),
    placeholders: [...new Set(initial_prompt.messages.flatMap(({ pattern }) => placeholders(pattern)))],
    program_description: mipro.program_description ?? given.program_description ?? null,
    rng_seed: mipro.rng_seed,
    bootstrap_seeds: mipro.bootstrap_train_seeds ?? [],
    online_seeds: mipro.online_pool ?? [],
    online_sample: auto?.online_sample ?? null,
    val_seeds: mipro.val_seeds ?? [],
    ...(strategy === "parallel"
      ? poolOf(mipro.adaptive_pool, mipro.online_pool ?? [], given.texts ?? new Map())
      : {}),
    ...(proxySheet(config) ? { proxied: true } : {}),
    reference_seeds: mipro.reference_pool ?? [],
    test_seeds: given.test?.seeds ?? mipro.test_pool ?? [],
    test_candidates: given.test?.candidates ?? mipro.test_top_k,
    few_shot_score_threshold: mipro.few_shot_score_threshold,
    min_bootstrap_demos: mipro.min_bootstrap_demos,
    strict_bootstrap: mipro.strict_bootstrap,
    demos: demoSettings(config, stages, auto),
    proposals: proposalSettings(config, auto),
    meta_update: metaUpdate(mipro),
    num_iterations:
      auto === undefined
        ? mipro.num_iterations
        : Math.ceil(auto.num_trials / mipro.num_evaluations_per_iteration),
    trials_per_iteration: mipro.num_evaluations_per_iteration,
    num_trials: limits.length === 0 ? null : Math.min(...limits),
    batch_size:
      auto !== undefined && (mipro.online_pool ?? []).length <= auto.full_up_to ? null : mipro.batch_size,
    full_eval_every_k: mipro.full_eval_every_k ?? DEFAULT_FULL_EVERY[strategy],
    sampler: mipro.sampler ?? (strategy === "reference" ? "tpe" : "mixed"),
    tpe: tpeSettings(mipro.tpe, strategy === "reference" ? REFERENCE_TPE : PARALLEL_TPE),
    target: termination_config.target_score ?? null,
    limits: {
      max_rollouts: least(mipro.rollout_budget, termination_config.max_rollouts),
      max_seconds: jobLimits(config).seconds?.most ?? null,
    },
    patience_trials: termination_config.max_trials_without_improvement ?? null,
  };
}

/**
 * The stages. A prompt without modules, or with one of one stage, has a stage for each of its components, the first of which shows
 * the demos; else each stage is a component and a module of its own name.
 */
function stagesOf({ mipro, initial_prompt }: MiproJobConfig): StageSettings[] {
  const declared = (mipro.modules ?? []).flatMap((module) =>
    module.stages.map((stage) => ({ module, stage })),
  );
  const slots = (stage?: { max_instruction_slots?: number; max_demo_slots?: number }) => ({
    instruction_slots: stage?.max_instruction_slots ?? mipro.max_instructions ?? 1,
    demo_slots: mipro.demo?.max_few_shot_examples === 0 ? 0 : (stage?.max_demo_slots ?? 1),
  });
  if (declared.length > 1) {
    return declared.map(({ module, stage }) => ({
      stage_id: stage.stage_id,
      module_id: module.module_id,
      component: stage.stage_id,
      demo_module: stage.stage_id,
      description: module.stages.length === 1 ? (module.description ?? null) : null,
      ...slots(stage),
    }));
  }
  const [only] = declared;
  return Object.keys(promptComponents(initial_prompt)).map((component, i) => ({
    stage_id: i === 0 ? (only?.stage.stage_id ?? "default") : component,
    module_id: only?.module.module_id ?? "default",
    component,
    demo_module: i === 0 ? "" : null,
    description: i === 0 ? (only?.module.description ?? null) : null,
    ...slots(only?.stage),
  }));
}

function baselineOf({ mipro, initial_prompt }: MiproJobConfig): Record<string, string> {
  const stages = (mipro.modules ?? []).flatMap((module) => module.stages);
  if (stages.length < 2) return promptComponents(initial_prompt);
  return Object.fromEntries(stages.map((stage) => [stage.stage_id, stage.baseline_instruction]));
}

function isZeroShot(stages: readonly StageSettings[]): boolean {
  return stages.every(({ demo_slots, demo_module }) => demo_slots === 0 || demo_module === null);
}

function demoSettings(
  { mipro }: MiproJobConfig,
  stages: readonly StageSettings[],
  auto: AutoPlan | undefined,
): DemoSettings {
  const { demo, max_demo_set_size, max_demo_sets, strategy } = mipro;
  const wanted = demo?.max_few_shot_examples ?? max_demo_set_size ?? DEFAULT_SET_SIZE;
  const most = isZeroShot(stages) ? 0 : Math.min(wanted, max_demo_set_size ?? wanted);
  // In the reference there are as many sets as instructions.
  const sets = auto?.demo_sets ?? (strategy === "reference" ? proposalCount(mipro) : max_demo_sets);
  return {
    max_bootstrapped: most,
    max_labelled: most,
    sets_per_size: demo?.sets_per_size ?? DEFAULT_SETS_PER_SIZE,
    include_empty: demo?.include_empty ?? true,
    max_sets: Math.min(sets, max_demo_sets),
  };
}

function proposalCount({ grounding, instructions_per_batch }: MiproJobConfig["mipro"]): number {
  return grounding?.n ?? instructions_per_batch ?? DEFAULT_PROPOSALS;
}

function proposalSettings({ mipro }: MiproJobConfig, auto: AutoPlan | undefined): ProposalSettings {
  const count = mipro.grounding?.n ?? auto?.instructions ?? proposalCount(mipro);
  return {
    count,
    per_call: Math.min(mipro.instructions_per_batch ?? 1, count),
    temperature:
      mipro.grounding?.temperature ?? mipro.meta?.temperature ?? (mipro.strategy === "reference" ? 1 : null),
    max_tokens: mipro.grounding?.max_tokens ?? mipro.meta?.max_tokens ?? null,
    retries: mipro.duplicate_retry_limit ?? DEFAULT_RETRIES,
    at_iterations: mipro.generate_at_iterations ?? [0],
    max_bank: mipro.max_instruction_sets,
    metaprompt: mipro.metaprompt ?? null,
    spec: specOf(mipro),
  };
}

function specOf(mipro: MiproJobConfig["mipro"]): string | null {
  const text = specExcerpt(mipro.spec_text ?? "", {
    max_tokens: mipro.spec_max_tokens,
    include_examples: mipro.spec_include_examples,
    priority_threshold: mipro.spec_priority_threshold,
  });
  return text === "" ? null : text;
}

/** On by default, but in the reference, which has nothing like it. */
function metaUpdate({ meta_update: table, strategy }: MiproJobConfig["mipro"]): MetaUpdateSettings | null {
  if (strategy === "reference" || table?.enabled === false) return null;
  return {
    every_iterations: table?.every_iterations ?? 2,
    topk_success: table?.topk_success ?? 4,
    topk_failure: table?.topk_failure ?? 20,
    validate_on_batch: table?.validate_on_batch ?? 0,
    keep_k: table?.keep_k ?? 12,
    dedup_token_overlap: table?.dedup_token_overlap ?? 0.95,
    regen_temperature_decay: table?.regen_temperature_decay ?? 1,
  };
}

function tpeSettings(table: MiproJobConfig["mipro"]["tpe"], defaults: TpeSettings): TpeSettings {
  return {
    gamma: table?.gamma ?? defaults.gamma,
    n_candidates: table?.n_candidates ?? defaults.n_candidates,
    n_startup_trials: table?.n_startup_trials ?? defaults.n_startup_trials,
    epsilon: table?.epsilon ?? defaults.epsilon,
    categorical_alpha: table?.categorical_alpha ?? table?.alpha ?? defaults.categorical_alpha,
    prior_weight: table?.prior_weight ?? defaults.prior_weight,
  };
}

function least(...limits: (number | undefined)[]): number | null {
  const given = limits.filter((limit) => limit !== undefined);
  return given.length === 0 ? null : Math.min(...given);
}
