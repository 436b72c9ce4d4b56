// Which pairs of a parent and a minibatch an iteration works on.

import type { Seed } from "../engine.ts";
import type { Random } from "../random.ts";
import type { FrontIndex } from "./fronts.ts";
import { type EpochState, epochMinibatch } from "./minibatches.ts";
import type { SearchSettings } from "./search-settings.ts";
import { SELECTION_DEFAULTS, selectParent } from "./selection.ts";
import type { GepaSettings } from "./state.ts";
import { ASCENDING, type WalkOrder } from "./walk-order.ts";

/** A parent, by number, and the seeds it is reflected on. */
export interface Task {
  parent: number;
  seeds: Seed[];
}

/** What says how many tasks there are. */
type TaskCounts = Pick<SearchSettings, "candidate_sampling" | "sampled_parents" | "sampled_proposals">;

/** Of each parent, how many tasks it has: `[1, 1]` are two parents with a minibatch each. */
function taskPlan(search: TaskCounts): number[] {
  const { candidate_sampling, sampled_parents, sampled_proposals } = search;
  switch (candidate_sampling) {
    case "single":
      return [1];
    case "same_parent":
      return [sampled_proposals];
    case "independent":
      return Array<number>(sampled_proposals).fill(1);
    case "grid":
      return Array<number>(sampled_parents).fill(sampled_proposals);
  }
}

/** How many children an iteration makes. */
export function childrenOf(search: TaskCounts): number {
  return taskPlan(search).reduce((sum, count) => sum + count, 0);
}

/** Draws the tasks: each parent before its minibatches. At most `limit` of them. */
export function sampleTasks(
  fronts: FrontIndex,
  from: { iteration: number; epoch: EpochState },
  settings: GepaSettings,
  random: Random,
  limit = Infinity,
  order: WalkOrder = ASCENDING,
): { tasks: Task[]; epoch: EpochState } {
  const { search } = settings;
  const selection = {
    ...SELECTION_DEFAULTS,
    selection: search.candidate_selection_strategy,
    pressure: settings.selection_pressure,
  };
  const tasks: Task[] = [];
  let { epoch } = from;
  for (const count of taskPlan(search)) {
    if (tasks.length >= limit) break;
    const parent = selectParent(fronts, selection, random, order);
    for (let n = 0; n < count && tasks.length < limit; n++) {
      const drawn = epochMinibatch(
        epoch,
        from.iteration,
        settings.feedback_seeds,
        settings.minibatch_size,
        random,
      );
      epoch = drawn.state;
      tasks.push({ parent, seeds: drawn.minibatch });
    }
  }
  return { tasks, epoch };
}
