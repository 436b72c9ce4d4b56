// The Worker's entry: the HTTP facade and the Durable Object classes.

import type { Env } from "../durable/env.ts";
import { app } from "./app.ts";
import { sweep } from "./sweep.ts";

export { Job } from "../durable/job.ts";
export { Probe } from "../durable/probe.ts";
export { RolloutLane } from "../durable/rollout-lane.ts";
export { Tenant } from "../durable/tenant.ts";
export default {
  fetch: app.fetch,
  scheduled: ({ scheduledTime }, env) => sweep(env, scheduledTime),
} satisfies ExportedHandler<Env>;
