import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { comparableMeans, sharedDifference } from "../../../../src/engines/pool/compare.ts";

const scored = (id: string, rewards: Record<string, number>) => ({ id, rewards });

describe("two candidates", () => {
  test("are compared on the seeds they share", () => {
    const one = scored("one", { 1: 1, 2: 0, 3: 1 });
    const other = scored("other", { 2: 0.5, 3: 0, 4: 1 });
    expect(sharedDifference(one, other)).toEqual({ shared: 2, mean: 0.25 });
  });

  test("without a shared seed show no difference", () => {
    expect(sharedDifference(scored("a", { 1: 1 }), scored("b", { 2: 0 }))).toEqual({ shared: 0, mean: 0 });
  });
});

describe("many candidates", () => {
  test("that were scored on everything have their plain means, to the last bit", () => {
    const seeds = [3, 1, 2];
    const rewards = { 1: 0.1, 2: 0.2, 3: 0.7 };
    const plain = (0.7 + 0.1 + 0.2) / 3;
    expect(comparableMeans([scored("a", rewards)], seeds).get("a")).toBe(plain);
  });

  test("that drew the easy seeds gain nothing by it", () => {
    // `old` was scored on easy and hard seeds; `lucky`, no better anywhere, on the easy ones only.
    const old = scored("old", { 1: 1, 2: 1, 3: 0, 4: 0 });
    const lucky = scored("lucky", { 1: 1, 2: 0.9 });
    const means = comparableMeans([old, lucky], [1, 2, 3, 4]);
    expect(means.get("old")).toBe(0.5);
    expect(means.get("lucky")).toBeCloseTo(0.45, 9);
  });

  test("are compared by way of others where they share no seed themselves", () => {
    const a = scored("a", { 1: 0.9, 2: 0.9 });
    const middle = scored("middle", { 1: 0.5, 2: 0.5, 3: 0.1, 4: 0.1 });
    const b = scored("b", { 3: 0.2, 4: 0.2 });
    const means = comparableMeans([a, middle, b], [1, 2, 3, 4]);
    expect(means.get("a")).toBeCloseTo(0.7, 6);
    expect(means.get("b")).toBeCloseTo(0.4, 6);
  });

  test("without a score have none", () => {
    const means = comparableMeans([scored("a", { 1: 1 }), scored("never", {})], [1]);
    expect([...means]).toEqual([
      ["a", 1],
      ["never", null],
    ]);
  });

  test("count seeds outside of the list for nothing", () => {
    expect(comparableMeans([scored("a", { 1: 1, 9: 0 })], [1]).get("a")).toBe(1);
  });

  test("rank as they truly are where scores are a candidate's worth plus a seed's ease, whatever they were scored on", () => {
    const worth = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 2, maxLength: 8 });
    const ease = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(worth, ease, fc.infiniteStream(fc.boolean()), (candidates, seeds, drawn) => {
        // Two anchors that all are scored on, and any part of the rest.
        const table = candidates.map((value, i) => {
          const on = seeds.map((_, j) => j < 2 || drawn.next().value === true);
          const rewards = seeds.flatMap((gift, j) => (on[j] ? [[String(j), value + gift]] : []));
          return scored(String(i), Object.fromEntries(rewards));
        });
        const means = comparableMeans(
          table,
          seeds.map((_, j) => j),
        );
        const known = seeds.filter((_, j) => table.some(({ rewards }) => rewards[String(j)] !== undefined));
        const bias = known.reduce((sum, gift) => sum + gift, 0) / known.length;
        for (const [i, value] of candidates.entries()) {
          expect(means.get(String(i))).toBeCloseTo(value + bias, 4);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("have the same means in whatever order they are given, but for rounding", () => {
    const table = [
      scored("a", { 1: 1, 2: 0, 3: 1 }),
      scored("b", { 1: 0, 3: 1 }),
      scored("c", { 2: 1, 3: 0, 4: 1 }),
      scored("d", { 1: 1, 4: 0 }),
    ];
    const one = comparableMeans(table, [1, 2, 3, 4]);
    const other = comparableMeans([...table].reverse(), [4, 3, 2, 1]);
    for (const { id } of table) expect(other.get(id)).toBeCloseTo(one.get(id) ?? Number.NaN, 6);
  });
});
