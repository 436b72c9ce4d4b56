// The config as it will run, and where each of its values comes from.

import { describe, expect, test } from "vitest";
import { readRunnable } from "../../../src/config/read.ts";
import { resolvedConfig } from "../../../src/config/resolved.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { baseSection, TOML } from "./base-config.ts";

function resolved(toml: string, overrides: JsonObject = {}) {
  return resolvedConfig(readRunnable({ toml }, overrides));
}

function lineOf(toml: string, start: string): number {
  return toml.split("\n").findIndex((line) => line.startsWith(start)) + 1;
}

describe("the origin of a value", () => {
  test("is its line in the TOML, the overrides, or the default", () => {
    const { origins, config } = resolved(TOML, { "prompt_learning.policy.temperature": 0.5 });
    expect(origins["prompt_learning.policy.model"]).toEqual({ from: "file", line: lineOf(TOML, "model") });
    expect(origins["prompt_learning.gepa.evaluation.seeds"]).toEqual({
      from: "file",
      line: lineOf(TOML, "seeds"),
    });
    expect(origins["prompt_learning.initial_prompt.messages[1].pattern"]).toEqual({
      from: "file",
      line: lineOf(TOML, 'pattern = "Question'),
    });
    expect(origins["prompt_learning.policy.temperature"]).toEqual({ from: "override" });
    expect(origins["prompt_learning.gepa.rollout.minibatch_size"]).toEqual({ from: "default" });
    expect(config).toMatchObject({
      prompt_learning: { policy: { temperature: 0.5 }, gepa: { rollout: { minibatch_size: 16 } } },
    });
  });

  test("of a value under an older name is where that stands", () => {
    const toml = `${TOML}\n[prompt_learning.gepa]\nrollout_budget = 500\n`;
    expect(resolved(toml).origins["prompt_learning.gepa.rollout.budget"]).toEqual({
      from: "file",
      line: lineOf(toml, "rollout_budget"),
    });
    expect(
      resolved(TOML, { "gepa.rollout_budget": 500 }).origins["prompt_learning.gepa.rollout.budget"],
    ).toEqual({ from: "override" });
  });

  test("of a value that was overridden as part of a table is the overrides", () => {
    const { origins } = resolved(TOML, { gepa: { rollout: { budget: 500 } } });
    expect(origins["prompt_learning.gepa.rollout.budget"]).toEqual({ from: "override" });
    expect(origins["prompt_learning.gepa.rollout.minibatch_size"]).toEqual({ from: "default" });
  });

  test("of JSON has no line", () => {
    const { origins } = resolvedConfig(readRunnable({ mapping: baseSection() }));
    expect(origins["prompt_learning.policy.model"]).toEqual({ from: "file" });
  });

  test("of a value that a level stands for is the preset", () => {
    const reading = readRunnable({ mapping: baseSection() });
    const pool = { level: "LOW", size: 5 };
    const config = { ...reading.config, gepa: { ...reading.config.gepa, pool } };
    const { origins } = resolvedConfig({
      config,
      given: (path) => (path.join(".") === "gepa.pool.level" ? { from: "file" } : reading.given(path)),
    });
    expect(origins["prompt_learning.gepa.pool.level"]).toEqual({ from: "file" });
    expect(origins["prompt_learning.gepa.pool.size"]).toEqual({ from: "preset" });
  });
});

test("the config given back reads as the same config, whatever its origin", () => {
  const { config } = resolved(TOML);
  const again = resolvedConfig(readRunnable({ mapping: config }));
  expect(again.config).toEqual(config);
});

test("secrets are not given back, wherever they stand", () => {
  const overrides = {
    task_app_api_key: "hush-1",
    "env_config.api_key": "hush-2",
    "gepa.env_config": { nested: [{ password: "hush-3" }], name: "shown" },
  };
  const text = JSON.stringify(resolved(TOML, overrides));
  expect(text).not.toContain("hush");
  expect(text).toContain("shown");
});
