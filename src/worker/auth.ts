// Who is calling. Keys are compared by digest, in constant time, before any object is touched.

import { isDevelopment, type Settings } from "../durable/settings.ts";
import { ProblemError } from "./problem.ts";

const DEFAULT_TENANT = "default";
const DEVELOPMENT_KEY = "dev";
const TENANT_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** The tenant whose key a request shows, as a Bearer token or in `X-API-Key`. @throws ProblemError 401, or 503 when no key is configured. */
export async function tenantOf(headers: Headers, env: Settings): Promise<string> {
  const keys = configuredKeys(env);
  if (keys.length === 0) {
    const detail =
      "This deployment has no API keys yet: set the secret API_KEYS (wrangler secret put API_KEYS).";
    throw new ProblemError(503, "no_api_keys", "Not configured", detail);
  }
  const shown = shownKey(headers);
  const digest = shown === undefined ? undefined : await digestOf(shown);
  let tenant: string | undefined;
  for (const known of keys) {
    // Every key is compared, so that the time taken does not tell which one matched.
    if (digest && equal(digest, await digestOf(known.key))) tenant = known.tenant;
  }
  if (tenant !== undefined) return tenant;
  const detail =
    shown === undefined
      ? "Send an API key as `Authorization: Bearer KEY` or `X-API-Key: KEY`."
      : "The API key is not known.";
  throw new ProblemError(401, "unauthorized", "Unauthorized", detail, {
    headers: { "www-authenticate": 'Bearer realm="cultivar"' },
  });
}

/** The tenants of this deployment, by its keys. */
export function tenantsOf(env: Settings): string[] {
  return [...new Set(configuredKeys(env).map(({ tenant }) => tenant))];
}

function configuredKeys(env: Settings): { tenant: string; key: string }[] {
  const entries = (env.API_KEYS ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (entries.length === 0 && isDevelopment(env)) entries.push(DEVELOPMENT_KEY);
  return entries.map((entry) => {
    const colon = entry.indexOf(":");
    const tenant = entry.slice(0, Math.max(0, colon));
    return TENANT_NAME.test(tenant)
      ? { tenant, key: entry.slice(colon + 1) }
      : { tenant: DEFAULT_TENANT, key: entry };
  });
}

function shownKey(headers: Headers): string | undefined {
  const authorization = headers.get("authorization") ?? "";
  if (authorization.slice(0, 7).toLowerCase() === "bearer ") return authorization.slice(7).trim();
  return headers.get("x-api-key")?.trim() || undefined;
}

async function digestOf(key: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  for (const [at, byte] of a.entries()) difference |= byte ^ (b[at] ?? 0);
  return difference === 0 && a.length === b.length;
}
