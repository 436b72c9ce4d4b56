import { DurableObject } from "cloudflare:workers";
export class Job extends DurableObject {}
export class RolloutLane extends DurableObject {}
export class Tenant extends DurableObject {}
export default { fetch: () => new Response("ok") };
