import { describe, expect, test } from "vitest";
import { readConfig } from "../../../../src/config/read.ts";
import { miproSettings } from "../../../../src/engines/mipro/from-config.ts";
import { REFERENCE_TPE } from "../../../../src/engines/mipro/tpe.ts";
import type { JsonObject } from "../../../../src/wire/json.ts";
import { miproSection } from "../../config/surface-base.ts";

/** The settings of the base config, of one stage, with these options in its section, and these beside it. */
function settingsWith(mipro: JsonObject, beside: JsonObject = {}) {
  const section = miproSection();
  const mapping = {
    ...section,
    gepa: null,
    ...beside,
    mipro: { ...(section.mipro as JsonObject), modules: null, ...mipro },
  };
  const { config } = readConfig({ mapping });
  if (config.algorithm !== "mipro") throw new Error("the base config is of a MIPRO job");
  return miproSettings(config);
}

describe("the settings of a MIPRO run", () => {
  test("are those of one stage with a slot for the instruction and one for demos, where nothing is said", () => {
    const settings = settingsWith({});
    expect(settings).toMatchObject({
      strategy: "parallel",
      rng_seed: 0,
      batch_size: 32,
      full_eval_every_k: 10,
    });
    expect(settings.stages).toMatchObject([
      { component: "system", demo_module: "", instruction_slots: 1, demo_slots: 1 },
    ]);
  });

  test("in the reference's way have its sampler, and its seed is the one that is given, 0 too", () => {
    const { tpe, rng_seed } = settingsWith({ strategy: "reference", rng_seed: 0 });
    expect(tpe).toEqual(REFERENCE_TPE);
    expect(rng_seed).toBe(0);
  });

  test.each(["parallel", "reference"])("%s: options of the sampler hold", (strategy) => {
    const tpe = {
      gamma: 0.3,
      n_candidates: 7,
      n_startup_trials: 3,
      epsilon: 0.2,
      prior_weight: 0.5,
      alpha: 2,
    };
    const { alpha: categorical_alpha, ...rest } = tpe;
    expect(settingsWith({ strategy, tpe }).tpe).toEqual({ ...rest, categorical_alpha });
  });

  test.each([
    ["light", 10, 3, 6, 100],
    ["medium", 18, 6, 12, 300],
    ["heavy", 27, 9, 18, 1000],
  ])(
    "auto = %s is %i trials, %i instructions, %i demo sets and up to %i seeds",
    (auto, trials, count, sets, sample) => {
      const settings = settingsWith({ auto, strategy: "reference" });
      expect(settings).toMatchObject({ num_trials: trials, online_sample: sample });
      expect(settings.proposals.count).toBe(count);
      expect(settings.demos.max_sets).toBe(sets);
    },
  );

  test("without demos have no demo slots, and automatic sizes put everything into instructions", () => {
    const settings = settingsWith({ auto: "light", demo: { max_few_shot_examples: 0 } });
    expect(settings.stages[0]?.demo_slots).toBe(0);
    expect(settings).toMatchObject({ num_trials: 9, proposals: { count: 6 } });
  });
});
