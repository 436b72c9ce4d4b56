import { expect, test } from "vitest";
import { MAX_SEEDS } from "../../../src/config/limits.ts";
import { SeedList, seedsOfRange, splitSeeds } from "../../../src/config/seeds.ts";
import { issuesWith } from "./base-config.ts";

test.each([
  [{ start: 0, end: 10 }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
  [{ start: 0, end: 7, step: 2 }, [0, 2, 4, 6]],
  [{ start: 0, end: 6, step: 2 }, [0, 2, 4]],
  [{ start: 5, end: 5 }, []],
  [{ start: 5, end: 3 }, []],
  [{ start: 3, end: -1, step: -1 }, [3, 2, 1, 0]],
  [{ start: 7, end: 0, step: -3 }, [7, 4, 1]],
])("a range counts as in Python: %j", (range, seeds) => {
  expect(SeedList.parse(range)).toEqual(seeds);
});

test.each([
  [{ start: 0, end: 5, step: 0 }, "seeds.step must be a whole number other than 0, found 0"],
  [{ start: 0 }, "seeds.end is missing: it must be a whole number"],
  [
    { start: 0, end: MAX_SEEDS + 1 },
    `seeds must be a range of at most ${MAX_SEEDS} seeds, found { start = 0, end = ${MAX_SEEDS + 1} }`,
  ],
  [{ start: -1, end: 20 }, "seeds must be a range of seeds that are all at least 0"],
  [{ start: 20, end: -2, step: -1 }, "seeds must be a range of seeds that are all at least 0"],
  [{ start: 0.5, end: 20 }, "seeds.start must be a whole number, found 0.5"],
  [{ start: 0, end: 1e300 }, "seeds.end must be a whole number, found 1e+300"],
])("a range that makes no list of seeds is refused: %j", (range, says) => {
  expect(issuesWith("gepa.evaluation.seeds", range)[0]?.message).toContain(says);
});

test("a range with a step of 0 has that one mistake", () => {
  expect(issuesWith("gepa.evaluation.seeds", { start: 0, end: 50, step: 0 }).map((i) => i.path)).toEqual([
    "prompt_learning.gepa.evaluation.seeds.step",
  ]);
});

test("a range over the limit throws where it is expanded", () => {
  expect(() => seedsOfRange({ start: 0, end: MAX_SEEDS + 1, step: 1 })).toThrow(RangeError);
});

test("the first seeds are Pareto seeds, the rest are for feedback", () => {
  expect(splitSeeds([9, 8, 7, 6, 5], { pareto_set_size: 3 })).toEqual({
    pareto: [9, 8, 7],
    feedback: [6, 5],
  });
});
