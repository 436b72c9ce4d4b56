// Heat-ups: seeds from a reserve that join the pool for a while, so that prompts do not grow used to a small pool.

import type { Seed } from "../engine.ts";

/** When a pool is heated up, and for how long; see the options of the same names. */
export interface HeatSettings {
  readonly heatup_trigger: "after_min_size" | "immediate" | "every_N_trials_after_min";
  readonly heatup_size: number;
  readonly heatup_cooldown_trials: number;
  readonly heatup_schedule: "repeat" | "once";
}

/** Where the heat-ups of a pool stand. Trials are counted over the whole run. */
export interface HeatState {
  /** The reserve, those next in turn first. */
  readonly queue: readonly Seed[];
  /** Seeds in the pool from the reserve now. */
  readonly seeds: readonly Seed[];
  /** Heat-ups begun so far. */
  readonly count: number;
  /** Trials done when the last heat-up began or ended; null before the first. */
  readonly changed_at: number | null;
  /** Trials done when the pool had come to its last size; null before. */
  readonly min_at: number | null;
}

/** Before the first heat-up, with a reserve in the order in which it is to be used. */
export function coldHeat(reserve: readonly Seed[]): HeatState {
  return { queue: [...reserve], seeds: [], count: 0, changed_at: null, min_at: null };
}

/**
 * The heat after `trials` trials; `atMin` says whether annealing is over.
 *
 * A heat-up lasts `heatup_cooldown_trials` trials. `immediate` begins with the run, `after_min_size` when annealing is
 * over; repeated, they rest for as many trials as they last. `every_N_trials_after_min` begins N = `heatup_cooldown_trials` trials
 * after annealing is over, and repeated, changes its seeds every N trials. Each heat-up takes the next of the reserve, round and round.
 */
export function heatAfter(
  heat: HeatState,
  trials: number,
  atMin: boolean,
  settings: HeatSettings,
): HeatState {
  const noted = heat.min_at === null && atMin ? { ...heat, min_at: trials } : heat;
  const cooled = cool(noted, trials, settings);
  return isDue(cooled, trials, settings) ? begin(cooled, trials, settings) : cooled;
}

function cool(heat: HeatState, trials: number, settings: HeatSettings): HeatState {
  if (heat.seeds.length === 0) return heat;
  if (trials - (heat.changed_at ?? 0) < settings.heatup_cooldown_trials) return heat;
  return { ...heat, seeds: [], changed_at: trials };
}

function isDue(heat: HeatState, trials: number, settings: HeatSettings): boolean {
  if (heat.queue.length === 0 || heat.seeds.length > 0) return false;
  const rest = settings.heatup_cooldown_trials;
  const repeats = settings.heatup_schedule === "repeat";
  if (heat.count > 0 && !repeats) return false;
  switch (settings.heatup_trigger) {
    case "immediate":
      return heat.count === 0 || trials - (heat.changed_at ?? 0) >= rest;
    case "after_min_size":
      return heat.min_at !== null && (heat.count === 0 || trials - (heat.changed_at ?? 0) >= rest);
    case "every_N_trials_after_min":
      return heat.min_at !== null && (heat.count > 0 || trials - heat.min_at >= rest);
  }
}

function begin(heat: HeatState, trials: number, settings: HeatSettings): HeatState {
  const seeds = heat.queue.slice(0, settings.heatup_size);
  const queue = [...heat.queue.slice(seeds.length), ...seeds];
  return { ...heat, queue, seeds, count: heat.count + 1, changed_at: trials };
}
