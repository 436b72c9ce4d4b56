import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/config/errors.ts";
import { MAX_CONFIG_ISSUES, MAX_CONFIG_WARNINGS } from "../../../src/config/limits.ts";
import { readRunnable } from "../../../src/config/read.ts";
import {
  baseSection,
  errorOf,
  issuesWith,
  readWith,
  sectionWith,
  TOML,
  warningsWith,
} from "./base-config.ts";

describe("a config that can run", () => {
  test("comes out typed, with every default", () => {
    const { config, warnings } = readRunnable({ toml: TOML });
    expect(config.algorithm).toBe("gepa");
    expect(config.gepa.rollout).toEqual({ max_concurrent: 20, minibatch_size: 16 });
    expect(config.gepa.evaluation.seeds).toHaveLength(30);
    expect(config.initial_prompt.messages[0]).toEqual({
      role: "system",
      pattern: "Answer briefly.",
      order: 0,
    });
    expect(warnings.map((w) => w.path)).toEqual(["prompt_learning.gepa.archive.pareto_set_size"]);
  });

  test("reads the same from TOML, from its mapping, and with the options at the root", () => {
    const fromToml = readRunnable({
      toml: TOML.replace(
        "[prompt_learning.gepa.ev",
        "[prompt_learning.gepa.archive]\npareto_set_size = 20\n[prompt_learning.gepa.ev",
      ),
    });
    const wrapped = readRunnable({ mapping: { prompt_learning: baseSection() } });
    const atRoot = readRunnable({ mapping: baseSection() });
    const rootToml = readRunnable(
      { toml: TOML.replace("[prompt_learning]\n", "").replaceAll("prompt_learning.", "") },
      { "gepa.archive.pareto_set_size": 20 },
    );
    for (const { config } of [wrapped, atRoot, rootToml]) expect(config).toEqual(fromToml.config);
    expect(atRoot.mapping).toEqual(wrapped.mapping);
  });

  test("its mapping reads as the same config again", () => {
    const section = {
      ...baseSection(),
      task_app_id: "mine",
      val_seeds: { start: 50, end: 60 },
      display: { tui: true },
    };
    const first = readRunnable({ mapping: section }, { "gepa.rollout_budget": 300 });
    const second = readRunnable({ mapping: first.mapping });
    expect(second.config).toEqual(first.config);
    expect(second.mapping).toEqual(first.mapping);
    expect(JSON.parse(JSON.stringify(first.mapping))).toEqual(first.mapping);
  });

  test("the input is left as it was", () => {
    const mapping = { prompt_learning: sectionWith("gepa.rollout_budget", 500) };
    const overrides = { gepa: { rollout: { minibatch_size: 4 } } };
    const before = JSON.stringify([mapping, overrides]);
    const { mapping: stored } = readRunnable({ mapping }, overrides);
    (stored.prompt_learning as Record<string, unknown>).algorithm = "changed";
    expect(JSON.stringify([mapping, overrides])).toBe(before);
  });

  test("task_app_id stands in for a missing env_name", () => {
    expect(readWith("task_app_id", "banking").config.gepa.env_name).toBe("banking");
    const section = { ...sectionWith("gepa.env_name", "given"), task_app_id: "banking" };
    expect(readRunnable({ mapping: section }).config.gepa.env_name).toBe("given");
  });

  test("nulls inside env_config reach the task app", () => {
    expect(readWith("env_config", { a: null }).config.env_config).toEqual({ a: null });
  });
});

describe("an error", () => {
  const BAD = `[prompt_learning]
algorithm = "gepa"
task_app_url = "ftp://files.example.com"
[prompt_learning.policy]
model = ""
[prompt_learning.gepa.evaluation]
seeds = [1, 2, 2]
[prompt_learning.gepa.rollout]
budget = "many"
budgt = 3
[prompt_learning.initial_prompt]
messages = [ { role = "tool", pattern = "x" } ]
`;

  test("names every mistake of the file at once, in its order, with lines", () => {
    const error = errorOf({ toml: BAD });
    expect(error.message).toBe(
      [
        "The config has 7 errors:",
        '- prompt_learning.task_app_url must be an http or https URL, found "ftp://files.example.com" (line 3)',
        '- prompt_learning.policy.provider is missing: it must be "openai", "groq" or "google" (line 4)',
        '- prompt_learning.policy.model must be non-empty text, found "" (line 5)',
        "- prompt_learning.gepa.evaluation.seeds names seeds more than once: 2 (line 7)",
        "- prompt_learning.gepa.evaluation.seeds must hold at least 13 seeds " +
          "(10 Pareto seeds and 3 feedback seeds), found 3 seeds (line 7)",
        '- prompt_learning.gepa.rollout.budget must be a whole number of at least 1, found "many" (line 9)',
        "- prompt_learning.initial_prompt.messages has nothing to optimise: " +
          "it needs a message with the role system, developer or user (line 12)",
      ].join("\n"),
    );
    expect(error.issues[5]).toEqual({
      pointer: "/prompt_learning/gepa/rollout/budget",
      path: "prompt_learning.gepa.rollout.budget",
      message:
        'prompt_learning.gepa.rollout.budget must be a whole number of at least 1, found "many" (line 9)',
      found: '"many"',
      expected: "a whole number of at least 1",
      line: 9,
      column: 1,
    });
    expect(error.warnings[0]).toMatchObject({ path: "prompt_learning.gepa.rollout.budgt", line: 10 });
  });

  test("is a ConfigError with a stable code", () => {
    const error = errorOf({ toml: "" });
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe("config_invalid");
    expect(error.name).toBe("ConfigError");
  });

  test("mixes values that JSON cannot hold with other mistakes, and names each once", () => {
    const error = errorOf({
      toml: TOML.replace('"gpt-4o-mini"', "1979-05-27").replace('"openai"', '"azure"'),
    });
    expect(error.issues.map((i) => i.path)).toEqual([
      "prompt_learning.policy.model",
      "prompt_learning.policy.provider",
    ]);
    expect(error.message).toContain("must not be a date or time");
  });

  test("has no lines when the config came as JSON", () => {
    const [issue] = issuesWith("gepa.rollout.budget", "many");
    expect(issue?.line).toBeUndefined();
    expect(issue?.message).not.toContain("line");
  });

  test("of a config in another format is one sentence that says what was found", () => {
    const error = errorOf({ toml: '[container]\nurl = "http://127.0.0.1"\n[gepa]\nmax_generations = 3\n' });
    expect(error.issues).toHaveLength(1);
    expect(error.message).toContain("prompt_learning is missing: a config is a [prompt_learning] table");
    expect(error.message).toContain('found the keys "container", "gepa"');
  });

  test("about a [prompt_learning] that is no table says so", () => {
    expect(errorOf({ toml: "prompt_learning = 3" }).message).toBe(
      "prompt_learning must be a table, found 3 (line 1)",
    );
  });

  test("stays readable when there are thousands of mistakes", () => {
    const seeds = errorOf({ mapping: sectionWith("gepa.evaluation.seeds", Array(10_000).fill("x")) });
    expect(seeds.message.length).toBeLessThan(5_000);
    expect(seeds.message).toContain("has 9990 more wrong items");
    const messages = errorOf({
      mapping: sectionWith("initial_prompt.messages", Array(1_000).fill({ role: 5 })),
    });
    expect(messages.issues).toHaveLength(MAX_CONFIG_ISSUES);
    expect(messages.message).toContain("The config has 2000 errors");
    expect(messages.message).toContain("… and 1900 more");
  });

  test.each(["task_app_api_key", "policy.model_secret", "client_token"])(
    "never shows the text of %s",
    (path) => {
      const section = sectionWith(path, ["sk-hidden"]);
      (section.policy as Record<string, unknown>).provider = 5;
      const text = errorOf({ mapping: section });
      expect(JSON.stringify([text.message, text.issues, text.warnings])).not.toContain("hidden");
    },
  );

  test.each(["ftp://user:hidden@example.com", "https://user:hidden@example.com", "nonsense?key=hidden"])(
    "never shows what may be a password in a URL: %s",
    (url) => {
      expect(errorOf({ mapping: sectionWith("task_app_url", url) }).message).not.toContain("hidden");
    },
  );
});

describe("keys that JSON can hold and a config must not", () => {
  test("__proto__ is refused and nothing is polluted", () => {
    const mapping = JSON.parse('{"prompt_learning": {"__proto__": {"polluted": 1}, "algorithm": "gepa"}}');
    expect(errorOf({ mapping }).message).toContain("prompt_learning.__proto__ is not allowed as a key");
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("JSON that is too deep is refused", () => {
    let deep: unknown = {};
    for (let i = 0; i < 5_000; i++) deep = { a: deep };
    const mapping = sectionWith("env_config", deep as never);
    expect(errorOf({ mapping }).message).toContain("nested more than 32 levels deep");
  });
});

describe("keys beside the [prompt_learning] table", () => {
  test("are taken in when they are options, with a warning", () => {
    const toml = `${TOML}\n[termination_config]\nmax_rollouts = 77\n`;
    const { config, warnings } = readRunnable({ toml });
    expect(config.termination_config.max_rollouts).toBe(77);
    const warning = warnings.find((w) => w.path === "termination_config");
    expect(warning?.message).toContain("it is taken as prompt_learning.termination_config");
    expect(warning?.line).toBe(21);
  });

  test("have their own lines in errors", () => {
    const error = errorOf({ toml: `${TOML}\n[termination_config]\nmax_rollouts = 0\n` });
    expect(error.issues[0]).toMatchObject({
      path: "prompt_learning.termination_config.max_rollouts",
      line: 22,
    });
  });

  test("do not win over the table, and say so unless they agree with it", () => {
    const section = baseSection();
    const same = readRunnable({
      mapping: { prompt_learning: section, task_app_url: "https://task.example.com" },
    });
    expect(same.warnings).toEqual([]);
    const other = readRunnable({
      mapping: { prompt_learning: section, task_app_url: "https://other.example.com" },
    });
    expect(other.config.task_app_url).toBe("https://task.example.com");
    expect(other.warnings[0]?.message).toContain("prompt_learning.task_app_url is given too, and it holds");
  });

  test("are reported when nobody knows them", () => {
    const { warnings } = readRunnable({ mapping: { prompt_learning: baseSection(), note: "x" } });
    expect(warnings).toEqual([
      { path: "note", message: "note is ignored: only the [prompt_learning] table is read" },
    ]);
  });
});

describe("unknown keys", () => {
  test.each([
    ["gepa.archive.sise", "did you mean size?"],
    ["gepa.population.num_generation", "did you mean num_generations?"],
    ["gepa.population.nmu_generations", "did you mean num_generations?"],
    ["policy.modle", "did you mean model?"],
    ["gepa.budget", "did you mean prompt_learning.gepa.rollout.budget?"],
    ["model", "did you mean prompt_learning.policy.model?"],
    ["termination_config.max_second", "did you mean max_seconds?"],
    ["gepa.mutatoin", "did you mean"],
  ])("%s is reported with the nearest known key", (path, hint) => {
    const [warning] = warningsWith(path, 1);
    expect(warning).toContain(`prompt_learning.${path} is unknown and ignored`);
    if (path !== "gepa.mutatoin") expect(warning).toContain(hint);
  });

  test("a key like no other gets no suggestion", () => {
    expect(warningsWith("gepa.wibble", 1)).toEqual(["prompt_learning.gepa.wibble is unknown and ignored"]);
    expect(warningsWith(`gepa.${"x".repeat(5_000)}`, 1)[0]?.length).toBeLessThan(200);
  });

  test("keys inside messages are found too", () => {
    const messages = [{ role: "system", pattern: "A", ordr: 1 }];
    expect(warningsWith("initial_prompt.messages", messages)).toEqual([
      "prompt_learning.initial_prompt.messages[0].ordr is unknown and ignored; did you mean order?",
    ]);
  });

  test("free tables may hold anything", () => {
    expect(warningsWith("env_config", { anything: { at: "all" } })).toEqual([]);
    expect(warningsWith("initial_prompt.metadata", { author: "me" })).toEqual([]);
  });

  test("thousands of them are counted, not listed", () => {
    const gepa = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`k${i}`, 1]));
    const { warnings } = readRunnable({
      mapping: { ...baseSection(), gepa: { ...(baseSection().gepa as object), ...gepa } },
    });
    expect(warnings).toHaveLength(MAX_CONFIG_WARNINGS);
    expect(warnings.at(-1)?.message).toContain("2901 more warnings");
  });
});
