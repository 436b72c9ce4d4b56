// The Worker of the benchmarks: the real one, a job that counts the rows it writes, and a bare loop over the same lanes.

import { DurableObject } from "cloudflare:workers";
import { SLOTS_PER_LANE } from "../src/config/limits.ts";
import type { Env } from "../src/durable/env.ts";
import { Job } from "../src/durable/job.ts";
import { laneObject } from "../src/durable/rpc.ts";
import type { RolloutOrder } from "../src/rollouts/order.ts";
import { app } from "../src/worker/app.ts";

export { Probe } from "../src/durable/probe.ts";
export { RolloutLane } from "../src/durable/rollout-lane.ts";
export { Tenant } from "../src/durable/tenant.ts";

interface BenchEnv extends Env {
  LOOPS: DurableObjectNamespace;
}

interface LoopOrder {
  order: RolloutOrder;
  rollouts: number;
  concurrency: number;
}

/** A job whose rows written can be asked for; an alarm that is set counts as one, as it is billed. */
export class CountingJob extends Job {
  #rows = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    const exec = storage.sql.exec.bind(storage.sql);
    const setAlarm = storage.setAlarm.bind(storage);
    Object.defineProperty(storage.sql, "exec", {
      value: (...args: Parameters<typeof exec>) => {
        const cursor = exec(...args);
        const rows = cursor.toArray();
        this.#rows += cursor.rowsWritten;
        return { toArray: () => rows };
      },
    });
    Object.defineProperty(storage, "setAlarm", {
      value: (...args: Parameters<typeof setAlarm>) => {
        this.#rows += 1;
        return setAlarm(...args);
      },
    });
  }

  rowsWritten(): number {
    return this.#rows;
  }

  /** Bytes of the database as the platform counts them: its pages, wherever they are. */
  databaseBytes(): number {
    return this.ctx.storage.sql.databaseSize;
  }
}

/** Drives lanes as hard as it can: one row stored for each answer, and no engine, journal or gate. */
export class BareLoop extends DurableObject<BenchEnv> {
  async run({ order, rollouts, concurrency }: LoopOrder): Promise<number> {
    const { sql } = this.ctx.storage;
    sql.exec("CREATE TABLE IF NOT EXISTS answer (seed INTEGER PRIMARY KEY, answer TEXT NOT NULL)");
    sql.exec("DELETE FROM answer");
    const started = Date.now();
    let next = 0;
    const worker = async (index: number) => {
      const lane = laneObject(this.env, `bare-${Math.floor(index / SLOTS_PER_LANE)}`);
      for (let seed = next++; seed < rollouts; seed = next++) {
        const attempt = await lane.rollout({ ...order, seed });
        sql.exec("INSERT INTO answer (seed, answer) VALUES (?, ?)", seed, JSON.stringify(attempt));
      }
    };
    await Promise.all(Array.from({ length: concurrency }, (_, index) => worker(index)));
    return rollouts / ((Date.now() - started) / 1000);
  }
}

app.post("/bench/bare", async (c) => {
  const loop = (c.env as BenchEnv).LOOPS.getByName("bare") as unknown as BareLoop;
  return c.json(await loop.run(await c.req.json()));
});

app.get("/bench/rows/:id", async (c) => c.json(await jobOf(c.env, c.req.param("id")).rowsWritten()));
app.get("/bench/bytes/:id", async (c) => c.json(await jobOf(c.env, c.req.param("id")).databaseBytes()));

function jobOf(env: Env, id: string): CountingJob {
  return env.JOBS.getByName(`default/${id}`) as unknown as CountingJob;
}

export default { fetch: app.fetch };
