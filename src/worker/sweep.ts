// The sweep: every few minutes the jobs that ought to be alive are looked at, so that one whose alarm the platform has lost
// goes on without a caller. Tenants are those that the keys name; each looks after its own jobs.

import type { Env } from "../durable/env.ts";
import { tenantObject } from "../durable/rpc.ts";
import { tenantsOf } from "./auth.ts";

/** As often as wrangler.toml has it; only to count the sweeps. */
const EVERY_MS = 300_000;

/** One sweep, at a time in milliseconds since 1970. A tenant that cannot be reached does not keep it from the others. */
export async function sweep(env: Env, now: number): Promise<void> {
  const round = Math.floor(now / EVERY_MS);
  for (const tenant of tenantsOf(env)) {
    try {
      await tenantObject(env, tenant).sweep(tenant, round);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      console.error(JSON.stringify({ event: "sweep_error", tenant, message }));
    }
  }
}
