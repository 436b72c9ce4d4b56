// The wire types of a dry run as zod schemas, for the OpenAPI document.

import { z } from "@hono/zod-openapi";
import type { JobEstimate, ModelEstimate, Range, ValidationReport, ValueOrigin } from "../wire/validate.ts";

const RangeSchema: z.ZodType<Range> = z.object({ low: z.number(), high: z.number() }).openapi("Range");

const ValueOriginSchema: z.ZodType<ValueOrigin> = z
  .object({
    from: z.enum(["default", "preset", "file", "override", "environment", "spec_file"]),
    line: z.int().optional(),
  })
  .openapi("ValueOrigin");

const ModelEstimateSchema: z.ZodType<ModelEstimate> = z
  .object({
    provider: z.string(),
    model: z.string(),
    calls: RangeSchema,
    prompt_tokens: RangeSchema,
    completion_tokens: RangeSchema,
    usd: RangeSchema.nullable(),
  })
  .openapi("ModelEstimate");

const JobEstimateSchema: z.ZodType<JobEstimate> = z
  .object({
    rollouts: z.object({
      total: RangeSchema,
      limit: z.int().nullable(),
      by_phase: z
        .record(z.string(), RangeSchema)
        .openapi({ description: "By phase, in their order; which there are depends on the algorithm." }),
    }),
    policy: ModelEstimateSchema,
    proposer: ModelEstimateSchema,
    verifier: ModelEstimateSchema.nullable(),
    usd: RangeSchema.nullable(),
    seconds: RangeSchema,
    sensible_budget: z.int(),
    assumptions: z.array(z.string()),
  })
  .openapi("JobEstimate");

export const ValidationReportSchema: z.ZodType<ValidationReport> = z
  .object({
    valid: z.literal(true),
    config: z.record(z.string(), z.any()),
    origins: z
      .record(z.string(), ValueOriginSchema)
      .openapi({ description: "Where each value of the config comes from, by dotted path." }),
    warnings: z.array(z.object({ path: z.string(), message: z.string(), line: z.int().optional() })),
    estimate: JobEstimateSchema,
  })
  .openapi("ValidationReport");
