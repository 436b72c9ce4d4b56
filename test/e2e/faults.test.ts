// The faults of a task app once more, on real sockets and the real runtime, whose errors have words of their own: what may
// pass changes nothing of a result, and nothing that a task app sends makes the process grow.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "../../scripts/lib/process.ts";
import { ROOT } from "../../scripts/lib/service.ts";
import type { JobEvent, JobResults, JobView } from "../../src/wire/job.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import { gepaJob } from "../crash/subjects.ts";
import { type AppCall, type FaultApp, startFaultApp } from "../support/fault-app.ts";
import { type Fault, faultNamed } from "../support/faults.ts";
import { api, type JobAndResults, resultsOf } from "../support/stack.ts";
import { bundleWorker, startWorkerd } from "../support/workerd.ts";

/** Faults that pass; not those that only a time limit of minutes ends. */
const PASSING = [
  ...[
    "reset before an answer",
    "closed before an answer",
    "reset inside the headers",
    "reset inside the body",
  ],
  ...["closed before its content length", "reset inside a chunk", "a garbage status line"],
  ...["900 headers", "a header of 1 MB"],
  ...[
    "status 500",
    "status 503",
    "status 429, Retry-After: 0.5",
    "status 429, Retry-After: soon",
    "status 408",
  ],
  ...["an empty body", "truncated JSON", "a page of a proxy", "a million open brackets", "status 204"],
  ...["a reward of 1e999", "a reward of NaN"],
];
/** Faults that slow a job down, since they say that there are too many calls: a few are enough. */
const CONGESTED = /status (408|429|503)/;
const MOST_CONGESTED = 3;
const FINAL = [
  "status 404",
  "status 401",
  "status 302",
  "a body of 300 MB",
  "a body without end",
  "a gzip bomb",
];
/** What reading a few answers up to their cap at a time may take, with what the runtime keeps for itself. */
const MAX_GROWTH_MB = 200;

let app: FaultApp;
let service: Server & { url: string };
let folder: string;
const plans = new Map<string, (call: AppCall) => Fault | undefined>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cultivar-faults-"));
  app = await startFaultApp();
  app.plan = (call) => plans.get(call.run_id.slice(0, 19))?.(call);
  const bundle = bundleWorker(`${ROOT}wrangler.toml`, join(folder, "bundle"));
  const vars = { OPENAI_API_KEY: "simulated", OPENAI_BASE_URL: `${app.url}/v1` };
  service = await startWorkerd({ bundle, folder, vars });
});
afterAll(async () => {
  await service.kill();
  await app[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A whole job whose calls go wrong as planned. */
async function run(plan: (call: AppCall) => Fault | undefined): Promise<JobAndResults> {
  const config_body: JsonObject = { ...gepaJob(4), task_app_url: app.url };
  const post = (path: string, body: object) =>
    api(service, path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const created = await post("", { config_body, auto_start: false });
  const { job_id } = (await created.json()) as JobView;
  plans.set(job_id, plan);
  await post(`/${job_id}/start`, {});
  const found = await resultsOf(service, job_id);
  expect(await (await api(service, `/${job_id}/verification`)).json()).toMatchObject({ holds: true });
  return found;
}

function comparable({ job_id: _, ...results }: JobResults): unknown {
  return results;
}

const callsOf = ({ job }: JobAndResults) => app.calls.filter(({ run_id }) => run_id.startsWith(job.job_id));

test("faults that pass, each at every third rollout of a job, change nothing of any job's result, and cost one call each", async () => {
  const plain = await run(() => undefined);
  expect(plain.job.status).toBe("succeeded");
  const runs = await Promise.all(
    PASSING.map(async (name) => {
      let met = 0;
      const found = await run(({ seed, repeats }) => {
        if (seed % 3 !== 0 || repeats > 0) return undefined;
        if (CONGESTED.test(name) && met >= MOST_CONGESTED) return undefined;
        met += 1;
        return faultNamed(name);
      });
      return { name, met, ...found };
    }),
  );
  for (const { name, met, ...found } of runs) {
    expect(met, name).toBeGreaterThan(0);
    expect(comparable(found.results), name).toEqual(comparable(plain.results));
    expect(callsOf(found).length, name).toBe(plain.results.rollouts + met);
  }
});

test("faults that do not pass fail the rollout they meet, once, and never make the process grow", async () => {
  const before = memoryMb();
  const runs = await Promise.all(
    FINAL.map(async (name) => ({
      name,
      ...(await run(({ seed }) => (seed % 5 === 2 ? faultNamed(name) : undefined))),
    })),
  );
  for (const { name, ...found } of runs) {
    expect(found.job.status, name).toBe("succeeded");
    const calls = callsOf(found);
    expect(
      calls.every(({ repeats }) => repeats === 0),
      name,
    ).toBe(true);
    expect(calls.length, name).toBe(found.results.rollouts);
    const baseline = found.results.attempted_candidates[0];
    expect(baseline?.instance_scores["2"], name).toBe(0);
  }
  expect(memoryMb() - before).toBeLessThan(MAX_GROWTH_MB);
});

test("a task app that is always down fails its job at the baseline, with its words, and the log ends with that", async () => {
  const { job } = await run(() => faultNamed("status 500"));
  expect(job).toMatchObject({ status: "failed", error: expect.stringContaining("it fell over") });
  const page = await (await api(service, `/${job.job_id}/events?limit=1000`)).json();
  const { events } = page as { events: JobEvent[] };
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)?.type).toBe("prompt.learning.gepa.failed");
});

/** The most that the process has ever held, in MB; 0 where the system does not say. */
function memoryMb(): number {
  try {
    const [, kb] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${service.pid}/status`, "utf8")) ?? [];
    return Number(kb ?? 0) / 1024;
  } catch {
    return 0;
  }
}
