// How answers are described in the OpenAPI document.

import type { z } from "@hono/zod-openapi";
import { ProblemSchema } from "./schemas.ts";

/** An error's answer. */
export const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: ProblemSchema } },
});

/** A JSON answer. */
export const json = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { "application/json": { schema } },
});
