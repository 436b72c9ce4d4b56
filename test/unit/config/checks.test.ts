import { describe, expect, test } from "vitest";
import { readConfig } from "../../../src/config/read.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { readGepa } from "../../support/read-gepa.ts";
import { baseSection, errorOf, issuesWith, readWith, sectionWith, warningsWith } from "./base-config.ts";
import { sectionFor } from "./surface-base.ts";

const range = (start: number, end: number) => ({ start, end });

/** A config with so many training seeds, and perhaps a Pareto set size. */
function split(count: number, size?: number): JsonObject {
  const section = sectionWith("gepa.evaluation.seeds", range(0, count));
  (section.gepa as JsonObject).archive = size === undefined ? {} : { pareto_set_size: size };
  return section;
}

describe("the seed split", () => {
  test.each([
    [200, 64],
    [67, 64],
    [66, 44],
    [30, 20],
    [20, 14],
    [14, 10],
    [13, 10],
  ])("of %i seeds has %i Pareto seeds when the config does not say", (count, size) => {
    const { config, warnings } = readGepa({ mapping: split(count) });
    expect(config.gepa.archive.pareto_set_size).toBe(size);
    expect(warnings.map((w) => w.path)).toEqual(
      size === 64 ? [] : ["prompt_learning.gepa.archive.pareto_set_size"],
    );
    if (size !== 64) {
      expect(warnings[0]?.message).toContain(
        `does not fit ${count} seeds: the first ${size} are Pareto seeds, the other ${count - size} are for feedback`,
      );
    }
  });

  test.each([
    [13, 10],
    [67, 64],
    [100, 10],
    [100, 97],
  ])("of %i seeds may have %i Pareto seeds", (count, size) => {
    const { config, warnings } = readGepa({ mapping: split(count, size) });
    expect(config.gepa.archive.pareto_set_size).toBe(size);
    expect(warnings).toEqual([]);
  });

  test.each([
    [30, 9, "must be a whole number from 10 to 27, found 9"],
    [30, 28, "found 28: gepa.evaluation.seeds has 30 seeds"],
    [30, 64, "lower it to 27 or give at least 67 seeds"],
  ])("of %i seeds may not have %i Pareto seeds", (count, size, says) => {
    const { issues } = errorOf({ mapping: split(count, size) });
    expect(issues.map((i) => i.path)).toEqual(["prompt_learning.gepa.archive.pareto_set_size"]);
    expect(issues[0]?.message).toContain(says);
  });

  test.each([
    [12, undefined],
    [12, 10],
    [0, undefined],
  ])("of %i seeds is refused: 13 are needed", (count, size) => {
    const { issues } = errorOf({ mapping: split(count, size) });
    expect(issues.map((i) => i.path)).toEqual(["prompt_learning.gepa.evaluation.seeds"]);
    expect(issues[0]?.message).toContain(
      "must hold at least 13 seeds (10 Pareto seeds and 3 feedback seeds)",
    );
  });
});

describe("seed lists", () => {
  test.each(["seeds", "validation_seeds", "test_pool"])("%s may name a seed only once", (key) => {
    const seeds = [...Array.from({ length: 20 }, (_, i) => 100 + i), 103, 101, 103];
    const [issue] = issuesWith(`gepa.evaluation.${key}`, seeds);
    expect(issue?.message).toBe(
      `prompt_learning.gepa.evaluation.${key} names seeds more than once: 103, 101`,
    );
  });

  test("a long list of repeated seeds is cut", () => {
    const seeds = Array.from({ length: 40 }, (_, i) => i % 20);
    expect(issuesWith("gepa.evaluation.seeds", seeds)[0]?.message).toContain("0, 1, 2, 3, 4 and 15 more");
  });
});

describe("held-out seeds that are training seeds", () => {
  const overlap = (evaluation: JsonObject, rest: JsonObject = {}) => {
    const section = { ...baseSection(), ...rest };
    section.gepa = { archive: { pareto_set_size: 20 }, evaluation: { seeds: range(0, 30), ...evaluation } };
    return readGepa({ mapping: section }).warnings.map((w) => w.message);
  };
  const validation = { validation_seeds: range(28, 40) };

  test.each([
    ["no pool is named", validation, {}],
    ["only validation names its pool, the usual one", { ...validation, validation_pool: "train" }, {}],
    ["the pools agree", { ...validation, validation_pool: "train" }, { env_config: { pool: "train" } }],
    [
      "training runs on another pool of that name",
      { ...validation, validation_pool: "val" },
      { env_config: { pool: "validation" } },
    ],
  ] as [string, JsonObject, JsonObject][])("are a warning when %s", (_, evaluation, rest) => {
    expect(overlap(evaluation, rest)).toEqual([
      "prompt_learning.gepa.evaluation.validation_seeds is not held out: 2 seeds of it are training seeds too: 28, 29",
    ]);
  });

  test.each([
    ["the pools differ", { ...validation, validation_pool: "test" }, {}],
    ["the lists differ", { validation_seeds: range(30, 40) }, {}],
  ] as [string, JsonObject, JsonObject][])("are none when %s", (_, evaluation, rest) => {
    expect(overlap(evaluation, rest)).toEqual([]);
  });

  test("are a warning where they are in the reserve of an adaptive pool", () => {
    const section = baseSection();
    section.gepa = {
      archive: { pareto_set_size: 20 },
      evaluation: { seeds: range(0, 30), test_pool: [77] },
      adaptive_pool: { level: "LOW", heatup_reserve_pool: [77] },
    };
    const { warnings } = readGepa({ mapping: section });
    expect(warnings.map(({ message }) => message)).toContain(
      "prompt_learning.gepa.evaluation.test_pool is not held out: 1 seed of it are training seeds too: 77",
    );
  });

  test("are a warning in the test pool too", () => {
    expect(overlap({ test_pool: [3] })[0]).toContain("test_pool is not held out: 1 seed of it");
  });
});

describe("the prompt", () => {
  const messages = (...roles: string[]): Json => roles.map((role) => ({ role, pattern: "{x}" }));

  test.each([["system"], ["developer"], ["user"]])("may have only a %s message", (role) => {
    expect(readWith("initial_prompt.messages", messages(role)).warnings).toEqual([]);
  });

  test("needs a message that can be optimised", () => {
    expect(issuesWith("initial_prompt.messages", messages("assistant", "tool"))[0]?.message).toContain(
      "has nothing to optimise",
    );
  });

  test("must contain the placeholders that are REQUIRED", () => {
    expect(issuesWith("initial_prompt.wildcards", { answer: "required" }).map((i) => i.message)).toEqual([
      "prompt_learning.initial_prompt.wildcards.answer is REQUIRED, but no message contains {answer}",
    ]);
    expect(warningsWith("initial_prompt.wildcards", { question: "REQUIRED", other: "OPTIONAL" })).toEqual([]);
  });

  test("is suspicious when it uses placeholders beside the declared ones", () => {
    expect(warningsWith("initial_prompt.wildcards", { other: "OPTIONAL" })).toEqual([
      "prompt_learning.initial_prompt.messages[1].pattern contains {question}, " +
        "which initial_prompt.wildcards does not declare",
    ]);
    expect(warningsWith("initial_prompt.wildcards", {})).toEqual([]);
  });

  test("has wildcards that are REQUIRED or OPTIONAL", () => {
    expect(warningsWith("initial_prompt.wildcards", { question: "yes" })[0]).toContain(
      'is neither "REQUIRED" nor "OPTIONAL"; it is taken as optional',
    );
  });
});

describe("the task app's URL", () => {
  test.each(["http://localhost:8001", "https://a.example.com/base/?key=1", "http://[::1]:80"])(
    "may be %s",
    (url) => {
      expect(readWith("task_app_url", url).config.task_app_url).toBe(url);
    },
  );

  test.each(["localhost:8001", "/rollout", "file:///etc/passwd", "https://", "builtin:x", "javascript:1"])(
    "may not be %s",
    (url) => {
      expect(issuesWith("task_app_url", url)[0]?.message).toContain("must be an http or https URL, found");
    },
  );

  test("may not hold a password", () => {
    expect(issuesWith("task_app_url", "https://a:b@example.com")[0]?.message).toBe(
      "prompt_learning.task_app_url must not hold a user name or password; use task_app_api_key",
    );
  });
});

test("more rollouts in flight than a job can have are capped, with a warning", () => {
  const { config, warnings } = readWith("gepa.rollout.max_concurrent", 1_001);
  expect(config.gepa.rollout.max_concurrent).toBe(1_000);
  expect(warnings[0]?.message).toContain("is 1001, over the limit of 1000; the job runs with 1000");
  expect(readWith("gepa.rollout.max_concurrent", 1_000).warnings).toEqual([]);
  const wide = readConfig({ mapping: sectionFor("mipro.max_concurrent", 5_000) });
  expect(wide.config.mipro?.max_concurrent).toBe(1_000);
  const said = wide.warnings.map(({ message }) => message).join("\n");
  expect(said).toContain("prompt_learning.mipro.max_concurrent is 5000, over the limit");
});
