// Verifiers over HTTP: registered once, named by the configs of jobs. A job takes a copy of the version that it names when it is
// created, so that nothing here changes a job that runs.

import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { toIssue } from "../../config/errors.ts";
import { MAX_CONFIG_BYTES } from "../../config/limits.ts";
import { tenantObject } from "../../durable/rpc.ts";
import { type VerifierReference, verifierReference } from "../../durable/verifier-store.ts";
import { readDefinition } from "../../rollouts/verifier/definition.ts";
import type { JsonObject } from "../../wire/json.ts";
import { readText } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { json, problem } from "../openapi.ts";
import { ProblemError } from "../problem.ts";
import { VerifierPageSchema, VerifierSubmissionSchema, VerifierViewSchema } from "../schemas-verifier.ts";
import { parseJsonBody } from "../submission.ts";

const id = z.object({
  id: z.string().openapi({ example: "tone@2", description: "`name@version`, or `name` for the latest." }),
});
const notFound = problem("No such verifier");

/** Routes below `/api/verifiers`. */
export const verifierRoutes = new OpenAPIHono<AppEnv>({
  defaultHook: (result) => {
    if (result.success) return;
    const issue = result.error.issues[0];
    throw badRequest(`${issue?.path.join(".")}: ${issue?.message}`);
  },
});

const register = createRoute({
  method: "post",
  path: "/",
  summary: "Register a verifier",
  description:
    "The next version of its name; content that the latest version has makes no new one, and answers 200.",
  // Described here, read by `readDefinition`, which names every mistake with its place.
  responses: {
    200: json("The latest version says just this", VerifierViewSchema),
    201: json("A new version", VerifierViewSchema),
    400: problem("The body cannot be read"),
    409: problem("No more versions fit"),
    422: problem("The verifier is not valid"),
  },
});

verifierRoutes.openapi(register, async (c) => {
  const reading = readDefinition(await tableIn(c.req.raw));
  if (reading.kind === "invalid") {
    const errors = reading.findings.map((finding) => toIssue(finding, finding.path));
    const detail = `${errors[0]?.message}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ""}`;
    throw new ProblemError(422, "verifier_invalid", "The verifier is not valid", detail, { errors });
  }
  const { name, ...content } = reading.definition;
  const body = JSON.stringify(content);
  const result = await tenantObject(c.env, c.var.tenant).registerVerifier({ name, body });
  if (result.kind === "full") {
    const detail = `There are ${result.limit} versions of verifiers already: delete some that no config names.`;
    throw new ProblemError(409, "too_many_verifiers", "Too many verifiers", detail);
  }
  const location = `/api/verifiers/${result.verifier.id}`;
  return c.json(result.verifier, result.kind === "created" ? 201 : 200, { location });
});

const list = createRoute({
  method: "get",
  path: "/",
  summary: "List verifiers by name, the latest version of each",
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      cursor: z.string().max(64).default(""),
    }),
  },
  responses: { 200: json("A page of verifiers", VerifierPageSchema), 400: problem("A bad query") },
});

verifierRoutes.openapi(list, async (c) => {
  const { limit, cursor } = c.req.valid("query");
  const found = await tenantObject(c.env, c.var.tenant).listVerifiers(limit + 1, cursor);
  const items = found.slice(0, limit);
  // A name is its own cursor: the list is in the order of names.
  return c.json({ items, next_cursor: found.length > limit ? (items.at(-1)?.name ?? null) : null }, 200);
});

const get = createRoute({
  method: "get",
  path: "/{id}",
  summary: "A verifier with all that it is made of",
  request: { params: id },
  responses: { 200: json("The verifier", VerifierViewSchema), 404: notFound },
});

verifierRoutes.openapi(get, async (c) => {
  const { id } = c.req.valid("param");
  const { name, version } = referenceIn(id);
  const found = await tenantObject(c.env, c.var.tenant).verifier(name, version);
  if (!found) throw noSuchVerifier(id);
  return c.json(found, 200);
});

const remove = createRoute({
  method: "delete",
  path: "/{id}",
  summary: "Delete a version, or all versions of a name",
  description: "Jobs that were created with it keep their copies.",
  request: { params: id },
  responses: { 204: { description: "Deleted" }, 404: notFound },
});

verifierRoutes.openapi(remove, async (c) => {
  const { id } = c.req.valid("param");
  const { name, version } = referenceIn(id);
  const removed = await tenantObject(c.env, c.var.tenant).removeVerifier(name, version);
  if (removed === 0) throw noSuchVerifier(id);
  return c.body(null, 204);
});

/** @throws ProblemError 404 for a text that is the name of no verifier */
function referenceIn(id: string): VerifierReference {
  const reference = verifierReference(id);
  if (!reference) throw noSuchVerifier(id.slice(0, 80));
  return reference;
}

async function tableIn(request: Request): Promise<JsonObject> {
  const text = await readText(request, MAX_CONFIG_BYTES);
  const table = z.record(z.string(), z.json()).safeParse(parseJsonBody(text));
  if (!table.success) throw badRequest("The body must be a JSON object that describes a verifier.");
  return table.data;
}

function noSuchVerifier(id: string): ProblemError {
  return new ProblemError(404, "verifier_not_found", "No such verifier", `There is no verifier ${id}.`);
}

function badRequest(detail: string): ProblemError {
  return new ProblemError(400, "bad_request", "Bad request", detail);
}

// The document shows the body, though the route reads it by hand.
verifierRoutes.openAPIRegistry.register("VerifierSubmission", VerifierSubmissionSchema);
