// A noisy neighbour: one tenant's job fills all its places with rollouts that take for ever; another's small job must not notice.

import { beforeEach, expect, test } from "vitest";
import { BETA, ended, eventually, jobs, submit, view } from "./api.ts";
import { type RolloutCall, renderedByTheApp, World } from "./world.ts";

const PLACES = 120;
/** Answers of the noisy job that come in for each one of the small job. */
const ANSWERS = 10;
const SMALL = {
  "gepa.population.initial_size": 1,
  "gepa.population.children_per_generation": 1,
  "gepa.population.num_generations": 1,
};

let world: World;
beforeEach(() => {
  world = new World().install();
});

test("a job with many slow rollouts in flight does not hold up another tenant's, answer for answer", async () => {
  // Made and opened here: a promise that one object has made cannot be resolved by another.
  const doors = Array.from({ length: 1_000 }, () => Promise.withResolvers<void>());
  const begun = { noisy: 0, small: 0 };
  let noisyId = "";
  let answered = 0;
  world.record = false;
  world.play = async (call: RolloutCall) => {
    if (noisyId !== "" && !call.run_id.startsWith(noisyId)) begun.small += 1;
    else {
      await doors[Math.floor(begun.noisy++ / ANSWERS)]?.promise;
      answered += 1;
    }
    return renderedByTheApp(call);
  };
  const noisy = await submit({
    "gepa.rollout.max_concurrent": PLACES,
    "gepa.rollout.budget": 5_000,
    "gepa.evaluation.seeds": { start: 0, end: 2_010 },
    "gepa.archive.pareto_set_size": 2_000,
  });
  noisyId = noisy.job_id;
  await eventually(() => expect(world.inFlight).toBe(PLACES));

  let open = 0;
  const opening = setInterval(() => {
    for (; open < begun.small; open++) doors[open]?.resolve();
  }, 1);
  const small = await submit(SMALL, {}, BETA);
  expect(await ended(small.job_id, BETA)).toMatchObject({ status: "succeeded" });
  clearInterval(opening);
  // It waited for no other answer of the noisy job, which goes on meanwhile with as many rollouts as before.
  expect(begun.small).toBeGreaterThan(10);
  expect(answered).toBeLessThanOrEqual(ANSWERS * begun.small);
  await eventually(() => expect([begun.noisy - answered, answered]).toEqual([PLACES, ANSWERS * open]));
  expect(await view(noisyId)).toMatchObject({ status: "running" });

  await jobs(`/${noisyId}/cancel`, { method: "POST" });
  expect(await ended(noisyId)).toMatchObject({ status: "cancelled" });
  for (const { resolve } of doors) resolve();
});
