// Errors as RFC 9457 problems. What a caller may see is decided here; anything else becomes a bare 500.

import { ConfigError, mistakesInWords } from "../config/errors.ts";
import { VaultError } from "../durable/vault.ts";
import type { ConfigWarning, JobStatus, Problem, ProblemItem } from "../wire/job.ts";

/** What an answer may have beside its words. */
interface ProblemExtra {
  errors?: ProblemItem[];
  warnings?: ConfigWarning[];
  headers?: Record<string, string>;
  /** Where the job stands, for a command that its status does not allow. */
  job_status?: JobStatus;
}

/** An error with the answer it deserves. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly extra: ProblemExtra;

  constructor(status: number, code: string, title: string, detail: string, extra: ProblemExtra = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.title = title;
    this.extra = extra;
  }
}

/** The job of that id does not exist, or is another tenant's: the two look the same. */
export function noSuchJob(jobId: string): ProblemError {
  return new ProblemError(404, "job_not_found", "No such job", `There is no job ${jobId}.`);
}

/** The answer for an error, whatever it is. */
export function problemResponse(error: unknown, requestId: string, path: string): Response {
  const known = knownProblem(error);
  if (!known) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(JSON.stringify({ event: "request_error", request_id: requestId, path, message }));
  }
  const problem =
    known ??
    new ProblemError(500, "internal", "Internal error", "Something went wrong on our side; try again.");
  const body: Problem = {
    type: `urn:cultivar:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance: path,
    code: problem.code,
    request_id: requestId,
    ...(problem.extra.errors ? { errors: problem.extra.errors } : {}),
    ...(problem.extra.job_status ? { job_status: problem.extra.job_status } : {}),
    ...(problem.extra.warnings?.length ? { warnings: problem.extra.warnings } : {}),
  };
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "x-request-id": requestId,
      ...problem.extra.headers,
    },
  });
}

function knownProblem(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error;
  if (error instanceof VaultError) return new ProblemError(503, error.code, "Not configured", error.message);
  if (error instanceof ConfigError) {
    const { issues: errors, warnings } = error;
    return new ProblemError(422, error.code, "The config is not valid", mistakesInWords(errors), {
      errors,
      warnings,
    });
  }
  return objectProblem(error);
}

/** What an object says of itself, or the platform of an object. Errors come over RPC without their class. */
function objectProblem(error: unknown): ProblemError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (field(error, "code") === "newer_schema") {
    const detail = `The job cannot be read: ${error.message}.`;
    return new ProblemError(503, "newer_schema", "Of a newer release", detail);
  }
  const passes = ["retryable", "overloaded", "durableObjectReset"].some(
    (flag) => field(error, flag) === true,
  );
  if (!passes) return undefined;
  const detail = "The job cannot be reached at the moment; try again.";
  return new ProblemError(503, "unavailable", "Unavailable", detail, { headers: { "retry-after": "2" } });
}

function field(error: Error, name: string): unknown {
  return Reflect.get(error, name);
}
