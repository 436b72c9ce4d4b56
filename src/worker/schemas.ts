// The wire types as zod schemas: what the OpenAPI document shows. Each is checked against its type in src/wire.

import { z } from "@hono/zod-openapi";
import type {
  AttemptedCandidate,
  EventPage,
  JobCost,
  JobEvent,
  JobLimitsView,
  JobProgress,
  JobResults,
  JobSummary,
  JobView,
  Page,
  PoolView,
  Problem,
  PromptSection,
  PromptView,
  ProxyView,
  TokensAndUsd,
  TopPrompt,
  TrialResult,
  ValidationResult,
} from "../wire/job.ts";
import type { Verification } from "../wire/verification.ts";

export const StatusSchema = z.enum([
  "pending",
  "queued",
  "running",
  "paused",
  "succeeded",
  "failed",
  "cancelled",
]);
export const AlgorithmSchema = z.enum(["gepa", "mipro"]);
const time = z.string().openapi({ format: "date-time" });
const score = z.number().nullable();
const table = z.record(z.string(), z.any());

const PromptSectionSchema: z.ZodType<PromptSection> = z
  .object({
    role: z.string(),
    name: z.string(),
    content: z.string(),
    order: z.int(),
    module: z.string().optional(),
  })
  .openapi("PromptSection");

const PromptViewSchema: z.ZodType<PromptView> = z
  .object({ sections: z.array(PromptSectionSchema), full_text: z.string() })
  .openapi("Prompt");

const JobProgressSchema: z.ZodType<JobProgress> = z
  .object({
    rollouts_completed: z.int(),
    rollouts_total: z.int().nullable(),
    percent_overall: score,
    generation: z.int(),
    generations_total: z.int().nullable(),
    candidates_tried: z.int(),
    trials_completed: z.int(),
    elapsed_seconds: z.number(),
    eta_seconds: score,
  })
  .openapi("JobProgress");

const tokensAndUsd: z.ZodType<TokensAndUsd> = z.object({ tokens: z.number(), usd: z.number() });

const JobCostSchema: z.ZodType<JobCost> = z
  .object({
    total_usd: score,
    policy_usd: score,
    proposer_usd: score,
    verifier_usd: score,
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    llm_calls: z.int(),
    category_costs: z.record(z.string(), score),
    reserved: tokensAndUsd,
    written_off: tokensAndUsd,
  })
  .openapi("JobCost");

const JobLimitsSchema: z.ZodType<JobLimitsView> = z
  .object({
    rollouts: z.int().nullable(),
    tokens: score,
    usd: score,
    category_usd: z.record(z.string(), z.number()),
    seconds: score,
    trials: z.int().nullable(),
    trials_without_improvement: z.int().nullable(),
  })
  .openapi("JobLimits");

const summary = {
  job_id: z.string(),
  algorithm: AlgorithmSchema,
  status: StatusSchema,
  created_at: time,
  finished_at: time.nullable(),
  best_score: score,
  baseline_score: score,
};

const JobSummarySchema: z.ZodType<JobSummary> = z.object(summary).openapi("JobSummary");

export const JobViewSchema: z.ZodType<JobView> = z
  .object({
    ...summary,
    started_at: time.nullable(),
    best_prompt: PromptViewSchema.nullable(),
    progress: JobProgressSchema,
    cost: JobCostSchema,
    limits: JobLimitsSchema,
    finish_reason: z.string().nullable(),
    pause_reason: z.enum(["user", "errors"]).nullable(),
    stopping: z.boolean(),
    error: z.string().nullable(),
    warnings: z.array(z.object({ path: z.string(), message: z.string(), line: z.int().optional() })),
    metadata: table,
  })
  .openapi("Job");

export const JobPageSchema: z.ZodType<Page<JobSummary>> = z
  .object({ items: z.array(JobSummarySchema), next_cursor: z.string().nullable() })
  .openapi("JobPage");

const JobEventSchema: z.ZodType<JobEvent> = z
  .object({
    seq: z.int(),
    type: z.string(),
    message: z.string(),
    data: table,
    level: z.enum(["info", "warning", "error"]),
    created_at: time,
    job_id: z.string(),
  })
  .openapi("JobEvent");

export const EventPageSchema: z.ZodType<EventPage> = z
  .object({ events: z.array(JobEventSchema), next_seq: z.int() })
  .openapi("EventPage");

const scores = z.record(z.string(), z.number()).openapi({ description: "Reward by seed." });

const TopPromptSchema: z.ZodType<TopPrompt> = z
  .object({
    rank: z.int(),
    candidate_id: z.string(),
    train_accuracy: z.number(),
    val_accuracy: score,
    test_accuracy: score,
    template: z.object({ sections: z.array(PromptSectionSchema) }),
    full_text: z.string(),
  })
  .openapi("TopPrompt");

const AttemptedCandidateSchema: z.ZodType<AttemptedCandidate> = z
  .object({
    candidate_id: z.string(),
    rank: z.int().nullable().openapi({
      description:
        "1 is the best by the optimiser's own order; null for one that it does not rank: one that was turned down, or with `proxied`.",
    }),
    generation: z.int(),
    parent_ids: z.array(z.string()),
    mutation_type: z.string(),
    accepted: z.boolean(),
    reject_reason: z.string().nullable(),
    accuracy: score,
    is_pareto: z.boolean(),
    instance_scores: scores,
    proxied: z.boolean().optional().openapi({
      description:
        "Whether some of its scores are predicted from a cheap model's. It has no rank then, and is among none of the best.",
    }),
    object: z.object({
      text_replacements: z.array(
        z.object({
          new_text: z.string(),
          old_text: z.string(),
          apply_to_role: z.string(),
          module: z.string().optional(),
        }),
      ),
      example_injections: z
        .array(
          z.object({
            module: z.string().optional(),
            insert_after_role: z.string(),
            examples: z.array(z.object({ input: z.string(), output: z.string() })),
          }),
        )
        .optional(),
    }),
  })
  .openapi("AttemptedCandidate");

const ValidationResultSchema: z.ZodType<ValidationResult> = z
  .object({
    rank: z.int().openapi({ description: "-1 is the baseline; candidates rank from 1." }),
    candidate_id: z.string(),
    is_baseline: z.boolean(),
    accuracy: z.number(),
    seeds: z.array(z.int()),
    instance_scores: scores,
  })
  .openapi("HeldOutResult");

const TrialResultSchema: z.ZodType<TrialResult> = z
  .object({
    trial: z.int(),
    iteration: z.int(),
    candidate_id: z.string(),
    parameters: z.record(z.string(), z.int()),
    minibatch_score: score,
    full_score: score,
    is_incumbent: z.boolean(),
    proxied: z.boolean().optional(),
    error: z.string().nullable(),
  })
  .openapi("Trial");

const ProxyViewSchema: z.ZodType<ProxyView> = z
  .object({
    mode: z.enum(["both", "lo", "hi"]),
    given_up: z.boolean(),
    pairs: z.int(),
    r2: z.number(),
    residual_variance: score,
    slope: z.number(),
    intercept: z.number(),
    evaluations: z.object({ both: z.int(), lo_only: z.int(), hi_only: z.int() }),
    avoided_usd: score,
    lo_usd: score,
    net_gain_usd: score,
  })
  .openapi("ProxyModel");

const PoolViewSchema: z.ZodType<PoolView> = z
  .object({
    iteration: z.int(),
    size: z.int(),
    anchors: z.array(z.int()),
    exploration: z.array(z.int()),
    heatup: z.array(z.int()),
  })
  .openapi("AdaptivePool");

export const JobResultsSchema: z.ZodType<JobResults> = z
  .object({
    job_id: z.string(),
    status: StatusSchema,
    finish_reason: z.string().nullable(),
    best_prompt: PromptViewSchema.nullable(),
    best_score: score,
    baseline_prompt: PromptViewSchema,
    baseline_score: score,
    top_prompts: z.array(TopPromptSchema),
    optimized_candidates: z.array(AttemptedCandidateSchema),
    attempted_candidates: z.array(AttemptedCandidateSchema),
    validation_results: z.array(ValidationResultSchema),
    test_results: z.array(ValidationResultSchema),
    trials: z.array(TrialResultSchema).nullable().openapi({ description: "MIPRO's trial table." }),
    rollouts: z.int(),
    cost: JobCostSchema,
    pool: PoolViewSchema.optional(),
    proxy: ProxyViewSchema.optional(),
  })
  .openapi("JobResults");

export const VerificationSchema: z.ZodType<Verification> = z
  .object({
    job_id: z.string(),
    status: StatusSchema,
    holds: z.boolean(),
    steps: z.int(),
    rollouts: z.int(),
    rollouts_total: z.int().nullable(),
    events: z.int(),
    checks: z.array(
      z.object({
        name: z.enum(["results", "events", "budget", "spending", "alarm", "secrets"]),
        outcome: z.enum(["holds", "fails", "skipped"]),
        detail: z.string(),
      }),
    ),
  })
  .openapi("Verification");

const ProblemItemSchema = z.object({
  pointer: z.string(),
  path: z.string(),
  message: z.string(),
  found: z.string().optional(),
  expected: z.string().optional(),
  line: z.int().optional(),
  column: z.int().optional(),
});

export const ProblemSchema: z.ZodType<Pick<Problem, "type" | "title" | "status" | "detail" | "code">> = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().optional(),
    code: z.string(),
    request_id: z.string().optional(),
    errors: z.array(ProblemItemSchema).optional(),
    warnings: z
      .array(z.object({ path: z.string(), message: z.string(), line: z.int().optional() }))
      .optional(),
  })
  .openapi("Problem");
