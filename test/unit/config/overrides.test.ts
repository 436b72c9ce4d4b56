import { describe, expect, test } from "vitest";
import { readRunnable } from "../../../src/config/read.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { errorOf, TOML } from "./base-config.ts";

const read = (overrides: JsonObject) => readRunnable({ toml: TOML }, overrides).config;

describe("overrides", () => {
  test.each([
    ["a dotted key from the root", { "prompt_learning.policy.model": "gpt-5" }],
    ["a dotted key from the table", { "policy.model": "gpt-5" }],
    ["a table", { policy: { model: "gpt-5" } }],
    ["a table under prompt_learning", { prompt_learning: { policy: { model: "gpt-5" } } }],
    ["a dotted key under prompt_learning", { prompt_learning: { "policy.model": "gpt-5" } }],
    ["overrides inside overrides", { overrides: { "prompt_learning.policy.model": "gpt-5" } }],
  ])("may be given as %s", (_, overrides) => {
    const config = read(overrides as JsonObject);
    expect(config.policy).toMatchObject({ model: "gpt-5", provider: "openai" });
  });

  test("task_url sets the task app's URL; other keys of the client are left out", () => {
    const result = readRunnable(
      { toml: TOML },
      { task_url: "http://localhost:9000", backend: "x", metadata: { a: 1 }, auto_start: false },
    );
    expect(result.config.task_app_url).toBe("http://localhost:9000");
    expect(result.warnings.map((w) => w.path)).toEqual(["prompt_learning.gepa.archive.pareto_set_size"]);
    expect(Object.keys(result.mapping.prompt_learning as object)).not.toContain("backend");
  });

  test("tables are merged, lists are replaced, nulls take away", () => {
    const config = read({
      gepa: { rollout: { budget: 400 }, evaluation: { validation_seeds: [90, 91] } },
      "gepa.rollout.minibatch_size": null,
    });
    expect(config.gepa.rollout).toEqual({ budget: 400, max_concurrent: 20, minibatch_size: 16 });
    expect(config.gepa.evaluation.validation_seeds).toEqual([90, 91]);
    expect(config.gepa.evaluation.seeds).toHaveLength(30);
  });

  test("a position reaches into a list", () => {
    expect(read({ "initial_prompt.messages.0.pattern": "New." }).initial_prompt.messages[0]?.pattern).toBe(
      "New.",
    );
  });

  test("win over the file under any name of the option", () => {
    const file = TOML.replace(
      "[prompt_learning.gepa.ev",
      "[prompt_learning.gepa.rollout]\nbudget = 600\n[prompt_learning.gepa.ev",
    );
    expect(readRunnable({ toml: file }, { "gepa.rollout_budget": 100 }).config.gepa.rollout.budget).toBe(100);
    const flat = TOML.replace(
      "[prompt_learning.gepa.ev",
      "[prompt_learning.gepa]\nrollout_budget = 600\n[prompt_learning.gepa.ev",
    );
    expect(readRunnable({ toml: flat }, { "gepa.rollout.budget": 100 }).config.gepa.rollout.budget).toBe(100);
  });

  test("are laid over a table that stands beside the section too", () => {
    const file = `${TOML}\n[termination_config]\nmax_rollouts = 0\ntarget_score = 0.5\n`;
    const { config, warnings } = readRunnable({ toml: file }, { "termination_config.max_rollouts": 90 });
    expect(config.termination_config).toEqual({ max_rollouts: 90, target_score: 0.5 });
    expect(warnings.map((w) => w.message)).toContain(
      "termination_config stands outside the [prompt_learning] table; it is taken as prompt_learning.termination_config",
    );
    const [issue] = errorOf({ toml: file }, { "termination_config.target_score": "x" }).issues;
    expect(issue).toMatchObject({ path: "prompt_learning.termination_config.max_rollouts", line: 22 });
  });

  test("mistakes in them have a path and no line of the file", () => {
    const error = errorOf({ toml: TOML }, { "policy.provider": "azure", "gepa.rollout": { budget: 0 } });
    expect(error.issues.map((i) => [i.path, i.line])).toEqual([
      ["prompt_learning.policy.provider", undefined],
      ["prompt_learning.gepa.rollout.budget", undefined],
    ]);
  });

  test.each([
    [{ "policy..model": "x" }, 'has a key that is no dotted path: "policy..model"'],
    [{ "": "x" }, "has a key that is no dotted path"],
    [{ [`a${".a".repeat(40)}`]: "x" }, "has a key that is no dotted path"],
    [{ "policy.model.deeper": "x" }, "policy.model.deeper cannot be overridden"],
    [{ "initial_prompt.messages.9.pattern": "x" }, "cannot be overridden: the config has no such place"],
    [{ task_url: 5 }, "overrides.task_url must be an http or https URL, found 5"],
    [{ overrides: 5 }, "overrides.overrides must be a table, found 5"],
    [{ prompt_learning: "x" }, "overrides.prompt_learning must be a table"],
  ])("that make no sense are refused: %j", (overrides, says) => {
    expect(errorOf({ toml: TOML }, overrides as JsonObject).message).toContain(says);
  });

  test.each([
    { "__proto__.polluted": 1 },
    { "policy.constructor.prototype.polluted": 1 },
    JSON.parse('{"__proto__": {"polluted": 1}}'),
    JSON.parse('{"policy": {"__proto__": {"polluted": 1}}}'),
    JSON.parse('{"overrides": {"prompt_learning": {"__proto__": {"polluted": 1}}}}'),
  ])("cannot reach a prototype: %j", (overrides) => {
    expect(errorOf({ toml: TOML }, overrides).code).toBe("config_invalid");
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
