// What the sampler learns from, and how trials that run together keep apart.

import { expect, test } from "vitest";
import { miproEngine } from "../../../../src/engines/mipro/mipro.ts";
import { type Observation, REFERENCE_TPE, suggest } from "../../../../src/engines/mipro/tpe.ts";
import { RANDOM } from "../../../../src/engines/random.ts";
import { MemoryWork } from "../../../support/memory-work.ts";
import { fruitTrials } from "../../../support/mipro-fruit.ts";

const space = [
  { name: "a", choices: 3 },
  { name: "b", choices: 3 },
];
const finished: Observation[] = Array.from({ length: 12 }, (_, i) => ({
  choices: [i % 3, (i * 2) % 3],
  value: i % 3,
}));
const streams = () => ({
  startup: RANDOM.from(RANDOM.seed(1)),
  model: RANDOM.from(RANDOM.seed(2)),
});

test("a trial under way counts as a bad one: there is less to be said for its point", () => {
  const alone = suggest(space, finished, REFERENCE_TPE, streams());
  const beside = suggest(space, finished, REFERENCE_TPE, streams(), [alone.choices]);
  const worth = ({ considered }: typeof alone) =>
    considered.find(({ choices }) => choices.join() === alone.choices.join())?.acquisition ?? Number.NaN;
  expect(worth(beside)).toBeLessThan(worth(alone));
});

test("a candidate counts by the seeds that it was scored on, in minibatches", async () => {
  let learnt: readonly Observation[] = [];
  const engine = miproEngine(fruitTrials({ sampler: "tpe", num_iterations: 2 }), {
    suggest: (offered, known, ...more) => {
      learnt = known;
      return suggest(offered, known, ...more);
    },
  });
  const work = new MemoryWork({ wants: (seed) => [["apple", "pear"][seed % 2] ?? ""] });
  let state = engine.begin();
  while (state.iteration < 1 || state.phase !== "trials") state = await engine.step(state, work);
  const seeds = state.combinations.map(({ rewards }) => Object.keys(rewards).length);
  await engine.step(state, work);
  expect(new Set(seeds).size).toBeGreaterThan(1);
  expect(learnt.map(({ weight }) => weight)).toEqual(seeds.map((count) => count / 8));
});
