// The Worker's entry: the HTTP facade and the Durable Object classes.

import { app } from "./app.ts";

export { Job } from "../durable/job.ts";
export { RolloutLane } from "../durable/rollout-lane.ts";
export { Tenant } from "../durable/tenant.ts";
export default { fetch: app.fetch };
