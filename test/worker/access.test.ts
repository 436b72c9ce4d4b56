// Who may do what: keys, and the wall between tenants.

import { beforeEach, expect, test } from "vitest";
import { ALPHA, BETA, call, ended, jobs, ORIGIN, posted, problemOf, smallJob, submit, view } from "./api.ts";
import { World } from "./world.ts";

const JOBS = "/api/prompt-learning/online/jobs";
const NOBODY = "pl_0123456789abcdef";
let world: World;
beforeEach(() => {
  world = new World().install();
});

test("a request without a key is turned away, on every route of the API and before anything is looked up", async () => {
  for (const path of ["", `/${NOBODY}`, `/${NOBODY}/events`, `/${NOBODY}/events/stream`, "/no/such/route"]) {
    const answer = await call(`${JOBS}${path}`);
    expect(answer.headers.get("www-authenticate")).toContain("Bearer");
    expect((await problemOf(answer, 401)).code).toBe("unauthorized");
  }
  await problemOf(await call(JOBS, posted({ config_body: smallJob() })), 401);
  expect(world.checks).toBe(0);
});

test("a key that is not known, is cut short or names its tenant is turned away", async () => {
  for (const key of ["wrong", "key-", "key-a ,", "alpha:key-a", "KEY-A", ""]) {
    await problemOf(await jobs("", {}, key), 401);
    await problemOf(await call(JOBS, { headers: { "x-api-key": key } }), 401);
  }
});

test("a key opens the API as a Bearer token, whatever its case, and as X-API-Key", async () => {
  const shown: [string, string][] = [
    ["authorization", "Bearer key-a"],
    ["authorization", "bearer key-a"],
    ["x-api-key", "key-a"],
  ];
  for (const header of shown) {
    expect((await call(JOBS, { headers: [header] })).status).toBe(200);
  }
});

test("a tenant's job is to another tenant as an id that never was, whatever is asked of it", async () => {
  const { job_id } = await submit();
  const asked = [
    ["", "GET"],
    ["/results", "GET"],
    ["/events", "GET"],
    ["/events/stream", "GET"],
    ["/start", "POST"],
    ["/cancel", "POST"],
  ] as const;
  for (const [path, method] of asked) {
    const [theirs, nobodys] = await Promise.all(
      [job_id, NOBODY].map(async (id) => {
        const { request_id: _, ...problem } = await problemOf(
          await jobs(`/${id}${path}`, { method }, BETA),
          404,
        );
        return JSON.stringify(problem).replaceAll(id, "ID");
      }),
    );
    expect(theirs).toBe(nobodys);
  }
  expect((await ended(job_id)).status).toBe("succeeded");
});

test("each tenant lists its own jobs", async () => {
  const mine = await submit({}, { auto_start: false }, ALPHA);
  const theirs = await submit({}, { auto_start: false }, BETA);
  const listed = async (key: string) => {
    const page = (await (await jobs("", {}, key)).json()) as { items: { job_id: string }[] };
    return page.items.map(({ job_id }) => job_id);
  };
  expect(await listed(ALPHA)).toContain(mine.job_id);
  expect(await listed(ALPHA)).not.toContain(theirs.job_id);
  expect(await listed(BETA)).toEqual([theirs.job_id]);
  expect((await view(theirs.job_id, BETA)).job_id).toBe(theirs.job_id);
});

test("an id that no job can have is answered like one that never was", async () => {
  for (const id of [
    "x",
    "pl_",
    "pl_0123456789ABCDEF",
    `pl_${"0".repeat(17)}`,
    "%00",
    "..%2f..",
    "a".repeat(5_000),
  ]) {
    expect((await problemOf(await jobs(`/${id}`), 404)).code).toMatch(/job_not_found|not_found/);
  }
});

test("a path that leads nowhere is told as a problem, with an id to quote", async () => {
  const answer = await call("/nowhere", { method: "PUT" });
  const requestId = answer.headers.get("x-request-id");
  const problem = await problemOf(answer, 404);
  expect(problem).toMatchObject({ code: "not_found", instance: "/nowhere", request_id: requestId });
  expect(problem.detail).toContain("PUT /nowhere");
});

test("health is open to everybody, and the API describes itself", async () => {
  const healthy = { status: "ok", execution_mode: "lanes", most_in_flight: 1_000 };
  expect(await (await call("/health")).json()).toEqual(healthy);
  expect(await (await call("/api/health")).json()).toEqual(healthy);
  const spec = (await (await call("/openapi.json")).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { responses: object }>>;
  };
  expect(spec.openapi).toMatch(/^3\.1/);
  const routes = Object.entries(spec.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const steered = [JOBS, "/api/jobs"].flatMap((base) =>
    ["cancel", "pause", "resume", "start", "stop"].map((command) => `POST ${base}/{id}/${command}`),
  );
  const expected = [
    `GET ${JOBS}`,
    `GET ${JOBS}/{id}`,
    `GET ${JOBS}/{id}/events`,
    `GET ${JOBS}/{id}/events/stream`,
    `GET ${JOBS}/{id}/results`,
    `GET ${JOBS}/{id}/verification`,
    `DELETE ${JOBS}/{id}`,
    "DELETE /api/jobs/{id}",
    `POST ${JOBS}`,
    ...steered,
    "POST /api/prompt-learning/validate",
    "POST /api/probe",
    "GET /api/verifiers",
    "POST /api/verifiers",
    "GET /api/verifiers/{id}",
    "DELETE /api/verifiers/{id}",
  ];
  expect(routes.sort()).toEqual(expected.sort());
  expect(JSON.stringify(spec)).not.toContain(ORIGIN);
});
