// `Idempotency-Key`: the same submission again, with the same key, is the same job. The key decides the job's id, so a
// key holds for the job's whole life, and needs no store of its own.

import { digestOf } from "../durable/digest.ts";
import { newJobId } from "./context.ts";
import { ProblemError } from "./problem.ts";
import type { Submission } from "./submission.ts";

/** Characters of a key: what a header can hold without doubt. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** Which job a submission is to become. */
export interface JobIdentity {
  job_id: string;
  /** What was asked, as a digest, for a submission with a key; a second one must be the same. */
  request_digest?: string;
}

/** The job that a submission becomes. @throws ProblemError 400 for a key that is none */
export async function jobIdentity(
  request: Request,
  submission: Submission,
  tenant: string,
): Promise<JobIdentity> {
  const key = request.headers.get("idempotency-key");
  if (key === null) return { job_id: newJobId() };
  if (!KEY.test(key)) {
    const detail = "Idempotency-Key must be 1 to 255 visible ASCII characters without blanks.";
    throw new ProblemError(400, "bad_request", "Bad request", detail);
  }
  const name = await digestOf(JSON.stringify([tenant, key]));
  return { job_id: `pl_${name.slice(0, 16)}`, request_digest: await digestOf(JSON.stringify(submission)) };
}

/** The key was used before, for something else. */
export function keyReused(jobId: string): ProblemError {
  const detail = `This Idempotency-Key was used with another submission, which became job ${jobId}. Use a new key for a new job.`;
  return new ProblemError(422, "idempotency_key_reused", "The idempotency key was used before", detail);
}
