// The probe over HTTP: how many calls this deployment keeps in flight, by each way of making them; and the echo that counts them.
// Whoever has a key may ask: a job makes more calls than a probe can, to the same addresses, after the same look at whether the
// other side wants to be called. A tenant has one probe at a time. The echo's address is a secret that lives as long as the probe.

import { createRoute, type z } from "@hono/zod-openapi";
import type { ProbePlan } from "../../durable/probe.ts";
import { probeObject, probeOfId } from "../../durable/rpc.ts";
import { isDevelopment } from "../../durable/settings.ts";
import { checkTaskApp } from "../../rollouts/health.ts";
import { checkOutboundUrl } from "../../rollouts/url-guard.ts";
import { readText } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { json, newRoutes, problem } from "../openapi.ts";
import { executionMode, publicOriginOf } from "../operator.ts";
import { ProblemError } from "../problem.ts";
import { ProbeReportSchema, ProbeRequestSchema } from "../schemas-probe.ts";
import { parseJsonBody } from "../submission.ts";

const MAX_REQUEST_BYTES = 8 * 1024;

/** Routes below `/api/probe`. */
export const probeRoutes = newRoutes();

const probe = createRoute({
  method: "post",
  path: "/",
  summary: "Measure how many calls are in flight",
  description:
    "Body: JSON with `mode` (`lanes`, `inline` or `unbounded`), `concurrency` (1 to 1,000), and where wanted `hold_ms` (10 to 5,000, default 500), `seconds` (0.1 to 10, default 3) and `against`. Makes calls for some seconds, each held by an echo, and tells how many the echo had in flight at a time. An echo elsewhere is a task app whose reward is the number of rollouts that it has in flight, and that holds each for `env.config.hold_ms` milliseconds.",
  // Described in words, read by `requestIn`, which takes no more than it needs.
  responses: {
    200: json("What was measured", ProbeReportSchema),
    400: problem("The body cannot be read"),
    409: problem("Another probe is under way"),
    422: problem("The echo may not be called, or does not want to be"),
  },
});

probeRoutes.openapi(probe, async (c) => {
  const { mode, concurrency, hold_ms, seconds, against } = await requestIn(c.req.raw);
  const execution_mode = executionMode(c.env);
  const origin = publicOriginOf(c.env, new URL(c.req.url).origin);
  if (against !== undefined) await checkEcho(against, origin, c.env);
  const plan: ProbePlan = { mode, concurrency, hold_ms, seconds, origin, against: against ?? null };
  const result = await probeObject(c.env, c.var.tenant).run(plan);
  if (result.kind === "busy") {
    throw new ProblemError(
      409,
      "probe_running",
      "Busy",
      "Another probe is under way; try again when it is over.",
    );
  }
  return c.json({ mode, concurrency, hold_ms, seconds, execution_mode, ...result.found }, 200);
});

/** @throws ProblemError 400 or 413 */
async function requestIn(request: Request): Promise<z.infer<typeof ProbeRequestSchema>> {
  const parsed = ProbeRequestSchema.safeParse(parseJsonBody(await readText(request, MAX_REQUEST_BYTES)));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const detail = `${issue?.path.join(".") || "The body"}: ${issue?.message}`;
  throw new ProblemError(400, "bad_request", "Bad request", detail);
}

/** An echo is called as task apps are: at a public address, and only if it says that it is well. @throws ProblemError 422 */
async function checkEcho(url: string, origin: string, env: AppEnv["Bindings"]): Promise<void> {
  const rules = { allow_local: isDevelopment(env), own_hosts: [new URL(origin).host] };
  const verdict = checkOutboundUrl(url, rules);
  if (verdict.kind === "refused") {
    throw new ProblemError(422, "echo_refused", "The echo may not be called", `against ${verdict.reason}`);
  }
  const health = await checkTaskApp({ url, api_key: null, fetch: (input, init) => fetch(input, init) });
  if (health.ok) return;
  const detail = `The echo is not ready: ${health.detail}`;
  throw new ProblemError(422, "echo_unhealthy", "The echo is not ready", detail);
}

// Without a key: the two parts of the address are what opens it.
probeRoutes.post("/echo/:id/:token/rollout", async (c) => {
  const { id, token } = c.req.param();
  const answer = await probeOfId(c.env, id)?.hold(token);
  if (!answer)
    throw new ProblemError(404, "not_found", "Not found", "No probe of this address is under way.");
  return c.json({ metrics: { outcome_reward: answer.in_flight } });
});
