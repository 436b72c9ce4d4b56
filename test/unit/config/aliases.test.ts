import { describe, expect, test } from "vitest";
import { ALIASES } from "../../../src/config/aliases.ts";
import { valueAt } from "../../../src/config/tables.ts";
import type { Json } from "../../../src/wire/json.ts";
import { readGepa } from "../../support/read-gepa.ts";
import { baseSection, errorOf, readWith, sectionWith, TOML, warningsWith } from "./base-config.ts";

/** A fitting value for options where 12 is none. */
const VALUES: Record<string, Json> = {
  "gepa.evaluation.seeds": Array.from({ length: 25 }, (_, i) => i),
  "gepa.evaluation.validation_seeds": [50, 51],
  "gepa.evaluation.test_pool": [60],
  "gepa.evaluation.validation_pool": "val",
  "gepa.proposer_type": "gepa-ai",
  "gepa.env_name": "mine",
  "gepa.archive.pareto_eps": 0.5,
  "gepa.archive.feedback_fraction": 0.5,
  "gepa.mutation.rate": 0.5,
  "gepa.mutation.llm_model": "m",
  "gepa.mutation.llm_provider": "groq",
  "gepa.mutation.prompt": "Be bold.",
  "gepa.population.crossover_rate": 0.5,
  "gepa.token.counting_model": "gpt-4",
  "gepa.token.enforce_pattern_limit": false,
  "gepa.verifier": { synth_verifier_id: "v", reward_source: "judge" },
  "gepa.verifier.synth_verifier_id": "v",
};

describe("other names", () => {
  test.each(ALIASES)("%s is taken as %s, with a warning", (from, to) => {
    const value = VALUES[to] ?? 12;
    const section = sectionWith(to, undefined);
    const parts = from.split(".");
    const key = parts.pop() ?? "";
    let place = section;
    for (const part of parts) {
      place[part] ??= {};
      place = place[part] as typeof section;
    }
    place[key] = value;
    const { config, warnings, mapping } = readGepa({ mapping: section });
    expect(warnings.map((w) => w.message)).toContain(
      `prompt_learning.${from} is taken as prompt_learning.${to}; write that instead`,
    );
    expect(valueAt(mapping.prompt_learning, to.split("."))).toEqual(value);
    const typed = valueAt(JSON.parse(JSON.stringify(config)), to.split("."));
    if (typed !== undefined && to !== "gepa.verifier") expect(typed).toEqual(value);
  });

  test("a message may have content in place of pattern", () => {
    const messages = [{ role: "system", content: "Be brief." }];
    const { config, warnings } = readWith("initial_prompt.messages", messages);
    expect(config.initial_prompt.messages[0]?.pattern).toBe("Be brief.");
    expect(warnings[0]?.message).toContain("messages[0].content is taken as");
  });

  test("a seed range works under every name", () => {
    const { config } = readWith("val_seeds", { start: 40, end: 44 });
    expect(config.gepa.evaluation.validation_seeds).toEqual([40, 41, 42, 43]);
  });

  test("mistakes are shown under the name and on the line that were written", () => {
    const error = errorOf({ toml: `${TOML}[prompt_learning.gepa]\nrollout_budget = "many"\n` });
    expect(error.issues[0]).toMatchObject({
      path: "prompt_learning.gepa.rollout_budget",
      pointer: "/prompt_learning/gepa/rollout_budget",
      line: 21,
    });
  });

  test("the option's own name wins over another one, with a warning", () => {
    const section = sectionWith("gepa.rollout.budget", 500);
    (section.gepa as Record<string, Json>).rollout_budget = 900;
    const { config, warnings } = readGepa({ mapping: section });
    expect(config.gepa.rollout.budget).toBe(500);
    expect(warnings.map((w) => w.message)).toEqual([
      "prompt_learning.gepa.rollout_budget is ignored: prompt_learning.gepa.rollout.budget is given too, and it holds",
    ]);
  });

  test("copies that the protocol's clients send along need no warning", () => {
    const copy = Array.from({ length: 30 }, (_, i) => i);
    const section = { ...baseSection(), train_seeds: copy, evaluation_seeds: copy };
    expect(readGepa({ mapping: section }).warnings).toEqual([]);
  });
});

describe("seeds that a header swallowed", () => {
  const SWALLOWED = TOML.replace(
    "[prompt_learning.gepa.evaluation]\nseeds",
    "[prompt_learning.env_config]\ntrain_seeds",
  );

  test("are pointed out when they are missing", () => {
    const error = errorOf({ toml: SWALLOWED });
    expect(error.message).toContain(
      "prompt_learning.env_config.train_seeds stands under the [prompt_learning.env_config] header",
    );
    expect(error.issues.map((i) => i.path)).toContain("prompt_learning.gepa.evaluation.seeds");
  });

  test("are a warning when others are there", () => {
    expect(warningsWith("env_config", { val_seeds: [1] })[0]).toContain(
      "did you mean prompt_learning.gepa.evaluation.validation_seeds?",
    );
  });
});
