// What is saved, and what it costs: the same searches with and without an adaptive pool, an adaptive batch and a proxy model, as many generations
// each, on the same splits and seeds of Banking77 with a simulated LLM. Every figure is beside the plain run's of the same split.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chance } from "../examples/simulated-llm/noise.ts";
import type { JsonObject } from "../src/wire/json.ts";
import { cultivar } from "./quality/cultivar.ts";
import { mipro } from "./quality/mipro.ts";
import { dealProblem, readRows } from "./quality/problem.ts";
import { VARIANTS } from "./quality/simulators.ts";
import { type Outcome, World } from "./quality/world.ts";

/** US dollars a token of the simulated policy: gpt-4.1-nano's. */
const PRICE = { prompt: 0.1e-6, completion: 0.4e-6 };
/** Tokens of a rollout beside the instruction: the labels, a query, and the answer. */
const TOKENS = { prompt: 220, completion: 8 };
const CHARS_PER_TOKEN = 4.2;
/** No run comes near it: generations end the search. */
const NO_LIMIT = 10_000_000;

/** What the cheap model costs against the other. */
const CHEAP = 0.1;
/** Share of questions on which the cheap model's reward is the other's own. On the rest it is that of another question, so this is their correlation too. */
const ALIKE = 0.9;
const PROXY: JsonObject = {
  hi_provider: "openai",
  hi_model: "gpt-4.1-nano",
  lo_provider: "groq",
  lo_model: "llama-3.1-8b-instant",
};

/** What is laid over the plain config: of its algorithm's table, and as its proxy models. */
interface Variation {
  section?: JsonObject;
  proxy?: JsonObject;
}

const VARIATIONS: Readonly<Record<string, Variation>> = {
  plain: {},
  "pool LOW": { section: { adaptive_pool: { level: "LOW" } } },
  "pool MODERATE": { section: { adaptive_pool: { level: "MODERATE" } } },
  "pool HIGH": { section: { adaptive_pool: { level: "HIGH" } } },
  "batch LOW": { section: { adaptive_batch: { level: "LOW" } } },
  "batch MODERATE": { section: { adaptive_batch: { level: "MODERATE" } } },
  "batch HIGH": { section: { adaptive_batch: { level: "HIGH" } } },
  "both MODERATE": {
    section: { adaptive_pool: { level: "MODERATE" }, adaptive_batch: { level: "MODERATE" } },
  },
  proxy: { proxy: PROXY },
  "proxy verified": { proxy: { ...PROXY, verify_every: 20 } },
  "proxy and pool MODERATE": { section: { adaptive_pool: { level: "MODERATE" } }, proxy: PROXY },
};
/** MIPRO has no adaptive batch. */
const OF_MIPRO = Object.keys(VARIATIONS).filter((name) => !/batch|both/.test(name));

interface Run {
  rollouts: number;
  usd: number;
  gain: number;
}

/** Prints a table. */
export async function economics(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      splits: { type: "string", default: "20" },
      seed: { type: "string", default: "0" },
      generations: { type: "string", default: "30" },
      children: { type: "string", default: "4" },
      pareto: { type: "string", default: "200" },
      simulator: { type: "string", default: "reader" },
      algorithm: { type: "string", default: "gepa" },
      iterations: { type: "string", default: "20" },
      only: { type: "string" },
    },
  });
  const isMipro = values.algorithm === "mipro";
  const variant = VARIANTS[values.simulator];
  if (variant === undefined)
    throw new Error(`--simulator must be one of ${Object.keys(VARIANTS).join(", ")}`);
  const names = values.only?.split(",") ?? (isMipro ? OF_MIPRO : Object.keys(VARIATIONS));
  const rows = readRows(dataFolder());
  const runs = new Map<string, Run[]>(names.map((name) => [name, []]));
  for (let split = 0; split < Number(values.splits); split++) {
    const seed = Number(values.seed) + split;
    const problem = dealProblem(rows, variant.labels, seed);
    for (const name of names) {
      const world = new PricedWorld(variant.simulator(rows), problem, NO_LIMIT);
      const variation = VARIATIONS[name];
      if (variation === undefined)
        throw new Error(`--only must name some of ${Object.keys(VARIATIONS).join(", ")}; found ${name}`);
      const { section = {}, proxy } = variation;
      const optimiser = isMipro
        ? mipro({ num_iterations: Number(values.iterations), ...section }, proxy)
        : cultivar({ pooled: true, gepa: gepaTable(section, values), proxy });
      const prompt = await optimiser(world, seed);
      const gain = world.measure(prompt, problem.test) - world.measure(problem.baseline, problem.test);
      runs.get(name)?.push({ rollouts: world.rollouts, usd: world.usd, gain });
      console.error(
        `${name}, split from ${seed}: ${world.rollouts} rollouts, ${world.usd.toFixed(4)} USD, gain ${gain.toFixed(4)}`,
      );
    }
  }
  const size = isMipro
    ? `MIPRO, ${values.iterations} iterations, 200 online and 100 bootstrap seeds`
    : `${values.generations} generations of ${values.children} children, ${values.pareto} Pareto seeds of 300`;
  console.log(`\n${values.simulator}: ${values.splits} splits from ${values.seed}, ${size}\n`);
  console.log(tableOf(runs));
}

function gepaTable(
  variation: JsonObject,
  { generations, children, pareto }: { generations: string; children: string; pareto: string },
): JsonObject {
  return {
    ...variation,
    population: {
      initial_size: 5,
      num_generations: Number(generations),
      children_per_generation: Number(children),
      patience_generations: 0,
    },
    archive: { pareto_set_size: Number(pareto) },
  };
}

/** A world that also counts what its policy would cost, and has a cheap model beside it. */
class PricedWorld extends World {
  usd = 0;

  override rollout(...args: Parameters<World["rollout"]>): Outcome {
    const [shown, row, model = "hi"] = args;
    const words = typeof shown === "string" ? shown : JSON.stringify(shown);
    const prompt = TOKENS.prompt + words.length / CHARS_PER_TOKEN;
    const usd = (prompt * PRICE.prompt + TOKENS.completion * PRICE.completion) * (model === "lo" ? CHEAP : 1);
    this.usd += usd;
    const own = super.rollout(shown, row);
    if (model === "hi" || chance(`alike ${words} ${row.text}`) < ALIKE) return { ...own, usd };
    const { train } = this.problem;
    const other = train[Math.floor(chance(`other ${words} ${row.text}`) * train.length)] ?? row;
    const reward = this.measure(shown, [other]);
    return { row, output: reward === 1 ? row.label : "", reward, usd };
  }
}

function tableOf(runs: ReadonlyMap<string, readonly Run[]>): string {
  const plain = [...runs.values()][0] ?? [];
  const head =
    "| run | rollouts | saved | USD | saved | test gain | s.e. | gain less plain's | s.e. of the difference |\n|---|---|---|---|---|---|---|---|---|";
  const lines = [...runs].map(([name, list]) => {
    const gains = list.map(({ gain }) => gain);
    const apart = list.map(({ gain }, split) => gain - (plain[split]?.gain ?? 0));
    const rollouts = mean(list.map((run) => run.rollouts));
    const usd = mean(list.map((run) => run.usd));
    const saved = (value: number, key: "rollouts" | "usd") =>
      `${(100 * (1 - value / mean(plain.map((run) => run[key])))).toFixed(0)} %`;
    return `| ${name} | ${rollouts.toFixed(0)} | ${saved(rollouts, "rollouts")} | ${usd.toFixed(4)} | ${saved(usd, "usd")} | ${mean(gains).toFixed(4)} | ${error(gains).toFixed(4)} | ${mean(apart).toFixed(4)} | ${error(apart).toFixed(4)} |`;
  });
  return [head, ...lines].join("\n");
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard error of the mean. */
function error(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1) / values.length);
}

function dataFolder(): string {
  const fixtures = process.env.CULTIVAR_FIXTURES ?? fileURLToPath(new URL("../../shared", import.meta.url));
  return join(fixtures, "data", "banking77");
}
