// Probe: one object per tenant that makes the calls of a measurement, and is the echo that counts them where nobody names another.
// Owns: one measurement at a time, in memory. Does not own: lanes (the real ones), the calls themselves.
// Invariant: calls are made from an alarm, as those of jobs are: an invocation of its own, which nobody's request counts for.

import { DurableObject } from "cloudflare:workers";
import { SLOTS_PER_LANE } from "../config/limits.ts";
import type { RolloutOrder } from "../rollouts/order.ts";
import type { ProbeRequest } from "../wire/probe.ts";
import type { Env } from "./env.ts";
import { inlineExecution, laneExecution } from "./execution.ts";
import { inTime } from "./in-time.ts";
import { Lane } from "./lane.ts";
import type { AskedLane } from "./lane-api.ts";
import { type Measured, measure } from "./probe-run.ts";
import { laneObject } from "./rpc.ts";
import { armAlarm } from "./wake.ts";

/** Beside the time for which it is held, a call may take so long, in milliseconds. */
const CALL_MS = 10_000;
/** Beside its calls, a measurement may take so long, in milliseconds; the platform has been seen to drop alarms. */
const GRACE_MS = 5_000;
/** Of the echo's own address nothing is refused: the calls go there and nowhere else. */
const NOBODY = "https://probe.invalid";

/** An echo calls no model. */
const NO_TICKET = "probe";

/** A measurement to make. */
export interface ProbePlan extends Required<Omit<ProbeRequest, "against">> {
  /** Origin of this service. */
  origin: string;
  /** Address of an echo elsewhere; null for the object's own. */
  against: string | null;
}

/** What came of a plan: `busy` while another is under way. */
export type ProbeResult = { kind: "measured"; found: Measured } | { kind: "busy" };

/** How the echo answers a call; null for one that it does not know. */
export type EchoAnswer = { in_flight: number } | null;

interface Running {
  plan: ProbePlan;
  token: string;
  done: PromiseWithResolvers<ProbeResult>;
  inFlight: number;
}

/** Measures how many calls are in flight. */
export class Probe extends DurableObject<Env> {
  #running: Running | undefined;

  /** Makes a measurement and waits for it. @throws Error when it does not end, since the alarm was lost; another may begin then */
  async run(plan: ProbePlan): Promise<ProbeResult> {
    if (this.#running) return { kind: "busy" };
    const done = Promise.withResolvers<ProbeResult>();
    const running = { plan, token: crypto.randomUUID(), done, inFlight: 0 };
    this.#running = running;
    const most = plan.seconds * 1000 + plan.hold_ms + CALL_MS + GRACE_MS;
    try {
      await armAlarm(this.ctx.storage, 1);
      return await inTime(done.promise, most, "the measurement did not end");
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  /** The measurement. */
  override async alarm(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    try {
      running.done.resolve({ kind: "measured", found: await this.#measured(running) });
    } catch (error) {
      running.done.reject(error);
    }
  }

  /** For the echo's route: holds a call for as long as the plan says, and answers with how many there were when it came. */
  async hold(token: string): Promise<EchoAnswer> {
    const running = this.#running;
    if (running?.token !== token) return null;
    running.inFlight += 1;
    const in_flight = running.inFlight;
    await new Promise((resolve) => setTimeout(resolve, running.plan.hold_ms));
    running.inFlight -= 1;
    return { in_flight };
  }

  #measured({ plan, token }: Running): Promise<Measured> {
    const { concurrency, seconds, origin } = plan;
    const own = `${origin}/api/probe/echo/${this.ctx.id.toString()}/${token}`;
    const { lanes, places } = this.#lanes(plan);
    return measure({
      lanes,
      // As a job's gate does: what there is no room for is not sent.
      concurrency: Math.min(concurrency, places),
      during_ms: seconds * 1000,
      order: (n) => echoOrder(n, plan, plan.against ?? own),
      now: () => Date.now(),
    });
  }

  #lanes({ mode, concurrency }: ProbePlan): { lanes: AskedLane[]; places: number } {
    if (mode === "unbounded") {
      return { lanes: [new Lane(this.env, () => NO_TICKET, concurrency)], places: concurrency };
    }
    const name = `probe/${this.ctx.id.toString()}`;
    const execution =
      mode === "inline"
        ? inlineExecution(new Lane(this.env, () => NO_TICKET))
        : laneExecution(name, (lane) => laneObject(this.env, lane));
    const lanes = execution.lanes("lane", concurrency);
    return { lanes, places: lanes.length * SLOTS_PER_LANE };
  }
}

/** A rollout that is nobody's. */
function echoOrder(n: number, { hold_ms, origin, against }: ProbePlan, url: string): RolloutOrder {
  const policy = { provider: "openai", model: "none", temperature: 0, max_completion_tokens: 1 } as const;
  return {
    job_id: "probe",
    rollout_id: `probe-${n}`,
    seed: n,
    task_app_url: url,
    task_app_api_key: null,
    env_name: "probe",
    env_config: { hold_ms },
    policy: { ...policy, policy_name: null },
    prompt_id: "probe",
    modules: [],
    timeout_ms: hold_ms + CALL_MS,
    public_origin: against === null ? NOBODY : origin,
  };
}
