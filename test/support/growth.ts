// How time grows with size: a ratio of two costs, which a slow or busy machine does not change much.

import { cpuMs } from "./cpu-time.ts";

const ROUNDS = 3;
/** How much larger the larger size is. */
const TIMES = 16;
/** A cost that counts: the clock of a thread's processor time may go in steps of 4 ms. */
const LEAST_MS = 20;

/**
 * The time that `run` takes for a text of 16 times a size, as a multiple of 16 runs of that size: about 1 when time grows
 * in proportion, 16 when it grows with the square. Each is repeated until it takes long enough to be told, and the least
 * of several rounds counts, since whatever else goes on can only add to it. Making the texts is not timed.
 */
export function growth(textOf: (size: number) => string, run: (text: string) => void, size: number): number {
  const [small, large] = [textOf(size), textOf(TIMES * size)];
  const cost = (text: string, times: number) =>
    cpuMs(() => {
      for (let i = 0; i < times; i++) run(text);
    });
  let repeats = 1;
  while (cost(small, TIMES * repeats) < LEAST_MS) repeats *= 2;
  const rounds = Array.from(
    { length: ROUNDS },
    () => [cost(small, TIMES * repeats), cost(large, repeats)] as const,
  );
  const least = (at: 0 | 1) => Math.min(...rounds.map((pair) => pair[at]));
  return least(1) / least(0);
}
