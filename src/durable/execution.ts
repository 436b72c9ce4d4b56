// How the calls of a job leave the deployment: through lanes that are objects of their own, or from the job's object itself.
// A crew asks for lanes, and does not know which they are. Results are the same either way, to the byte.

import { MAX_LANES, SLOTS_PER_LANE } from "../config/limits.ts";
import type { AskedLane } from "./lane-api.ts";
import { Slots } from "./slots.ts";

/** What lanes are for: calls that wait long have lanes of their own, so that they stand in nobody's way. */
export type LaneKind = "lane" | "proposer" | "verifier";

/** Where a job's calls are made, for one slice. */
export interface Execution {
  /** Lanes for so many calls of a kind at a time, six a lane; fewer, where there is not so much room. */
  lanes(kind: LaneKind, places: number): AskedLane[];
  /** Begins no more calls: those that wait for a place get a SuspendedError. What has begun goes on. */
  close(): void;
}

/** An object for every six calls. */
export function laneExecution(job: string, laneOf: (name: string) => AskedLane): Execution {
  return {
    lanes: (kind, places) => {
      const count = Math.min(MAX_LANES, Math.ceil(places / SLOTS_PER_LANE));
      return Array.from({ length: count }, (_, i) => laneOf(`${job}/${kind}-${i}`));
    },
    // A lane is asked for no more than it has places for.
    close: () => {},
  };
}

/**
 * One lane in the object that asks. All kinds share its six places, since they share the object's connections. Who waits for one
 * waits here, where the end of the slice is heard of: behind long calls it could take longer than an alarm may.
 */
export function inlineExecution(lane: AskedLane): Execution {
  const slots = new Slots(SLOTS_PER_LANE);
  const shared: AskedLane = {
    rollout: (order) => slots.run(() => lane.rollout(order)),
    propose: (order) => slots.run(() => lane.propose(order)),
    stop: () => lane.stop(),
  };
  return { lanes: (_, places) => (places > 0 ? [shared] : []), close: () => slots.close() };
}
