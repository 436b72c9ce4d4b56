// What the crash tests and the Worker that they kill agree on.

/** The name of a plan for any point, whichever comes. */
export const ANY_POINT = "any";

/** What is to happen: die at the `occurrence`th time that `point` is reached, from 1. */
export interface Plan {
  /** As `reach` is told it, or ANY_POINT. */
  point: string;
  occurrence: number;
  /** Points of any kind after which the process dies all the same. */
  latest?: number;
}

/** What the process prints when it has reached its end, before the name of the point, and then waits to be killed. */
export const CRASH_LINE = "CRASH HERE";
