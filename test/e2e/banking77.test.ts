// Real sentences: 20 intents of Banking77, 200 for training, 100 for validation, 300 for test, and 2,000 rollouts.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../scripts/lib/service.ts";
import { fixturesFolder, NO_FIXTURES } from "../support/fixtures.ts";
import { resultsOf, type Stack, startStack, submit } from "../support/stack.ts";

const TOML = readFileSync(`${ROOT}examples/banking77/gepa.toml`, "utf8");
const BUDGET = 2_000;
const folder = fixturesFolder();
const data = folder === undefined ? undefined : join(folder, "data", "banking77");
const missing = data === undefined || !existsSync(data);
let stack: Stack;

describe.skipIf(missing)(`Banking77${missing ? ` (${NO_FIXTURES})` : ""}`, () => {
  beforeAll(async () => {
    stack = await startStack([`${ROOT}examples/banking77/task-app.ts`, "--data", data ?? ""]);
  });
  afterAll(() => stack.stop());

  test("ends with a prompt that beats the baseline on the test sentences, within the budget by the task app's count", async () => {
    const { job_id } = await submit(stack, TOML, { "prompt_learning.gepa.rollout.budget": BUDGET });
    const { job, results } = await resultsOf(stack, job_id);
    expect(job.status).toBe("succeeded");
    const [baseline, best] = results.test_results;
    expect(baseline).toMatchObject({ is_baseline: true });
    expect(baseline?.seeds).toHaveLength(300);
    expect(best?.accuracy).toBeGreaterThan(baseline?.accuracy ?? 1);
    const { rollouts, peak_in_flight } = await stack.stats();
    expect(rollouts).toBeLessThanOrEqual(BUDGET);
    expect(rollouts).toBe(results.rollouts);
    expect(peak_in_flight).toBeLessThanOrEqual(24);
  });
});
