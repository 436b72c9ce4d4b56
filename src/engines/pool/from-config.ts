// The adaptive pool of a run, from its checked section. Pure.

import type { AdaptivePoolConfig } from "../../config/adaptive-pool.ts";
import type { Seed } from "../engine.ts";
import { poolSettings } from "./pool.ts";
import type { PoolPlan } from "./scoring.ts";

/** The pool of these seeds; empty where the config has none. `texts` are those of the examples, as far as the task app tells them. */
export function poolOf(
  section: AdaptivePoolConfig | undefined,
  seeds: readonly Seed[],
  texts: ReadonlyMap<Seed, string>,
): { pool?: PoolPlan } {
  if (section === undefined || section.level === "NONE") return {};
  const { level: _, ...options } = section;
  const examples = seeds.map((seed) => ({ seed, ...(texts.has(seed) ? { text: texts.get(seed) } : {}) }));
  return { pool: { settings: poolSettings(options, seeds.length), examples } };
}
