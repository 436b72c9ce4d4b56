// The first population of the proposer "synth": fixed transformations of the baseline, without a proposal.

import { describe, expect, test } from "vitest";
import { gepaEngine } from "../../../../src/engines/gepa/gepa.ts";
import { DEFAULT_PROPOSER, type ProposerType } from "../../../../src/engines/gepa/reflection.ts";
import type { GepaSettings, GepaState } from "../../../../src/engines/gepa/state.ts";
import { TRANSFORMATIONS, transformedBaselines } from "../../../../src/engines/gepa/transformations.ts";
import { fruitSettings } from "../../../support/fruit.ts";
import { MemoryWork } from "../../../support/memory-work.ts";

const by = (type: ProposerType, change: Partial<GepaSettings> = {}) =>
  fruitSettings({ proposer: { ...DEFAULT_PROPOSER, type }, num_generations: 1, ...change });
const limited = (text: number) => ({
  modules: [
    {
      name: "",
      components: [{ name: "system", role: "" }],
      placeholders: [],
      limits: { prompt: null, fixed: 0, texts: null, text, counting_model: "gpt-4o" },
    },
  ],
});

async function firstPopulation(settings: GepaSettings): Promise<{ state: GepaState; work: MemoryWork }> {
  const engine = gepaEngine(settings);
  // Every transformation names something that nobody said before.
  const work = new MemoryWork({
    wants: (seed) => [["exactly", "input", "step", "specific"][seed % 4] ?? ""],
  });
  let state = engine.begin();
  while (state.phase === "baseline" || state.phase === "population") {
    work.beginStep();
    state = JSON.parse(JSON.stringify(await engine.step(state, work)));
  }
  return { state, work };
}

describe("the first population of the proposer synth", () => {
  test("is made of transformations of the baseline, which cost their own rollouts and no proposal", async () => {
    const { state, work } = await firstPopulation(by("synth", { initial_size: 5 }));
    const [baseline, ...children] = state.candidates;
    expect(children).toHaveLength(4);
    for (const { operator, parents, texts } of children) {
      expect({ operator, parents }).toEqual({ operator: "transformation", parents: [baseline?.id] });
      expect(texts.system).toContain("List fruit");
    }
    expect(new Set(children.map(({ texts }) => texts.system)).size).toBe(4);
    expect(work.proposals).toEqual([]);
    expect(work.calls.filter(({ as }) => as === "feedback")).toEqual([]);
    expect(children.some(({ accepted }) => accepted)).toBe(true);
    expect(work.events.filter(({ data }) => data.mutation_type === "transformation")).toHaveLength(4);
  });

  test("goes on with reflections where there are no more of them", async () => {
    const { state } = await firstPopulation(by("synth", { initial_size: TRANSFORMATIONS + 4 }));
    const operators = state.candidates.slice(1).map(({ operator }) => operator);
    expect(operators).toEqual([
      ...Array(TRANSFORMATIONS).fill("transformation"),
      ...Array(3).fill("reflection"),
    ]);
  });

  test("is reflected with every other proposer, and so are the generations of this one", async () => {
    const dspy = await firstPopulation(by("dspy", { initial_size: 4 }));
    expect(dspy.state.candidates.slice(1).map(({ operator }) => operator)).toEqual(
      Array(3).fill("reflection"),
    );
    const settings = by("synth", { initial_size: 3, children_per_generation: 2 });
    const { state, work } = await firstPopulation(settings);
    const next = await gepaEngine(settings).step(state, work);
    expect(
      next.candidates.filter(({ generation }) => generation === 1).map(({ operator }) => operator),
    ).toEqual(Array(2).fill("reflection"));
  });
});

describe("transformations", () => {
  test("take turns over the texts of a prompt, and leave the others alone", () => {
    const baseline = { ask: "Ask for {fruit}.", answer: "Answer." };
    const made = transformedBaselines(by("synth", { baseline, placeholders: ["fruit"] }), 4);
    expect(made.map(({ ask, answer }) => [ask !== baseline.ask, answer !== baseline.answer])).toEqual([
      [true, false],
      [false, true],
      [true, false],
      [false, true],
    ]);
    for (const { ask } of made) expect(ask).toContain("{fruit}");
  });

  test("are each another text, as many as there are of each", () => {
    const made = transformedBaselines(by("synth"), 1000);
    expect(made).toHaveLength(TRANSFORMATIONS);
    expect(new Set(made.map(({ system }) => system)).size).toBe(TRANSFORMATIONS);
  });

  test("that break a limit on length are passed over", () => {
    const all = transformedBaselines(by("synth"), 1000);
    const some = transformedBaselines(by("synth", limited(22)), 1000);
    expect(some.length).toBeGreaterThan(0);
    expect(some.length).toBeLessThan(all.length);
    expect(transformedBaselines(by("synth", limited(5)), 1000)).toEqual([]);
  });
});
