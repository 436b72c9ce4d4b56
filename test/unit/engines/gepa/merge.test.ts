import { describe, expect, test } from "vitest";
import { ancestry } from "../../../../src/engines/gepa/ancestry.ts";
import { findMerge, type MergePool, NO_MERGES } from "../../../../src/engines/gepa/merge.ts";
import { mergeSeeds } from "../../../../src/engines/gepa/merge-seeds.ts";
import { randomFrom, seedRandom } from "../../../../src/engines/random.ts";

interface Member {
  texts: Record<string, string>;
  mean: number;
  parents: number[];
  seeds?: number[];
}

function poolOf(members: readonly Member[]): MergePool {
  return {
    size: members.length,
    texts: (one) => members[one]?.texts ?? {},
    mean: (one) => members[one]?.mean ?? 0,
    parents: (one) => members[one]?.parents ?? [],
    seeds: (one) => members[one]?.seeds ?? [0, 1, 2, 3, 4, 5],
  };
}

/** Two children of one parent, each with another component changed. */
function siblings(means = [0.5, 0.6, 0.7]): Member[] {
  const [root = 0, one = 0, two = 0] = means;
  return [
    { texts: { ask: "a0", answer: "b0" }, mean: root, parents: [] },
    { texts: { ask: "a1", answer: "b0" }, mean: one, parents: [0] },
    { texts: { ask: "a0", answer: "b1" }, mean: two, parents: [0] },
  ];
}

const rules = { overlapFloor: 5 };
const random = () => randomFrom(seedRandom(4));

describe("a merge", () => {
  test("takes from each side what only it has changed, and names both parents", () => {
    const { merge } = findMerge(poolOf(siblings()), [1, 2], NO_MERGES, rules, random());
    expect(merge).toEqual({ texts: { ask: "a1", answer: "b1" }, parents: [1, 2], ancestor: 0 });
  });

  test("takes the better side's text where both have changed a component", () => {
    const members = siblings();
    members[2] = { texts: { ask: "a2", answer: "b1" }, mean: 0.7, parents: [0] };
    const { merge } = findMerge(poolOf(members), [1, 2], NO_MERGES, rules, random());
    expect(merge?.texts).toEqual({ ask: "a2", answer: "b1" });
  });

  test("is made once", () => {
    const first = findMerge(poolOf(siblings()), [1, 2], NO_MERGES, rules, random());
    const second = findMerge(poolOf(siblings()), [1, 2], first.memory, rules, random());
    expect(second).toEqual({ memory: first.memory });
    expect(JSON.parse(JSON.stringify(first.memory))).toEqual(first.memory);
  });

  test("is made over ancestors that all score nothing, where the reference breaks down", () => {
    const { merge } = findMerge(poolOf(siblings([0, 0, 0])), [1, 2], NO_MERGES, rules, random());
    expect(merge?.ancestor).toBe(0);
  });

  test("is not made over an ancestor that is better than one of the two", () => {
    const { merge } = findMerge(poolOf(siblings([0.65, 0.6, 0.7])), [1, 2], NO_MERGES, rules, random());
    expect(merge).toBeUndefined();
  });

  test("is not made of a candidate and its own ancestor", () => {
    const members = siblings();
    members[2] = { texts: { ask: "a1", answer: "b1" }, mean: 0.7, parents: [1] };
    expect(findMerge(poolOf(members), [1, 2], NO_MERGES, rules, random()).merge).toBeUndefined();
  });

  test("is not made of two that share too few seeds", () => {
    const members = siblings().map((one, at) => ({
      ...one,
      seeds: at === 1 ? [0, 1, 2, 3] : [0, 1, 2, 3, 4],
    }));
    expect(findMerge(poolOf(members), [1, 2], NO_MERGES, rules, random()).merge).toBeUndefined();
    const floor = { overlapFloor: 4 };
    expect(findMerge(poolOf(members), [1, 2], NO_MERGES, floor, random()).merge).toBeDefined();
  });

  test("is passed over when its texts are known already", () => {
    const known = (texts: Readonly<Record<string, string>>) => texts.ask === "a1" && texts.answer === "b1";
    const { merge } = findMerge(poolOf(siblings()), [1, 2], NO_MERGES, { ...rules, known }, random());
    expect(merge).toBeUndefined();
  });

  test("comes of the same draws the same way", () => {
    const members = siblings([0.5, 0.6, 0.6]);
    members[2] = { texts: { ask: "a2", answer: "b2" }, mean: 0.6, parents: [0] };
    members.push({ texts: { ask: "a0", answer: "b3" }, mean: 0.6, parents: [0] });
    const run = () => findMerge(poolOf(members), [1, 2, 3], NO_MERGES, rules, random());
    expect(run()).toEqual(run());
  });
});

describe("the lineage", () => {
  test("holds each ancestor once, however long it is", () => {
    const lineage = ancestry((one) => (one === 0 ? [] : one === 1 ? [0] : [one - 1, one - 2]));
    expect(lineage(4)).toEqual([3, 2, 1, 0]);
    expect(lineage(50_000)).toHaveLength(50_000);
  });
});

describe("the seeds of a merge", () => {
  const chosen = (common: number[], first: (seed: number) => number, second: (seed: number) => number) =>
    mergeSeeds(common, first, second, random());

  test("are of each kind: better here, better there, and equal", () => {
    const common = Array.from({ length: 12 }, (_, seed) => seed);
    const kind = (seed: number) => seed % 3;
    const seeds = chosen(
      common,
      (seed) => (kind(seed) === 0 ? 1 : 0),
      (seed) => (kind(seed) === 1 ? 1 : 0),
    );
    expect(new Set(seeds).size).toBe(5);
    expect(seeds.map(kind).sort()).toEqual([0, 0, 1, 1, 2]);
  });

  test("are filled up from any kind, and repeated where there are too few", () => {
    expect(
      chosen(
        [3, 4, 5, 6, 7, 8],
        () => 1,
        () => 0,
      ),
    ).toHaveLength(5);
    const few = chosen(
      [3, 4],
      () => 1,
      () => 0,
    );
    expect(few).toHaveLength(5);
    expect(new Set(few)).toEqual(new Set([3, 4]));
  });
});
