// The results of a replayed run in the reference's words.

import { FrontIndex, type FrontierType } from "../../src/engines/gepa/fronts.ts";
import type { PoolEntry, RecordedWorld, Replayed } from "./replay.ts";

/** What the reference's result may hold. */
export function resultOf(world: RecordedWorld, { pool, calls }: Replayed): Record<string, unknown> {
  const means = pool.map(({ record }) => record.mean);
  return {
    candidates: pool.map(({ record }) => record.texts),
    parents: pool.map(({ parents }) => (parents.length === 0 ? [null] : parents)),
    val_aggregate_scores: means,
    val_aggregate_subscores: null,
    discovery_eval_counts: pool.map(({ discovered }) => discovered),
    total_metric_calls: calls,
    num_full_val_evals: pool.length,
    best_idx: means.indexOf(Math.max(...means.map((mean) => mean ?? -Infinity))),
    fronts: frontsOf("instance", world, pool),
    per_val_instance_best_candidates: frontsOf("instance", world, pool),
    objective_fronts: frontsOf("objective", world, pool),
  };
}

/** Who holds each front, by age, whatever the frontier that the run itself selected by. */
function frontsOf(
  type: FrontierType,
  world: RecordedWorld,
  pool: readonly PoolEntry[],
): Record<string, readonly number[]> {
  const index = new FrontIndex(type, world.valSeeds);
  for (const { record, rewards } of pool) {
    index.add({ ...record, objectives: objectivesOf(world, record.texts, rewards) });
  }
  return Object.fromEntries(index.fronts().map(({ key, holders }) => [key.seed ?? key.objective, holders]));
}

/** Means of the objectives, added up in the order of the rewards. */
function objectivesOf(
  world: RecordedWorld,
  texts: Readonly<Record<string, string>>,
  rewards: PoolEntry["rewards"],
): Record<string, number> {
  const shown = rewards.map(
    ([seed]) => world.rollout(texts, seed, world.shared ? "train" : "val").metrics ?? {},
  );
  const names = new Set(shown.flatMap((metrics) => Object.keys(metrics)));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = shown.flatMap((metrics) => metrics[name] ?? []);
      return [name, values.reduce((sum, value) => sum + value, 0) / values.length];
    }),
  );
}
