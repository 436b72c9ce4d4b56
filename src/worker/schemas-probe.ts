// Probes as zod schemas: what is taken, within its bounds, and what the OpenAPI document shows. Each is checked against its type in src/wire.

import { z } from "@hono/zod-openapi";
import { MAX_CONCURRENT_ROLLOUTS } from "../config/limits.ts";
import type { ProbeReport } from "../wire/probe.ts";

const mode = z.enum(["lanes", "inline", "unbounded"]).openapi({
  description:
    "`unbounded`: one object that does not count to six, to see how many the platform lets through.",
});

export const ProbeRequestSchema = z.object({
  mode,
  concurrency: z.int().min(1).max(MAX_CONCURRENT_ROLLOUTS),
  hold_ms: z.int().min(10).max(5_000).default(500),
  seconds: z.number().min(0.1).max(10).default(3),
  against: z.string().optional(),
});

export const ProbeReportSchema: z.ZodType<ProbeReport> = z
  .object({
    mode,
    concurrency: z.int(),
    hold_ms: z.int(),
    seconds: z.number(),
    execution_mode: z.enum(["lanes", "inline"]).openapi({ description: "The mode that jobs use here." }),
    peak: z.int().openapi({ description: "The most calls that the echo had in flight at a time." }),
    calls: z.int().openapi({ description: "Calls that were answered." }),
    per_second: z.number(),
    p50_ms: z.number().nullable(),
    p95_ms: z.number().nullable(),
    errors: z.int(),
    messages: z.array(z.object({ message: z.string(), count: z.int() })),
  })
  .openapi("ProbeReport");
