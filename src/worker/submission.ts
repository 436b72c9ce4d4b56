// The body of a submission: JSON with a config in it (protocol §2.2), or the TOML file itself.

import * as z from "zod";
import { MAX_SUBMISSION_BYTES } from "../config/limits.ts";
import { nestsDeeper } from "../inference/body.ts";
import type { JsonObject } from "../wire/json.ts";
import { readText } from "./body.ts";
import { ProblemError } from "./problem.ts";

/** Levels of nesting in a body; deeper values overflow the stack. A config's own limit is lower, and told with its place. */
const MAX_BODY_DEPTH = 100;

const JsonTable = z.record(z.string(), z.json());

/** JSON body of a submission; `config_toml` holds the text of a TOML file in the place of `config_body`. */
const SubmissionBody = z.object({
  algorithm: z.string().optional(),
  config_body: JsonTable.optional(),
  config_toml: z.string().optional(),
  overrides: JsonTable.nullish(),
  metadata: JsonTable.nullish(),
  allow_experimental: z.boolean().nullish(),
  auto_start: z.boolean().default(true),
});

/** A submission as read, its config not yet checked. */
export interface Submission {
  source: { toml: string } | { mapping: JsonObject };
  overrides: JsonObject;
  /** With `allow_experimental` where the submission has it in either place. */
  metadata: JsonObject;
  /** Whether models that nobody vouches for are taken, with a warning. */
  allowExperimental: boolean;
  autoStart: boolean;
}

/** The submission in a request. @throws ProblemError 400, 413 or 415 */
export async function submissionIn(request: Request): Promise<Submission> {
  const body = await readText(request, MAX_SUBMISSION_BYTES);
  return readSubmission(request.headers.get("content-type") ?? "", body);
}

/** Reads a submission. @throws ProblemError 400 for a body that is not what its content type says, 415 for another type. */
function readSubmission(contentType: string, body: string): Submission {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "application/toml" || type === "text/toml" || type === "text/x-toml") {
    const nothing = { overrides: {}, metadata: {}, allowExperimental: false };
    return { source: { toml: body }, ...nothing, autoStart: true };
  }
  if (type !== "application/json" && type !== "") {
    const detail = `Send application/json or application/toml, not ${type.slice(0, 100)}.`;
    throw new ProblemError(415, "unsupported_media_type", "Unsupported media type", detail);
  }
  return fromJson(body);
}

function fromJson(body: string): Submission {
  const parsed = SubmissionBody.safeParse(parseJsonBody(body));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw badRequest(`${issue?.path.join(".") || "The body"}: ${issue?.message}`);
  }
  const { algorithm, config_body, config_toml, overrides, auto_start } = parsed.data;
  if ((config_body === undefined) === (config_toml === undefined)) {
    throw badRequest("Send the config either as config_body (a table) or as config_toml (text).");
  }
  // Clients of the protocol have no field for it, and put it among the labels.
  const experimental = parsed.data.allow_experimental ?? parsed.data.metadata?.allow_experimental;
  const metadata = {
    ...parsed.data.metadata,
    ...(experimental === undefined ? {} : { allow_experimental: experimental }),
  };
  const source = config_toml === undefined ? { mapping: config_body ?? {} } : { toml: config_toml };
  return {
    source,
    overrides: {
      ...(algorithm === undefined ? {} : { "prompt_learning.algorithm": algorithm }),
      ...overrides,
    },
    metadata,
    allowExperimental: experimental === true,
    autoStart: auto_start,
  };
}

/** A JSON body. @throws ProblemError 400 for a text that is none, or that is nested too deep to handle */
export function parseJsonBody(body: string): unknown {
  if (nestsDeeper(body, MAX_BODY_DEPTH)) {
    throw badRequest(`The body is nested more than ${MAX_BODY_DEPTH} levels deep.`);
  }
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own words quote the body, and so perhaps a key.
    throw badRequest("The body is not valid JSON.");
  }
}

function badRequest(detail: string): ProblemError {
  return new ProblemError(400, "bad_request", "Bad request", detail);
}
