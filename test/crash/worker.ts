// The Worker of the crash tests: the real one, whose storage, alarms and calls pass the points of `points.ts`, and a door
// for the tests to say where it shall end.

import { env } from "cloudflare:workers";
import type { Env } from "../../src/durable/env.ts";
import { Job as RealJob } from "../../src/durable/job.ts";
import { Tenant as RealTenant } from "../../src/durable/tenant.ts";
import { app } from "../../src/worker/app.ts";
import type { Plan } from "./plan.ts";
import {
  alarmIsBroken,
  breakAlarms,
  reachedPoints,
  setPlan,
  watchedFetch,
  watchedObjects,
  watchedState,
} from "./points.ts";

export { Probe } from "../../src/durable/probe.ts";
export { RolloutLane } from "../../src/durable/rollout-lane.ts";

// A process that is to end while it comes back has its plan from the beginning.
const { CRASH_PLAN } = env as { CRASH_PLAN?: string };
if (CRASH_PLAN) setPlan(JSON.parse(CRASH_PLAN));

globalThis.fetch = watchedFetch(globalThis.fetch.bind(globalThis));

/** A job that passes points. */
export class Job extends RealJob {
  readonly #state: DurableObjectState;
  #ringing = 0;

  constructor(state: DurableObjectState, env: Env) {
    super(watchedState(state, "job"), {
      ...env,
      LANES: watchedObjects(env.LANES, "lane", ["rollout", "propose"]),
      TENANTS: watchedObjects(env.TENANTS, "tenant", ["announce"]),
    });
    this.#state = state;
  }

  override async alarm(): Promise<void> {
    if (alarmIsBroken()) throw new Error("the alarm was made to throw");
    this.#ringing += 1;
    try {
      await super.alarm();
    } finally {
      this.#ringing -= 1;
    }
  }

  /** Whether nothing is under way, all of it is on disk, and, of a job that waits for its start, nothing will come by itself. */
  async rests(): Promise<boolean> {
    const { storage } = this.#state;
    await storage.sync();
    const isDue = this.view()?.status === "pending" && (await storage.getAlarm()) !== null;
    return this.#ringing === 0 && !isDue;
  }

  /** Ends the object as the platform does when it moves it. */
  abort(): void {
    this.#state.abort("the test wants it so");
  }

  /** Rings the alarm now, whether or not it rings already. */
  async ring(): Promise<void> {
    await this.alarm();
  }

  /** Loses the alarm. */
  async loseAlarm(): Promise<void> {
    await this.#state.storage.deleteAlarm();
  }
}

/** A tenant that passes points. */
export class Tenant extends RealTenant {
  constructor(state: DurableObjectState, env: Env) {
    super(watchedState(state, "tenant"), env);
  }
}

type TestedJob = Pick<Job, "abort" | "ring" | "loseAlarm" | "rests">;

app.get("/crash/points", (c) => c.json(reachedPoints()));
app.post("/crash/plan", async (c) => {
  const { plan, broken_alarms = 0 } = await c.req.json<{ plan?: Plan; broken_alarms?: number }>();
  setPlan(plan);
  breakAlarms(broken_alarms);
  return c.json({});
});
app.get("/crash/jobs/:id/rests", async (c) => c.json(await jobOf(c.env, c.req.param("id")).rests()));
app.post("/crash/jobs/:id/:act", async (c) => {
  const job = jobOf(c.env, c.req.param("id"));
  const act = c.req.param("act");
  if (act === "ring") await job.ring();
  else if (act === "lose-alarm") await job.loseAlarm();
  else await Promise.resolve(job.abort()).catch(() => {});
  return c.json({});
});

function jobOf(env: Env, id: string): TestedJob {
  return env.JOBS.getByName(`default/${id}`) as unknown as TestedJob;
}

export default { fetch: app.fetch };
