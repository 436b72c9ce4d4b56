import { describe, expect, test } from "vitest";
import type { Results } from "../../../../src/engines/engine.ts";
import { BootstrapFailedError } from "../../../../src/engines/mipro/bootstrap.ts";
import { miproEngine } from "../../../../src/engines/mipro/mipro.ts";
import type { MiproSettings } from "../../../../src/engines/mipro/settings.ts";
import type { MiproState } from "../../../../src/engines/mipro/state.ts";
import { range } from "../../../support/fruit.ts";
import { MemoryWork, type ToyWorld } from "../../../support/memory-work.ts";
import { fruitTrials } from "../../../support/mipro-fruit.ts";

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];
const world = (change: Partial<ToyWorld> = {}): ToyWorld => ({
  wants: (seed) => [WORDS[seed % 8] ?? "", WORDS[(seed * 3 + 1) % 8] ?? ""],
  expected: (seed) => WORDS[seed % 8] ?? "",
  // Every proposal lists some fruit: which ones depends on nothing but its number.
  propose: ({ replicate }) =>
    `\`\`\`\nList fruit ${WORDS.filter((_, i) => ((replicate * 7 + i * 5) % 8) % 3 === 0).join(" ")} ${replicate}\n\`\`\``,
  ...change,
});

async function run(
  work: MemoryWork,
  chosen: MiproSettings,
): Promise<{ state: MiproState; results: Results }> {
  const engine = miproEngine(chosen);
  let state = engine.begin();
  while (!engine.verdict(state)) {
    work.beginStep();
    // What a crash between two steps would do to the state.
    state = JSON.parse(JSON.stringify(await engine.step(state, work)));
  }
  return { state, results: engine.results(state) };
}

describe("MIPRO", () => {
  test("finds a better prompt than the baseline and scores both on the test seeds", async () => {
    const { results } = await run(new MemoryWork(world()), fruitTrials());
    const [baseline, best] = results.test;
    expect(baseline).toMatchObject({ id: "trans_00000", rank: -1, mean: 0 });
    expect(best?.mean).toBeGreaterThan(0.3);
    expect(results.ranking[0]).toBe(best?.id);
  });

  test("gives the same result, byte for byte, whatever the order in which answers come back", async () => {
    const settings = fruitTrials({ num_iterations: 2 });
    const plain = JSON.stringify((await run(new MemoryWork(world()), settings)).state);
    for (let seed = 1; seed <= 200; seed++) {
      const delay = (n: number) => (n * 7919 * seed) % 11;
      const { state } = await run(new MemoryWork(world({ delay })), settings);
      expect(JSON.stringify(state), `delays of seed ${seed}`).toBe(plain);
    }
  }, 60_000);

  test.each(range(30, 330).filter((n) => n % 13 === 0))(
    "never spends more than a budget of %i rollouts, and ends with the best so far",
    async (budget) => {
      const work = new MemoryWork(world({ budget }));
      const { state } = await run(work, fruitTrials({ num_iterations: 100 }));
      expect(work.spent).toBeLessThanOrEqual(budget);
      expect(state.stop).not.toBeNull();
      expect(state.incumbent).not.toBeNull();
      expect(state.test.length).toBeGreaterThan(1);
    },
  );

  test.each([
    ["a minibatch at a time", {}],
    ["with validation seeds", { val_seeds: range(70, 80) }],
    ["all seeds at a time", { batch_size: null }],
    ["one after the other", { strategy: "reference" as const, sampler: "tpe" as const }],
    ["with reference seeds", { reference_seeds: range(80, 90) }],
  ])("%s, a small budget still has room for a trial and for its full evaluation", async (_, change) => {
    for (let search = 4; search <= 90; search += 3) {
      const budget = search + 16;
      const work = new MemoryWork(world({ budget }));
      const { state } = await run(work, fruitTrials({ num_iterations: 2, ...change }));
      expect(work.spent).toBeLessThanOrEqual(budget);
      const full = state.combinations.filter(({ full_score }) => full_score !== null);
      expect(full.length, `a search of ${search} rollouts`).toBeGreaterThan(1);
    }
  });

  test("fails at once, with counts, when a strict bootstrap finds too few demos", async () => {
    const settings = fruitTrials({ strict_bootstrap: true, min_bootstrap_demos: 3 });
    const running = run(new MemoryWork(world()), settings);
    await expect(running).rejects.toThrow(BootstrapFailedError);
    await expect(running).rejects.toThrow(
      "the bootstrap needs 3 demos and found 0: of 8 rollouts 0 reached a reward of 0.5, 0 failed with an error",
    );
  });

  test("fails a strict bootstrap of rollouts that are good but show no call", async () => {
    class Silent extends MemoryWork {
      override async evaluate(...asked: Parameters<MemoryWork["evaluate"]>) {
        return (await super.evaluate(...asked)).map(({ trace: _, ...unseen }) => unseen);
      }
    }
    const settings = fruitTrials({ strict_bootstrap: true, min_bootstrap_demos: 1 });
    const good = world({ wants: () => ["List"] });
    const running = run(new Silent(good), { ...settings, target: null });
    await expect(running).rejects.toThrow(
      "the bootstrap needs 1 demos and found 0: of 8 rollouts 8 reached a reward of 0.5, 8 of them without a call that can be shown, 0 failed with an error",
    );
    const { state } = await run(new MemoryWork(good), settings);
    expect(state.stop).not.toBeNull();
  });
});
