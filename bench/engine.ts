// What the engines' own bookkeeping costs in an iteration: taking a candidate into the fronts and the ranking, and drawing a parent; then the
// whole iteration of each engine. Binary rewards are the hard case: ties keep everybody on the fronts.

import { parseArgs } from "node:util";
import { FrontIndex, type Scores } from "../src/engines/gepa/fronts.ts";
import { SELECTION_DEFAULTS, selectParent } from "../src/engines/gepa/selection.ts";
import { type Random, randomFrom, seedRandom } from "../src/engines/random.ts";
import { ENGINES, iterationTimes } from "./iterations.ts";

const SEEDS = 1000;
const CANDIDATES = 1000;
const STEPS = [100, 250, 500, 1000];
/** Iterations around a size that its figure is taken over. */
const WINDOW = 40;
const ROUNDS = 5;

/** How likely a rollout of the n-th candidate succeeds. */
const SHAPES: Record<string, (candidate: number) => number> = {
  "all alike (0.5)": () => 0.5,
  "ever better (0.3 to 0.9)": (candidate) => 0.3 + (0.6 * candidate) / CANDIDATES,
  "nearly solved (0.95)": () => 0.95,
};

/** Runs the benchmark and prints its figures. `--engines fronts,generational,reference` for some of them. */
export async function engine(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { engines: { type: "string" } } });
  const wanted = values.engines?.split(",") ?? ["fronts", ...Object.keys(ENGINES)];
  if (wanted.includes("fronts")) fronts();
  for (const name of Object.keys(ENGINES).filter((one) => wanted.includes(one))) await wholeIterations(name);
}

/** The whole iterations of an engine, all rewards alike. */
async function wholeIterations(name: string): Promise<void> {
  console.log(
    `\nstrategy = "${name}", ${SEEDS} seeds, every child kept; milliseconds of a whole iteration, answers apart`,
  );
  const times = await iterationTimes(name, CANDIDATES, SEEDS);
  for (const size of STEPS) {
    console.log([`${size} candidates`, ms(median(times.slice(size - WINDOW, size)))].join("\t"));
  }
}

function fronts(): void {
  console.log(
    `${CANDIDATES} candidates, ${SEEDS} seeds, binary rewards; milliseconds an iteration, the median of ${ROUNDS} rounds`,
  );
  console.log(["rewards", "candidates", "archive", "selection", "both"].join("\t"));
  for (const [shape, chance] of Object.entries(SHAPES)) {
    measure(chance, 0);
    const rounds = Array.from({ length: ROUNDS }, (_, round) => measure(chance, round));
    const medians = STEPS.map((size, at) => ({
      size,
      archive: median(rounds.map((figures) => figures[at]?.archive ?? 0)),
      selection: median(rounds.map((figures) => figures[at]?.selection ?? 0)),
    }));
    for (const { size, archive, selection } of medians) {
      console.log([shape, size, ms(archive), ms(selection), ms(archive + selection)].join("\t"));
    }
    const total = (figure: (typeof medians)[number] | undefined) =>
      (figure?.archive ?? 0) + (figure?.selection ?? 0);
    const growth = total(medians.at(-1)) / total(medians[0]);
    console.log(
      `${shape}\tfrom ${STEPS[0]} to ${STEPS.at(-1)} candidates the cost grows ${growth.toFixed(1)} times`,
    );
  }
}

interface Figures {
  archive: number;
  selection: number;
}

/** Milliseconds of one addition and one draw, at each size. */
function measure(chance: (candidate: number) => number, round: number): Figures[] {
  const random = randomFrom(seedRandom(round));
  const rewards = Array.from({ length: CANDIDATES }, (_, at) => scoresOf(chance(at), random));
  const index = new FrontIndex(
    "instance",
    Array.from({ length: SEEDS }, (_, seed) => seed),
  );
  const spent = rewards.map((scores) => {
    const start = performance.now();
    index.add(scores);
    const added = performance.now();
    selectParent(index, SELECTION_DEFAULTS, random);
    return { archive: added - start, selection: performance.now() - added };
  });
  return STEPS.map((size) => {
    const window = spent.slice(size - WINDOW, size);
    return {
      archive: median(window.map(({ archive }) => archive)),
      selection: median(window.map(({ selection }) => selection)),
    };
  });
}

function scoresOf(chance: number, random: Random): Scores {
  const values = Array.from({ length: SEEDS }, () => (random.uniform() < chance ? 1 : 0));
  return {
    rewards: Object.fromEntries(values.map((value, seed) => [String(seed), value])),
    mean: values.reduce<number>((sum, value) => sum + value, 0) / SEEDS,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function ms(value: number): string {
  return value.toFixed(3);
}
