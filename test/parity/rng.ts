// The vectors of the reference implementations' generators.

import * as z from "zod";
import { NumpyRandom, PythonRandom } from "../support/mersenne-twister.ts";
import { firstDifference, firstOf } from "./compare.ts";
import type { ParityKind } from "./kinds.ts";

const Numbers = z.array(z.number());
const Vector = z.object({
  seed: z.number(),
  py_random: Numbers,
  py_randbelow10: Numbers,
  py_shuffle12: Numbers,
  py_sample_6_3: z.array(Numbers),
  py_sample_300_35: Numbers,
  py_randint_1e9: Numbers,
  py_choice_abcdef: z.array(z.string()),
  py_choices_weighted: Numbers,
  np_rand: Numbers,
  np_choice_p: Numbers,
});
const RngFile = z.object({ vectors: z.array(Vector).min(1) });
type Vector = z.infer<typeof Vector>;

export const rngKind: ParityKind = {
  name: "generator vectors",
  recognises: (file) => RngFile.safeParse(file).success,
  cases(file) {
    const { vectors } = RngFile.parse(file);
    const weights = weightsBehind(vectors, ({ seed }) => PythonRandom.seeded(seed), "py_choices_weighted");
    const shares = weightsBehind(vectors, ({ seed }) => new NumpyRandom(seed), "np_choice_p");
    return vectors.map((vector) => ({
      name: `seed ${vector.seed}`,
      run: async () => compare(vector, weights, shares),
    }));
  },
};

function compare(vector: Vector, weights: readonly number[], shares: readonly number[]) {
  const python = () => PythonRandom.seeded(vector.seed);
  const check = (field: Exclude<keyof Vector, "seed">, draw: () => unknown) => () =>
    firstDifference(field, vector[field], Array.from({ length: vector[field].length }, draw));
  const [uniform, below, sample, integer, pick, weighted] = Array.from({ length: 6 }, python) as Six;
  const numpy = new NumpyRandom(vector.seed);
  const choice = new NumpyRandom(vector.seed);
  return firstOf(
    check("py_random", () => uniform.uniform()),
    check("py_randbelow10", () => below.below(10)),
    () => firstDifference("py_shuffle12", vector.py_shuffle12, python().shuffle(range(12))),
    check("py_sample_6_3", () => sample.sample(range(6), 3)),
    () => firstDifference("py_sample_300_35", vector.py_sample_300_35, python().sample(range(300), 35)),
    check("py_randint_1e9", () => integer.integer(0, 1e9)),
    check("py_choice_abcdef", () => pick.pick([..."abcdef"])),
    check("py_choices_weighted", () => weighted.weighted(weights)),
    check("np_rand", () => numpy.uniform()),
    check("np_choice_p", () => choice.choice(shares)),
  );
}

type Six = [PythonRandom, PythonRandom, PythonRandom, PythonRandom, PythonRandom, PythonRandom];

/**
 * Weights under which the recorded draws come out as recorded. The file does not tell which were used; any that lie
 * between the uniform numbers on the two sides of each border will do, and where there are none a draw is wrong.
 */
function weightsBehind(
  vectors: readonly Vector[],
  generator: (vector: Vector) => { uniform(): number },
  field: "py_choices_weighted" | "np_choice_p",
): number[] {
  const drawn = vectors.flatMap((vector) => {
    const random = generator(vector);
    return vector[field].map((index) => ({ index, at: random.uniform() }));
  });
  const count = Math.max(...drawn.map(({ index }) => index)) + 1;
  const borders = Array.from({ length: count - 1 }, (_, border) => {
    const below = drawn.filter(({ index }) => index <= border).map(({ at }) => at);
    const above = drawn.filter(({ index }) => index > border).map(({ at }) => at);
    return (Math.max(0, ...below) + Math.min(1, ...above)) / 2;
  });
  return [...borders, 1].map((border, at) => border - (borders[at - 1] ?? 0));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}
