// A rollout and its judgement are two answers: neither is asked twice, whatever breaks between them.

import { expect, test } from "vitest";
import { Journal } from "../../../src/durable/journal.ts";
import type { JobVerifier } from "../../../src/durable/judging.ts";
import { migrateJob } from "../../../src/durable/schema.ts";
import type { Sql } from "../../../src/durable/sql.ts";
import { JournaledWork } from "../../../src/durable/work.ts";
import type { Evaluation } from "../../../src/engines/engine.ts";
import { nodeSql } from "../../support/node-sql.ts";

const USAGE = { prompt_tokens: 10, completion_tokens: 1, llm_calls: 1, usd: 0.001 };
const criteria = [{ id: "quality", description: "It is good.", weight: 1 }];
const VERIFIER: JobVerifier = {
  source: "q@1",
  graph: {
    nodes: [{ id: "outcome", kind: "rubric", about: "outcome", criteria }],
    outputs: { outcome: "outcome" },
  },
  sheet: {
    id: "q",
    provider: "openai",
    model: "gpt-5-mini",
    options: {},
    concurrency: 8,
    timeout_ms: 60_000,
    wanted: { event: false, outcome: true },
    reward_source: "fused",
    weight_env: 1,
    weight_event: 0,
    weight_outcome: 1,
    spec: "",
  },
};

/** A world in which a candidate is worth its first seed, and every judgement 1. */
class World {
  rollouts = 0;
  judgements = 0;
  /** What becomes of judgements. */
  judge: () => Promise<string> = async () => JSON.stringify({ scores: { quality: 1 } });
  answer: (seed: number) => Partial<Evaluation> = (seed) => ({
    trace: { input: `q${seed}`, output: `a${seed}` },
  });

  work(sql: Sql, step = 1): JournaledWork {
    return new JournaledWork({
      journal: new Journal(sql),
      askers: {
        rollout: async ({ seed }) => {
          this.rollouts += 1;
          return { seed, reward: 0, usage: USAGE, ...this.answer(seed) };
        },
        proposal: () => Promise.reject(new Error("nobody proposes here")),
      },
      judge: {
        verifier: VERIFIER,
        judgement: async () => {
          this.judgements += 1;
          return { text: await this.judge(), usage: USAGE };
        },
      },
      step,
      budget: 10,
      models: { policy: "p", proposer: "x" },
    });
  }
}

function journal(): Sql {
  const sql = nodeSql();
  migrateJob(sql);
  return sql;
}

const CANDIDATE = { texts: { system: "s" } };

test("a judged rollout is asked once and judged once, also by a step that runs again", async () => {
  const sql = journal();
  const world = new World();
  const first = await world.work(sql).evaluate(CANDIDATE, [1, 2], "pareto");
  expect(first.map(({ reward, metrics }) => [reward, metrics])).toEqual(
    [1, 2].map(() => [0.5, { task_app_reward: 0, verifier_outcome: 1 }]),
  );
  expect(first[0]?.trace?.feedback).toBe("Verifier: outcome 1.00");
  expect(await world.work(sql).evaluate(CANDIDATE, [1, 2], "pareto")).toEqual(first);
  expect([world.rollouts, world.judgements]).toEqual([2, 2]);
});

test("when the job breaks off before the judgement, the rollout is not run again", async () => {
  const sql = journal();
  const world = new World();
  world.judge = () => Promise.reject(new Error("suspended"));
  await expect(() => world.work(sql).evaluate(CANDIDATE, [1], "pareto")).rejects.toThrow("suspended");
  world.judge = async () => JSON.stringify({ scores: { quality: 0 } });
  const [evaluation] = await world.work(sql).evaluate(CANDIDATE, [1], "pareto");
  expect(evaluation?.reward).toBe(0);
  expect([world.rollouts, world.judgements]).toEqual([1, 2]);
});

test("judgements are counted by themselves: no rollouts, and not the proposer's money", async () => {
  const sql = journal();
  const world = new World();
  const work = world.work(sql);
  await work.evaluate(CANDIDATE, [1, 2, 3], "pareto");
  await work.settled();
  for (const totals of [new Journal(sql).totals(), new Journal(sql).runningTotals()]) {
    expect(totals.rollouts).toBe(3);
    expect(totals.verifier).toMatchObject({ llm_calls: 3, usd: 0.003 });
    expect(totals.proposer).toMatchObject({ llm_calls: 0, usd: 0 });
  }
});

test("rollouts that show the same are judged once; those that failed, or show nothing, not at all", async () => {
  const world = new World();
  world.answer = () => ({ trace: { input: "same", output: "same" } });
  await world.work(journal()).evaluate(CANDIDATE, [1, 2, 3], "pareto");
  expect(world.judgements).toBe(1);
  world.answer = () => ({ error: { code: "x", message: "y" } });
  expect((await world.work(journal()).evaluate(CANDIDATE, [1], "pareto"))[0]?.error?.code).toBe("x");
  world.answer = () => ({});
  const [blank] = await world.work(journal()).evaluate(CANDIDATE, [1], "pareto");
  expect(blank).toMatchObject({ reward: 0, error: { code: "verifier_nothing_to_judge" } });
  expect(world.judgements).toBe(1);
});
