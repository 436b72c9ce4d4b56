import { describe, expect, test } from "vitest";
import { archived } from "../../../src/engines/gepa/archive.ts";
import { nextMinibatch } from "../../../src/engines/gepa/minibatches.ts";
import { randomFrom, seedRandom } from "../../../src/engines/random.ts";

describe("the generator", () => {
  test("goes on from its stored state as if it had never stopped", () => {
    const one = randomFrom(seedRandom(5));
    const first = [one.uniform(), one.uniform()];
    const resumed = randomFrom(JSON.parse(JSON.stringify(one.state())));
    const straight = randomFrom(seedRandom(5));
    expect([straight.uniform(), straight.uniform(), straight.uniform()]).toEqual([
      ...first,
      resumed.uniform(),
    ]);
  });

  test("draws in proportion to weights and never an index of weight 0", () => {
    const random = randomFrom(seedRandom(1));
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 8_000; i++) {
      const index = random.weighted([1, 0, 3, 0]);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    expect(counts[1]).toBe(0);
    expect(counts[3]).toBe(0);
    expect((counts[2] ?? 0) / 8_000).toBeCloseTo(0.75, 1);
  });

  test("is uniform enough that every order of three things is about as likely", () => {
    const random = randomFrom(seedRandom(3));
    const seen = new Map<string, number>();
    for (let i = 0; i < 6_000; i++) {
      const order = random.shuffle(["a", "b", "c"]).join("");
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    for (const count of seen.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});

describe("minibatches", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("show every seed once before any seed twice (generator %i)", (rng) => {
    const random = randomFrom(seedRandom(rng));
    const seeds = [1, 2, 3, 4, 5, 6, 7];
    let sampler = { queue: [] as number[] };
    const drawn: number[] = [];
    for (let i = 0; i < 7; i++) {
      const next = nextMinibatch(sampler, seeds, 3, random);
      sampler = next.sampler;
      expect(new Set(next.minibatch).size).toBe(3);
      drawn.push(...next.minibatch);
    }
    for (const seed of seeds) expect(drawn.filter((one) => one === seed)).toHaveLength(3);
  });

  test("hold every seed once where there are fewer than asked for", () => {
    const { minibatch } = nextMinibatch({ queue: [] }, [4, 5], 8, randomFrom(seedRandom(1)));
    expect([...minibatch].sort()).toEqual([4, 5]);
  });
});

test("a full archive keeps who wins a seed before who does not, and the better before the worse", () => {
  const record = (id: string, mean: number) => ({
    id,
    mean,
    texts: {},
    parents: [],
    generation: 0,
    operator: "reflection" as const,
    accepted: true,
    rewards: {},
    on_front: false,
  });
  const all = [record("old", 0.9), record("mid", 0.5), record("won", 0.1), record("low", 0.2)];
  expect(archived(all, new Set(["won"]), 2)).toEqual(["old", "won"]);
  expect(archived(all, new Set(["won"]), 3)).toEqual(["old", "mid", "won"]);
});
