// Rules of the adaptive pool across its fields (protocol §1.8), over what the config itself gives.

import { isObject, type Json } from "../wire/json.ts";
import { type Finding, fault } from "./findings.ts";
import type { Path } from "./path.ts";

/** `[the larger, the smaller, whether they may be equal]`. */
const ORDERED = [
  ["pool_init_size", "pool_min_size", true],
  ["pool_min_size", "anchor_size", true],
  ["anneal_stop_iter", "warmup_iters", false],
] as const;

/**
 * A pool shrinks from its first size to its last, which holds the anchors, and ends to shrink after it began.
 * `devPoolSize` is the number of seeds that there are: a first size that is all of them is never too small.
 */
export function checkAdaptivePool(path: Path, written: Json | undefined, devPoolSize: number): Finding[] {
  if (!isObject(written) || String(written.level).trim().toUpperCase() === "NONE") return [];
  return ORDERED.flatMap(([larger, smaller, mayEqual]) => {
    const [a, b] = [numberOf(written[larger]), numberOf(written[smaller])];
    if (a === undefined || b === undefined || a > b || (mayEqual && a === b)) return [];
    if (larger === "pool_init_size" && a === devPoolSize) return [];
    const says = `must be ${mayEqual ? "at least" : "above"} ${smaller}, which is ${b}, found ${a}`;
    return [fault([...path, larger], says)];
  });
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
