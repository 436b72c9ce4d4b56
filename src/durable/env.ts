// What the Worker and its objects are given: the operator's settings, and the bindings of wrangler.toml.

import type { Settings } from "./settings.ts";

/** Everything the Worker and its objects are given. */
export interface Env extends Settings {
  JOBS: DurableObjectNamespace;
  LANES: DurableObjectNamespace;
  TENANTS: DurableObjectNamespace;
  PROBES: DurableObjectNamespace;
}
