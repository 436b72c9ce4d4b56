// A dry run over HTTP: the body of a submission, answered with what it comes to.

import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../context.ts";
import { json, problem } from "../openapi.ts";
import { ValidationReportSchema } from "../schemas-validate.ts";
import { submissionIn } from "../submission.ts";
import { validateSubmission } from "../validate.ts";

/** Routes below `/api/prompt-learning/validate`. */
export const validateRoutes = new OpenAPIHono<AppEnv>();

const validate = createRoute({
  method: "post",
  path: "/",
  summary: "Check a config and estimate its job, creating nothing",
  description: "Body: as for submitting a job. The task app is not called.",
  responses: {
    200: json("The config can run", ValidationReportSchema),
    400: problem("The body cannot be read"),
    422: problem("The config is not valid"),
  },
});

validateRoutes.openapi(validate, async (c) => {
  const submission = await submissionIn(c.req.raw);
  return c.json(validateSubmission(submission, new URL(c.req.url).origin, c.env), 200);
});
