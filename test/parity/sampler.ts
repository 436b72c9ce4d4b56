// The reference's epochs of minibatches.

import * as z from "zod";
import { epochMinibatch, FIRST_EPOCH } from "../../src/engines/gepa/minibatches.ts";
import { PythonRandom } from "../support/mersenne-twister.ts";
import { firstDifference } from "./compare.ts";
import type { ParityKind } from "./kinds.ts";

const SamplerCase = z.object({
  n: z.number(),
  minibatch_size: z.number(),
  rng_seed: z.number(),
  calls_per_iteration: z.number(),
  batches_by_iteration: z.array(z.array(z.array(z.number()))),
});
type SamplerCase = z.infer<typeof SamplerCase>;
const SamplerFile = z.object({ cases: z.array(SamplerCase).min(1) });

export const samplerKind: ParityKind = {
  name: "minibatches in epochs",
  recognises: (file) => SamplerFile.safeParse(file).success,
  cases: (file) =>
    SamplerFile.parse(file).cases.map((one, index) => ({
      name: `case ${index}`,
      run: async () => firstDifference("iteration", one.batches_by_iteration, batches(one)),
    })),
};

function batches(one: SamplerCase): number[][][] {
  const random = PythonRandom.seeded(one.rng_seed);
  const seeds = Array.from({ length: one.n }, (_, seed) => seed);
  let state = FIRST_EPOCH;
  return one.batches_by_iteration.map((calls, iteration) =>
    calls.map(() => {
      const drawn = epochMinibatch(state, iteration, seeds, one.minibatch_size, random);
      state = drawn.state;
      return drawn.minibatch;
    }),
  );
}
