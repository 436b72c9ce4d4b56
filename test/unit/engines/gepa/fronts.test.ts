import { describe, expect, test } from "vitest";
import { FrontIndex, type FrontierType, type Scores } from "../../../../src/engines/gepa/fronts.ts";
import { selectParent } from "../../../../src/engines/gepa/selection.ts";
import { type Random, randomFrom, seedRandom } from "../../../../src/engines/random.ts";
import { naiveCounts, naiveFronts, naiveRemoval } from "../../../support/naive-fronts.ts";

const CASES = 2000;
const OBJECTIVES = ["speed", "tone", "cost"];

/** A world of few values, so that ties are the rule. */
interface World {
  type: FrontierType;
  seeds: number[];
  eps: number;
  levels: number;
  /** Share of seeds that a candidate is scored on. */
  coverage: number;
}

function worldOf(random: Random): World {
  const type = random.pick(["instance", "objective", "hybrid", "cartesian"] as const);
  return {
    type,
    seeds: random.shuffle(Array.from({ length: 1 + random.below(9) }, (_, at) => at * 3)),
    eps: random.pick([0, 0, 0.3]),
    levels: 2 + random.below(4),
    coverage: random.pick([1, 1, 0.6]),
  };
}

function scoresOf(world: World, random: Random, before?: Scores): Scores {
  const value = () => random.below(world.levels) / (world.levels - 1);
  const rewards: Record<string, number> = { ...before?.rewards };
  const metrics: Record<string, Record<string, number>> = { ...before?.metrics };
  for (const seed of world.seeds) {
    if (rewards[seed] !== undefined || random.uniform() >= world.coverage) continue;
    rewards[seed] = value();
    metrics[seed] = Object.fromEntries(OBJECTIVES.slice(random.below(2)).map((name) => [name, value()]));
  }
  return { rewards, metrics, mean: mean(Object.values(rewards)), objectives: objectiveMeans(metrics) };
}

function objectiveMeans(metrics: Record<string, Record<string, number>>): Record<string, number> {
  const means = OBJECTIVES.map((name) => {
    const values = Object.values(metrics).flatMap((one) => one[name] ?? []);
    return [name, mean(values)] as const;
  });
  return Object.fromEntries(means.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What `scores` has beyond `before`, as the index wants it. */
function added(scores: Scores, before: Scores): Scores {
  const fresh = <T>(record: Readonly<Record<string, T>> = {}) =>
    Object.fromEntries(Object.entries(record).filter(([seed]) => before.rewards[seed] === undefined));
  return { ...scores, rewards: fresh(scores.rewards), metrics: fresh(scores.metrics) };
}

describe("the incremental fronts", () => {
  test(`equal those of the definition in ${CASES} random searches`, () => {
    for (let seed = 0; seed < CASES; seed++) {
      const random = randomFrom(seedRandom(seed));
      const world = worldOf(random);
      const index = new FrontIndex(world.type, world.seeds, world.eps);
      const candidates: Scores[] = [];
      for (let step = 0; step < 2 + random.below(18); step++) {
        const known = candidates.length > 0 && world.coverage < 1 && random.uniform() < 0.3;
        const at = known ? random.below(candidates.length) : candidates.length;
        const before = candidates[at];
        const scores = scoresOf(world, random, before);
        candidates[at] = scores;
        if (before) index.extend(at, added(scores, before));
        else index.add(scores);
      }
      const fronts = naiveFronts(world.type, world.seeds, candidates, world.eps);
      const means = candidates.map((one) => one.mean ?? -Infinity);
      const named = `seed ${seed}: ${JSON.stringify(world)}`;
      // Of keys that came up at different times, only sets and frequencies are promised.
      const held = (lists: readonly (readonly number[])[]) => lists.map((list) => list.join()).sort();
      expect(held(index.fronts().map(({ holders }) => holders)), named).toEqual(held(fronts));
      const expected = naiveCounts(naiveRemoval(fronts, means));
      expect(index.best(), named).toBe(means.indexOf(Math.max(...means)));
      if (world.coverage === 1 || world.type === "instance") {
        expect(index.survivors(), named).toEqual(expected);
        const within = index.top(1 + random.below(4));
        const restricted = fronts
          .map((front) => front.filter((one) => within.includes(one)))
          .filter((front) => front.length > 0);
        const left = naiveCounts(naiveRemoval(restricted, means));
        expect(index.survivors(undefined, within), named).toEqual(left);
      }
    }
  }, 60_000);

  test("a survivor of removal covers every front, and none of them could go", () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = randomFrom(seedRandom(seed));
      const world: World = { ...worldOf(random), type: "instance", coverage: 1, eps: 0 };
      const index = new FrontIndex("instance", world.seeds);
      for (let n = 0; n < 40; n++) index.add(scoresOf(world, random));
      const kept = index.survivors().map(({ candidate }) => candidate);
      const holdersLeft = index.fronts().map(({ holders }) => holders.filter((one) => kept.includes(one)));
      expect(holdersLeft.every((left) => left.length > 0)).toBe(true);
      for (const one of kept) expect(holdersLeft.some((left) => left.join() === String(one))).toBe(true);
    }
  });
});

describe("the selection of a parent", () => {
  const rewardsOf = (...rewards: number[]): Scores => ({
    rewards: Object.fromEntries(rewards.map((reward, seed) => [String(seed), reward])),
    mean: mean(rewards),
  });
  const settings = { selection: "pareto", pressure: 1, epsilon: 0.1, k: 5 } as const;

  /** Candidate 1 holds three fronts, candidate 2 one; candidate 0 is dominated. */
  function three(): FrontIndex {
    const index = new FrontIndex("instance", [0, 1, 2, 3]);
    index.add(rewardsOf(1, 0, 0, 0));
    index.add(rewardsOf(1, 1, 1, 0));
    index.add(rewardsOf(0, 0, 0, 1));
    return index;
  }

  function share(of: number, pressure: number): number {
    const random = randomFrom(seedRandom(7));
    const drawn = Array.from({ length: 4000 }, () =>
      selectParent(three(), { ...settings, pressure }, random),
    );
    return drawn.filter((one) => one === of).length / drawn.length;
  }

  test("draws in proportion to the fronts that a candidate holds", () => {
    expect(share(1, 1)).toBeCloseTo(3 / 4, 1);
    expect(share(0, 1)).toBe(0);
  });

  test("prefers holders of many fronts the more, the higher the pressure", () => {
    expect(share(1, 2)).toBeCloseTo(9 / 10, 1);
  });

  test("current_best is the oldest of the best means, and draws nothing", () => {
    const index = three();
    index.add(rewardsOf(1, 1, 0, 1));
    const random = randomFrom(seedRandom(1));
    const before = random.state();
    expect(selectParent(index, { ...settings, selection: "current_best" }, random)).toBe(1);
    expect(random.state()).toEqual(before);
  });

  test("epsilon_greedy draws from all candidates at its rate, and else takes the best", () => {
    const random = randomFrom(seedRandom(3));
    const greedy = { ...settings, selection: "epsilon_greedy", epsilon: 0.3 } as const;
    const drawn = Array.from({ length: 3000 }, () => selectParent(three(), greedy, random));
    expect(drawn.filter((one) => one === 1).length / drawn.length).toBeCloseTo(0.8, 1);
    expect(drawn.filter((one) => one === 0).length / drawn.length).toBeCloseTo(0.1, 1);
  });

  test("top_k_pareto leaves no other candidates on the fronts", () => {
    const random = randomFrom(seedRandom(5));
    const top = { ...settings, selection: "top_k_pareto", k: 1 } as const;
    expect(new Set(Array.from({ length: 50 }, () => selectParent(three(), top, random)))).toEqual(
      new Set([1]),
    );
  });

  test("with a tolerance, a reward close to the best of its seed holds the front too", () => {
    const index = new FrontIndex("instance", [0], 0.05);
    index.add(rewardsOf(0.9));
    index.add(rewardsOf(0.94));
    index.add(rewardsOf(0.97));
    expect(index.fronts()[0]?.holders).toEqual([1, 2]);
  });
});
