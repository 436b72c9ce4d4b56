// Configs of every kind that the protocol's users have written over the years, and what is said about each. What is said
// of options without effect is left out: it changes with every release (published.test.ts has it).
//
// `npm test -- --project unit test/unit/config/invented.test.ts -u` makes the snapshot anew.

import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/config/errors.ts";
import { toDict } from "../../../src/config/mapping.ts";
import { type ConfigInput, readConfig } from "../../../src/config/read.ts";
import { isObject, type JsonObject } from "../../../src/wire/json.ts";
import type { InventedCase } from "./invented/case.ts";
import { CONTAINER_CASES } from "./invented/container.ts";
import { FLAT_CASES } from "./invented/flat.ts";
import { MINIMAL_CASES } from "./invented/minimal.ts";
import { MIPRO_CASES } from "./invented/mipro.ts";
import { NESTED_CASES } from "./invented/nested.ts";
import { POLYGLOT_CASES } from "./invented/polyglot.ts";

const KINDS: [string, InventedCase[]][] = [
  ["flat", FLAT_CASES],
  ["nested", NESTED_CASES],
  ["MIPRO", MIPRO_CASES],
  ["polyglot JSON", POLYGLOT_CASES],
  ["container", CONTAINER_CASES],
  ["minimal", MINIMAL_CASES],
];
const OF_SUPPORT = /is NOT enforced|is not supported by this version|is ignored: (?!prompt_learning)/;

function inputOf({ source }: InventedCase): { input: ConfigInput; overrides: JsonObject } {
  if (typeof source === "string") return { input: { toml: source }, overrides: {} };
  const { config_body, overrides = {}, algorithm } = source;
  return {
    input: { mapping: config_body as JsonObject },
    overrides: {
      "prompt_learning.algorithm": algorithm ?? null,
      ...(isObject(overrides) ? overrides : {}),
    } as JsonObject,
  };
}

const kept = (items: readonly { message: string; line?: number }[]) =>
  items
    .filter(({ message }) => !OF_SUPPORT.test(message))
    .map(({ message, line }) => `${line ?? "-"}: ${message}`);

function outcome(one: InventedCase) {
  const { input, overrides } = inputOf(one);
  try {
    const { config, warnings } = readConfig(input, overrides);
    expect(readConfig({ mapping: toDict(config) }).config).toEqual(config);
    return { accepted: config.algorithm, warnings: kept(warnings) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { errors: kept(error.issues), warnings: kept(error.warnings) };
  }
}

describe.each(KINDS)("%s", (_, cases) => {
  test("there are more of the kind", () => {
    expect(cases.length).toBeGreaterThanOrEqual(15);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  test.each(cases)("$name: $ends", (one) => {
    const ended = outcome(one);
    expect("accepted" in ended ? "accepted" : "refused", JSON.stringify(ended, null, 1)).toBe(one.ends);
    expect(ended).toMatchSnapshot();
  });
});

test("no secret of a config is ever said", () => {
  const said = KINDS.flatMap(([, cases]) => cases.map(outcome));
  expect(JSON.stringify(said)).not.toMatch(/test-polyglot-key|sk_env_123|sk-live-secret/);
});
