// Every name of every limit: what it comes to, which one holds where several are given, and what the reader says of it.

import { describe, expect, test } from "vitest";
import { type JobLimits, jobLimits, limitsSpending } from "../../../src/config/job-limits.ts";
import { readRunnable } from "../../../src/config/read.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { baseSection, sectionWith } from "./base-config.ts";
import { miproSection } from "./surface-base.ts";

type Kind = "tokens" | "usd" | "seconds" | "trials" | "trials_without_improvement";

const NAMES: [path: string, kind: Kind, given: number, most?: number][] = [
  ["termination_config.max_tokens", "tokens", 9_000],
  ["termination_config.max_total_tokens", "tokens", 9_000],
  ["gepa.max_total_tokens", "tokens", 9_000],
  ["gepa.token.max_total_tokens", "tokens", 9_000],
  ["max_cost_usd", "usd", 2.5],
  ["max_spend_usd", "usd", 2.5],
  ["gepa.max_cost_usd", "usd", 2.5],
  ["gepa.token.max_spend_usd", "usd", 2.5],
  ["termination_config.max_cost_usd", "usd", 2.5],
  ["termination_config.max_spend_usd", "usd", 2.5],
  ["termination_config.max_total_spend_usd", "usd", 2.5],
  ["gepa.max_wall_clock_seconds", "seconds", 90],
  ["termination_config.max_seconds", "seconds", 90],
  ["termination_config.max_time_seconds", "seconds", 90],
  ["termination_config.max_wall_clock_seconds", "seconds", 90],
  ["termination_config.max_duration_minutes", "seconds", 1.5, 90],
  ["termination_config.max_trials", "trials", 12],
  ["termination_config.max_trials_allowed", "trials", 12],
  ["termination_config.max_trials_without_improvement", "trials_without_improvement", 4],
];

const MIPRO_NAMES: [path: string, kind: Kind, given: number][] = [
  ["mipro.max_total_tokens", "tokens", 9_000],
  ["mipro.max_token_limit", "tokens", 9_000],
  ["mipro.max_spend_usd", "usd", 2.5],
  ["mipro.max_wall_clock_seconds", "seconds", 90],
];

const KINDS: readonly Kind[] = ["tokens", "usd", "seconds", "trials", "trials_without_improvement"];

function read(section: JsonObject): { limits: JobLimits; warnings: string[] } {
  const { config, warnings } = readRunnable({ mapping: section });
  return { limits: jobLimits(config), warnings: warnings.map(({ message }) => message) };
}

function miproWith(options: JsonObject): JsonObject {
  const section = miproSection();
  const { modules: _, ...mipro } = section.mipro as JsonObject;
  return { ...section, mipro: { ...mipro, ...options } };
}

describe.each(NAMES)("%s", (path, kind, given, most = given) => {
  test(`limits ${kind}, and nothing else`, () => {
    const { limits, warnings } = read(sectionWith(path, given));
    expect(limits[kind]).toEqual({ most, path: path.split(".") });
    for (const other of KINDS.filter((one) => one !== kind)) expect(limits[other]).toBeNull();
    expect(warnings).toEqual([]);
  });
});

test.each(MIPRO_NAMES)("%s limits %s of a MIPRO job", (path, kind, given) => {
  const key = path.split(".")[1] ?? "";
  const { limits, warnings } = read(miproWith({ [key]: given }));
  expect(limits[kind]).toEqual({ most: given, path: ["mipro", key] });
  expect(warnings.filter((message) => message.includes(key))).toEqual([]);
});

test("enforce_token_limit = false takes max_token_limit away, and no other limit", () => {
  const section = miproWith({ max_token_limit: 10, max_total_tokens: 20, enforce_token_limit: false });
  expect(read(section).limits.tokens).toEqual({ most: 20, path: ["mipro", "max_total_tokens"] });
});

test("limits in USD by who spends are kept apart", () => {
  const costs = { policy: 1, proposer: 2, verifier: 3 };
  const { limits } = read(sectionWith("termination_config.max_category_costs_usd", costs));
  expect(limits.category_usd).toEqual(
    Object.fromEntries(
      Object.entries(costs).map(([role, most]) => [
        role,
        { most, path: ["termination_config", "max_category_costs_usd", role] },
      ]),
    ),
  );
  expect(limits.usd).toBeNull();
});

test("a kind of cost that nobody knows is an error, since it could not be kept", () => {
  expect(() => read(sectionWith("termination_config.max_category_costs_usd", { rollouts: 1 }))).toThrow(
    "max_category_costs_usd",
  );
});

test.each([
  [{ max_tokens: 900, max_total_tokens: 800 }, "tokens", 800, "max_total_tokens"],
  [{ max_tokens: 800, max_total_tokens: 900 }, "tokens", 800, "max_tokens"],
  [{ max_cost_usd: 3, max_total_spend_usd: 2, max_spend_usd: 4 }, "usd", 2, "max_total_spend_usd"],
  [{ max_seconds: 61, max_duration_minutes: 1 }, "seconds", 60, "max_duration_minutes"],
  [{ max_trials: 5, max_trials_allowed: 4 }, "trials", 4, "max_trials_allowed"],
] as [Record<string, Json>, Kind, number, string][])(
  "of %j the strictest holds, under the name that it was given under",
  (given, kind, most, name) => {
    const { limits } = read({ ...baseSection(), termination_config: given });
    expect(limits[kind]).toEqual({ most, path: ["termination_config", name] });
  },
);

test("a job without any has none, and its calls need not be reserved", () => {
  const { limits } = read(baseSection());
  for (const kind of KINDS) expect(limits[kind]).toBeNull();
  expect(limits.category_usd).toEqual({});
  expect(limitsSpending(limits)).toBe(false);
  expect(limits.pessimistic).toBe(true);
});

test.each([
  ["termination_config.max_tokens", true],
  ["termination_config.max_cost_usd", true],
  ["termination_config.max_seconds", false],
  ["termination_config.max_trials", false],
] as [string, boolean][])("whether calls must be reserved under %s: %j", (path, expected) => {
  expect(limitsSpending(read(sectionWith(path, 5)).limits)).toBe(expected);
});

test.each([true, false])("pessimism_enabled = %j is kept", (value) => {
  expect(read(sectionWith("termination_config.pessimism_enabled", value)).limits.pessimistic).toBe(value);
});
