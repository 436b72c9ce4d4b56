// A child beside its parent on the first part of its seeds: on those seeds alone that both are scored on.

import { expect, test } from "vitest";
import { estimate } from "../../../../src/engines/gepa/estimates.ts";
import { outOfRace, type RaceRules } from "../../../../src/engines/gepa/racing.ts";

const onSeeds = (seeds: readonly number[], reward: number) =>
  seeds.map((seed): [string, number] => [String(seed), reward]);
const parentRewards = Object.fromEntries(onSeeds([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 0.9));
const estimates = estimate([{ parent: null, round: 0, rewards: parentRewards }]);
const race = (rewards: readonly [string, number][], rules: Partial<RaceRules> = {}) =>
  outOfRace(new Map(rewards), { parent: 0, round: 1, parentRewards }, estimates, {
    acceptance: null,
    min_local_improvement: 0,
    ...rules,
  });
/** On three seeds that the parent is scored on too, and five that it is not. */
const mixed = (shared: number, others: number) => [
  ...onSeeds([0, 1, 2], shared),
  ...onSeeds([20, 21, 22, 23, 24], others),
];

test.each<Partial<RaceRules>>([
  { acceptance: "strict_improvement" },
  { acceptance: "improvement_or_equal" },
  { min_local_improvement: 0.1 },
])("seeds that the parent is not scored on do not count as 0 of it: %o", (rules) => {
  const { gate, detail } = race(mixed(0.5, 0.5), rules);
  expect(gate?.seeds).toBe(3);
  expect(gate?.parent).toBeCloseTo(2.7, 12);
  expect(gate?.child).toBeCloseTo(1.5, 12);
  expect(detail).toBe("the child scores 1.5 on 3 seeds, its parent 2.7");
  expect(race(mixed(1, 0), rules).detail).toBeUndefined();
});

test("what is told of a child that is unlikely to be better compares the same seeds", () => {
  expect(race(mixed(0.5, 0.5)).detail).toMatch(/^the child scores 1\.5 on 3 seeds, its parent 2\.7: /);
});

test("without a seed in common the estimates decide, and no sums are told", () => {
  const rules = { acceptance: "strict_improvement" } as const;
  const worse = race(onSeeds([20, 21, 22], 0.1), rules);
  expect(worse.gate).toBeUndefined();
  expect(worse.detail).toMatch(/^the child scores 0\.3 on 3 seeds that its parent is not scored on: /);
  expect(race(onSeeds([20, 21, 22], 1), rules)).toEqual({});
});
