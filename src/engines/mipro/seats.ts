// The seeds of a run: all that the config names, or as many as its budget has room for.

import { fullSeats } from "../../config/mipro-budget.ts";
import type { Work } from "../engine.ts";
import { leastEvaluations, leftForFull } from "./budget.ts";
import { trialsAreFull } from "./minibatches.ts";
import type { MiproSettings } from "./settings.ts";
import type { MiproState } from "./state.ts";
import { withPool } from "./trial-pool.ts";

/** The seeds of the run. A budget that cannot hold the full evaluations that it must, and a trial, gets smaller ones. */
export function seated(before: MiproState, settings: MiproSettings, work: Work): MiproState {
  const pooled = withPool(before, settings);
  const had = { full: pooled.full.length, online: pooled.online.length };
  const seats = seatsOf(leftForFull(settings, work), had, settings);
  if (seats.full >= had.full && seats.online >= had.online) return pooled;
  const full = before.full.slice(0, seats.full);
  const cut = { ...before, full, online: before.online.slice(0, seats.online) };
  return seats.online < had.online ? withPool(cut, settings, true) : { ...pooled, full };
}

/** The seeds of full evaluations and of trials in a search of `limit` rollouts, out of `full` and `online` ones. */
export function seatsOf(
  limit: number,
  { full, online }: { full: number; online: number },
  settings: MiproSettings,
): { full: number; online: number } {
  const { bootstrap_seeds, reference_seeds, val_seeds, batch_size } = settings;
  const { seats, small } = fullSeats(limit, {
    full,
    bootstrap: bootstrap_seeds.length + reference_seeds.length,
    trial: Math.min(batch_size ?? online, online),
    evaluations: leastEvaluations(settings),
    trials_full: mostInFullTrials(settings, online),
  });
  const isCut = val_seeds.length > 0 ? small : seats < full;
  return { full: seats, online: isCut ? Math.min(online, seats) : online };
}

/** The largest pool of which every trial would see all, and so be a full evaluation. */
function mostInFullTrials(settings: MiproSettings, online: number): number {
  const { batch_size, strategy } = settings;
  const most = Math.min(
    online,
    batch_size === null ? online : batch_size - (strategy === "reference" ? 1 : 0),
  );
  return trialsAreFull(settings, most) ? most : 0;
}
