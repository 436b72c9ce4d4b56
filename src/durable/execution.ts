// How the calls of a job leave the deployment: through lanes that are objects of their own, or from the job's object itself.
// A crew asks for lanes, and does not know which they are. Results are the same either way, to the byte.

import { MAX_LANES, SLOTS_PER_LANE } from "../config/limits.ts";
import type { AskedLane } from "./lane-api.ts";

/** What lanes are for: calls that wait long have lanes of their own, so that they stand in nobody's way. */
export type LaneKind = "lane" | "proposer" | "verifier";

/** Where a job's calls are made. */
export interface Execution {
  /** Lanes for so many calls of a kind at a time, six a lane; fewer, where there is not so much room. */
  lanes(kind: LaneKind, places: number): AskedLane[];
}

/** An object for every six calls. */
export function laneExecution(job: string, laneOf: (name: string) => AskedLane): Execution {
  return {
    lanes: (kind, places) => {
      const count = Math.min(MAX_LANES, Math.ceil(places / SLOTS_PER_LANE));
      return Array.from({ length: count }, (_, i) => laneOf(`${job}/${kind}-${i}`));
    },
  };
}

/** One lane in the object that asks. All kinds share its six places, since they share the object's connections. */
export function inlineExecution(lane: AskedLane): Execution {
  return { lanes: (_, places) => (places > 0 ? [lane] : []) };
}
