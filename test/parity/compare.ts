// Comparing what was recorded with what was found.

import type { Difference } from "./kinds.ts";

/** The first entry in which two lists differ; undefined when they are equal, numbers to the last bit. */
export function firstDifference(
  what: string,
  expected: readonly unknown[],
  found: readonly unknown[],
): Difference | undefined {
  const length = Math.max(expected.length, found.length);
  for (let at = 0; at < length; at++) {
    if (canonical(expected[at]) !== canonical(found[at])) {
      return { at: `${what} ${at}`, expected: show(expected[at]), found: show(found[at]) };
    }
  }
  return undefined;
}

/** A difference when two values are not equal. */
export function differenceOf(at: string, expected: unknown, found: unknown): Difference | undefined {
  return canonical(expected) === canonical(found)
    ? undefined
    : { at, expected: show(expected), found: show(found) };
}

/** The first difference of several comparisons, the later ones not made. */
export function firstOf(...comparisons: readonly (() => Difference | undefined)[]): Difference | undefined {
  for (const compare of comparisons) {
    const difference = compare();
    if (difference) return difference;
  }
  return undefined;
}

/** A value as text, the keys of objects sorted, so that equal values have equal texts. */
function canonical(value: unknown): string {
  if (value === undefined) return "nothing";
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function show(value: unknown): string {
  const text = value === undefined ? "nothing more" : JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
