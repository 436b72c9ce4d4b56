// The vault: a task app's key as it is kept with a job. A key of the Worker's own is kept by its name; one that a caller
// sent is sealed, with a key of that job alone, and is blanked when the job ends.
//
// AES-GCM with a random IV of 96 bits; the job's key comes from the operator's `DATA_KEY` by HKDF-SHA-256 with the job's
// id, which is bound to the text as well, so that a sealed key is of no use in another job's row.

import { variableIn } from "../wire/variables.ts";
import { nameableKey } from "./secrets.ts";
import { isDevelopment, type Settings } from "./settings.ts";

/** A task app's key at rest. */
export type StoredKey =
  | { kind: "none" }
  /** A secret of the Worker, read anew whenever it is needed. */
  | { kind: "secret"; name: string }
  /** `version` tells which `DATA_KEY` opens it; `iv` and `data` are in hex. */
  | { kind: "sealed"; version: string; iv: string; data: string };

/** What went wrong with a key, in words that hold none of it. */
export class VaultError extends Error {
  override readonly name = "VaultError";
  readonly code: "data_key_missing" | "data_key_unusable" | "task_app_key_lost";

  constructor(code: VaultError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** The secrets that seal and open. */
type VaultSettings = Pick<Settings, "DATA_KEY" | "DATA_KEY_PREVIOUS" | "DEVELOPMENT">;

/** A secret that jobs' keys are derived from. */
interface DataKey {
  /** Tells secrets apart without telling them. */
  version: string;
  base: CryptoKey;
}

/** Characters of the shortest `DATA_KEY`; 16 random bytes are 22 in base64 and 32 in hex. */
const MIN_DATA_KEY_CHARS = 16;
/** In the place of a `DATA_KEY` that nobody set, on a developer's machine: it keeps nothing secret. */
const DEVELOPMENT_DATA_KEY = "for development only";
const IV_BYTES = 12;
const HOW_TO_SET = "openssl rand -base64 32 | npx wrangler secret put DATA_KEY";

/**
 * A job's key as it is to be kept: `given` is what the config says, a key or the name of one. Without it the operator's
 * `ENVIRONMENT_API_KEY` is meant, if there is one.
 * @throws VaultError without a `DATA_KEY` to seal by
 */
export async function storedKey(given: string | undefined, jobId: string, env: Settings): Promise<StoredKey> {
  const key = given?.trim();
  if (key === "") return { kind: "none" };
  const name = key === undefined ? "ENVIRONMENT_API_KEY" : variableIn(key);
  if (name !== undefined) {
    const isSet = nameableKey(name, env) !== undefined;
    return isSet || key !== undefined ? { kind: "secret", name } : { kind: "none" };
  }
  return seal(key ?? "", jobId, env);
}

/**
 * The key itself; null when the job has none.
 * @throws VaultError when the secrets that it takes are no longer there
 */
export async function openKey(
  // Text is how a job was kept before there was a vault.
  stored: StoredKey | string | null | undefined,
  jobId: string,
  env: Settings,
): Promise<string | null> {
  if (typeof stored === "string" || !stored) return stored ?? null;
  if (stored.kind === "none") return null;
  if (stored.kind === "sealed") return unseal(stored, jobId, env);
  const value = nameableKey(stored.name, env);
  if (value !== undefined) return value;
  const says = `the job's task_app_api_key is the secret ${stored.name} of this service, which is not set any more`;
  throw new VaultError("task_app_key_lost", says);
}

async function seal(key: string, jobId: string, env: VaultSettings): Promise<StoredKey> {
  const dataKey = await importKey(currentSecret(env));
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const cipher = cipherFor(dataKey.version, jobId, iv);
  const data = await crypto.subtle.encrypt(cipher, await jobKey(dataKey, jobId), bytesOf(key));
  return { kind: "sealed", version: dataKey.version, iv: toHex(iv), data: toHex(new Uint8Array(data)) };
}

async function unseal(
  sealed: StoredKey & { kind: "sealed" },
  jobId: string,
  env: VaultSettings,
): Promise<string> {
  for (const secret of knownSecrets(env)) {
    const dataKey = await importKey(secret);
    if (dataKey.version !== sealed.version) continue;
    const cipher = cipherFor(sealed.version, jobId, fromHex(sealed.iv));
    try {
      const key = await crypto.subtle.decrypt(cipher, await jobKey(dataKey, jobId), fromHex(sealed.data));
      return new TextDecoder().decode(key);
    } catch {
      throw new VaultError("task_app_key_lost", "the job's task_app_api_key was changed at rest");
    }
  }
  const says =
    "the job's task_app_api_key was sealed by another DATA_KEY; while such jobs run, keep the old one as DATA_KEY_PREVIOUS";
  throw new VaultError("task_app_key_lost", says);
}

/** The secret to seal by. @throws VaultError */
function currentSecret(env: VaultSettings): string {
  const secret = env.DATA_KEY?.trim() ?? "";
  if (secret.length >= MIN_DATA_KEY_CHARS) return secret;
  if (secret !== "") {
    const says = `DATA_KEY has fewer than ${MIN_DATA_KEY_CHARS} characters. Set a longer one: ${HOW_TO_SET}`;
    throw new VaultError("data_key_unusable", says);
  }
  if (isDevelopment(env)) {
    warnOfDevelopmentKey();
    return DEVELOPMENT_DATA_KEY;
  }
  const says =
    "This deployment cannot keep a task_app_api_key, for want of a secret to encrypt it by. " +
    `Set one (${HOW_TO_SET}), or make the key itself a secret, such as TASK_APP_API_KEY, and write ` +
    'task_app_api_key = "$TASK_APP_API_KEY".';
  throw new VaultError("data_key_missing", says);
}

function knownSecrets(env: VaultSettings): string[] {
  const own = [env.DATA_KEY, env.DATA_KEY_PREVIOUS].map((secret) => secret?.trim() ?? "");
  return [...own, isDevelopment(env) ? DEVELOPMENT_DATA_KEY : ""].filter((secret) => secret !== "");
}

let hasWarned = false;

function warnOfDevelopmentKey(): void {
  if (hasWarned) return;
  hasWarned = true;
  const message = "DATA_KEY is not set: keys of task apps are kept under a key that everybody knows";
  console.warn(JSON.stringify({ event: "development_data_key", message }));
}

/** The secret as text: of base64 and hex too every character counts, and HKDF wants no particular length. */
async function importKey(secret: string): Promise<DataKey> {
  const base = await crypto.subtle.importKey("raw", bytesOf(secret), "HKDF", false, [
    "deriveBits",
    "deriveKey",
  ]);
  const version = toHex(new Uint8Array(await crypto.subtle.deriveBits(derivation("version"), base, 32)));
  return { version, base };
}

function jobKey({ base }: DataKey, jobId: string): Promise<CryptoKey> {
  const kind = { name: "AES-GCM", length: 256 };
  return crypto.subtle.deriveKey(derivation(`job ${jobId}`), base, kind, false, ["encrypt", "decrypt"]);
}

function derivation(purpose: string) {
  return {
    name: "HKDF",
    hash: "SHA-256",
    salt: bytesOf("cultivar task_app_api_key"),
    info: bytesOf(purpose),
  };
}

function cipherFor(version: string, jobId: string, iv: Uint8Array<ArrayBuffer>) {
  return { name: "AES-GCM", iv, additionalData: bytesOf(`${version} ${jobId}`) };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}
