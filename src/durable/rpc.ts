// The objects as their callers see them. The platform's own RPC types unfold every argument and result, and give up on
// JSON values, which nest without end; these map the methods alone.

import type { Env } from "./env.ts";
import { type Execution, inlineExecution, laneExecution } from "./execution.ts";
import { DEFAULT_MODE, readExecutionMode } from "./execution-mode.ts";
import type { Job } from "./job.ts";
import type { AskedLane, InterceptedLane, LaneApi } from "./lane-api.ts";
import type { Probe } from "./probe.ts";
import type { Tenant } from "./tenant.ts";
import type { Ticket } from "./ticket.ts";

/** The methods of an object, each answering with a promise. What crosses is plain data. */
type Rpc<T, Methods extends keyof T> = {
  [Name in Methods]: T[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};

/** A job, from outside. */
export type JobApi = Rpc<
  Job,
  | "create"
  | "submitted"
  | "command"
  | "view"
  | "results"
  | "verification"
  | "events"
  | "frames"
  | "remove"
  | "revive"
>;
/** A tenant's registry, from outside. */
export type TenantApi = Rpc<
  Tenant,
  | "announce"
  | "forget"
  | "list"
  | "sweep"
  | "registerVerifier"
  | "verifier"
  | "listVerifiers"
  | "removeVerifier"
>;

/** A probe, from outside. */
export type ProbeApi = Rpc<Probe, "run" | "hold">;

/** The object of a tenant's job. */
export function jobObject(env: Env, tenant: string, jobId: string): JobApi {
  return env.JOBS.getByName(`${tenant}/${jobId}`) as unknown as JobApi;
}

/** A lane by its name. */
export function laneObject(env: Env, name: string): LaneApi {
  return env.LANES.getByName(name) as unknown as LaneApi;
}

/** Who makes the calls of a job here; `own` is the lane in the job's memory. */
export function executionOf(env: Env, job: string, own: AskedLane): Execution {
  const reading = readExecutionMode(env.EXECUTION_MODE);
  // Nothing new is submitted under a word that nobody understands; what runs already comes to the same either way.
  if (reading.kind === "odd")
    console.error(JSON.stringify({ event: "odd_setting", message: reading.message }));
  const mode = reading.kind === "mode" ? reading.mode : DEFAULT_MODE;
  return mode === "inline" ? inlineExecution(own) : laneExecution(job, (name) => laneObject(env, name));
}

/** The lane behind a ticket, wherever it is. @throws TypeError for an id that this deployment did not make. */
export function laneOfTicket(env: Env, { home, id }: Ticket): InterceptedLane {
  const objects = home === "job" ? env.JOBS : env.LANES;
  return objects.get(objects.idFromString(id)) as unknown as InterceptedLane;
}

/** The registry of a tenant. */
export function tenantObject(env: Env, tenant: string): TenantApi {
  return env.TENANTS.getByName(tenant) as unknown as TenantApi;
}

/** The probe of a tenant. */
export function probeObject(env: Env, tenant: string): ProbeApi {
  return env.PROBES.getByName(tenant) as unknown as ProbeApi;
}

/** A probe by its object id in hex; undefined for an id that this deployment did not make. */
export function probeOfId(env: Env, id: string): ProbeApi | undefined {
  try {
    return env.PROBES.get(env.PROBES.idFromString(id)) as unknown as ProbeApi;
  } catch {
    return undefined;
  }
}
