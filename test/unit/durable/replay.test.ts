// What happens to a job whose object dies at any moment: here the store is real, the world is a toy, and the "death" is
// the loss of everything but the committed rows.

import { describe, expect, test } from "vitest";
import { SuspendedError } from "../../../src/durable/gate.ts";
import { JobStore } from "../../../src/durable/job-store.ts";
import { Journal } from "../../../src/durable/journal.ts";
import { runSlice, type SliceEnd } from "../../../src/durable/runner.ts";
import { migrateJob } from "../../../src/durable/schema.ts";
import type { Sql } from "../../../src/durable/sql.ts";
import { type Askers, BudgetOverrunError, JournaledWork } from "../../../src/durable/work.ts";
import { gepaEngine } from "../../../src/engines/gepa/gepa.ts";
import type { GepaState } from "../../../src/engines/gepa/state.ts";
import { fruitSettings, range } from "../../support/fruit.ts";
import { learnFromFeedback } from "../../support/memory-work.ts";
import { nodeSql } from "../../support/node-sql.ts";

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date"];
const BUDGET = 120;
const SETTINGS = fruitSettings({
  pareto_seeds: range(0, 6),
  feedback_seeds: range(6, 12),
  num_generations: 4,
  rng_seed: 3,
  validation_seeds: range(12, 18),
});

/** The world outside: it survives crashes, and keeps its own ledger. */
class World implements Askers {
  readonly rollouts: string[] = [];
  proposals = 0;
  closed = false;

  async rollout({ key, candidate, seed }: Parameters<Askers["rollout"]>[0]) {
    if (this.closed) throw new SuspendedError("closed");
    this.rollouts.push(key);
    await Promise.resolve();
    const wanted = [WORDS[seed % 6] ?? "", WORDS[(seed * 5 + 1) % 6] ?? ""];
    const missing = wanted.filter((word) => !candidate.texts.system?.includes(word));
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

/** One life of the object: everything in memory is new, the rows are what the last life left. */
function life(sql: Sql, world: World): Promise<SliceEnd<GepaState>> {
  const store = new JobStore(sql);
  const journal = new Journal(sql);
  return runSlice({
    store,
    engine: gepaEngine(SETTINGS),
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
    onStep: () => {},
    now: () => 0,
  });
}

function outcome(sql: Sql): string {
  const store = new JobStore(sql);
  const { state } = store.snapshot<GepaState>() ?? {};
  const told = store
    .events(0, 10_000, "job")
    .events.map(({ type, message, data }) => ({ type, message, data }));
  return JSON.stringify({ state, told, totals: new Journal(sql).totals() });
}

async function undisturbed() {
  let writes = 0;
  const sql = nodeSql(() => {
    writes += 1;
  });
  migrateJob(sql);
  const before = writes;
  const world = new World();
  await life(sql, world);
  return { outcome: outcome(sql), world, writes: writes - before };
}

describe("a job whose object dies", () => {
  test("runs to its end undisturbed within the budget, asking every question once", async () => {
    const { world } = await undisturbed();
    expect(world.rollouts.length).toBeLessThanOrEqual(BUDGET);
    expect(new Set(world.rollouts).size).toBe(world.rollouts.length);
  });

  test("at any write at all, ends with the identical result, and repeats no rollout that was written down", {
    timeout: 60_000,
  }, async () => {
    const plain = await undisturbed();
    expect(plain.writes).toBeGreaterThan(80);
    for (let fatal = 1; fatal <= plain.writes; fatal++) {
      let writes = 0;
      let armed = false;
      const sql = nodeSql(() => {
        writes += 1;
        if (armed && writes === fatal) throw new Error("the power went out");
      });
      migrateJob(sql);
      writes = 0;
      armed = true;
      const world = new World();
      await expect(life(sql, world)).rejects.toThrow("the power went out");
      const written = new Set(sql.query("SELECT key FROM rollout").map(({ key }) => key));
      armed = false;
      const asked = world.rollouts.length;
      expect(await life(sql, world)).toMatchObject({ kind: "done" });
      expect(outcome(sql), `dead at write ${fatal}`).toBe(plain.outcome);
      expect(world.rollouts.slice(asked).filter((key) => written.has(key))).toEqual([]);
    }
  });

  test("again and again, still ends with the identical result", async () => {
    const plain = await undisturbed();
    let writes = 0;
    const sql = nodeSql(() => {
      writes += 1;
      if (writes > 20 && writes % 9 === 0) throw new Error("the power went out");
    });
    migrateJob(sql);
    const world = new World();
    let lives = 0;
    for (let ended = false; !ended && lives < 500; lives++) {
      ended = await life(sql, world).then(
        ({ kind }) => kind === "done",
        () => false,
      );
    }
    expect(lives).toBeGreaterThan(10);
    expect(outcome(sql)).toBe(plain.outcome);
  });

  test("goes on with the same result after a slice that was cut short while work was in flight", async () => {
    const plain = await undisturbed();
    for (const cut of range(1, 100).filter((n) => n % 11 === 0)) {
      const sql = nodeSql();
      migrateJob(sql);
      const world = new World();
      const first = world.rollout.bind(world);
      world.rollout = async (question) => {
        if (world.rollouts.length === cut) world.closed = true;
        return first(question);
      };
      expect(await life(sql, world)).toEqual({ kind: "unfinished" });
      world.closed = false;
      world.rollout = first;
      await life(sql, world);
      expect(outcome(sql)).toBe(plain.outcome);
      expect(new Set(world.rollouts).size).toBe(world.rollouts.length);
    }
  });
});

test("an engine that asks for more than was left is stopped before anything is sent", async () => {
  const sql = nodeSql();
  migrateJob(sql);
  const world = new World();
  const models = { policy: "p", proposer: "q" };
  const work = new JournaledWork({ journal: new Journal(sql), askers: world, step: 1, budget: 3, models });
  await expect(work.evaluate({ texts: { system: "x" } }, [1, 2, 3, 4], "pareto")).rejects.toThrow(
    BudgetOverrunError,
  );
  await work.settled();
  expect(world.rollouts.length).toBeLessThanOrEqual(3);
});

test("a question in flight is asked once, whoever asks", async () => {
  const sql = nodeSql();
  migrateJob(sql);
  const world = new World();
  const models = { policy: "p", proposer: "q" };
  const work = new JournaledWork({ journal: new Journal(sql), askers: world, step: 1, budget: 3, models });
  const texts = { system: "x" };
  const [one, two] = await Promise.all([
    work.evaluate({ texts }, [1, 2, 3], "pareto"),
    work.evaluate({ texts: { ...texts } }, [3, 2, 1], "pareto"),
  ]);
  expect(one?.map(({ seed }) => seed)).toEqual([1, 2, 3]);
  expect(two?.map(({ seed }) => seed)).toEqual([3, 2, 1]);
  expect(world.rollouts).toHaveLength(3);
});

test("of two answers to one question the first holds, for everybody, and is counted once", async () => {
  const sql = nodeSql();
  migrateJob(sql);
  const journal = new Journal(sql);
  journal.runningTotals();
  const bothAsked = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    return () => {
      asked += 1;
      if (asked === 2) resolve();
      return promise;
    };
  };
  const [rolloutAsked, proposalAsked] = [bothAsked(), bothAsked()];
  // Two slices that know nothing of each other: the one before broke off, and its answers come late.
  const slices = ["0.25", "0.75"].map((said) => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, llm_calls: 1, usd: 1 };
    const askers: Askers = {
      rollout: ({ seed }) => rolloutAsked().then(() => ({ seed, reward: Number(said), usage })),
      proposal: () => proposalAsked().then(() => ({ text: said, usage })),
    };
    const models = { policy: "p", proposer: "q" };
    return new JournaledWork({ journal, askers, step: 1, budget: 9, models });
  });
  const request = { messages: [], replicate: 0 };
  const answers = await Promise.all(
    slices.map(async (work) => {
      const [evaluation] = await work.evaluate({ texts: { system: "x" } }, [1], "pareto");
      return { reward: evaluation?.reward, text: (await work.propose(request)).text };
    }),
  );
  expect(answers[0]).toEqual(answers[1]);
  expect(journal.runningTotals()).toEqual(journal.totals());
  expect(journal.totals()).toMatchObject({ rollouts: 1, policy: { usd: 1 }, proposer: { usd: 1 } });
});

test("answers for one purpose do not stand in for another", async () => {
  const sql = nodeSql();
  migrateJob(sql);
  const world = new World();
  const models = { policy: "p", proposer: "q" };
  const work = new JournaledWork({ journal: new Journal(sql), askers: world, step: 1, budget: 9, models });
  await work.evaluate({ texts: { system: "x" } }, [1], "pareto");
  await work.evaluate({ texts: { system: "x" } }, [1], "validation");
  expect(world.rollouts).toHaveLength(2);
});
