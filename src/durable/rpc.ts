// The objects as their callers see them. The platform's own RPC types unfold every argument and result, and give up on
// JSON values, which nest without end; these map the methods alone.

import type { Env } from "./env.ts";
import type { Job } from "./job.ts";
import type { LaneApi } from "./lane-api.ts";
import type { Tenant } from "./tenant.ts";

/** The methods of an object, each answering with a promise. What crosses is plain data. */
type Rpc<T, Methods extends keyof T> = {
  [Name in Methods]: T[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};

/** A job, from outside. */
export type JobApi = Rpc<
  Job,
  "create" | "submitted" | "command" | "view" | "results" | "verification" | "events" | "remove" | "revive"
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

/** The object of a tenant's job. */
export function jobObject(env: Env, tenant: string, jobId: string): JobApi {
  return env.JOBS.getByName(`${tenant}/${jobId}`) as unknown as JobApi;
}

/** A lane by its name. */
export function laneObject(env: Env, name: string): LaneApi {
  return env.LANES.getByName(name) as unknown as LaneApi;
}

/** A lane by its object id in hex. @throws TypeError for an id that this deployment did not make. */
export function laneOfId(env: Env, id: string): LaneApi {
  return env.LANES.get(env.LANES.idFromString(id)) as unknown as LaneApi;
}

/** The registry of a tenant. */
export function tenantObject(env: Env, tenant: string): TenantApi {
  return env.TENANTS.getByName(tenant) as unknown as TenantApi;
}
