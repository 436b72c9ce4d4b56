// What can be asked of a job: start, pause, resume, stop, cancel (protocol §2.2), and to be deleted. The same routes stand below the jobs'
// own path and below `/api/jobs`.

import { createRoute, z } from "@hono/zod-openapi";
import type { CommandResult } from "../../durable/job.ts";
import type { Command } from "../../durable/lifecycle.ts";
import type { JobStatus } from "../../wire/job.ts";
import { readText } from "../body.ts";
import { jobStub } from "../context.ts";
import { idParam, json, newRoutes, noJob, problem } from "../openapi.ts";
import { noSuchJob, ProblemError } from "../problem.ts";
import { JobViewSchema } from "../schemas.ts";

const MAX_COMMAND_BYTES = 10_000;

const CommandBody = z.object({
  reason: z.string().max(500).nullish().openapi({ description: "Told in the job's log." }),
  held_out: z.boolean().nullish().openapi({
    description:
      "For stop: whether the best candidate is scored on the held-out seeds first. Default true. False also ends held-out scoring that is under way.",
  }),
});

/** Each command: what it does, and what a job that refuses it cannot be. */
const COMMANDS: readonly { name: Command; summary: string; done: string }[] = [
  { name: "start", summary: "Start a pending job", done: "started" },
  {
    name: "pause",
    summary: "Pause a job: nothing more is asked, what is in flight is still taken in",
    done: "paused",
  },
  { name: "resume", summary: "Go on with a paused job, where it was", done: "resumed" },
  { name: "stop", summary: "End a job early and keep the best: it succeeds", done: "stopped" },
  { name: "cancel", summary: "Drop a job: calls in flight are broken off", done: "cancelled" },
];

/** Routes `/{id}/COMMAND`. Each may be called twice with the effect of once. */
export const commandRoutes = newRoutes();

for (const { name, summary, done } of COMMANDS) {
  const route = createRoute({
    method: "post",
    path: `/{id}/${name}`,
    summary,
    description: 'The body may be empty, or `{"reason": "…"}`; for stop also `{"held_out": false}`.',
    request: { params: idParam },
    responses: {
      200: json("The job as it is now", JobViewSchema),
      400: problem("The body cannot be read"),
      404: noJob,
      409: problem("The job's status does not allow it"),
    },
  });
  commandRoutes.openapi(route, async (c) => {
    const { id } = c.req.valid("param");
    const { reason = null, held_out } = await commandBody(c.req.raw);
    const options = { reason, held_out: held_out ?? true };
    return c.json(jobOf(await jobStub(c.env, c.var.tenant, id).command(name, options), id, done), 200);
  });
}

const remove = createRoute({
  method: "delete",
  path: "/{id}",
  summary: "Delete a job that has ended: its config, journal, results and events",
  request: { params: idParam },
  responses: {
    204: { description: "Deleted" },
    404: noJob,
    409: problem("The job has not ended"),
  },
});

commandRoutes.openapi(remove, async (c) => {
  const { id } = c.req.valid("param");
  const result = await jobStub(c.env, c.var.tenant, id).remove();
  if (result.kind === "unknown") throw noSuchJob(id);
  if (result.kind === "conflict") throw wrongStatus(result.status, "deleted; cancel it first");
  return c.body(null, 204);
});

function jobOf(result: CommandResult, jobId: string, done: string) {
  if (result.kind === "done") return result.job;
  if (result.kind === "unknown") throw noSuchJob(jobId);
  throw wrongStatus(result.status, done);
}

function wrongStatus(job_status: JobStatus, done: string): ProblemError {
  const detail = `The job is ${job_status} and cannot be ${done}.`;
  return new ProblemError(409, "wrong_status", "The job's status does not allow it", detail, { job_status });
}

async function commandBody(request: Request): Promise<z.infer<typeof CommandBody>> {
  const text = await readText(request, MAX_COMMAND_BYTES);
  if (text.trim() === "") return {};
  try {
    return CommandBody.parse(JSON.parse(text));
  } catch {
    const detail = 'The body must be empty, or JSON such as {"reason": "…"}.';
    throw new ProblemError(400, "bad_request", "Bad request", detail);
  }
}
