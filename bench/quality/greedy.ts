// The plain loop that a prompt optimiser has to beat: reflect on 8 training rows, score the new text on all validation rows, keep it
// if it is better.

import type { Example } from "../../examples/task-app-kit/dataset.ts";
import { randomFrom, seedRandom } from "../../src/engines/random.ts";
import { type Optimiser, reviewed } from "./world.ts";

const MINIBATCH = 8;

export const greedy: Optimiser = async (world, seed) => {
  const { train, validation, baseline } = world.problem;
  const random = randomFrom(seedRandom(seed));
  const score = (instruction: string) =>
    validation.reduce((sum, row) => sum + world.rollout(instruction, row).reward, 0);
  let best = { instruction: baseline, score: score(baseline) };
  let queue: readonly Example[] = [];
  for (let nth = 0; world.rollouts + MINIBATCH + validation.length <= world.budget; nth++) {
    if (queue.length < MINIBATCH) queue = random.shuffle(train);
    const seen = queue.slice(0, MINIBATCH).map((row) => world.rollout(best.instruction, row));
    queue = queue.slice(MINIBATCH);
    const instruction = world.rewrite(best.instruction, seen.map(reviewed), `greedy ${seed} ${nth}`);
    const child = { instruction, score: score(instruction) };
    if (child.score > best.score) best = child;
  }
  return best.instruction;
};
