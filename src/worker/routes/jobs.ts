// Jobs over HTTP (protocol §2.2): submit, look, list, results, events.

import { createRoute, z } from "@hono/zod-openapi";
import { tenantObject } from "../../durable/rpc.ts";
import { jobStub } from "../context.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { eventStream } from "../event-stream.ts";
import { jobIdentity } from "../idempotency.ts";
import { idParam, json, newRoutes, noJob, problem } from "../openapi.ts";
import { noSuchJob } from "../problem.ts";
import {
  AlgorithmSchema,
  EventPageSchema,
  JobPageSchema,
  JobResultsSchema,
  JobViewSchema,
  StatusSchema,
  VerificationSchema,
} from "../schemas.ts";
import { submissionIn } from "../submission.ts";
import { submitJob } from "../submit.ts";

const since = z.coerce.number().int().min(0).default(0).openapi({ description: "Events after this seq." });

/** Routes below `/api/prompt-learning/online/jobs`; the commands are in `commands.ts`. */
export const jobRoutes = newRoutes();

const submit = createRoute({
  method: "post",
  path: "/",
  summary: "Submit a job",
  // Described here, read by `submissionIn`, which can say where a mistake stands.
  description:
    "Body: JSON with `config_body` or `config_toml`, or the TOML file itself (`application/toml`). With an `Idempotency-Key` the same submission again is the same job, however often it is sent.",
  request: {
    headers: z.object({
      "idempotency-key": z.string().optional().openapi({ description: "1 to 255 visible ASCII characters." }),
    }),
  },
  responses: {
    200: json("The job that this submission became before", JobViewSchema),
    201: json("The job was created", JobViewSchema),
    400: problem("The body cannot be read"),
    422: problem("The config is not valid, or the task app is not ready"),
  },
});

jobRoutes.openapi(submit, async (c) => {
  const { tenant } = c.var;
  const submission = await submissionIn(c.req.raw);
  const identity = await jobIdentity(c.req.raw, submission, tenant);
  const { job, is_new } = await submitJob(submission, identity, tenant, new URL(c.req.url).origin, c.env);
  const headers = { location: `/api/prompt-learning/online/jobs/${job.job_id}` };
  return is_new ? c.json(job, 201, headers) : c.json(job, 200, headers);
});

const list = createRoute({
  method: "get",
  path: "/",
  summary: "List jobs, newest first",
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      cursor: z.string().optional(),
      status: StatusSchema.optional(),
      algorithm: AlgorithmSchema.optional(),
    }),
  },
  responses: { 200: json("A page of jobs", JobPageSchema), 400: problem("A bad query") },
});

jobRoutes.openapi(list, async (c) => {
  const { limit, cursor, status = null, algorithm = null } = c.req.valid("query");
  const before = cursor === undefined ? null : decodeCursor(cursor);
  const page = await tenantObject(c.env, c.var.tenant).list({ limit, before, status, algorithm });
  return c.json({ items: page.items, next_cursor: page.last && encodeCursor(page.last) }, 200);
});

const get = createRoute({
  method: "get",
  path: "/{id}",
  summary: "Where a job stands",
  request: { params: idParam },
  responses: { 200: json("The job", JobViewSchema), 404: noJob },
});

jobRoutes.openapi(get, async (c) => {
  const { id } = c.req.valid("param");
  const job = await jobStub(c.env, c.var.tenant, id).view();
  if (!job) throw noSuchJob(id);
  return c.json(job, 200);
});

const results = createRoute({
  method: "get",
  path: "/{id}/results",
  summary: "Ranked prompts and every candidate",
  request: { params: idParam },
  responses: { 200: json("The results so far", JobResultsSchema), 404: noJob },
});

jobRoutes.openapi(results, async (c) => {
  const { id } = c.req.valid("param");
  const found = await jobStub(c.env, c.var.tenant, id).results();
  if (!found) throw noSuchJob(id);
  return c.json(found, 200);
});

const verify = createRoute({
  method: "get",
  path: "/{id}/verification",
  summary: "Whether a job is what its journal says",
  description:
    "Runs the search again from the journal, without a call to anybody, and compares byte for byte; looks at budget, log, alarm and secrets too. Takes about as long as the job's own arithmetic.",
  request: { params: idParam },
  responses: { 200: json("What was found", VerificationSchema), 404: noJob },
});

jobRoutes.openapi(verify, async (c) => {
  const { id } = c.req.valid("param");
  const found = await jobStub(c.env, c.var.tenant, id).verification();
  if (!found) throw noSuchJob(id);
  return c.json(found, 200);
});

const events = createRoute({
  method: "get",
  path: "/{id}/events",
  summary: "A page of the event log",
  request: {
    params: idParam,
    query: z.object({ since_seq: since, limit: z.coerce.number().int().min(1).max(10_000).default(1_000) }),
  },
  responses: { 200: json("Events, oldest first", EventPageSchema), 404: noJob },
});

jobRoutes.openapi(events, async (c) => {
  const { id } = c.req.valid("param");
  const { since_seq, limit } = c.req.valid("query");
  const page = await jobStub(c.env, c.var.tenant, id).events(since_seq, limit);
  if (!page) throw noSuchJob(id);
  return c.json(page, 200);
});

const stream = createRoute({
  method: "get",
  path: "/{id}/events/stream",
  summary: "The event log as server-sent events",
  description:
    "Resumes after `Last-Event-ID`, else after `since_seq`. Ends after the last event of a job that has ended.",
  request: { params: idParam, query: z.object({ since_seq: since }) },
  responses: {
    200: {
      description: "Frames of `id`, `event` and `data`",
      content: { "text/event-stream": { schema: z.string() } },
    },
    404: noJob,
  },
});

jobRoutes.openapi(stream, async (c) => {
  const { id } = c.req.valid("param");
  // Not `??`: an empty header names no event, and as a number it would be 0.
  const last = Number(c.req.header("last-event-id") || Number.NaN);
  const from = Number.isSafeInteger(last) && last >= 0 ? last : c.req.valid("query").since_seq;
  const job = jobStub(c.env, c.var.tenant, id);
  if (!(await job.events(0, 1))) throw noSuchJob(id);
  const body = eventStream(from, (since, waitMs) => job.frames(since, waitMs));
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-cache", "x-accel-buffering": "no" },
  });
});
