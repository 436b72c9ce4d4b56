// The HTTP facade: who calls, which route, and how errors are told. Everything else lives behind the routes.

import { OpenAPIHono } from "@hono/zod-openapi";
import { mostInFlight } from "../durable/execution-mode.ts";
import { tenantOf } from "./auth.ts";
import type { AppEnv } from "./context.ts";
import { executionMode } from "./operator.ts";
import { ProblemError, problemResponse } from "./problem.ts";
import { commandRoutes } from "./routes/commands.ts";
import { interceptorRoutes } from "./routes/interceptor.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { probeRoutes } from "./routes/probe.ts";
import { schemaRoutes } from "./routes/schema.ts";
import { validateRoutes } from "./routes/validate.ts";
import { verifierRoutes } from "./routes/verifiers.ts";

/** The app with all its routes. */
export const app = new OpenAPIHono<AppEnv>();

app.use("*", async (c, next) => {
  c.set("requestId", crypto.randomUUID());
  await next();
  if (!c.res.headers.has("x-request-id")) c.res.headers.set("x-request-id", c.var.requestId);
});

app.get("/", (c) => c.json({ service: "cultivar", docs: "/openapi.json" }));
for (const path of ["/health", "/api/health"]) {
  app.get(path, (c) => {
    const execution_mode = executionMode(c.env);
    return c.json({ status: "ok", execution_mode, most_in_flight: mostInFlight(execution_mode) });
  });
}

app.route("/schema", schemaRoutes);
app.route("/api/interceptor/v1", interceptorRoutes);

for (const path of ["/api/prompt-learning/*", "/api/jobs/*", "/api/verifiers/*", "/api/probe"]) {
  app.use(path, async (c, next) => {
    c.set("tenant", await tenantOf(c.req.raw.headers, c.env));
    await next();
  });
}
app.route("/api/jobs", commandRoutes);
app.route("/api/prompt-learning/online/jobs", commandRoutes);
app.route("/api/prompt-learning/online/jobs", jobRoutes);
app.route("/api/prompt-learning/validate", validateRoutes);
app.route("/api/verifiers", verifierRoutes);
app.route("/api/probe", probeRoutes);

app.doc31("/openapi.json", {
  openapi: "3.1.0",
  info: { title: "Cultivar", version: "0.1.0", description: "Prompt optimisation as a service." },
});

app.notFound((c) => {
  const detail = `There is nothing at ${c.req.method} ${c.req.path}.`;
  return problemResponse(
    new ProblemError(404, "not_found", "Not found", detail),
    c.var.requestId,
    c.req.path,
  );
});

app.onError((error, c) => problemResponse(error, c.var.requestId, c.req.path));
