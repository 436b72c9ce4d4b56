import { expect, test } from "vitest";
import { PythonSet } from "../../support/python-set.ts";

// The orders are what CPython 3.11 gives, for strings under PYTHONHASHSEED=0.

test("small numbers are walked by slot, not by size", () => {
  expect([...PythonSet.of([8, 1])]).toEqual([8, 1]);
  expect([...PythonSet.of([9, 16, 3, 8])]).toEqual([16, 9, 3, 8]);
  expect([...PythonSet.of([40, 3, 33, 65, 1, 97, 8])]).toEqual([33, 65, 3, 1, 97, 40, 8]);
});

test("a copy may be walked in another order than its original", () => {
  const original = PythonSet.of([
    121, 278, 66, 189, 242, 297, 33, 6, 240, 132, 282, 119, 98, 240, 276, 281, 243, 203, 77, 118,
  ]);
  expect([...original]).toEqual([
    132, 6, 276, 278, 281, 282, 33, 297, 189, 66, 203, 77, 98, 240, 242, 243, 118, 119, 121,
  ]);
  expect([...original.copy()]).toEqual([
    66, 132, 6, 203, 77, 276, 278, 281, 282, 33, 98, 297, 240, 242, 243, 118, 119, 121, 189,
  ]);
});

test("an intersection is built from the smaller set", () => {
  const [a, b] = [PythonSet.of([33, 1, 65, 8, 40]), PythonSet.of([8, 65, 1])];
  expect([...a.and(b)]).toEqual([8, 65, 1]);
});

test("strings are walked by their hash", () => {
  expect([...PythonSet.of(["system", "user", "answer"])]).toEqual(["answer", "user", "system"]);
});
