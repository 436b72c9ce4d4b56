// Where each provider lives and which key opens it, from the operator's environment.

import { PROVIDERS, type ProviderName } from "../config/policy.ts";

export type { ProviderName } from "../config/policy.ts";

/** The variables and secrets that say where providers are and which keys open them; empty ones count as not set. */
export interface ProviderEnv {
  OPENAI_API_KEY?: string;
  OPENAI_BASE_URL?: string;
  GROQ_API_KEY?: string;
  GROQ_BASE_URL?: string;
  GOOGLE_API_KEY?: string;
  GEMINI_API_KEY?: string;
  GOOGLE_BASE_URL?: string;
}

/** A provider that can be called. */
export interface Provider {
  kind: "provider";
  name: ProviderName;
  /** Without a slash at the end; `/chat/completions` is appended. */
  base_url: string;
  /** Null for a server of one's own that wants none; no `Authorization` is sent then. */
  api_key: string | null;
}

/** A provider that the operator has not set up; `message` names the variable to set. */
export interface MissingProvider {
  kind: "missing";
  message: string;
}

interface ProviderSetup {
  /** Variables that may hold the key, the first that is set counts. */
  keys: readonly [keyof ProviderEnv, ...(keyof ProviderEnv)[]];
  base: keyof ProviderEnv;
  url: string;
}

const SETUPS: Record<ProviderName, ProviderSetup> = {
  openai: { keys: ["OPENAI_API_KEY"], base: "OPENAI_BASE_URL", url: "https://api.openai.com/v1" },
  groq: { keys: ["GROQ_API_KEY"], base: "GROQ_BASE_URL", url: "https://api.groq.com/openai/v1" },
  google: {
    keys: ["GOOGLE_API_KEY", "GEMINI_API_KEY"],
    base: "GOOGLE_BASE_URL",
    url: "https://generativelanguage.googleapis.com/v1beta/openai",
  },
};

/** Every variable that holds a provider's key. */
export const PROVIDER_KEYS: readonly string[] = Object.values(SETUPS).flatMap(({ keys }) => keys);

/** The providers in whose place the operator has put a server of their own. */
export function ownServers(env: ProviderEnv): ProviderName[] {
  return PROVIDERS.filter((name) => setting(env, SETUPS[name].base) !== undefined);
}

/** The name of the variable that holds a provider's key, for messages. */
export function keyVariable(name: ProviderName): string {
  return SETUPS[name].keys[0];
}

/** Find a provider's address and key. The key may be missing only where the address is the operator's own. */
export function resolveProvider(name: ProviderName, env: ProviderEnv): Provider | MissingProvider {
  const setup = SETUPS[name];
  const own = setting(env, setup.base);
  const api_key = setup.keys.map((key) => setting(env, key)).find((key) => key !== undefined) ?? null;
  if (own === undefined && api_key === null) {
    return {
      kind: "missing",
      message: `no key for provider "${name}": set ${setup.keys.join(" or ")}, or ${setup.base} for a server of your own`,
    };
  }
  const base_url = withoutSlashes(own ?? setup.url);
  if (!isHttpUrl(base_url)) {
    return { kind: "missing", message: `${setup.base} must be an http(s) URL without a query or a fragment` };
  }
  return { kind: "provider", name, base_url, api_key };
}

function setting(env: ProviderEnv, key: keyof ProviderEnv): string | undefined {
  const value = env[key]?.trim();
  return value === "" ? undefined : value;
}

function withoutSlashes(url: string): string {
  let end = url.length;
  while (end > 0 && url[end - 1] === "/") end--;
  return url.slice(0, end);
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash } = new URL(text);
  return (protocol === "https:" || protocol === "http:") && search === "" && hash === "";
}
