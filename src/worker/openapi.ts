// What routes share: how they refuse bad parameters, and how their answers are described in the OpenAPI document.

import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { AppEnv } from "./context.ts";
import { ProblemError } from "./problem.ts";
import { ProblemSchema } from "./schemas.ts";

/** The `{id}` of a job in a path. */
export const idParam = z.object({ id: z.string().openapi({ example: "pl_9c58b711c2644083" }) });

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

/** The answer for an id that no job has. */
export const noJob = problem("No such job");

/** An empty set of routes whose parameters are checked. */
export function newRoutes(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const issue = result.error.issues[0];
      const detail = `${issue?.path.join(".")}: ${issue?.message}`;
      throw new ProblemError(400, "bad_request", "Bad request", detail);
    },
  });
}
