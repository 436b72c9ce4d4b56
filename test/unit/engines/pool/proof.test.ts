// The proof that ends a search of GEPA with a proxy: what it may spend, and what comes of those it does not reach.

import { expect, test } from "vitest";
import { gepaEngine } from "../../../../src/engines/gepa/gepa.ts";
import { worstCost } from "../../../../src/engines/gepa/planning.ts";
import { proofCost, proveBest } from "../../../../src/engines/gepa/proof.ts";
import { DEFAULT_BREEDING } from "../../../../src/engines/gepa/state.ts";
import { fruitSettings, range } from "../../../support/fruit.ts";
import { faithful, TwoModels } from "../../../support/two-models.ts";

const settings = fruitSettings({ pareto_seeds: range(0, 20), proof: 3 });
/** Two candidates and the baseline, each on eight seeds. */
const HELD_OUT = 24;

/** A baseline, and three children that are predicted to be better, the last one most, on fewer and fewer seeds. */
function predicted() {
  const candidates = [20, 20, 15, 10].map((count, at) => ({
    ...{ id: `trans_${at}`, texts: { system: `text ${at}` }, parents: at === 0 ? [] : ["trans_0"] },
    ...{ generation: at === 0 ? 0 : 1, operator: "reflection" as const, accepted: true, on_front: true },
    rewards: Object.fromEntries(range(0, count).map((seed) => [String(seed), at / 10])),
    ...{ mean: at / 10, estimate: at / 10, ...(at === 0 ? {} : { proxied: true }) },
  }));
  return { ...gepaEngine(settings).begin(), candidates };
}

test.each([
  [HELD_OUT + 9, []],
  [HELD_OUT + 10, ["trans_3"]],
  [HELD_OUT + 44, ["trans_2", "trans_3"]],
  [HELD_OUT + 45, ["trans_1", "trans_2", "trans_3"]],
])("with %i rollouts left proves %j, and leaves what held-out scores need", async (budget, proven) => {
  const work = new TwoModels(faithful, { wants: () => ["text"] }, budget);
  const state = await proveBest(predicted(), settings, work);
  expect(work.hi.spent).toBeLessThanOrEqual(budget - HELD_OUT);
  const [, ...children] = state.candidates;
  expect(children.filter(({ proxied }) => !proxied).map(({ id }) => id)).toEqual(proven);
});

test("leaves none on the front that is not proven", async () => {
  const work = new TwoModels(faithful, { wants: () => ["text"] }, HELD_OUT + 10);
  const { candidates } = await proveBest(predicted(), settings, work);
  expect(candidates.filter(({ on_front }) => on_front).map(({ proxied }) => proxied)).not.toContain(true);
  expect(candidates.some(({ on_front }) => on_front)).toBe(true);
});

test.each([
  ["all seeds", null, "a prediction does not reach", {}, null],
  ["all seeds", null, "a proven score reaches", { proxied: undefined }, "target"],
  ["a subsample", 8, "a prediction does not reach", {}, null],
  ["a subsample", 8, "a proven score reaches", { proxied: undefined }, "target"],
])(
  "scored on %s (%j), %s the target where there is no room for a proof",
  async (_, size, __, change, stop) => {
    const breeding = { ...DEFAULT_BREEDING, subsample_size: size };
    const searched = { ...settings, target: 0.25, breeding, children_per_generation: 1 };
    const { candidates, ...begun } = predicted();
    const known = candidates.map((one, at) => (at === 3 ? { ...one, ...change } : one));
    const archive = known.map(({ id }) => id);
    const world = { wants: () => ["absent"], propose: () => "```\nno better\n```" };
    const budget = HELD_OUT + proofCost(searched) + worstCost(searched);
    const work = new TwoModels(faithful, world, budget);
    const state = { ...begun, candidates: known, archive, phase: "generation" as const };
    const next = await gepaEngine(searched).step(state, work);
    expect(next.candidates).toHaveLength(5);
    expect(next.stop).toBe(stop);
  },
);
