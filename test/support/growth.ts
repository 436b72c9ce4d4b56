// How time grows with size: a ratio of two costs, which a slow or busy machine does not change much.

import { cpuMs } from "./cpu-time.ts";

const ROUNDS = 8;
/** How much larger the larger size is. */
const TIMES = 16;

/**
 * The time that `run` takes for 16 times a size, as a multiple of 16 runs of that size: about 1 when time grows in
 * proportion, 16 when it grows with the square. The least of several rounds counts, since whatever else goes on can
 * only add to it.
 */
export function growth(run: (size: number) => void, size: number): number {
  const cost = (of: number, times: number) =>
    cpuMs(() => {
      for (let i = 0; i < times; i++) run(of);
    });
  const rounds = Array.from({ length: ROUNDS }, () => [cost(size, TIMES), cost(TIMES * size, 1)] as const);
  const least = (at: 0 | 1) => Math.min(...rounds.map((pair) => pair[at]));
  return least(1) / Math.max(least(0), 1);
}
