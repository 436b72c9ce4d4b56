// A disk that fails at any write at all, of any kind: nothing is ever half written, and the job goes on to the same result.

import { describe, expect, test } from "vitest";
import { migrateJob } from "../../../src/durable/schema.ts";
import { DiskError, type FaultPlan, faultySql, WRITE_FAULTS } from "../../support/faulty-sql.ts";
import { nodeSql } from "../../support/node-sql.ts";
import {
  committed,
  life,
  outcome,
  TOY_ENGINES,
  type ToyAlgorithm,
  ToyJobWorld,
  ToyMemory,
  undisturbed,
} from "../../support/toy-job.ts";

const ALGORITHMS: readonly ToyAlgorithm[] = ["gepa", "mipro"];

/** A job on a disk that fails as planned; the schema is there already. */
function jobOn(algorithm: ToyAlgorithm, plan: FaultPlan) {
  const disk = nodeSql();
  migrateJob(disk);
  return { algorithm, disk, ...faultySql(disk, plan), world: new ToyJobWorld() };
}

/** Slices until one ends without an error. `reborn`: each in a new object, else all in one. */
async function livesUntilDone(
  { algorithm, sql, world }: ReturnType<typeof jobOn>,
  reborn: boolean,
  look = () => {},
) {
  const memory = new ToyMemory(sql);
  memory.journal.runningTotals();
  for (let lives = 1; lives < 1_000; lives++) {
    const failure = await life(
      sql,
      world,
      reborn ? undefined : memory,
      undefined,
      TOY_ENGINES[algorithm],
    ).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) return { lives, memory };
    expect(failure).toBeInstanceOf(DiskError);
    look();
  }
  throw new Error("it never ended");
}

describe.each(ALGORITHMS.flatMap((algorithm) => WRITE_FAULTS.map((kind) => ({ algorithm, kind }))))(
  "a disk of a job of $algorithm that fails $kind",
  ({ algorithm, kind }) => {
    test("once, at every write there is, goes on to the same result, in the same object or in a new one", async () => {
      const plain = await undisturbed(algorithm);
      const probe = jobOn(algorithm, { kind, fails: () => false });
      await livesUntilDone(probe, true);
      expect(probe.seen()).toBeGreaterThan(5);
      for (let fatal = 1; fatal <= probe.seen(); fatal++) {
        const reborn = fatal % 2 === 0;
        const job = jobOn(algorithm, { kind, fails: (operation) => operation === fatal });
        const kept = new Set<string>();
        let asked = 0;
        const { lives, memory } = await livesUntilDone(job, reborn, () => {
          expect(plain.commits, `half written at ${fatal}`).toContain(committed(job.disk));
          for (const { key } of job.disk.query("SELECT key FROM rollout")) kept.add(String(key));
          asked = job.world.rollouts.length;
        });
        expect(lives).toBe(2);
        expect(outcome(job.disk), `failed at ${fatal}`).toBe(plain.outcome);
        expect(job.world.rollouts.slice(asked).filter((key) => kept.has(key))).toEqual([]);
        const { journal } = reborn ? new ToyMemory(job.disk) : memory;
        expect(journal.runningTotals().rollouts).toBe(journal.totals().rollouts);
      }
    }, 60_000);

    test("again and again, at writes drawn by chance", async () => {
      const plain = await undisturbed(algorithm);
      for (let seed = 1; seed <= 8; seed++) {
        const chance = randomFrom(seed);
        // Two good writes at least in between, so that every life gets somewhere.
        let good = 0;
        const job = jobOn(algorithm, {
          kind,
          fails: () => {
            good += 1;
            if (good < 3 || chance() > 0.15) return false;
            good = 0;
            return true;
          },
        });
        await livesUntilDone(job, seed % 2 === 0);
        expect(outcome(job.disk), `seed ${seed}`).toBe(plain.outcome);
      }
    }, 60_000);
  },
);

/** A generator of draws from [0, 1), the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
