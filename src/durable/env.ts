// What the operator configures, beside the bindings of wrangler.toml.

import type { ProviderEnv } from "../inference/providers.ts";

/** Variables and secrets of the deployment; all optional, each checked where it is needed. */
export interface Settings extends ProviderEnv {
  /** Keys that callers must show, comma-separated; `tenant:key` puts a key's jobs in a tenant of their own. */
  API_KEYS?: string;
  /** `true` on a developer's machine only: allows `http:` and private addresses, and the API key `dev`. */
  DEVELOPMENT?: string;
  /** Origin under which task apps reach this service; default: the origin of the submitting request. */
  PUBLIC_URL?: string;
  /** Key sent to task apps whose job names none. */
  ENVIRONMENT_API_KEY?: string;
}

/** Everything the Worker and its objects are given. */
export interface Env extends Settings {
  JOBS: DurableObjectNamespace;
  LANES: DurableObjectNamespace;
  TENANTS: DurableObjectNamespace;
}

/** Whether this is a developer's machine. */
export function isDevelopment(env: Settings): boolean {
  return env.DEVELOPMENT === "true";
}
