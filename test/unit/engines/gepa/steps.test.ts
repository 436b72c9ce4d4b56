import { describe, expect, test } from "vitest";
import { accepts, sumOf } from "../../../../src/engines/gepa/acceptance.ts";
import { componentsToChange, inheritedTurn } from "../../../../src/engines/gepa/components.ts";
import { type EpochState, epochMinibatch, FIRST_EPOCH } from "../../../../src/engines/gepa/minibatches.ts";
import { randomFrom, seedRandom } from "../../../../src/engines/random.ts";

describe("acceptance", () => {
  test("asks for more than the parent has, or for as much", () => {
    expect(accepts("strict_improvement", 2, 2)).toBe(false);
    expect(accepts("strict_improvement", 2, 2.1)).toBe(true);
    expect(accepts("improvement_or_equal", 2, 2)).toBe(true);
    expect(accepts("improvement_or_equal", 2, 1.9)).toBe(false);
  });

  test("asks for a gain on top where one is set", () => {
    expect(accepts("strict_improvement", 2, 2.5, 0.5)).toBe(false);
    expect(accepts("strict_improvement", 2, 2.75, 0.5)).toBe(true);
    expect(accepts("improvement_or_equal", 2, 2.5, 0.5)).toBe(true);
  });

  test("adds rewards up in their order", () => {
    expect(sumOf([0.1, 0.2, 0.3])).toBe(0.1 + 0.2 + 0.3);
  });
});

describe("the components to change", () => {
  test("take turns with round_robin", () => {
    const first = componentsToChange("round_robin", ["ask", "answer"], 0);
    const second = componentsToChange("round_robin", ["ask", "answer"], first.turn);
    expect([first.names, second.names]).toEqual([["ask"], ["answer"]]);
    expect(componentsToChange("round_robin", ["ask", "answer"], second.turn).names).toEqual(["ask"]);
  });

  test("are all of them with all, whose turn it may be", () => {
    expect(componentsToChange("all", ["ask", "answer"], 1)).toEqual({ names: ["ask", "answer"], turn: 1 });
  });

  test("go on in a child where the furthest of its parents is", () => {
    expect(inheritedTurn([1, 3])).toBe(3);
    expect(inheritedTurn([])).toBe(0);
  });
});

describe("minibatches in epochs", () => {
  function minibatches(seeds: number[], size: number, iterations: readonly number[]): number[][] {
    const random = randomFrom(seedRandom(2));
    let state: EpochState = FIRST_EPOCH;
    return iterations.map((iteration) => {
      const drawn = epochMinibatch(JSON.parse(JSON.stringify(state)), iteration, seeds, size, random);
      state = drawn.state;
      return drawn.minibatch;
    });
  }

  test("hold each seed once in an epoch that they divide", () => {
    const drawn = minibatches([4, 5, 6, 7, 8, 9], 3, [0, 1, 2, 3]);
    expect(drawn.slice(0, 2).flat().sort()).toEqual([4, 5, 6, 7, 8, 9]);
    expect(drawn.slice(2).flat().sort()).toEqual([4, 5, 6, 7, 8, 9]);
  });

  test("fill the last of an epoch up with its own seeds from the end", () => {
    const [first = [], last = []] = minibatches([1, 2, 3, 4], 3, [0, 1]);
    expect(last).toEqual([last[0], last[0], first[2]]);
  });

  test("differ within an iteration, as long as an epoch lasts", () => {
    const drawn = minibatches([1, 2, 3, 4, 5, 6], 2, [0, 0, 0]);
    expect(drawn.flat().sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("begin a new epoch when seeds are added", () => {
    const random = randomFrom(seedRandom(2));
    const { state } = epochMinibatch(FIRST_EPOCH, 0, [1, 2], 2, random);
    expect(epochMinibatch(state, 1, [1, 2, 3, 4], 4, random).minibatch.sort()).toEqual([1, 2, 3, 4]);
  });

  test("cannot be drawn from nothing", () => {
    expect(() => minibatches([], 2, [0])).toThrow("there are no seeds to draw a minibatch from");
  });
});
