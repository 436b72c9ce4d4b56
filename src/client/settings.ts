// Where the service is and which key opens it: argument first, then the environment (protocol §2.1, §4.7).

import { MissingSettingError } from "./errors.ts";

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The service as `wrangler dev` starts it. */
export const DEFAULT_BACKEND_URL = "http://127.0.0.1:8787";

/** Resolved settings of a connection. */
export interface Connection {
  /** Base of all calls, ending in `/api`. */
  apiBase: string;
  apiKey: string;
}

/** The host's environment variables; empty where there are none, as in browsers. */
export function hostEnvironment(): Environment {
  const host: { process?: { env?: Environment } } = globalThis;
  return host.process?.env ?? {};
}

/** Strips trailing slashes and appends `/api` unless it is there (protocol §2.1). */
export function ensureApiBase(url: string): string {
  let end = url.length;
  while (end > 0 && url[end - 1] === "/") end--;
  const base = url.slice(0, end);
  return base.endsWith("/api") ? base : `${base}/api`;
}

/**
 * URL: argument, `CULTIVAR_BASE_URL`, `BACKEND_BASE_URL`, else {@link DEFAULT_BACKEND_URL}. Key: argument,
 * `CULTIVAR_API_KEY`, `SYNTH_API_KEY`. Empty values count as absent.
 * @throws MissingSettingError without a key, or when the URL is not one of http or https.
 */
export function resolveConnection(
  given: { backendUrl?: string; apiKey?: string },
  env: Environment = hostEnvironment(),
): Connection {
  const apiKey = given.apiKey || env.CULTIVAR_API_KEY || env.SYNTH_API_KEY;
  if (!apiKey) throw new MissingSettingError("api_key", "pass apiKey, or set CULTIVAR_API_KEY");
  const url = given.backendUrl || env.CULTIVAR_BASE_URL || env.BACKEND_BASE_URL || DEFAULT_BACKEND_URL;
  if (!url.startsWith("http://") && !url.startsWith("https://")) {
    throw new MissingSettingError("backend_url", `it must start with http:// or https://, and is ${url}`);
  }
  return { apiBase: ensureApiBase(url), apiKey };
}
