// Rules of the adaptive pool across its fields (protocol §1.8), over what the config itself gives.

import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import type { AdaptivePoolConfig } from "./adaptive-pool.ts";
import { type Finding, fault, remark } from "./findings.ts";
import type { Path } from "./path.ts";

/** `[the larger, the smaller, whether they may be equal]`. */
const ORDERED = [
  ["pool_init_size", "pool_min_size", true],
  ["pool_min_size", "anchor_size", true],
  ["anneal_stop_iter", "warmup_iters", false],
] as const;

/** What is said of heat-ups beside their seeds. */
const HEAT_UP = ["heatup_trigger", "heatup_size", "heatup_cooldown_trials", "heatup_schedule"] as const;

/**
 * A pool shrinks from its first size to its last, which holds the anchors, and ends to shrink after it began.
 * `devPoolSize` is the number of seeds that there are: a first size that is all of them is never too small. A warning for heat-ups that cannot be.
 */
export function checkAdaptivePool(path: Path, written: Json | undefined, devPoolSize: number): Finding[] {
  if (!isObject(written) || String(written.level).trim().toUpperCase() === "NONE") return [];
  return [...orderFaults(path, written, devPoolSize), ...idleHeatUp(path, written)];
}

/** Heat-ups take their seeds of a reserve: without one, what is said of them does nothing. */
function idleHeatUp(path: Path, written: JsonObject): Finding[] {
  const { heatup_reserve_pool: reserve } = written;
  const isEmpty =
    reserve === undefined || reserve === null || (Array.isArray(reserve) && reserve.length === 0);
  if (!isEmpty) return [];
  return HEAT_UP.filter((option) => written[option] !== undefined && written[option] !== null).map((option) =>
    remark([...path, option], "has no effect: there are no heat-ups without a heatup_reserve_pool"),
  );
}

function orderFaults(path: Path, written: JsonObject, devPoolSize: number): Finding[] {
  return ORDERED.flatMap(([larger, smaller, mayEqual]) => {
    const [a, b] = [numberOf(written[larger]), numberOf(written[smaller])];
    if (a === undefined || b === undefined || a > b || (mayEqual && a === b)) return [];
    if (larger === "pool_init_size" && a === devPoolSize) return [];
    const says = `must be ${mayEqual ? "at least" : "above"} ${smaller}, which is ${b}, found ${a}`;
    return [fault([...path, larger], says)];
  });
}

const SIZES = ["anchor_size", "pool_init_size", "pool_min_size"] as const;

/**
 * Warnings about a pool of more seeds than there are: sizes that were written are capped, and a level whose sizes all are makes no pool.
 * `pool` is the section with its preset, `there` the seeds that it is made of, such as `{ seeds: 20, says: "there are 20 Pareto seeds" }`.
 */
export function checkPoolSizes(
  path: Path,
  written: Json | undefined,
  pool: AdaptivePoolConfig | undefined,
  { seeds, says }: { seeds: number; says: string },
): Finding[] {
  if (pool === undefined || pool.level === "NONE" || seeds === 0) return [];
  const own = SIZES.filter((size) => isObject(written) && numberOf(written[size]) !== undefined);
  const capped = own.filter((size) => (pool[size] ?? 0) > seeds);
  const findings = capped.map((size) =>
    remark([...path, size], `is ${pool[size]}, and ${says}: it is capped to that`),
  );
  const last = Math.max(pool.pool_min_size ?? 0, pool.anchor_size);
  if (findings.length > 0 || last < seeds) return findings;
  const why = `saves nothing: ${says}, and the pool of level ${pool.level} never has fewer than ${last}`;
  return [remark(path, `${why}; a smaller pool_min_size and anchor_size would`)];
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
