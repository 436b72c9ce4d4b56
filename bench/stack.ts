// What the benchmarks of the service run on: the Worker on workerd itself, without the tools of development, whose proxies would
// take time and memory of their own, and stubs of a task app and a proposer.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startListening } from "../scripts/lib/process.ts";
import { ROOT } from "../scripts/lib/service.ts";
import type { JsonObject } from "../src/wire/json.ts";
import { bundleWorker, startWorkerd } from "../test/support/workerd.ts";

/** The key of a request to a development deployment. */
export const API_KEY = "dev";

const CLASSES = {
  JOBS: "CountingJob",
  LANES: "RolloutLane",
  TENANTS: "Tenant",
  LOOPS: "BareLoop",
  PROBES: "Probe",
};

/** A running stack. */
export interface Bench {
  service: string;
  app: string;
  /** The process of the service. */
  pid: number;
  /** The folder of the objects' storage. */
  state: string;
}

/** Runs a benchmark against a task app of this latency, in milliseconds, and ends everything. */
export async function withStack<T>(latencyMs: number, use: (bench: Bench) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "cultivar-bench-"));
  const bundle = bundleWorker(`${ROOT}bench/wrangler.toml`, join(folder, "bundle"));
  const app = await startListening({
    args: [`${ROOT}bench/stub-servers.ts`, "--latency-ms", String(latencyMs)],
  });
  const vars = { OPENAI_API_KEY: "stub", OPENAI_BASE_URL: `${app.url}/v1` };
  const service = await startWorkerd({ bundle, folder, vars, classes: CLASSES });
  try {
    const state = join(folder, "state");
    return await use({ service: service.url, app: app.url, pid: service.pid, state });
  } finally {
    await service.stop();
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What decides how often a job of so many rollouts has to wait for all of them. */
export interface Shape {
  paretoSeeds: number;
  initialSize: number;
  children: number;
  /** Mean reward that ends the search. */
  target?: number;
}

/** A usual search: generations of ten children, each of which waits for its minibatch, its proposal and its siblings. */
export const USUAL: Shape = { paretoSeeds: 100, initialSize: 10, children: 10 };

/** The config of a job with such a budget. */
export function jobOf({ app }: Bench, budget: number, shape: Shape, concurrent: number): JsonObject {
  return {
    algorithm: "gepa",
    task_app_url: app,
    initial_prompt: { messages: [{ role: "system", pattern: "Answer well." }] },
    policy: { model: "gpt-4o-mini", provider: "openai" },
    gepa: {
      rollout: { budget, max_concurrent: concurrent, minibatch_size: 10 },
      evaluation: { seeds: { start: 0, end: shape.paretoSeeds + 100 } },
      population: {
        initial_size: shape.initialSize,
        num_generations: 10_000,
        children_per_generation: shape.children,
        patience_generations: 0,
      },
      archive: { pareto_set_size: shape.paretoSeeds },
    },
    termination_config: { target_score: shape.target ?? null },
  };
}
