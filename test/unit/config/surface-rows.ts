// Every other option of the protocol: path, what an absent one becomes ("required" when it must be given), a value it
// takes, one it does not take, and what it must be.

import type { Json } from "../../../src/wire/json.ts";

export type SurfaceRow = [
  path: string,
  absent: Json | undefined,
  given: Json,
  refused: Json,
  expected: string,
];

const WHOLE = (min: number) => `a whole number of at least ${min}`;
const FROM = (min: number) => `a number of at least ${min}`;
const SHARE = "a number from 0 to 1";
const ABOVE = "a number above 0";
const FLAG = "true or false";
const TEXT = "text";
const SOME = "non-empty text";
const TABLE = "a table";
const SEEDS = "a list of seeds such as [0, 1, 2], or a range such as { start = 0, end = 50 }";
const LEVEL = '"NONE", "LOW", "MODERATE" or "HIGH"';
const WEB = "text that begins with http:// or https://";
const EFFORT = '"LOW_CONTEXT", "LOW", "MEDIUM" or "HIGH"';

const TOP: SurfaceRow[] = [
  ["free_tier", false, true, "perhaps", FLAG],
  ["strict", undefined, false, "perhaps", FLAG],
  ["total_seeds", undefined, 19, 18, WHOLE(19)],
  ["defaults_version", undefined, "v1", "v2", '"v1"'],
  ["max_cost_usd", undefined, 2.5, 0, ABOVE],
  ["policy.max_steps", undefined, 7, 0, WHOLE(1)],
  ["policy.config", undefined, { a: [1] }, "a", TABLE],
  ["initial_prompt.metadata", undefined, { author: "me" }, "a", TABLE],
];

const TERMINATION: SurfaceRow[] = [
  ["termination_config.max_cost_usd", undefined, 0.5, 0, ABOVE],
  ["termination_config.max_total_spend_usd", undefined, 5, -1, ABOVE],
  ["termination_config.max_category_costs_usd", undefined, { proposer: 1 }, 5, TABLE],
  ["termination_config.max_tokens", undefined, 1000, 0, WHOLE(1)],
  ["termination_config.max_seconds", undefined, 60, 0, ABOVE],
  ["termination_config.max_time_seconds", undefined, 60, "long", ABOVE],
  ["termination_config.max_duration_minutes", undefined, 1, 0, ABOVE],
  ["termination_config.max_trials", undefined, 10, 0, WHOLE(1)],
  ["termination_config.max_trials_allowed", undefined, 10, 1.5, WHOLE(1)],
  ["termination_config.max_trials_without_improvement", undefined, 3, 0, WHOLE(1)],
  ["termination_config.pessimism_enabled", undefined, true, "x", FLAG],
  ["termination_config.max_error_rate", undefined, 0.5, 1.5, SHARE],
  ["termination_config.max_consecutive_errors", undefined, 3, -1, WHOLE(0)],
];

const GEPA: SurfaceRow[] = [
  ["gepa.metaprompt", undefined, "Be bold.", 1, TEXT],
  ["gepa.mutation.rate", 0.3, 1, 1.1, SHARE],
  ["gepa.mutation.llm_model", undefined, "m", "", SOME],
  ["gepa.mutation.llm_provider", undefined, "groq", 3, SOME],
  ["gepa.mutation.prompt", undefined, "p", 1, TEXT],
  ["gepa.mutation.temperature", undefined, 0.7, -1, FROM(0)],
  ["gepa.mutation.max_tokens", undefined, 512, 0, WHOLE(1)],
  ["gepa.mutation.synth_meta_model", undefined, "m", 1, SOME],
  ["gepa.mutation.synth_meta_provider", undefined, "groq", 1, SOME],
  ["gepa.mutation.synth_temperature", undefined, 1, -1, FROM(0)],
  ["gepa.mutation.synth_max_tokens", undefined, 9, 0, WHOLE(1)],
  ["gepa.population.crossover_rate", 0.5, 0, -0.1, SHARE],
  ["gepa.archive.feedback_fraction", 0.5, 0.25, 2, SHARE],
  ["gepa.archive.max_size", undefined, 3, 0, WHOLE(1)],
  ["gepa.archive.min_score_threshold", undefined, -1, "low", "a number"],
  ["gepa.token.max_limit", undefined, 4096, 0, WHOLE(1)],
  ["gepa.token.counting_model", "gpt-4", "gpt-4o", "", SOME],
  ["gepa.token.enforce_pattern_limit", true, false, "maybe", FLAG],
  ["gepa.token.enforce_limit", undefined, false, 7, FLAG],
  ["gepa.token.max_spend_usd", undefined, 5, 0, ABOVE],
  ["gepa.modules.0.module_id", "required", "mine", " ", SOME],
  ["gepa.modules.0.max_instruction_slots", 3, 1, 0, WHOLE(1)],
  ["gepa.modules.0.allowed_tools", undefined, ["t"], "t", "a list"],
  ["gepa.modules.0.max_tokens", undefined, 10, 0, WHOLE(1)],
  ["gepa.dspy_temperature", undefined, 1, -1, FROM(0)],
  ["gepa.synth_temperature", undefined, 1, -1, FROM(0)],
  ["gepa.gepa_ai_temperature", undefined, 1, -1, FROM(0)],
  ["gepa.spec_path", undefined, "spec.md", 1, TEXT],
  ["gepa.spec_max_tokens", 5000, 10, 0, WHOLE(1)],
  ["gepa.spec_priority_threshold", undefined, 0, -1, WHOLE(0)],
  ["gepa.proposed_prompt_max_tokens", undefined, 32000, 0, WHOLE(1)],
  ["gepa.use_byok", undefined, true, "x", FLAG],
];

const VERIFIER: SurfaceRow[] = [
  ["gepa.verifier.enabled", false, true, "maybe", FLAG],
  ["gepa.verifier.reward_source", "task_app", "verifier", "me", '"task_app", "verifier" or "fused"'],
  ["gepa.verifier.backend_base", "", "https://v.example", 1, TEXT],
  ["gepa.verifier.backend_api_key_env", "SYNTH_API_KEY", "V_KEY", ["a"], TEXT],
  ["gepa.verifier.backend_provider", "", "openai", 1, TEXT],
  ["gepa.verifier.backend_model", "", "gpt-5-mini", 1, TEXT],
  ["gepa.verifier.synth_verifier_id", "", "v1", 1, TEXT],
  ["gepa.verifier.backend_event_enabled", true, false, "x", FLAG],
  ["gepa.verifier.backend_outcome_enabled", true, false, "x", FLAG],
  ["gepa.verifier.backend_options", {}, { a: 1 }, "a", TABLE],
  ["gepa.verifier.concurrency", 8, 1, 0, WHOLE(1)],
  ["gepa.verifier.timeout", 60, 1.5, -1, FROM(0)],
  ["gepa.verifier.weight_env", 1, 0.5, -1, FROM(0)],
  ["gepa.verifier.weight_event", 0, 0.5, "x", FROM(0)],
  ["gepa.verifier.weight_outcome", 0, 0.25, -1, FROM(0)],
  ["gepa.verifier.spec_path", undefined, "a.md", 1, TEXT],
  ["gepa.verifier.spec_max_tokens", 5000, 10, 0, WHOLE(1)],
  ["gepa.verifier.spec_context", undefined, "c", 1, TEXT],
];

const PROXY: SurfaceRow[] = [
  ["gepa.proxy_models.hi_provider", "required", "openai", "", SOME],
  ["gepa.proxy_models.hi_model", "required", "gpt-4.1-nano", "", SOME],
  ["gepa.proxy_models.lo_provider", "required", "groq", "", SOME],
  ["gepa.proxy_models.lo_model", "required", "qwen3-32b", "", SOME],
  ["gepa.proxy_models.n_min_hi", 5, 0, -1, WHOLE(0)],
  ["gepa.proxy_models.r2_thresh", 0.5, 1, 1.1, SHARE],
  ["gepa.proxy_models.r2_stop", 0.2, 0, -0.1, SHARE],
  ["gepa.proxy_models.sigma_max", 1e6, 0, -1, FROM(0)],
  ["gepa.proxy_models.sigma_stop", 1e9, 0, -1, FROM(0)],
  ["gepa.proxy_models.verify_every", 0, 10, -1, WHOLE(0)],
  ["gepa.proxy_models.proxy_patience_usd", -100, -5, "x", "a number"],
];

// The section is at level LOW, and the job has 30 training seeds.
const ADAPTIVE: SurfaceRow[] = [
  ["gepa.adaptive_pool.level", "LOW", "HIGH", "MAX", LEVEL],
  ["gepa.adaptive_pool.anchor_size", 50, 0, -1, WHOLE(0)],
  ["gepa.adaptive_pool.pool_init_size", 30, 20, -1, WHOLE(0)],
  ["gepa.adaptive_pool.pool_min_size", 100, 10, -1, WHOLE(0)],
  ["gepa.adaptive_pool.warmup_iters", 10, 0, -1, WHOLE(0)],
  ["gepa.adaptive_pool.anneal_stop_iter", 30, 0, -1, WHOLE(0)],
  ["gepa.adaptive_pool.pool_update_period", 2, 1, 0, WHOLE(1)],
  ["gepa.adaptive_pool.min_evals_per_example", 5, 1, 0, WHOLE(1)],
  ["gepa.adaptive_pool.k_info_prompts", 15, 0, -1, WHOLE(0)],
  ["gepa.adaptive_pool.info_buffer_factor", 0.95, 1, 1.5, SHARE],
  ["gepa.adaptive_pool.info_epsilon", 1e-6, 0, -1, FROM(0)],
  ["gepa.adaptive_pool.anchor_selection_method", "clustering", "random", "x", '"random" or "clustering"'],
  ["gepa.adaptive_pool.exploration_strategy", "diversity", "random", "x", '"random" or "diversity"'],
  ["gepa.adaptive_pool.heatup_reserve_pool", undefined, [1, 2], "x", SEEDS],
  [
    "gepa.adaptive_pool.heatup_trigger",
    "after_min_size",
    "every_N_trials_after_min",
    "x",
    '"after_min_size", "immediate" or "every_N_trials_after_min"',
  ],
  ["gepa.adaptive_pool.heatup_size", 20, 1, 0, WHOLE(1)],
  ["gepa.adaptive_pool.heatup_cooldown_trials", 50, 0, -1, WHOLE(0)],
  ["gepa.adaptive_pool.heatup_schedule", "repeat", "once", "x", '"repeat" or "once"'],
  ["gepa.adaptive_batch.level", "MODERATE", "NONE", "MAX", LEVEL],
  ["gepa.adaptive_batch.reflection_minibatch_size", 3, 1, 0, WHOLE(1)],
  ["gepa.adaptive_batch.min_local_improvement", 0, 0.1, "x", "a number"],
  ["gepa.adaptive_batch.val_evaluation_mode", "subsample", "full", "x", '"full" or "subsample"'],
  ["gepa.adaptive_batch.val_subsample_size", 64, 1, 0, WHOLE(1)],
  ["gepa.adaptive_batch.candidate_selection_strategy", "coverage", "random", "x", '"coverage" or "random"'],
];

const MIPRO: SurfaceRow[] = [
  ["mipro.task_app_url", undefined, "https://t.example", "t.example", WEB],
  ["mipro.task_app_api_key", undefined, "k", 1, TEXT],
  ["mipro.task_app_id", undefined, "t", 1, TEXT],
  ["mipro.num_iterations", 20, 1, 0, WHOLE(1)],
  ["mipro.num_evaluations_per_iteration", 5, 1, 0, WHOLE(1)],
  ["mipro.batch_size", 32, 1, 0, WHOLE(1)],
  ["mipro.max_concurrent", 20, 1, 0, WHOLE(1)],
  ["mipro.env_name", "banking77", "mine", 1, TEXT],
  ["mipro.env_config", undefined, { a: null }, 1, TABLE],
  ["mipro.few_shot_score_threshold", 0.8, 0, 1.1, SHARE],
  ["mipro.results_file", undefined, "r.json", 1, TEXT],
  ["mipro.max_wall_clock_seconds", undefined, 1.5, 0, ABOVE],
  ["mipro.max_total_tokens", undefined, 1, 0, WHOLE(1)],
  ["mipro.policy_config", undefined, { a: 1 }, 1, TABLE],
  ["mipro.proposer_effort", "LOW", "HIGH", "MAX", EFFORT],
  ["mipro.proposer_output_tokens", "FAST", "RAPID", "x", '"RAPID", "FAST" or "SLOW"'],
  ["mipro.max_token_limit", undefined, 1, 0, WHOLE(1)],
  ["mipro.max_spend_usd", undefined, 0.5, 0, ABOVE],
  ["mipro.token_counting_model", "gpt-4", "m", "", SOME],
  ["mipro.enforce_token_limit", true, false, "x", FLAG],
  ["mipro.spec_path", undefined, "s.json", 1, TEXT],
  ["mipro.spec_max_tokens", 5000, 1, 0, WHOLE(1)],
  ["mipro.spec_include_examples", true, false, "x", FLAG],
  ["mipro.spec_priority_threshold", undefined, 8, -1, WHOLE(0)],
  ["mipro.metaprompt", undefined, "m", 1, TEXT],
  ["mipro.bootstrap_train_seeds", "required", [1], 5, SEEDS],
  ["mipro.online_pool", "required", [1], "x", SEEDS],
  ["mipro.test_pool", undefined, [90], "x", SEEDS],
  ["mipro.reference_pool", undefined, [90], "x", SEEDS],
  ["mipro.val_seeds", undefined, [90], "x", SEEDS],
  ["mipro.min_bootstrap_demos", 0, 5, -1, WHOLE(0)],
  ["mipro.strict_bootstrap", false, true, "x", FLAG],
  ["mipro.max_instructions", undefined, 1, 0, WHOLE(1)],
  ["mipro.instructions_per_batch", undefined, 1, 0, WHOLE(1)],
  ["mipro.duplicate_retry_limit", undefined, 1, 0, WHOLE(1)],
  ["mipro.max_demo_set_size", undefined, 1, 0, WHOLE(1)],
  ["mipro.max_demo_sets", 128, 1, 0, WHOLE(1)],
  ["mipro.max_instruction_sets", 128, 1, 0, WHOLE(1)],
  ["mipro.full_eval_every_k", undefined, 1, 0, WHOLE(1)],
  ["mipro.generate_at_iterations", undefined, [0, 3], 3, "a list"],
  ["mipro.meta.model", undefined, "m", "", SOME],
  ["mipro.meta.provider", undefined, "groq", "", SOME],
  ["mipro.meta.temperature", undefined, 0.8, -1, FROM(0)],
  ["mipro.meta.max_tokens", undefined, 1024, 0, WHOLE(1)],
  ["mipro.seeds.bootstrap", [], [1], "x", SEEDS],
  ["mipro.seeds.online", [], [1], "x", SEEDS],
  ["mipro.seeds.test", [], [90], "x", SEEDS],
  ["mipro.seeds.reference", [], [90], "x", SEEDS],
];

const MIPRO_TABLES: SurfaceRow[] = [
  ["mipro.tpe.gamma", undefined, 0.25, 1, "a number above 0 and below 1"],
  ["mipro.tpe.n_candidates", undefined, 32, 0, WHOLE(1)],
  ["mipro.tpe.n_startup_trials", undefined, 0, -1, WHOLE(0)],
  ["mipro.tpe.epsilon", undefined, 0.1, 2, SHARE],
  ["mipro.tpe.categorical_alpha", undefined, 1, -1, FROM(0)],
  ["mipro.tpe.prior_weight", undefined, 0.05, -1, FROM(0)],
  ["mipro.demo.max_few_shot_examples", undefined, 0, -1, WHOLE(0)],
  ["mipro.demo.sets_per_size", undefined, 1, 0, WHOLE(1)],
  ["mipro.demo.include_empty", undefined, true, "x", FLAG],
  ["mipro.grounding.n", undefined, 10, 0, WHOLE(1)],
  ["mipro.grounding.temperature", undefined, 0.7, -1, FROM(0)],
  ["mipro.grounding.max_tokens", undefined, 600, 0, WHOLE(1)],
  ["mipro.meta_update.enabled", undefined, true, "x", FLAG],
  ["mipro.meta_update.every_iterations", undefined, 3, 0, WHOLE(1)],
  ["mipro.meta_update.topk_success", undefined, 5, -1, WHOLE(0)],
  ["mipro.meta_update.topk_failure", undefined, 5, -1, WHOLE(0)],
  ["mipro.meta_update.validate_on_batch", undefined, 32, 0, WHOLE(1)],
  ["mipro.meta_update.keep_k", undefined, 12, 0, WHOLE(1)],
  ["mipro.meta_update.dedup_token_overlap", undefined, 0.8, 2, SHARE],
  ["mipro.meta_update.regen_temperature_decay", undefined, 0.95, 0, ABOVE],
  ["mipro.modules.0.module_id", "required", "mine", " ", SOME],
  ["mipro.modules.0.description", undefined, "d", 1, TEXT],
  ["mipro.modules.0.edges", [], [["a", "b"]], "a", "a list"],
  ["mipro.modules.0.max_instruction_slots", undefined, 3, 0, WHOLE(1)],
  ["mipro.modules.0.max_demo_slots", undefined, 0, -1, WHOLE(0)],
  ["mipro.modules.0.stages.0.stage_id", "required", "mine", " ", SOME],
  ["mipro.modules.0.stages.0.baseline_instruction", "Answer briefly.", "Do it.", "", SOME],
  ["mipro.modules.0.stages.0.baseline_messages", [], [{ role: "user", content: "x" }], "x", "a list"],
  ["mipro.modules.0.stages.0.max_instruction_slots", undefined, 128, 0, WHOLE(1)],
  ["mipro.modules.0.stages.0.max_demo_slots", undefined, 0, -1, WHOLE(0)],
];

/** The rows of all tables. */
export const SURFACE_ROWS: SurfaceRow[] = [
  ...TOP,
  ...TERMINATION,
  ...GEPA,
  ...VERIFIER,
  ...PROXY,
  ...ADAPTIVE,
  ...MIPRO,
  ...MIPRO_TABLES,
];
