// `npm run demo -- mipro` as a test: the example config on real processes, and its best prompt on tickets nobody searched with.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../scripts/lib/service.ts";
import { resultsOf, type Stack, startStack, submit } from "../support/stack.ts";

const TOML = readFileSync(`${ROOT}examples/support-tickets/mipro.toml`, "utf8");
let stack: Stack;

beforeAll(async () => {
  stack = await startStack([`${ROOT}examples/support-tickets/task-app.ts`]);
});
afterAll(() => stack.stop());

test("the example MIPRO job beats its baseline on the test tickets, within its budget by the task app's count", async () => {
  const { job_id } = await submit(stack, TOML);
  const { job, results } = await resultsOf(stack, job_id);
  expect(job).toMatchObject({ status: "succeeded", algorithm: "mipro" });
  const [baseline, best] = results.test_results;
  expect(baseline).toMatchObject({ is_baseline: true });
  expect(best?.accuracy).toBeGreaterThan(baseline?.accuracy ?? 1);
  const { rollouts } = await stack.stats();
  expect(rollouts).toBe(results.rollouts);
  expect(rollouts).toBeLessThanOrEqual(1_200);
});
