// Whatever is sent as a config ends in a config or in a config error, and a config that is taken can be written and read
// again. `HOSTILE_INPUTS=100000` takes more inputs, `HOSTILE_SEED` repeats a run.

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { describe, expect, test } from "vitest";
import { ConfigError, fromMapping, fromPath, type JobConfig, toDict } from "../../../src/config/index.ts";
import { MAX_CONFIG_ISSUES, MAX_CONFIG_WARNINGS, MAX_SUBMISSION_BYTES } from "../../../src/config/limits.ts";
import { readConfig } from "../../../src/config/read.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { baseSection, errorOf, TOML } from "./base-config.ts";
import { deep, FLAT, hostileMapping, hostileOverrides, hostileToml } from "./hostile-inputs.ts";

const SEED = Number(process.env.HOSTILE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const INPUTS = Number(process.env.HOSTILE_INPUTS ?? 20_000);

/** The config that an input leads to; undefined when it is refused as it should be. */
function outcome(read: () => JobConfig): JobConfig | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { code, issues, warnings } = error;
    // One `expect` for all: a hundred thousand of each would take longer than what they look at.
    const sound =
      code === "config_invalid" &&
      issues.length > 0 &&
      issues.length <= MAX_CONFIG_ISSUES &&
      warnings.length <= MAX_CONFIG_WARNINGS;
    if (!sound) expect({ code, issues, warnings }).toBe("a config error with issues, within the limits");
    JSON.stringify([issues, warnings]);
    return undefined;
  }
}

/** Writing a config and reading it again changes nothing, in JSON and, as far as TOML has no null, in TOML. */
function checkRoundTrip(config: JobConfig): void {
  const written = JSON.stringify(toDict(config));
  const mapping: JsonObject = JSON.parse(written);
  isSame(fromMapping(mapping), config);
  if (!written.includes("null")) isSame(parse(stringify(mapping)), mapping);
}

/** As `toEqual`, which is slow, says. */
function isSame(a: unknown, b: unknown): void {
  if (!isDeepStrictEqual(a, b)) expect(a).toEqual(b);
}

interface Tally {
  accepted: number;
  refused: number;
}

/** Runs a property, and sees that it met configs of both kinds. */
function holds<T>(arbitrary: fc.Arbitrary<T>, numRuns: number, read: (input: T) => JobConfig): void {
  const tally: Tally = { accepted: 0, refused: 0 };
  const property = fc.property(arbitrary, (input) => {
    const config = outcome(() => read(input));
    tally[config === undefined ? "refused" : "accepted"]++;
    if (config !== undefined) checkRoundTrip(config);
  });
  fc.assert(property, { numRuns, seed: SEED });
  expect(tally.accepted).toBeGreaterThan(numRuns / 50);
  expect(tally.refused).toBeGreaterThan(numRuns / 50);
}

describe(`${INPUTS} hostile inputs (HOSTILE_SEED=${SEED} repeats them)`, { timeout: 300_000 }, () => {
  test("text that may be TOML", () => {
    // Extras are no matter of readConfig; what it gives is a config all the same.
    holds(hostileToml, 0.75 * INPUTS, (toml) => readConfig({ toml }).config);
  });

  test("mappings with anything in them", () => {
    holds(hostileMapping, 0.15 * INPUTS, (mapping) => fromMapping(mapping));
  });

  test("overrides of anything", () => {
    holds(hostileOverrides, 0.1 * INPUTS, (overrides) => fromMapping(baseSection(), { overrides }));
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
