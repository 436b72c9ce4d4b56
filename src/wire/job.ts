// The wire types of a job: what the HTTP API answers and what the SDK, the CLI and the dashboard read.

import type { Json, JsonObject } from "./json.ts";

/** Where a job stands in its life (protocol §2.2). `succeeded`, `failed` and `cancelled` are final. */
export type JobStatus = "pending" | "queued" | "running" | "paused" | "succeeded" | "failed" | "cancelled";

/** Why a job is paused: somebody asked for it, or too many rollouts or proposals failed. */
export type PauseReason = "user" | "errors";

/** The final statuses: a job in one of them never changes again. */
export const TERMINAL_STATUSES: readonly JobStatus[] = ["succeeded", "failed", "cancelled"];

/** The optimisers a job can name. */
export type Algorithm = "gepa" | "mipro";

/** Body of `POST /api/prompt-learning/online/jobs` (protocol §2.2). */
export interface JobSubmission {
  algorithm?: Algorithm;
  /** The config as in the TOML file: `{prompt_learning: {...}}`, or its inner table. Either this or `config_toml`. */
  config_body?: JsonObject;
  /** The text of the TOML file, which lets the service name the lines of mistakes. */
  config_toml?: string;
  /** Dotted keys laid over the config, such as `"prompt_learning.policy.model"`. */
  overrides?: JsonObject;
  /** Free labels, kept with the job and given back. */
  metadata?: JsonObject;
  /** Take models that are not on the list, with a warning. `metadata.allow_experimental` is the same. Default false. */
  allow_experimental?: boolean;
  /** Whether the job starts by itself; else it stays `pending` until started. Default true. */
  auto_start?: boolean;
}

/** Something the service did not take as written; the job runs all the same. */
export interface ConfigWarning {
  /** Dotted path of the key, such as `prompt_learning.gepa.archive.sise`. */
  path: string;
  message: string;
  /** 1-based line in the TOML, when the config came as TOML. */
  line?: number;
}

/** How far a job is. Counts cover all work: search, validation and test. */
export interface JobProgress {
  rollouts_completed: number;
  /** The rollout budget; null when the job has none. */
  rollouts_total: number | null;
  /** 0 to 1; null when there is no budget. */
  percent_overall: number | null;
  generation: number;
  /** Null where only the rollouts limit the search. */
  generations_total: number | null;
  candidates_tried: number;
  /** Rows of the trial table so far; for GEPA the candidates proposed, the baseline left out. */
  trials_completed: number;
  /** Running time; pauses are not in it. */
  elapsed_seconds: number;
  /** Seconds left, by the rate so far; null while unknown. */
  eta_seconds: number | null;
}

/** What was spent, over all roles. */
export interface JobCost {
  /** US dollars; null when a call had a model without a known price ("unknown" is never 0). */
  total_usd: number | null;
  policy_usd: number | null;
  proposer_usd: number | null;
  /** 0 for jobs without a verifier. */
  verifier_usd: number | null;
  prompt_tokens: number;
  completion_tokens: number;
  /** Calls to models: of task apps through the interceptor, of the proposer and of the verifier. */
  llm_calls: number;
  /** US dollars by who spent them: `policy` (rollouts), `proposer`, `verifier`. */
  category_costs: Record<string, number | null>;
  /** Set aside for calls under way, where the job limits tokens or US dollars. */
  reserved: TokensAndUsd;
  /** Of calls that were under way when the service was torn down: at most so much, counted under the limits and in no other sum here. */
  written_off: TokensAndUsd;
}

/** Tokens and US dollars. */
export interface TokensAndUsd {
  tokens: number;
  usd: number;
}

/** What a job may spend and do at most; null for no limit. */
export interface JobLimitsView {
  rollouts: number | null;
  tokens: number | null;
  usd: number | null;
  /** US dollars by who spends them, for those that are limited. */
  category_usd: Record<string, number>;
  seconds: number | null;
  trials: number | null;
  trials_without_improvement: number | null;
}

/** What a proxy model did and saved. USD is null where a price is unknown. */
export interface ProxyView {
  /** Which models score candidates: both, the cheap one alone, or the policy's alone. */
  mode: "both" | "lo" | "hi";
  /** Whether the cheap model is not asked any more for good. */
  given_up: boolean;
  /** Evaluations on both models that the regression has seen. */
  pairs: number;
  /** Of the regression as it stands. */
  r2: number;
  residual_variance: number | null;
  slope: number;
  intercept: number;
  /** Evaluations by the models that were asked. */
  evaluations: { both: number; lo_only: number; hi_only: number };
  /** What the policy's model would have cost where the cheap one ran alone. */
  avoided_usd: number | null;
  /** What the cheap model cost. */
  lo_usd: number | null;
  net_gain_usd: number | null;
}

/** The adaptive pool: the seeds that candidates are scored on now. */
export interface PoolView {
  /** Iterations (of GEPA: generations) done. */
  iteration: number;
  size: number;
  /** Seeds that every candidate is scored on. */
  anchors: number[];
  exploration: number[];
  /** Seeds of the reserve that are in for a while. */
  heatup: number[];
}

/** Answer of `GET /api/prompt-learning/online/jobs/{id}`. */
export interface JobView {
  job_id: string;
  algorithm: Algorithm;
  status: JobStatus;
  /** ISO 8601, UTC. */
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  /** Best mean reward so far, on the Pareto seeds; null before the baseline is known. */
  best_score: number | null;
  baseline_score: number | null;
  best_prompt: PromptView | null;
  progress: JobProgress;
  cost: JobCost;
  limits: JobLimitsView;
  /** Why the job ended: `budget`, `generations`, `patience`, `target`, `stopped`, `cancelled`, `error`, …; null while it runs. */
  finish_reason: string | null;
  /** Why the job is paused; null when it is not. */
  pause_reason: PauseReason | null;
  /** Whether the job was told to stop, and is on its way to its end. */
  stopping: boolean;
  /** What went wrong, for a failed job. */
  error: string | null;
  warnings: ConfigWarning[];
  metadata: JsonObject;
}

/** One line of `GET /api/prompt-learning/online/jobs`. */
export interface JobSummary {
  job_id: string;
  algorithm: Algorithm;
  status: JobStatus;
  created_at: string;
  finished_at: string | null;
  best_score: number | null;
  baseline_score: number | null;
}

/** A page of a list; `next_cursor` is null on the last page. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** One record of a job's event log (protocol §2.4). `seq` rises by one from 1. */
export interface JobEvent {
  seq: number;
  type: string;
  message: string;
  data: JsonObject;
  level: "info" | "warning" | "error";
  created_at: string;
  job_id: string;
}

/** Answer of `GET …/events`. */
export interface EventPage {
  events: JobEvent[];
  /** The `since_seq` that continues after this page. */
  next_seq: number;
}

/** One message of a prompt; `pattern` holds the text with its `{placeholders}`. */
export interface PromptSection {
  role: string;
  name: string;
  content: string;
  order: number;
  /** The module of a pipeline that it belongs to; absent for a prompt without modules. */
  module?: string;
}

/** A prompt as the protocol writes it (§6), and as one readable text. */
export interface PromptView {
  sections: PromptSection[];
  /** Each section as `[role | name]` and its content, joined by blank lines. */
  full_text: string;
}

/** A ranked prompt of the results. Rewards are means over seeds; null where that set was not scored. */
export interface TopPrompt {
  rank: number;
  candidate_id: string;
  train_accuracy: number;
  val_accuracy: number | null;
  test_accuracy: number | null;
  template: { sections: PromptSection[] };
  full_text: string;
}

/** One candidate that was tried, accepted or not (protocol §6 "attempted candidate"). */
export interface AttemptedCandidate {
  candidate_id: string;
  /** 1 for the best, in the optimiser's own order, which `top_prompts`, the held-out scores and the events keep to; null for one that it does not rank: one that was turned down, or with `proxied`. */
  rank: number | null;
  generation: number;
  parent_ids: string[];
  /** How it came about: `baseline`, `reflection`, `merge`, `transformation` or, in MIPRO, `trial`. */
  mutation_type: string;
  accepted: boolean;
  /** Why it was turned down: `lost_placeholder`, `duplicate`, `not_better`, …; null when accepted. */
  reject_reason: string | null;
  /** Mean over the Pareto seeds; null when it never got that far. */
  accuracy: number | null;
  is_pareto: boolean;
  instance_scores: Record<string, number>;
  /** Whether some of its scores are predicted from a cheap model's; absent where none is. It has no rank then, and is among none of the best. */
  proxied?: boolean;
  /** `example_injections` are there where the candidate shows demos. */
  object: { text_replacements: TextReplacement[]; example_injections?: ExampleInjection[] };
}

/** Demos that a candidate shows (protocol §6). */
export interface ExampleInjection {
  /** The module that shows them; absent for a prompt without modules. */
  module?: string;
  insert_after_role: string;
  examples: { input: string; output: string }[];
}

/** A changed text of the baseline prompt (protocol §6). */
export interface TextReplacement {
  new_text: string;
  old_text: string;
  apply_to_role: string;
  /** The module whose text it is; absent for a prompt without modules. */
  module?: string;
}

/** One score on held-out seeds (protocol §2.5 `validation.scored`). Ranks count from 1; the baseline has −1. */
export interface ValidationResult {
  rank: number;
  candidate_id: string;
  is_baseline: boolean;
  accuracy: number;
  seeds: number[];
  instance_scores: Record<string, number>;
}

/** One row of a MIPRO job's trial table. */
export interface TrialResult {
  /** From 0, the baseline's. */
  trial: number;
  /** From 0. */
  iteration: number;
  candidate_id: string;
  /** The choice in each slot, such as `{"default.instruction": 2, "default.demos": 5}`. */
  parameters: Record<string, number>;
  /** Mean reward on the trial's minibatch; null for a full evaluation, and for a trial that failed. */
  minibatch_score: number | null;
  /** Mean reward on the whole pool; null where only a minibatch was scored. */
  full_score: number | null;
  /** Whether it made its candidate the best so far. */
  is_incumbent: boolean;
  /** Whether its score rests on rewards predicted from a cheap model's; absent where it does not. */
  proxied?: boolean;
  /** Why the trial failed; null when it did not. */
  error: string | null;
}

/** Answer of `GET …/results`. */
export interface JobResults {
  job_id: string;
  status: JobStatus;
  finish_reason: string | null;
  best_prompt: PromptView | null;
  best_score: number | null;
  baseline_prompt: PromptView;
  baseline_score: number | null;
  top_prompts: TopPrompt[];
  optimized_candidates: AttemptedCandidate[];
  attempted_candidates: AttemptedCandidate[];
  validation_results: ValidationResult[];
  test_results: ValidationResult[];
  /** The trial table of a MIPRO job; null for GEPA. */
  trials: TrialResult[] | null;
  rollouts: number;
  cost: JobCost;
  /** Absent for jobs without an adaptive pool. */
  pool?: PoolView;
  /** Absent for jobs without a proxy model. */
  proxy?: ProxyView;
}

/** RFC 9457 problem, the body of every error (`application/problem+json`). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance?: string;
  /** Stable machine-readable name of the error, such as `config_invalid`. */
  code: string;
  request_id?: string;
  errors?: ProblemItem[];
  /** What else was noticed about a config with mistakes. */
  warnings?: ConfigWarning[];
  [extension: string]: Json | ProblemItem[] | ConfigWarning[] | undefined;
}

/** One mistake of a request. */
export interface ProblemItem {
  /** JSON pointer into the config, such as `/prompt_learning/gepa/rollout/budget`. */
  pointer: string;
  /** The same place as a dotted path. */
  path: string;
  message: string;
  found?: string;
  expected?: string;
  /** 1-based, when the config came as TOML. */
  line?: number;
  column?: number;
}
