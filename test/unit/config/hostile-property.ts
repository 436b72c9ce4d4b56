// What a hostile input may come to. Owns the property and its counts. Does not own the inputs.

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { expect } from "vitest";
import { ConfigError, fromMapping, type JobConfig, toDict } from "../../../src/config/index.ts";
import { MAX_CONFIG_ISSUES, MAX_CONFIG_WARNINGS } from "../../../src/config/limits.ts";
import type { JsonObject } from "../../../src/wire/json.ts";

/** Repeats a run. */
export const SEED = Number(process.env.HOSTILE_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Inputs of all kinds together. */
export const INPUTS = Number(process.env.HOSTILE_INPUTS ?? 10_000);

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
export function holds<T>(arbitrary: fc.Arbitrary<T>, numRuns: number, read: (input: T) => JobConfig): void {
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
