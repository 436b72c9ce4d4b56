// Means of candidates that were not scored on the same seeds, as if they had been: where an adaptive pool or a subsample makes their
// seeds differ, raw means would mostly tell whose seeds were easier.

import type { CandidateRecord, Evaluation, Seed } from "../engine.ts";
import { comparableMeans, type PartlyScored } from "../pool/compare.ts";
import type { GepaSettings, GepaState } from "./state.ts";

/** Whether an adaptive pool or a subsample may have candidates scored on different seeds. */
export function seedsDiffer({ pool, breeding }: GepaSettings): boolean {
  return pool !== undefined || breeding.subsample_size !== null;
}

/** Every seed that may score a candidate: the Pareto seeds, then the reserve of the pool. */
export function scorable({ pareto_seeds, pool }: GepaSettings): Seed[] {
  return [...new Set([...pareto_seeds, ...(pool?.settings.heatup_reserve_pool ?? [])])];
}

/** What all candidates scored, rejected ones as far as they got. */
export function allScores({
  candidates,
  partial,
}: Pick<GepaState, "candidates" | "partial">): PartlyScored[] {
  return candidates.map(({ id, rewards }) => ({ id, rewards: partial[id] ?? rewards }));
}

/** The mean of a new child, given at least one evaluation: its own, or where seeds differ the one that it would have over all seeds, by what `others` scored. */
export function childMean(
  evaluations: readonly Evaluation[],
  others: readonly PartlyScored[],
  settings: GepaSettings,
): number {
  const own = evaluations.reduce((sum, { reward }) => sum + reward, 0) / evaluations.length;
  if (!seedsDiffer(settings)) return own;
  const rewards = Object.fromEntries(evaluations.map(({ seed, reward }) => [String(seed), reward]));
  const child = { id: "", rewards };
  return comparableMeans([...others, child], scorable(settings)).get(child.id) ?? own;
}

/** By id, the mean of each further objective that a candidate has, or would have, over all seeds. For candidates whose metrics are known by seed. */
export function fairObjectives(
  candidates: readonly CandidateRecord[],
  seeds: readonly Seed[],
): Map<string, Record<string, number>> {
  const told = candidates.flatMap(({ id, metrics }) => (metrics ? [{ id, metrics }] : []));
  const means = new Map(told.map(({ id }): [string, Record<string, number>] => [id, {}]));
  const names = new Set(
    told.flatMap(({ metrics }) => Object.values(metrics).flatMap((values) => Object.keys(values))),
  );
  for (const name of names) {
    const scores = told.map(({ id, metrics }) => ({ id, rewards: valuesOf(metrics, name) }));
    for (const [id, mean] of comparableMeans(scores, seeds)) {
      const objectives = means.get(id);
      if (objectives && mean !== null) objectives[name] = mean;
    }
  }
  return means;
}

function valuesOf(
  metrics: Readonly<Record<string, Readonly<Record<string, number>>>>,
  name: string,
): Record<string, number> {
  const values = Object.entries(metrics).map(([seed, { [name]: value }]) => [seed, value] as const);
  return Object.fromEntries(values.flatMap(([seed, value]) => (value === undefined ? [] : [[seed, value]])));
}
