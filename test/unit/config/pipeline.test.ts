import { describe, expect, test } from "vitest";
import { readConfig } from "../../../src/config/read.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { cpuMs } from "../../support/cpu-time.ts";
import { gepaSection, miproSection, mistakes, sectionFor } from "./surface-base.ts";

function withPipeline(section: JsonObject, pipeline_modules: Json): JsonObject {
  const prompt = section.initial_prompt as JsonObject;
  return { ...section, initial_prompt: { ...prompt, metadata: { pipeline_modules } } };
}

describe("a GEPA pipeline", () => {
  test.each([["first"], [{ name: "first" }], [{ module_id: "first", name: "x" }], [{ stage_id: "first" }]])(
    "whose module %j has an entry is fine",
    (module) => {
      expect(mistakes(withPipeline(gepaSection(), [module]))).toEqual([]);
    },
  );

  test("may have more entries than the prompt has modules", () => {
    const modules = [{ module_id: "first" }, { module_id: "second" }];
    expect(mistakes(withPipeline(sectionFor("gepa.modules", modules), ["second"]))).toEqual([]);
  });

  test("needs an entry for each of its modules", () => {
    expect(
      mistakes(withPipeline(gepaSection(), ["first", { name: "other", instruction_text: "Go." }])),
    ).toEqual([
      'prompt_learning.gepa.modules does not cover initial_prompt.metadata.pipeline_modules: "other" has no entry',
    ]);
    expect(mistakes(withPipeline(sectionFor("gepa.modules", undefined), ["a", "b"]))).toEqual([
      "prompt_learning.gepa.modules is missing: initial_prompt.metadata.pipeline_modules names 2 modules, " +
        'and each needs an entry: "a", "b"',
    ]);
  });

  test("has modules with names", () => {
    expect(mistakes(withPipeline(gepaSection(), [{ instruction_text: "x" }]))[0]).toContain(
      "prompt_learning.initial_prompt.metadata.pipeline_modules[0] must be",
    );
  });

  test("names each module and each tool once", () => {
    const modules: Json = [{ module_id: "first" }, { module_id: "first", allowed_tools: ["t", "t"] }];
    expect(mistakes(withPipeline(sectionFor("gepa.modules", modules), ["first", "first"]))).toEqual([
      'prompt_learning.initial_prompt.metadata.pipeline_modules names a module more than once: "first"',
      'prompt_learning.gepa.modules[1].module_id is given more than once: "first"',
      'prompt_learning.gepa.modules[1].allowed_tools names a tool more than once: "t"',
    ]);
  });

  test("has the job's policy for modules without one, unless it is read strictly", () => {
    const section = sectionFor("gepa.modules", [{ module_id: "first", allowed_tools: [] }]);
    const { config } = readConfig({ mapping: section });
    expect(config.gepa?.modules?.[0]?.policy).toEqual(config.policy);
    expect(mistakes(section, { strict: true })).toEqual([
      "prompt_learning.gepa.modules[0].allowed_tools must be a non-empty list, found an empty list",
      "prompt_learning.gepa.modules[0].policy is missing: it must be a table",
    ]);
  });
});

describe("a MIPRO pipeline", () => {
  const EDGES = "mipro.modules.0.edges";

  test("is covered by modules or stages", () => {
    expect(mistakes(withPipeline(miproSection(), ["first"]))).toEqual([]);
    expect(mistakes(withPipeline(miproSection(), ["a", "b"]))).toEqual([]);
    expect(mistakes(withPipeline(miproSection(), ["c"]))[0]).toContain('"c" has no entry');
  });

  test.each([[[["a", "b"]]], [[{ from: "a", to: "b" }]], [[{ source: "a", target: "b" }]]])(
    "takes edges as %j",
    (edges) => {
      const { config } = readConfig({ mapping: sectionFor(EDGES, edges) });
      expect(config.mipro?.modules?.[0]?.edges).toEqual([["a", "b"]]);
    },
  );

  test.each([
    [[["a", "z"]], '[0] names a stage that does not exist: "z"'],
    [
      [
        ["a", "b"],
        ["b", "a"],
      ],
      ' leads in a circle: "a", "b"',
    ],
    [[["a", "a"]], ' leads in a circle: "a"'],
    [[["a"]], '[0] must be a pair of stages such as ["first", "second"], found a list of 1'],
  ])("refuses the edges %j", (edges, says) => {
    expect(mistakes(sectionFor(EDGES, edges))).toEqual([`prompt_learning.mipro.modules[0].edges${says}`]);
  });

  test("names each module and each stage once", () => {
    const modules = [
      { module_id: "m", stages: [{ stage_id: "a" }] },
      { module_id: "m", stages: [{ stage_id: "a" }] },
    ];
    expect(mistakes(sectionFor("mipro.modules", modules))).toEqual([
      'prompt_learning.mipro.modules[1].module_id is given more than once: "m"',
      'prompt_learning.mipro.modules[1].stages[0].stage_id is given more than once: "a"',
    ]);
  });

  test.each([
    ["max_instruction_slots", "max_instruction_sets", 1],
    ["max_demo_slots", "max_demo_sets", 0],
  ])("has no more %s than %s", (slots, sets, least) => {
    expect(mistakes(sectionFor(`mipro.modules.0.stages.0.${slots}`, 129))).toEqual([
      `prompt_learning.mipro.modules[0].stages[0].${slots} must be a whole number from ${least} to ${sets} (128), found 129`,
    ]);
  });

  test("may have its slots on modules without stages, and stages without modules", () => {
    const bare = readConfig({ mapping: sectionFor("mipro.modules", [{ id: "m", max_demo_slots: 2 }]) });
    expect(bare.config.mipro?.modules?.[0]?.stages).toMatchObject([
      { stage_id: "m_stage_0", max_demo_slots: 2, baseline_instruction: "Answer briefly." },
    ]);
    const section = sectionFor("mipro.modules", undefined);
    (section.mipro as JsonObject).stages = [{ stage_id: "only", max_demo_slots: -1 }];
    expect(mistakes(section)[0]).toContain("prompt_learning.mipro.stages[0].max_demo_slots must be");
  });

  test("takes a stage's instruction from the module of its name", () => {
    const section = sectionFor("mipro.modules", [{ module_id: "m" }]);
    const mapping = withPipeline(section, [{ name: "m", instruction_text: "Sort." }]);
    const { config } = readConfig({ mapping });
    expect(config.mipro?.modules?.[0]?.stages[0]?.baseline_instruction).toBe("Sort.");
  });
});

test("a mistake in the job's policy is named once, not for each module too", () => {
  const section = sectionFor("gepa.modules", [{ module_id: "a" }, { module_id: "b" }]);
  const policy = section.policy as JsonObject;
  expect(mistakes({ ...section, policy: { ...policy, provider: "azure" } })).toEqual([
    'prompt_learning.policy.provider must be "openai", "groq" or "google", found "azure"',
  ]);
});

test("tens of thousands of modules, tools and edges are looked at in no time", () => {
  const many = Array.from({ length: 20_000 }, (_, i) => `n${i}`);
  const spent = cpuMs(() => {
    mistakes(withPipeline(gepaSection(), many));
    mistakes(sectionFor("gepa.modules.0.allowed_tools", [...many, ...many]));
    mistakes(
      sectionFor(
        "mipro.modules.0.edges",
        many.map(() => ["a", "a"]),
      ),
    );
  });
  expect(spent).toBeLessThan(3_000);
});

test.each([
  "gepa.modules.0.policy.model",
  "gepa.proxy_models.hi_model",
  "mipro.modules.0.stages.0.policy.model",
])("%s is a model of the list", (path) => {
  const [message, ...others] = mistakes(sectionFor(path, "gpt-9"));
  expect(message).toContain("must be a model of openai that this service allows");
  expect(others).toEqual([]);
});
