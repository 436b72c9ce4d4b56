// A toy job of GEPA or MIPRO on the real store, runner and work port, over a world in memory. Tests interrupt it where they like.

import { SuspendedError } from "../../src/durable/gate.ts";
import { JobStore } from "../../src/durable/job-store.ts";
import { Journal } from "../../src/durable/journal.ts";
import { runSlice, type SliceEnd } from "../../src/durable/runner.ts";
import { migrateJob } from "../../src/durable/schema.ts";
import type { Sql } from "../../src/durable/sql.ts";
import { type Askers, JournaledWork } from "../../src/durable/work.ts";
import type { Engine } from "../../src/engines/engine.ts";
import { gepaEngine } from "../../src/engines/gepa/gepa.ts";
import { miproEngine } from "../../src/engines/mipro/mipro.ts";
import { fruitSettings, range } from "./fruit.ts";
import { learnFromFeedback } from "./memory-work.ts";
import { fruitTrials } from "./mipro-fruit.ts";
import { nodeSql } from "./node-sql.ts";

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date"];
/** Its rollout budget. */
export const BUDGET = 120;
const SETTINGS = fruitSettings({
  pareto_seeds: range(0, 6),
  feedback_seeds: range(6, 12),
  num_generations: 4,
  rng_seed: 3,
  validation_seeds: range(12, 18),
});

/** The engines of toy jobs, with the settings that most tests want. */
export const TOY_ENGINES = {
  gepa: gepaEngine(SETTINGS),
  mipro: miproEngine(
    fruitTrials({
      bootstrap_seeds: range(0, 4),
      online_seeds: range(4, 14),
      test_seeds: range(14, 17),
      batch_size: 4,
      num_iterations: 2,
    }),
  ),
} satisfies Record<string, Engine<unknown>>;
/** The name of one. */
export type ToyAlgorithm = keyof typeof TOY_ENGINES;

/** Those of the seed's two words that a prompt lacks; the reward is the share of the others. */
export function wordsMissing(seed: number, prompt: string): string[] {
  const wanted = [WORDS[seed % 6] ?? "", WORDS[(seed * 5 + 1) % 6] ?? ""];
  return wanted.filter((word) => !prompt.includes(word));
}

/** The world outside: it survives crashes, and keeps its own ledger. */
export class ToyJobWorld implements Askers {
  /** Keys of the rollouts that reached it, in order. */
  readonly rollouts: string[] = [];
  proposals = 0;
  /** Turns everybody away, as a gate that has closed does. */
  closed = false;

  async rollout({ key, candidate, seed }: Parameters<Askers["rollout"]>[0]) {
    if (this.closed) throw new SuspendedError("closed");
    this.rollouts.push(key);
    await Promise.resolve();
    const missing = wordsMissing(seed, candidate.texts.system ?? "");
    const usage = { prompt_tokens: 7, completion_tokens: 1, llm_calls: 1, usd: 0.1 * (1 + (seed % 3)) };
    return {
      seed,
      reward: 1 - missing.length / 2,
      trace: { input: "", output: "", feedback: `missing: ${missing[0] ?? ""}` },
      usage,
    };
  }

  async proposal(request: Parameters<Askers["proposal"]>[0]) {
    if (this.closed) throw new SuspendedError("closed");
    this.proposals += 1;
    const usage = { prompt_tokens: 90, completion_tokens: 9, llm_calls: 1, usd: 0.3 };
    return { text: learnFromFeedback(request), usage };
  }
}

/** What an object holds in memory. It dies with it, and outlives a mere error. */
export class ToyMemory {
  readonly store: JobStore;
  readonly journal: Journal;

  constructor(sql: Sql) {
    this.store = new JobStore(sql);
    this.journal = new Journal(sql);
  }
}

/** One slice over what is on disk. With no memory given it is a new life: everything in memory is new. */
export function life(
  sql: Sql,
  world: Askers,
  { store, journal }: ToyMemory = new ToyMemory(sql),
  onStep: () => void = () => {},
  engine: Engine<unknown> = TOY_ENGINES.gepa,
): Promise<SliceEnd<unknown>> {
  return runSlice({
    store,
    engine,
    workFor: (step) =>
      new JournaledWork({
        journal,
        askers: world,
        step,
        budget: BUDGET,
        models: { policy: "p", proposer: "q" },
      }),
    over: () => false,
    ending: () => undefined,
    onEnding: () => [],
    sound: () => Promise.resolve(true),
    onStep,
    now: () => 0,
  });
}

/** The engine's state and the events, as they stand. */
export function committed(sql: Sql): string {
  const store = new JobStore(sql);
  const { state } = store.snapshot<unknown>() ?? {};
  const told = store.events(0, 10_000, "job").events.map(({ seq, type, message, data }) => ({
    seq,
    type,
    message,
    data,
  }));
  return JSON.stringify({ state, told });
}

/** All that two runs must agree on. */
export function outcome(sql: Sql): string {
  return JSON.stringify([committed(sql), new Journal(sql).totals()]);
}

/** A run that nothing disturbs. */
export async function undisturbed(algorithm: ToyAlgorithm = "gepa") {
  let writes = 0;
  const sql = nodeSql(() => {
    writes += 1;
  });
  migrateJob(sql);
  const before = writes;
  const world = new ToyJobWorld();
  const commits = [committed(sql)];
  await life(sql, world, undefined, () => commits.push(committed(sql)), TOY_ENGINES[algorithm]);
  return {
    outcome: outcome(sql),
    world,
    /** Statements that wrote, the schema's not counted. */
    writes: writes - before,
    /** What `committed` gave before the first step and after each. */
    commits,
  };
}
