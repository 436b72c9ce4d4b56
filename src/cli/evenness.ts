// Whether rewards can be held against the baseline's: not where candidates were scored on other seeds than it, as an adaptive pool or a
// subsample has it. A mean over easier seeds is no better. Pure.

import type { AttemptedCandidate, JobEvent } from "../client/index.ts";
import { countIn, numberIn } from "./fields.ts";

/** What events have told of the seeds so far. */
export interface SeedsTold {
  /** Seeds that the baseline was scored on; undefined while unknown. */
  baseline: number | undefined;
  /** Whether some candidate was, or is going to be, scored on others. */
  differ: boolean;
}

/** Before any event. */
export const NO_SEEDS: SeedsTold = { baseline: undefined, differ: false };

/** What is known after an event: a pool after the first one, and a candidate on more or fewer seeds, tell that they differ. */
export function withSeedsOf(told: SeedsTold, { type, data }: JobEvent): SeedsTold {
  if (type.endsWith(".gepa.baseline")) return { ...told, baseline: countIn(data, "seeds_evaluated") };
  const isLater = type.endsWith(".pool.updated") && (numberIn(data, "iteration") ?? 0) > 0;
  const isScored = type.endsWith(".candidate.evaluated") && data.accepted === true;
  const isOther =
    isScored && told.baseline !== undefined && countIn(data, "seeds_evaluated") !== told.baseline;
  return isLater || isOther ? { ...told, differ: true } : told;
}

/** The change on the seeds that two candidates were both scored on, null where there are none; and how many those are. Undefined where all are the same. */
export function sharedChange(
  from: AttemptedCandidate | undefined,
  to: AttemptedCandidate | undefined,
): { change: number | null; seeds: number } | undefined {
  if (from === undefined || to === undefined) return undefined;
  const [before, after] = [from.instance_scores, to.instance_scores];
  const shared = Object.keys(after).filter((seed) => seed in before);
  if ([before, after].every((scores) => Object.keys(scores).length === shared.length)) return undefined;
  const sum = shared.reduce((total, seed) => total + (after[seed] ?? 0) - (before[seed] ?? 0), 0);
  return { change: shared.length === 0 ? null : sum / shared.length, seeds: shared.length };
}
