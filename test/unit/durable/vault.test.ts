// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configs are what is tested

import { describe, expect, test } from "vitest";
import { nameableKey, nameableUrl } from "../../../src/durable/secrets.ts";
import type { Settings } from "../../../src/durable/settings.ts";
import { openKey, type StoredKey, storedKey } from "../../../src/durable/vault.ts";

const JOB = "pl_0123456789abcdef";
const KEY = "sk-canary-ü-1234567890";
const PRODUCTION: Settings = { DATA_KEY: "0123456789abcdef" };

async function sealed(
  env: Settings = PRODUCTION,
  key = KEY,
  job = JOB,
): Promise<StoredKey & { kind: "sealed" }> {
  const stored = await storedKey(key, job, env);
  if (stored.kind !== "sealed") throw new Error(`the key is kept as ${stored.kind}`);
  return stored;
}

/** What an operator's secrets beside the known ones look like. */
function withSecrets(secrets: Record<string, string>, env: Settings = {}): Settings {
  return { ...env, ...secrets };
}

describe("a key that a caller sent", () => {
  test("is sealed, holds nothing of itself, and opens for its own job", async () => {
    const stored = await sealed();
    expect(stored).toEqual({
      kind: "sealed",
      version: expect.stringMatching(/^[0-9a-f]{8}$/),
      iv: expect.stringMatching(/^[0-9a-f]{24}$/),
      data: expect.stringMatching(/^[0-9a-f]+$/),
    });
    expect(JSON.stringify(stored)).not.toContain("canary");
    expect(Buffer.from(stored.data, "hex").toString("latin1")).not.toContain("canary");
    expect(await openKey(stored, JOB, PRODUCTION)).toBe(KEY);
    expect(await openKey(JSON.parse(JSON.stringify(stored)), JOB, PRODUCTION)).toBe(KEY);
  });

  test("is sealed differently each time, and by each job with a key of its own", async () => {
    const [one, two] = [await sealed(), await sealed()];
    expect(one.iv).not.toBe(two.iv);
    expect(one.data).not.toBe(two.data);
    expect(one.version).toBe(two.version);
  });

  test("does not open in another job, nor when anything of it was changed, and the error holds none of it", async () => {
    const stored = await sealed();
    const flipped = (hex: string) => (hex.startsWith("0") ? "1" : "0") + hex.slice(1);
    const spoiled = [
      { ...stored, iv: flipped(stored.iv) },
      { ...stored, data: flipped(stored.data) },
      { ...stored, data: "" },
    ];
    const attempts = [{ it: stored, job: "pl_fedcba9876543210" }, ...spoiled.map((it) => ({ it, job: JOB }))];
    for (const { it, job } of attempts) {
      await expect(openKey(it, job, PRODUCTION)).rejects.toThrow(
        expect.objectContaining({
          code: "task_app_key_lost",
          message: "the job's task_app_api_key was changed at rest",
        }),
      );
    }
  });

  test("opens after DATA_KEY was changed for as long as the old one is known", async () => {
    const stored = await sealed();
    const rotated = { DATA_KEY: "another secret, as long", DATA_KEY_PREVIOUS: ` ${PRODUCTION.DATA_KEY}\n` };
    expect(await openKey(stored, JOB, rotated)).toBe(KEY);
    const fresh = await sealed(rotated);
    expect(fresh.version).not.toBe(stored.version);
    await expect(openKey(stored, JOB, { DATA_KEY: rotated.DATA_KEY })).rejects.toThrow("DATA_KEY_PREVIOUS");
  });

  test.each<[Settings, string]>([
    [{}, "data_key_missing"],
    [{ DATA_KEY: " " }, "data_key_missing"],
    [{ DATA_KEY: "only 15 letters" }, "data_key_unusable"],
    [{ DATA_KEY: "short", DEVELOPMENT: "true" }, "data_key_unusable"],
    [{ DEVELOPMENT: "false" }, "data_key_missing"],
  ])("is not taken with %j: %s", async (env, code) => {
    const attempt = storedKey(KEY, JOB, env);
    await expect(attempt).rejects.toThrow(expect.objectContaining({ code }));
    await expect(attempt).rejects.toThrow("npx wrangler secret put DATA_KEY");
    await expect(attempt).rejects.not.toThrow("canary");
  });

  test("is sealed by a key that everybody knows on a developer's machine, which nothing deployed opens", async () => {
    const development = { DEVELOPMENT: "true" };
    const stored = await sealed(development);
    expect(await openKey(stored, JOB, development)).toBe(KEY);
    await expect(openKey(stored, JOB, PRODUCTION)).rejects.toThrow("sealed by another DATA_KEY");
  });
});

describe("a key of the service's own", () => {
  const env = withSecrets({ TASK_APP_KEY: " own ", ENVIRONMENT_API_KEY: "default" });

  test.each([
    ["$TASK_APP_KEY", { kind: "secret", name: "TASK_APP_KEY" }, "own"],
    [" ${TASK_APP_KEY} ", { kind: "secret", name: "TASK_APP_KEY" }, "own"],
    [undefined, { kind: "secret", name: "ENVIRONMENT_API_KEY" }, "default"],
    ["", { kind: "none" }, null],
    [" ", { kind: "none" }, null],
  ] as const)("given as %j it is kept as %j", async (given, stored, key) => {
    expect(await storedKey(given, JOB, env)).toEqual(stored);
    expect(await openKey(stored, JOB, env)).toBe(key);
  });

  test("is none where the operator has set none", async () => {
    expect(await storedKey(undefined, JOB, {})).toEqual({ kind: "none" });
  });

  test("that is gone is an error that names it", async () => {
    await expect(openKey({ kind: "secret", name: "TASK_APP_KEY" }, JOB, {})).rejects.toThrow(
      expect.objectContaining({
        code: "task_app_key_lost",
        message: expect.stringContaining("TASK_APP_KEY"),
      }),
    );
  });
});

test("a job that was kept before there was a vault still has its key", async () => {
  expect(await openKey("plain", JOB, {})).toBe("plain");
  expect(await openKey(null, JOB, {})).toBeNull();
  expect(await openKey(undefined, JOB, {})).toBeNull();
});

describe("what a config may name", () => {
  const secrets = {
    OPENAI_API_KEY: "x",
    GROQ_API_KEY: "x",
    GOOGLE_API_KEY: "x",
    GEMINI_API_KEY: "x",
    API_KEYS: "x",
    DATA_KEY: "x",
    DATA_KEY_PREVIOUS: "x",
    ENVIRONMENT_API_KEY: "env",
    TASK_APP_ONE: "one",
    TASK_APP_URL: "https://one",
    STAGING_KEY: "staging",
    STAGING_URL: "https://staging",
    EMPTY: "",
  };
  const named = (env: Settings) =>
    Object.keys(secrets).filter((name) => nameableKey(name, env) !== undefined);

  test("is ENVIRONMENT_API_KEY and TASK_APP_*, and what the operator adds", () => {
    expect(named(withSecrets(secrets))).toEqual(["ENVIRONMENT_API_KEY", "TASK_APP_ONE", "TASK_APP_URL"]);
    expect(named(withSecrets(secrets, { EXTRA_SECRETS: " STAGING_KEY, " }))).toContain("STAGING_KEY");
    expect(named(withSecrets(secrets, { EXTRA_SECRETS: "STAGING_*" }))).toContain("STAGING_URL");
  });

  test("is never a provider's key or one of the service itself, whatever the operator adds", () => {
    const env = withSecrets(secrets, { EXTRA_SECRETS: "*,OPENAI_API_KEY,DATA_KEY,API_KEYS" });
    expect(named(env)).toEqual([
      "ENVIRONMENT_API_KEY",
      "TASK_APP_ONE",
      "TASK_APP_URL",
      "STAGING_KEY",
      "STAGING_URL",
    ]);
    for (const name of ["constructor", "toString", "__proto__", "EXTRA"]) {
      expect(nameableKey(name, env)).toBeUndefined();
    }
  });

  test("within a URL is only what is called an address, since a URL is shown", () => {
    const env = withSecrets(secrets, { EXTRA_SECRETS: "*" });
    expect(nameableUrl("TASK_APP_URL", env)).toBe("https://one");
    expect(nameableUrl("STAGING_URL", env)).toBe("https://staging");
    expect(nameableUrl("TASK_APP_ONE", env)).toBeUndefined();
    expect(nameableUrl("ENVIRONMENT_API_KEY", env)).toBeUndefined();
  });
});
