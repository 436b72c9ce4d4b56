import { describe, expect, test } from "vitest";
import { readConfig, readRunnable } from "../../../src/config/read.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { becomes, gepaSection, miproSection, mistakes, sectionFor } from "./surface-base.ts";

const read = (mapping: JsonObject) => readConfig({ mapping });

describe("a MIPRO job", () => {
  /** The section with modules of so many stages in all. */
  function withStages(count: number): JsonObject {
    const section = miproSection();
    const stages = Array.from({ length: count }, (_, i) => ({
      stage_id: `s${i}`,
      baseline_instruction: "Do it.",
    }));
    const { gepa: _, ...rest } = section;
    const mipro = typeof section.mipro === "object" ? section.mipro : {};
    return { ...rest, mipro: { ...mipro, modules: [{ module_id: "m", stages }] } };
  }

  test("of one stage is read, and can run", () => {
    const mapping = withStages(1);
    const { config, refusals, warnings } = read(mapping);
    expect(config.algorithm).toBe("mipro");
    expect(warnings).toEqual([]);
    expect(refusals).toEqual([]);
    expect(readRunnable({ mapping }).config).toEqual(config);
  });

  test("of several stages is read, and can run", () => {
    expect(read(withStages(2)).refusals).toEqual([]);
  });

  test("keeps nothing of a [gepa] section, whatever is in it", () => {
    const { config, warnings } = read({ ...miproSection(), gepa: { rollout: 7 } });
    expect(config.gepa).toBeUndefined();
    expect(warnings.map((w) => w.message)).toEqual([
      'prompt_learning.gepa is ignored: it belongs to algorithm = "gepa"',
    ]);
  });

  test.each([
    [
      "generate_at_iterations",
      { generate_at_iterations: [0, 4, 5] },
      "never comes to 5: the last iteration is 4",
    ],
    [
      "meta_update.every_iterations",
      { meta_update: { every_iterations: 5 } },
      "never comes due: the last iteration is 4",
    ],
    ["generate_at_iterations", { generate_at_iterations: [4] }, undefined],
    ["meta_update.every_iterations", { meta_update: { every_iterations: 4 } }, undefined],
    ["meta_update.every_iterations", { meta_update: { enabled: false, every_iterations: 5 } }, undefined],
    ["generate_at_iterations", { generate_at_iterations: [7], auto: "light" }, undefined],
  ])("is told when %s of %o is past its last iteration", (option, mipro, says) => {
    const base = miproSection();
    const section = { ...(base.mipro as JsonObject), num_iterations: 5, ...mipro };
    const messages = read({ ...base, mipro: section }).warnings.map((w) => w.message);
    const told = messages.filter((it) => it.startsWith(`prompt_learning.mipro.${option} never`));
    expect(told).toEqual(says === undefined ? [] : [`prompt_learning.mipro.${option} ${says}`]);
  });

  test("has the job's label for its environment's name", () => {
    expect(read({ ...miproSection(), task_app_id: "mine" }).config.mipro?.env_name).toBe("mine");
  });
});

describe("a task app that the section names", () => {
  const named = (mipro: JsonObject, job: JsonObject = {}, overrides: JsonObject = {}) => {
    const base = miproSection();
    const { task_app_url: _, gepa: __, ...rest } = base;
    return readConfig(
      { mapping: { ...rest, ...job, mipro: { ...(base.mipro as JsonObject), ...mipro } } },
      overrides,
    );
  };
  const APP = { task_app_url: "https://a.example", task_app_api_key: "key", task_app_id: "label" };

  test("is the job's, and nothing of it stays in the section", () => {
    const { config, warnings } = named(APP);
    expect(config).toMatchObject(APP);
    expect(JSON.stringify(config.mipro)).not.toContain("task_app");
    expect(warnings).toEqual([]);
  });

  test("makes way for the job's own, with a warning where they differ", () => {
    const { config, warnings } = named(APP, { ...APP, task_app_url: "https://b.example" });
    expect(config.task_app_url).toBe("https://b.example");
    expect(warnings.map((w) => w.message)).toEqual([
      "prompt_learning.mipro.task_app_url is ignored: prompt_learning.task_app_url is given too, and it holds",
    ]);
    const over = named(APP, {}, { task_url: "https://c.example" });
    expect([over.config.task_app_url, over.warnings]).toEqual(["https://c.example", []]);
  });

  test("is checked like the job's own, where it stands", () => {
    expect(() => named({ ...APP, task_app_url: "a.example" })).toThrow(
      "prompt_learning.mipro.task_app_url must be an http or https URL",
    );
    expect(() => named({ ...APP, task_app_url: "https://$NOWHERE" })).toThrow(
      "prompt_learning.mipro.task_app_url names $NOWHERE",
    );
  });
});

describe("the pools", () => {
  const POOLS = ["bootstrap_train_seeds", "online_pool", "test_pool", "reference_pool", "val_seeds"];

  test.each(POOLS)("%s may stand beside the section", (key) => {
    const section = sectionFor(`mipro.${key}`, undefined);
    const { config, warnings } = read({ ...section, gepa: null, [key]: { start: 80, end: 82 } });
    expect(JSON.parse(JSON.stringify(config.mipro))[key]).toEqual([80, 81]);
    expect(warnings).toEqual([]);
  });

  test.each([
    ["bootstrap", "bootstrap_train_seeds"],
    ["online", "online_pool"],
    ["test", "test_pool"],
    ["reference", "reference_pool"],
  ])("may stand in the table of seeds: %s", (from, to) => {
    const section = sectionFor(`mipro.${to}`, undefined);
    (section.mipro as JsonObject).seeds = { [from]: { start: 80, end: 82 } };
    const { mipro } = JSON.parse(JSON.stringify(read(section).config));
    expect(mipro[to]).toEqual([80, 81]);
  });

  test.each(["bootstrap_train_seeds", "online_pool"])("%s must not be empty", (key) => {
    expect(mistakes(sectionFor(`mipro.${key}`, []))).toEqual([
      `prompt_learning.mipro.${key} must be a non-empty list of seeds, found an empty list`,
    ]);
  });

  test.each(POOLS)("%s names a seed once", (key) => {
    expect(mistakes(sectionFor(`mipro.${key}`, [90, 90]))).toEqual([
      `prompt_learning.mipro.${key} names seeds more than once: 90`,
    ]);
  });

  test("of reference seeds are nobody else's", () => {
    expect(mistakes(sectionFor("mipro.reference_pool", [4, 10, 90]))).toEqual([
      "prompt_learning.mipro.reference_pool must not overlap the bootstrap, online and test seeds: " +
        "2 seeds of it do: 4, 10",
    ]);
  });

  test("that are held out should be, and it is said when they are not", () => {
    const { warnings } = read({ ...sectionFor("mipro.test_pool", [11, 90]), gepa: null });
    expect(warnings.map((w) => w.message)).toEqual([
      "prompt_learning.mipro.test_pool is not held out: 1 seed of it are training seeds too: 11",
    ]);
  });

  test("in reserve are not held out either, but for a pool that is off", () => {
    const messages = (level: string) => {
      const section = sectionFor("mipro.adaptive_pool", { level, heatup_reserve_pool: [90] });
      const mipro = { ...(section.mipro as JsonObject), test_pool: [90, 91] };
      return read({ ...section, gepa: null, mipro }).warnings.map(({ message }) => message);
    };
    const says = "prompt_learning.mipro.test_pool is not held out: 1 seed of it are training seeds too: 90";
    expect(messages("LOW")).toContain(says);
    expect(messages("NONE")).not.toContain(says);
  });

  test("hold the demos that the bootstrap must find", () => {
    expect(mistakes(sectionFor("mipro.min_bootstrap_demos", 6))).toEqual([
      "prompt_learning.mipro.min_bootstrap_demos must be at most the number of bootstrap seeds, 5, found 6",
    ]);
  });
});

test.each([
  ["mipro.meta_model", "m", "mipro.meta.model"],
  ["mipro.meta_model_provider", "groq", "mipro.meta.provider"],
  ["mipro.meta_model_temperature", 0.5, "mipro.meta.temperature"],
  ["mipro.meta_model_max_tokens", 9, "mipro.meta.max_tokens"],
  ["mipro.meta_temperature", 0.5, "mipro.meta.temperature"],
  ["mipro.parallelism", 3, "mipro.max_concurrent"],
  ["mipro.tpe.alpha", 2, "mipro.tpe.categorical_alpha"],
  ["mipro.instructions", { proposer_effort: "HIGH" }, "mipro.proposer_effort"],
] as [string, Json, string][])("%s = %j is taken as %s", (from, value, to) => {
  const section = sectionFor(from, value);
  const expected = from === "mipro.instructions" ? "HIGH" : value;
  const { config, warnings } = read(section);
  const parts = to.split(".");
  const found = parts.reduce<Json | undefined>(
    (at, part) => (at as JsonObject | undefined)?.[part],
    JSON.parse(JSON.stringify(config)),
  );
  expect(found).toEqual(expected);
  expect(warnings.some((w) => w.message.includes(`is taken as prompt_learning.${to}`))).toBe(true);
});

describe("rules of both algorithms", () => {
  test.each([true, "yes", 1, "on"])("a free tier (%j) has the cheaper proposers", (free_tier) => {
    for (const section of [
      sectionFor("gepa.proposer_effort", "HIGH"),
      sectionFor("mipro.proposer_effort", "HIGH"),
    ]) {
      const algorithm = section.algorithm === "mipro" ? "mipro" : "gepa";
      expect(mistakes({ ...section, free_tier })).toEqual([
        `prompt_learning.${algorithm}.proposer_effort must be one of "LOW_CONTEXT", "LOW", "MEDIUM" when free_tier is true, found "HIGH"`,
      ]);
    }
    expect(mistakes({ ...sectionFor("gepa.proposer_effort", "MEDIUM"), free_tier })).toEqual([]);
  });

  test("a proposer of specifications has one", () => {
    expect(mistakes(sectionFor("gepa.proposer_type", "spec"))).toEqual([
      'prompt_learning.gepa.spec_path is missing: proposer_type = "spec" needs it',
    ]);
  });

  test("proxy models of the job win over those of its section", () => {
    const proxies = (gepaSection().gepa as JsonObject).proxy_models ?? null;
    const { config, refusals } = read({ ...gepaSection(), proxy_models: proxies });
    expect(config.proxy_models).toBeDefined();
    expect(config.gepa?.proxy_models).toBeUndefined();
    expect(refusals).toEqual([]);
  });

  test.each(["synth_verifier_id", "backend_rubric_id", "verifier_graph_id"])(
    "a verifier's %s is its id",
    (key) => {
      expect(becomes("gepa.verifier", { [key]: "v1" })).toMatchObject({
        synth_verifier_id: "v1",
        backend_rubric_id: "v1",
      });
    },
  );

  test("a reward from the judge is one from the verifier", () => {
    const { config, warnings } = read({ ...gepaSection(), judge: { reward_source: "Judge" } });
    expect(config.verifier?.reward_source).toBe("verifier");
    expect(warnings.map((w) => w.message)).toContain(
      "prompt_learning.judge is taken as prompt_learning.verifier; write that instead",
    );
  });

  test("limits with two names have one value, the stricter", () => {
    const termination_config = {
      max_cost_usd: 5,
      max_time_seconds: 90,
      max_duration_minutes: 1,
      max_trials_allowed: 7,
    };
    const { config } = read({ ...gepaSection(), termination_config, max_cost_usd: 2 });
    expect(config.termination_config).toMatchObject({ max_cost_usd: 2, max_seconds: 60, max_trials: 7 });
  });
});

describe("the minimal form", () => {
  const minimal = (total_seeds: Json, rest: JsonObject = {}): JsonObject => {
    const { gepa: _, ...base } = gepaSection();
    return {
      ...base,
      defaults_version: "v1",
      total_seeds,
      proposer_effort: "MEDIUM",
      num_generations: 4,
      ...rest,
    };
  };

  test.each([
    [100, 70, 10],
    [300, 210, 21],
    [1000, 700, 30],
    [19, 13, 10],
  ])(
    "with %i seeds trains on %i, with a population of %i and an archive twice that",
    (total, training, size) => {
      const { config, warnings } = read(
        minimal(total, { children_per_generation: 2, proposer_output_tokens: "SLOW" }),
      );
      const { gepa } = config;
      expect(gepa?.evaluation.seeds).toHaveLength(training);
      expect(gepa?.evaluation.validation_seeds[0]).toBe(training);
      expect(gepa?.evaluation.validation_seeds).toHaveLength(total - training);
      expect(gepa?.population).toMatchObject({
        initial_size: size,
        num_generations: 4,
        children_per_generation: 2,
        crossover_rate: 0,
      });
      expect(gepa?.archive.size).toBe(2 * size);
      expect(gepa).toMatchObject({
        proposer_effort: "MEDIUM",
        proposer_output_tokens: "SLOW",
        mutation: { rate: 0.3 },
      });
      expect(gepa?.rollout).toMatchObject({ max_concurrent: 20 });
      expect(warnings.filter((w) => w.message.includes("taken as"))).toEqual([]);
    },
  );

  test("gives way to seeds that are given", () => {
    const { config } = read(minimal(100, { gepa: { evaluation: { seeds: { start: 5, end: 25 } } } }));
    expect(config.gepa?.evaluation.seeds).toHaveLength(20);
    expect(config.gepa?.evaluation.validation_seeds).toEqual([]);
  });

  test("needs enough seeds to split", () => {
    expect(mistakes(minimal(18))[0]).toBe(
      "prompt_learning.total_seeds must be a whole number from 19 to 10000, found 18",
    );
  });
});
