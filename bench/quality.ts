// How much better an instruction gets on rows that nobody saw, at equal real rollouts: our engine beside a plain greedy loop and AxGEPA, on
// the same simulated LLMs and the same splits of Banking77. What each optimiser spends is counted where the LLM answers.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { axGepa, installAx } from "./quality/ax.ts";
import { cultivar } from "./quality/cultivar.ts";
import { greedy } from "./quality/greedy.ts";
import { mipro, randomSearch } from "./quality/mipro.ts";
import { dealProblem, readRows } from "./quality/problem.ts";
import { type Run, table } from "./quality/report.ts";
import { VARIANTS, type Variant } from "./quality/simulators.ts";
import { type Optimiser, type ShowingPrompt, World } from "./quality/world.ts";

/** By name. `cultivar` has the validation rows among its training seeds, as the others have; `cultivar-held-out` keeps them apart. */
const OPTIMISERS: Readonly<Record<string, Optimiser>> = {
  cultivar: cultivar({ pooled: true }),
  "cultivar-held-out": cultivar({ pooled: false }),
  greedy,
  "ax-8": axGepa(8),
  "ax-20": axGepa(20),
};

/** Ours with other options; only where they are named. */
const OTHER_OPTIMISERS: Readonly<Record<string, Optimiser>> = {
  "cultivar-reference": cultivar({ pooled: true, gepa: { strategy: "reference" } }),
  "cultivar-shared": cultivar({ pooled: true, gepa: { shared_seeds: true } }),
  "cultivar-synth": cultivar({ pooled: true, gepa: { proposer_type: "synth" } }),
};

/** The same for MIPRO; all of them have the validation rows among their training seeds. */
const MIPRO_OPTIMISERS: Readonly<Record<string, Optimiser>> = {
  mipro: mipro(),
  random: randomSearch(),
  "mipro-tpe": mipro({ sampler: "tpe" }),
  "mipro-fixed": mipro({ meta_update: { enabled: false } }),
  "random-fixed": randomSearch({ meta_update: { enabled: false } }),
  // As it is commonly done: every choice is scored on all rows, and the best mean wins.
  "random-plain": randomSearch({ meta_update: { enabled: false }, batch_size: 10_000 }),
  "mipro-reference": mipro({ strategy: "reference", batch_size: 35 }),
};

const ALL_OPTIMISERS = { ...OPTIMISERS, ...OTHER_OPTIMISERS, ...MIPRO_OPTIMISERS };

const USAGE = `npm run bench -- quality [--rollouts 500,1000,2000,5000] [--splits 20] [--algorithm gepa|mipro] [--engines ${Object.keys(ALL_OPTIMISERS).join(",")}]
    [--simulators ${Object.keys(VARIANTS).join(",")}] [--seed 0]`;

/** Prints a table for each simulator and budget. */
export async function quality(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rollouts: { type: "string", default: "2000" },
      splits: { type: "string", default: "20" },
      algorithm: { type: "string", default: "gepa" },
      engines: { type: "string" },
      simulators: { type: "string", default: "reader" },
      seed: { type: "string", default: "0" },
    },
  });
  const known = values.algorithm === "mipro" ? MIPRO_OPTIMISERS : OPTIMISERS;
  const names = values.engines?.split(",") ?? Object.keys(known);
  const folder = dataFolder();
  if (folder === undefined)
    throw new Error("Banking77 is not here: set CULTIVAR_FIXTURES to the folder that holds data/banking77");
  if (names.some((name) => name.startsWith("ax-"))) installAx();
  const rows = readRows(folder);
  for (const simulator of values.simulators.split(",")) {
    for (const rollouts of values.rollouts.split(",").map(Number)) {
      const variant = chosen(VARIANTS, simulator);
      const runs = new Map<string, Run[]>(names.map((name) => [name, []]));
      for (let split = 0; split < Number(values.splits); split++) {
        for (const name of names) {
          const seed = Number(values.seed) + split;
          runs.get(name)?.push(await run(chosen(ALL_OPTIMISERS, name), variant, rows, seed, rollouts));
        }
      }
      console.log(
        `\n${simulator} (${variant.about}), ${rollouts} rollouts, ${values.splits} splits from ${values.seed}\n`,
      );
      console.log(table(runs, names[0] ?? ""));
    }
  }
}

async function run(
  optimiser: Optimiser,
  variant: Variant,
  rows: ReturnType<typeof readRows>,
  seed: number,
  budget: number,
): Promise<Run> {
  const problem = dealProblem(rows, variant.labels, seed);
  const world = new World(variant.simulator(rows), problem, budget);
  const prompt = await optimiser(world, seed);
  const { rollouts, proposals } = world;
  return {
    rollouts,
    proposals,
    words: wordsIn(prompt),
    before: world.measure(problem.baseline, problem.test),
    after: world.measure(prompt, problem.test),
  };
}

function wordsIn(prompt: string | ShowingPrompt): number {
  const { instruction, shown } = typeof prompt === "string" ? { instruction: prompt, shown: [] } : prompt;
  const texts = [instruction, ...shown.flatMap(({ asked, answer }) => [asked, answer])];
  return texts.join(" ").split(/\s+/).length;
}

function chosen<T>(from: Readonly<Record<string, T>>, name: string): T {
  const found = from[name];
  if (found === undefined) throw new Error(`"${name}" is none of ${Object.keys(from).join(", ")}\n${USAGE}`);
  return found;
}

function dataFolder(): string | undefined {
  const fixtures = process.env.CULTIVAR_FIXTURES ?? fileURLToPath(new URL("../../shared", import.meta.url));
  const folder = join(fixtures, "data", "banking77");
  return existsSync(folder) ? folder : undefined;
}
