// Verifiers as zod schemas: what the OpenAPI document shows. Each is checked against its type in src/wire.

import { z } from "@hono/zod-openapi";
import type { Page } from "../wire/job.ts";
import type { VerifierRubric, VerifierSubmission, VerifierSummary, VerifierView } from "../wire/verifier.ts";

const table = z.record(z.string(), z.any());

const RubricSchema: z.ZodType<VerifierRubric> = z
  .object({
    name: z.string().optional(),
    criteria: z.array(
      z.object({ id: z.string(), description: z.string(), weight: z.number().min(0).optional() }),
    ),
  })
  .openapi("Rubric");

export const VerifierSubmissionSchema: z.ZodType<VerifierSubmission> = z
  .object({
    name: z.string(),
    description: z.string().optional(),
    rubric: z.object({ outcome: RubricSchema.optional(), events: RubricSchema.optional() }).optional(),
    graph: table.optional().openapi({ description: "`{nodes, outputs}`, in the place of rubrics." }),
  })
  .openapi("VerifierSubmission");

const summary = {
  id: z.string().openapi({ description: "`name@version`." }),
  name: z.string(),
  version: z.int(),
  description: z.string().nullable(),
  created_at: z.string().openapi({ format: "date-time" }),
};

const VerifierSummarySchema: z.ZodType<VerifierSummary> = z.object(summary).openapi("VerifierSummary");

export const VerifierViewSchema: z.ZodType<VerifierView> = z
  .object({ ...summary, rubric: table.optional(), graph: table.optional() })
  .openapi("Verifier");

export const VerifierPageSchema: z.ZodType<Page<VerifierSummary>> = z
  .object({ items: z.array(VerifierSummarySchema), next_cursor: z.string().nullable() })
  .openapi("VerifierPage");
