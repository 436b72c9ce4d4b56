// What happens to a job whose object dies at any moment: here the store is real, the world is a toy, and the "death" is
// the loss of everything but the committed rows.

import { describe, expect, test } from "vitest";
import { Journal } from "../../../src/durable/journal.ts";
import { migrateJob } from "../../../src/durable/schema.ts";
import { type Askers, BudgetOverrunError, JournaledWork } from "../../../src/durable/work.ts";
import { range } from "../../support/fruit.ts";
import { nodeSql } from "../../support/node-sql.ts";
import { BUDGET, life, outcome, TOY_ENGINES, ToyJobWorld, undisturbed } from "../../support/toy-job.ts";

describe.each([
  { algorithm: "gepa", every: 9, deaths: 10 },
  // Its longest commit has many writes, and must get through at last.
  { algorithm: "mipro", every: 21, deaths: 5 },
] as const)("a job of $algorithm whose object dies", ({ algorithm, every, deaths }) => {
  const engine = TOY_ENGINES[algorithm];

  test("runs to its end undisturbed within the budget, asking every question once", async () => {
    const { world } = await undisturbed(algorithm);
    expect(world.rollouts.length).toBeLessThanOrEqual(BUDGET);
    expect(new Set(world.rollouts).size).toBe(world.rollouts.length);
  });

  test("again and again, still ends with the identical result", async () => {
    const plain = await undisturbed(algorithm);
    let writes = 0;
    const sql = nodeSql(() => {
      writes += 1;
      if (writes > 20 && writes % every === 0) throw new Error("the power went out");
    });
    migrateJob(sql);
    const world = new ToyJobWorld();
    let lives = 0;
    for (let ended = false; !ended && lives < 500; lives++) {
      ended = await life(sql, world, undefined, undefined, engine).then(
        ({ kind }) => kind === "done",
        () => false,
      );
    }
    expect(lives).toBeGreaterThan(deaths);
    expect(outcome(sql)).toBe(plain.outcome);
  });

  test("goes on with the same result after a slice that was cut short while work was in flight", async () => {
    const plain = await undisturbed(algorithm);
    const total = plain.world.rollouts.length;
    for (const cut of range(1, total).filter((n) => n % Math.ceil(total / 9) === 0)) {
      const sql = nodeSql();
      migrateJob(sql);
      const world = new ToyJobWorld();
      const first = world.rollout.bind(world);
      world.rollout = async (question) => {
        if (world.rollouts.length === cut) world.closed = true;
        return first(question);
      };
      expect(await life(sql, world, undefined, undefined, engine)).toEqual({ kind: "unfinished" });
      world.closed = false;
      world.rollout = first;
      await life(sql, world, undefined, undefined, engine);
      expect(outcome(sql)).toBe(plain.outcome);
      expect(new Set(world.rollouts).size).toBe(world.rollouts.length);
    }
  });
});

test("an engine that asks for more than was left is stopped before anything is sent", async () => {
  const sql = nodeSql();
  migrateJob(sql);
  const world = new ToyJobWorld();
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
  const world = new ToyJobWorld();
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
  const world = new ToyJobWorld();
  const models = { policy: "p", proposer: "q" };
  const work = new JournaledWork({ journal: new Journal(sql), askers: world, step: 1, budget: 9, models });
  await work.evaluate({ texts: { system: "x" } }, [1], "pareto");
  await work.evaluate({ texts: { system: "x" } }, [1], "validation");
  expect(world.rollouts).toHaveLength(2);
});
