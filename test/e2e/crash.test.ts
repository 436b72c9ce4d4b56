// The promise that sells the service: pull the plug at any moment, and the job ends as if nothing had happened.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../scripts/lib/service.ts";
import type { JobResults } from "../../src/wire/job.ts";
import { api, resultsOf, type Stack, startStack, submit, waitFor } from "../support/stack.ts";

const TOML = readFileSync(`${ROOT}examples/support-tickets/gepa.toml`, "utf8");
/** The other crash tests kill at every point; here it is the way a developer's own server ends, with many rollouts in flight. */
const KILLS = 2;
/** A part of the example: as many rollouts at once, fewer in all. */
const SHORT = {
  "prompt_learning.gepa.rollout.budget": 400,
  "prompt_learning.gepa.evaluation.validation_top_k": 1,
  "prompt_learning.gepa.archive.pareto_set_size": 20,
};
let stack: Stack;

beforeAll(async () => {
  stack = await startStack([`${ROOT}examples/support-tickets/task-app.ts`]);
});
afterAll(() => stack.stop());

/** All that two runs of the same job must agree on: everything but the job's own id. */
function comparable({ job_id: _, ...results }: JobResults): unknown {
  return results;
}

test(`a job whose server is killed at ${KILLS} different moments ends with the identical result and repeats no finished rollout`, async () => {
  const undisturbed = await resultsOf(stack, (await submit(stack, TOML, SHORT)).job_id);
  expect(undisturbed.job.status).toBe("succeeded");
  const { rollouts } = undisturbed.results;
  const before = await stack.stats();
  expect(before.rollouts).toBe(rollouts);

  const { job_id } = await submit(stack, TOML, SHORT);
  let survived = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    // Not in the last part, where a quick job may end before the plug is pulled.
    const moment = Math.floor((0.85 * rollouts * (kill + 0.5)) / KILLS);
    const seen = await waitFor(stack, job_id, ({ progress, status }) => {
      return progress.rollouts_completed >= moment || status === "succeeded";
    });
    if (seen.status !== "succeeded") survived += 1;
    const finished = seen.progress.rollouts_completed;
    await stack.crash();
    const after = await waitFor(stack, job_id, () => true);
    expect(after.progress.rollouts_completed).toBeGreaterThanOrEqual(finished);
  }
  expect(survived).toBe(KILLS);

  const disturbed = await resultsOf(stack, job_id);
  expect(await (await api(stack, `/${job_id}/verification`)).json()).toMatchObject({ holds: true });
  expect(comparable(disturbed.results)).toEqual(comparable(undisturbed.results));
  const after = await stack.stats();
  expect(after.distinct_run_ids - before.distinct_run_ids).toBe(rollouts);
  // What was in flight when the plug was pulled is asked again; what had finished is not.
  const repeated = after.rollouts - before.rollouts - rollouts;
  expect(repeated).toBeLessThanOrEqual(KILLS * before.peak_in_flight);
});
