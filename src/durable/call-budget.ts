// An invocation may make so many calls and no more, to objects or to the world. A slice counts its own, and ends before the
// platform ends it: the next alarm is an invocation of its own.

import { isCallLimit } from "../inference/platform-fault.ts";
import type { Attempt } from "../rollouts/order.ts";
import type { Execution } from "./execution.ts";
import type { AskedLane } from "./lane-api.ts";

/**
 * The same execution, its calls counted. `onSpent` is told with the call numbered `most`, and when the platform says that it has had
 * enough, which may be sooner; it is to hand out no more work.
 */
export function withinBudget(execution: Execution, most: number, onSpent: () => void): Execution {
  let calls = 0;
  const counted = async <T>(call: () => Promise<Attempt<T>>): Promise<Attempt<T>> => {
    try {
      // It takes its place before anybody is told: what ends the slice lets in nobody who has none.
      const answer = call();
      calls += 1;
      if (calls === most) onSpent();
      const attempt = await answer;
      if (attempt.kind === "retry" && attempt.platform && isCallLimit(attempt.message)) onSpent();
      return attempt;
    } catch (error) {
      if (error instanceof Error && isCallLimit(error.message)) onSpent();
      throw error;
    }
  };
  const countedLane = (lane: AskedLane): AskedLane => ({
    rollout: (order) => counted(() => lane.rollout(order)),
    propose: (order) => counted(() => lane.propose(order)),
    stop: () => lane.stop(),
  });
  return {
    lanes: (kind, places) => execution.lanes(kind, places).map(countedLane),
    close: () => execution.close(),
  };
}
