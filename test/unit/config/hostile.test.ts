// Whatever text is sent as a config ends in a config or in a config error, and a config that is taken can be written and read
// again. `HOSTILE_INPUTS=100000` takes more inputs, `HOSTILE_SEED` repeats a run.

import { describe, expect, test } from "vitest";
import { ConfigError, fromMapping, fromPath } from "../../../src/config/index.ts";
import { MAX_SUBMISSION_BYTES } from "../../../src/config/limits.ts";
import { readConfig } from "../../../src/config/read.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { baseSection, errorOf, TOML } from "./base-config.ts";
import { deep, FLAT, hostileToml } from "./hostile-inputs.ts";
import { holds, INPUTS, SEED } from "./hostile-property.ts";

describe(`hostile text (HOSTILE_SEED=${SEED} repeats it)`, { timeout: 300_000 }, () => {
  test("text that may be TOML", () => {
    // Extras are no matter of readConfig; what it gives is a config all the same.
    holds(hostileToml, 0.75 * INPUTS, (toml) => readConfig({ toml }).config);
  });
});

describe("files as editors and tools leave them", () => {
  test("a byte-order mark and CRLF change nothing but the places", () => {
    const { config, warnings } = readConfig({ toml: FLAT });
    expect(config.gepa?.rollout.budget).toBe(300);
    const lf = readConfig({ toml: FLAT.replace("\uFEFF", "").replaceAll("\r\n", "\n") });
    expect(lf.config).toEqual(config);
    expect(lf.warnings).toEqual(warnings);
    const wrong = errorOf({ toml: FLAT.replace("300", "0") }).issues;
    expect(wrong).toMatchObject([{ path: "prompt_learning.gepa.rollout_budget", line: 12, column: 1 }]);
  });

  test.each(["", "\uFEFF", "\r\n \n\t", "# only a comment"])("%j is told from a config", (toml) => {
    expect(errorOf({ toml }).message).toBe(
      "prompt_learning is missing: a config is a [prompt_learning] table, or its options at the root " +
        "(algorithm, initial_prompt, task_app_url, …); found nothing",
    );
  });

  test("an empty table is asked for everything at once", () => {
    expect(errorOf({ toml: "[prompt_learning]\nalgorithm = 'gepa'" }).issues.map(({ path }) => path)).toEqual(
      [
        "prompt_learning.task_app_url",
        "prompt_learning.initial_prompt",
        "prompt_learning.policy",
        "prompt_learning.gepa.evaluation.seeds",
      ],
    );
  });

  test.each(["", "\uFEFF", "null", "[]", "7", '"x"', "{", '{"a":1,}', "\u0000"])(
    "JSON that is %j is refused",
    async (text) => {
      await expect(fromPath("a.json", { read: async () => text })).rejects.toThrow(ConfigError);
    },
  );

  test("JSON with a byte-order mark is read", async () => {
    const text = `\uFEFF${JSON.stringify(baseSection())}`;
    expect(await fromPath("a.json", { read: async () => text })).toEqual(fromMapping(baseSection()));
  });
});

describe("too much of everything", () => {
  test.each([
    ["a mapping", () => fromMapping({ ...baseSection(), env_config: deep(100_000) } as JsonObject)],
    [
      "an override",
      () => fromMapping(baseSection(), { overrides: { env_config: deep(100_000) } as JsonObject }),
    ],
    ["a dotted key", () => readConfig({ toml: `${TOML}a${".a".repeat(100_000)} = 1\n` })],
    [
      "an override's key",
      () => fromMapping(baseSection(), { overrides: { [`a${".a".repeat(100_000)}`]: 1 } }),
    ],
  ])("%s 100,000 levels deep is a config error", (_, read) => {
    expect(read).toThrow(ConfigError);
  });

  test("a JSON file has a limit before it is parsed", async () => {
    const text = `{"a":"${"x".repeat(MAX_SUBMISSION_BYTES)}"}`;
    await expect(fromPath("a.json", { read: async () => text })).rejects.toThrow(
      `is too large: the limit is ${MAX_SUBMISSION_BYTES} bytes`,
    );
  });

  test("half a character is refused, since it cannot be sent", () => {
    expect(errorOf({ mapping: { ...baseSection(), task_app_id: "a\uD800" } }).message).toBe(
      "prompt_learning.task_app_id must be whole characters, found half of one (a lone surrogate)",
    );
  });

  test("a list with holes is refused where the holes are", () => {
    const seeds: number[] = [0, 1];
    seeds[3] = 3;
    expect(errorOf({ mapping: { ...baseSection(), train_seeds: seeds } }).message).toContain(
      "prompt_learning.train_seeds[2] must be a JSON value",
    );
  });
});
