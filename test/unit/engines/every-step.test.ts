// An audit runs a job again step by step, and knows by the log which step was the last before somebody ended the search. So a step that
// tells nothing would make a sound job look unsound.

import { describe, expect, test } from "vitest";
import type { Engine, Work } from "../../../src/engines/engine.ts";
import { gepaEngine } from "../../../src/engines/gepa/gepa.ts";
import { heldOutCost } from "../../../src/engines/gepa/heldout.ts";
import { referenceEngine } from "../../../src/engines/gepa/reference.ts";
import { SEARCH_DEFAULTS } from "../../../src/engines/gepa/search-settings.ts";
import { testCost } from "../../../src/engines/mipro/budget.ts";
import { miproEngine } from "../../../src/engines/mipro/mipro.ts";
import { proxiedEngine } from "../../../src/engines/pool/proxied.ts";
import { fruitSettings, range } from "../../support/fruit.ts";
import { MemoryWork, type ToyWorld } from "../../support/memory-work.ts";
import { fruitTrials } from "../../support/mipro-fruit.ts";
import { faithful, PROXY_SETTINGS, TwoModels } from "../../support/two-models.ts";

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];
const toy: ToyWorld = {
  wants: (seed) => [WORDS[seed % 8] ?? "", WORDS[(seed * 3 + 1) % 8] ?? ""],
  expected: (seed) => WORDS[seed % 8] ?? "",
};
const listing: ToyWorld = {
  ...toy,
  propose: ({ replicate }) =>
    `\`\`\`\nList fruit ${WORDS.filter((_, i) => ((replicate * 7 + i * 5) % 8) % 3 === 0).join(" ")} ${replicate}\n\`\`\``,
};

/** A work port, and how many events it was told. */
type Port = Work & { beginStep(): void };
interface Played {
  work: Port;
  told(): number;
}

function plain(world: ToyWorld, budget: number): Played {
  const work = new MemoryWork({ ...world, budget });
  return { work, told: () => work.events.length };
}

function proxied(world: ToyWorld, budget: number): Played {
  const work = new TwoModels(faithful, world, budget);
  return { work, told: () => work.hi.events.length };
}

/** The steps that told nothing, by what they began and ended with. */
async function silentSteps<State>(engine: Engine<State>, { work, told }: Played): Promise<string[]> {
  const silent: string[] = [];
  let state = engine.begin();
  for (let step = 1; engine.verdict(state) === undefined; step++) {
    work.beginStep();
    const before = told();
    const next = await engine.step(state, work);
    if (told() === before) silent.push(`step ${step}, from ${phaseOf(state)} to ${phaseOf(next)}`);
    state = next;
  }
  return silent;
}

function phaseOf(state: unknown): string {
  return /"phase":"(\w+)"/.exec(JSON.stringify(state))?.[1] ?? "";
}

async function expectNone(budgets: readonly number[], run: (budget: number) => Promise<string[]>) {
  for (const budget of budgets) expect(await run(budget), `a budget of ${budget} rollouts`).toEqual([]);
}

describe("every step tells something", () => {
  test.each([
    ["minibatches", {}],
    ["a full evaluation after each trial", { full_eval_every_k: 1 }],
    ["full evaluations in the middle of an iteration", { full_eval_every_k: 2, trials_per_iteration: 5 }],
    ["few instructions", { proposals: { ...fruitTrials().proposals, count: 1 }, num_iterations: 8 }],
    ["one trial after the other", { strategy: "reference" as const, sampler: "tpe" as const }],
    ["validation seeds and a target", { val_seeds: range(70, 80), target: 0.6 }],
    ["patience", { patience_trials: 4 }],
  ])("MIPRO with %s", async (_, change) => {
    const settings = fruitTrials(change);
    const engine = miproEngine(settings);
    await expectNone(budgetsUpTo(330, 36), (budget) => silentSteps(engine, plain(listing, budget)));
  });

  test.each([
    ["no target", null],
    ["a target", 0.6],
  ])("MIPRO with a proxy and %s", async (_, target) => {
    const settings = fruitTrials({ num_iterations: 6, proxied: true, target });
    const plan = { settings: PROXY_SETTINGS, reserved: testCost(settings), algorithm: "mipro" as const };
    const engine = proxiedEngine(miproEngine(settings), plan);
    await expectNone(budgetsUpTo(400, 33), (budget) => silentSteps(engine, proxied(listing, budget)));
  });

  test.each([
    ["generations", {}],
    ["a first population of one", { initial_size: 1 }],
    ["a target and patience", { target: 0.9, patience_generations: 2 }],
  ])("GEPA with %s", async (_, change) => {
    const engine = gepaEngine(fruitSettings(change));
    await expectNone(budgetsUpTo(300, 45), (budget) => silentSteps(engine, plain(toy, budget)));
  });

  test("GEPA with a proxy", async () => {
    const settings = fruitSettings({ pareto_seeds: range(0, 30), feedback_seeds: range(30, 40), proof: 3 });
    const plan = { settings: PROXY_SETTINGS, reserved: heldOutCost(settings), algorithm: "gepa" as const };
    const engine = proxiedEngine(gepaEngine(settings), plan);
    await expectNone(budgetsUpTo(700, 46), (budget) => silentSteps(engine, proxied(toy, budget)));
  });

  test.each([
    ["as it is", {}],
    ["with merges", { use_merge: true }],
  ])("GEPA one iteration after the other, %s", async (_, search) => {
    const settings = fruitSettings({
      strategy: "reference",
      search: { ...SEARCH_DEFAULTS, max_iterations: 12, ...search },
    });
    const engine = referenceEngine(settings);
    await expectNone(budgetsUpTo(300, 17), (budget) => silentSteps(engine, plain(toy, budget)));
  });
});

function budgetsUpTo(most: number, apart: number): number[] {
  return range(40, most).filter((budget) => budget % apart === 0);
}
