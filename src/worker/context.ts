// What every route can count on.

import type { Env } from "../durable/env.ts";
import { type JobApi, jobObject } from "../durable/rpc.ts";
import { noSuchJob } from "./problem.ts";

/** Bindings and per-request variables of the Hono app. */
export interface AppEnv {
  Bindings: Env;
  Variables: { requestId: string; tenant: string };
}

const JOB_ID = /^pl_[0-9a-f]{16}$/;

/** The object of a tenant's job. @throws ProblemError 404 for an id that no job can have, before any object is touched. */
export function jobStub(env: Env, tenant: string, jobId: string): JobApi {
  if (!JOB_ID.test(jobId)) throw noSuchJob(jobId.slice(0, 64));
  return jobObject(env, tenant, jobId);
}

/** A new job id: `pl_` and 64 random bits in hex. */
export function newJobId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `pl_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
