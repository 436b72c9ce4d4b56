import { expect, test } from "vitest";
import { PYTHON_RANDOM, PythonRandom } from "../../support/mersenne-twister.ts";

// The numbers are what CPython 3.11 gives.

test("seeds beyond 32 bits and draws of up to 53 bits are CPython's", () => {
  const random = PythonRandom.seeded(2 ** 40 + 12345);
  expect([1, 31, 32, 33, 40, 53].map((count) => random.bits(count))).toEqual([
    0, 750086845, 493462063, 4311705962, 223935612730, 7307904627469890,
  ]);
});

test("samples come out of a pool or by rejection, as CPython decides", () => {
  const random = PythonRandom.seeded(-7);
  const range = (count: number) => Array.from({ length: count }, (_, at) => at);
  expect(random.sample(range(1000), 6)).toEqual([331, 970, 154, 404, 666, 49]);
  expect(random.sample(range(85), 6)).toEqual([9, 68, 12, 46, 74, 7]);
  expect(random.sample(range(22), 5)).toEqual([16, 6, 1, 2, 13]);
  expect(random.choices(range(5), 4)).toEqual([2, 1, 2, 0]);
  expect(random.below(2 ** 33)).toBe(2428605135);
});

test("a generator goes on from a stored state as if it had never stopped", () => {
  const state = PYTHON_RANDOM.seed(5);
  const first = PYTHON_RANDOM.from(state);
  first.uniform();
  const stored = JSON.parse(JSON.stringify(first.state()));
  expect(PYTHON_RANDOM.from(stored).uniform()).toBe(first.uniform());
  expect(PYTHON_RANDOM.from(state).uniform()).toBe(0.6229016948897019);
});
