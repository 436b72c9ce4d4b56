// Task apps and providers that stumble: what is tried again, what is not, and what the job comes to.

import { beforeEach, expect, test, vi } from "vitest";
import { BASELINE, comparable, ended, eventsOf, results, submit } from "./api.ts";
import {
  obedient,
  PROPOSER_MODEL,
  type RolloutCall,
  renderedByTheApp,
  scored,
  throughInterceptor,
  World,
} from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
  // Waits between attempts are drawn from nought up to a limit; these tests draw nought.
  vi.spyOn(Math, "random").mockReturnValue(0);
});

async function resultsOf(options = {}) {
  const { job_id } = await submit(options);
  await ended(job_id);
  return comparable(await results(job_id));
}

/** Calls of the rollouts of a seed, by run id. */
function callsOf(seed: number): RolloutCall[][] {
  return Object.values(
    Object.groupBy(
      world.rollouts.filter((call) => call.seed === seed),
      ({ run_id }) => run_id,
    ),
  ).map((calls) => calls ?? []);
}

test("a rollout that fails with 500, is cut off or says nonsense is asked again, under the same run id, and the result is the same", async () => {
  const twin = await resultsOf();
  world = new World().install();
  const stumbles = [
    () => Response.json({ detail: "oops" }, { status: 500 }),
    () => {
      throw new Error("Network connection lost.");
    },
    () => new Response("<html>"),
  ];
  world.play = async (call) => {
    const stumble = call.repeats === 0 ? stumbles[call.seed - 3] : undefined;
    return stumble ? stumble() : renderedByTheApp(call);
  };
  expect(await resultsOf()).toEqual(twin);
  for (const seed of [3, 4, 5]) {
    expect(callsOf(seed).length).toBeGreaterThan(0);
    for (const calls of callsOf(seed)) expect(calls.length).toBe(2);
  }
  for (const { headers, run_id } of world.rollouts) expect(headers.get("idempotency-key")).toBe(run_id);
});

test("a task app that answers 429 with Retry-After is left alone for that long, and the result is the same", async () => {
  const twin = await resultsOf();
  world = new World().install();
  let refusedAt = 0;
  const comebacks: number[] = [];
  world.play = async (call) => {
    if (call.seed === 3 && refusedAt === 0) {
      refusedAt = Date.now();
      return new Response(null, { status: 429, headers: { "retry-after": "1" } });
    }
    if (call.repeats > 0) comebacks.push(Date.now() - refusedAt);
    return renderedByTheApp(call);
  };
  expect(await resultsOf()).toEqual(twin);
  expect(comebacks.length).toBe(1);
  // A timer may be a moment early by another clock.
  expect(comebacks[0]).toBeGreaterThanOrEqual(950);
});

test("a rollout that is refused with 404 is not asked again: it scores nothing, and the job goes on", async () => {
  world.play = async (call) =>
    call.seed === 3 ? Response.json({ detail: "no such example" }, { status: 404 }) : renderedByTheApp(call);
  const { job_id } = await submit();
  expect((await ended(job_id)).status).toBe("succeeded");
  expect(world.rollouts.every(({ repeats }) => repeats === 0)).toBe(true);
  const found = await results(job_id);
  expect(found.attempted_candidates[0]?.instance_scores).toMatchObject({ 0: 0.5, 3: 0 });
  expect(found.rollouts).toBe(world.rollouts.length);
  const baseline = (await eventsOf(job_id)).find(({ type }) => type === "prompt.learning.gepa.baseline");
  const { instance_scores, seeds_evaluated } = baseline?.data ?? {};
  expect(Object(instance_scores)[Object(seeds_evaluated).indexOf(3)]).toBe(0);
});

test("a task app that fails every rollout of the baseline fails the job, with the reason, before any proposal", async () => {
  world.play = async () => Response.json({ detail: "the dataset is gone" }, { status: 410 });
  const job = await ended((await submit()).job_id);
  expect(job).toMatchObject({ status: "failed", finish_reason: "error", best_score: null });
  expect(job.error).toContain("every rollout of the baseline failed");
  expect(job.error).toContain("410: the dataset is gone");
  expect(world.rollouts.length).toBe(10);
  expect(world.models).toEqual([]);
});

test("the task app's key never shows in an error, even when the task app repeats it", async () => {
  world.play = async ({ headers }) =>
    Response.json({ detail: `wrong key ${headers.get("x-api-key")}` }, { status: 403 });
  const job = await ended((await submit()).job_id);
  expect(job.error).toContain("wrong key");
  expect(job.error).not.toContain("task-app-key");
});

test("a provider that refuses the policy's calls fails the job with the provider's words and without its key", async () => {
  world.complete = async () =>
    Response.json({ error: { message: "Incorrect API key provided: operator-key" } }, { status: 401 });
  world.play = throughInterceptor(BASELINE);
  const job = await ended((await submit()).job_id);
  expect(job.status).toBe("failed");
  expect(job.error).toContain("Incorrect API key provided");
  expect(job.error).not.toContain("operator-key");
});

test("a reward given though no call to the model succeeded does not count", async () => {
  world.complete = async () => Response.json({ error: { message: "no such model" } }, { status: 404 });
  world.play = async (call) => {
    await throughInterceptor(BASELINE)(call);
    return scored(call.seed, "red green blue grey");
  };
  const job = await ended((await submit()).job_id);
  expect(job.status).toBe("failed");
  expect(job.error).toContain("no call to the model succeeded");
});

test("a proposer that stumbles is asked again, and one that refuses costs the job its children, each with the reason", async () => {
  const twin = await resultsOf();
  const asked = new Set<string>();
  world.complete = async (call) => {
    const question = JSON.stringify(call.messages);
    if (call.model !== PROPOSER_MODEL || asked.has(question)) return obedient(call);
    asked.add(question);
    return Response.json(
      { error: { message: "overloaded" } },
      { status: 503, headers: { "retry-after-ms": "5" } },
    );
  };
  expect(await resultsOf()).toEqual(twin);

  world.complete = async () => Response.json({ error: { message: "no such model" } }, { status: 404 });
  const { job_id } = await submit({ "termination_config.max_consecutive_errors": 0 });
  expect(await ended(job_id)).toMatchObject({ status: "succeeded" });
  const [, ...children] = (await results(job_id)).attempted_candidates;
  expect(children.length).toBeGreaterThan(0);
  expect(new Set(children.map(({ reject_reason }) => reject_reason))).toEqual(new Set(["proposal_failed"]));
  const told = (await eventsOf(job_id)).filter(({ data }) => data.reject_reason === "proposal_failed");
  expect(told[0]?.data.reject_detail).toContain("no such model");
});

test("the rollout budget is never overrun, whatever fails and however often it is asked again", async () => {
  world.play = async (call) =>
    call.repeats === 0 && call.seed % 5 === 0 ? Response.json({}, { status: 500 }) : renderedByTheApp(call);
  const options = { "gepa.rollout.budget": 60, "gepa.population.num_generations": 50 };
  const job = await ended((await submit(options)).job_id);
  expect(job).toMatchObject({ status: "succeeded", finish_reason: "budget" });
  expect(job.progress.rollouts_completed).toBeLessThanOrEqual(60);
  expect(new Set(world.rollouts.map(({ run_id }) => run_id)).size).toBe(job.progress.rollouts_completed);
});
