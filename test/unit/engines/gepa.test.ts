import { describe, expect, test } from "vitest";
import type { Results } from "../../../src/engines/engine.ts";
import { BaselineFailedError } from "../../../src/engines/gepa/baseline.ts";
import { gepaEngine } from "../../../src/engines/gepa/gepa.ts";
import type { GepaSettings, GepaState } from "../../../src/engines/gepa/state.ts";
import { fruitSettings, range } from "../../support/fruit.ts";
import { MemoryWork, type ToyWorld } from "../../support/memory-work.ts";

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];
const world = (change: Partial<ToyWorld> = {}): ToyWorld => ({
  wants: (seed) => [WORDS[seed % 8] ?? "", WORDS[(seed * 3 + 1) % 8] ?? ""],
  ...change,
});

async function run(work: MemoryWork, chosen: GepaSettings): Promise<{ state: GepaState; results: Results }> {
  const engine = gepaEngine(chosen);
  let state = engine.begin();
  while (!engine.verdict(state)) {
    work.beginStep();
    // What a crash between two steps would do to the state.
    state = JSON.parse(JSON.stringify(await engine.step(state, work)));
  }
  return { state, results: engine.results(state) };
}

const types = (work: MemoryWork) => work.events.map(({ type }) => type.replace("prompt.learning.", ""));

describe("generational GEPA", () => {
  test("finds a better prompt than the baseline and scores both on the validation seeds", async () => {
    const work = new MemoryWork(world());
    const { results } = await run(work, fruitSettings());
    const [baseline, best] = results.validation;
    expect(baseline).toMatchObject({ id: "trans_00000", rank: -1, mean: 0 });
    expect(best?.mean).toBeGreaterThan(0.4);
    expect(results.ranking[0]).toBe(best?.id);
  });

  test("gives the same result whatever the order in which answers come back", async () => {
    const plain = await run(new MemoryWork(world()), fruitSettings());
    const scrambled = await run(new MemoryWork(world({ delay: (n) => (n * 7919) % 13 })), fruitSettings());
    expect(scrambled.state).toEqual(plain.state);
  });

  test("gives another result for another seed", async () => {
    const one = await run(new MemoryWork(world()), fruitSettings({ rng_seed: 1 }));
    const two = await run(new MemoryWork(world()), fruitSettings({ rng_seed: 2 }));
    expect(two.state.candidates).not.toEqual(one.state.candidates);
  });

  test.each(range(40, 140).filter((n) => n % 7 === 0))(
    "never spends more than a budget of %i rollouts",
    async (budget) => {
      const work = new MemoryWork(world({ budget }));
      const { state } = await run(
        work,
        fruitSettings({ num_generations: 50, validation_seeds: range(18, 22), test_seeds: [30, 31] }),
      );
      expect(work.spent).toBeLessThanOrEqual(budget);
      expect(state.stop).toBe("budget");
      expect(state.validation).toHaveLength(3);
      expect(state.test).toHaveLength(2);
    },
  );

  test("never shows a held-out seed to the search", async () => {
    const work = new MemoryWork(world());
    await run(work, fruitSettings());
    const searched = work.calls.filter(({ as }) => as === "pareto" || as === "feedback");
    expect(searched.filter(({ seed }) => seed >= 18)).toEqual([]);
    expect(
      work.proposals.some(({ messages }) => /example (1[89]|2\d)/.test(messages[0]?.content ?? "")),
    ).toBe(false);
  });

  test("reflects on feedback seeds and scores on Pareto seeds", async () => {
    const work = new MemoryWork(world());
    await run(work, fruitSettings());
    expect(new Set(work.calls.filter(({ as }) => as === "pareto").map(({ seed }) => seed))).toEqual(
      new Set(range(0, 10)),
    );
    const feedback = work.calls.filter(({ as }) => as === "feedback").map(({ seed }) => seed);
    expect(feedback.every((seed) => seed >= 10 && seed < 18)).toBe(true);
  });

  test("rejects a text that lost a placeholder, says so, and never evaluates it", async () => {
    const baseline = { system: "List fruit out of {choices}" };
    const propose = () => "```\nList whatever you like\n```";
    const work = new MemoryWork(world({ propose }));
    const { results } = await run(work, fruitSettings({ baseline, placeholders: ["choices"] }));
    const children = results.candidates.slice(1);
    expect(children.length).toBeGreaterThan(0);
    expect(new Set(children.map(({ reject_reason }) => reject_reason))).toEqual(
      new Set(["lost_placeholder"]),
    );
    expect(work.calls.some(({ text }) => text.includes("whatever you like"))).toBe(false);
    const told = work.events.find(({ type }) => type.endsWith("candidate.evaluated"));
    expect(told?.message).toContain("lost {choices}");
  });

  test("rejects a text with a placeholder that nothing fills", async () => {
    const work = new MemoryWork(world({ propose: () => "```\nList {things}\n```" }));
    const { results } = await run(work, fruitSettings());
    expect(
      results.candidates.slice(1).every(({ reject_reason }) => reject_reason === "unknown_placeholder"),
    ).toBe(true);
  });

  test("does not evaluate a text again that was tried before", async () => {
    const work = new MemoryWork(world({ propose: () => "```\nList fruit\n```" }));
    const { results } = await run(work, fruitSettings());
    expect(results.candidates.slice(1).every(({ reject_reason }) => reject_reason === "duplicate")).toBe(
      true,
    );
    expect(new Set(work.calls.map(({ text }) => text))).toEqual(new Set(["List fruit"]));
  });

  test("tries a child on a part of the Pareto seeds, and pays for the rest only when it may be better", async () => {
    const work = new MemoryWork(
      world({ propose: ({ replicate }) => `\`\`\`\nuseless ${replicate}\n\`\`\`` }),
    );
    const { results } = await run(work, fruitSettings({ initial_size: 1 }));
    expect(results.candidates.slice(1).every(({ reject_reason }) => reject_reason === "not_better")).toBe(
      true,
    );
    const tried = work.calls.filter(({ as, text }) => as === "pareto" && text.startsWith("useless"));
    expect(tried).toHaveLength(4 * (results.candidates.length - 1));
  });

  test("learns nothing from a minibatch without a mistake, and pays no proposal for it", async () => {
    const baseline = { system: WORDS.join(" ") };
    const work = new MemoryWork(world());
    const { results } = await run(work, fruitSettings({ baseline, num_generations: 2 }));
    expect(
      results.candidates.slice(1).every(({ reject_reason }) => reject_reason === "minibatch_perfect"),
    ).toBe(true);
    expect(work.proposals).toEqual([]);
  });

  test("stops when the generations are done, when patience ends, or at the target", async () => {
    const generations = await run(new MemoryWork(world()), fruitSettings({ num_generations: 2 }));
    expect(generations.state).toMatchObject({ stop: "generations", generation: 2 });
    const useless = world({ propose: ({ replicate }) => `\`\`\`\nuseless ${replicate}\n\`\`\`` });
    const patience = await run(new MemoryWork(useless), fruitSettings({ patience_generations: 2 }));
    expect(patience.state).toMatchObject({ stop: "patience", generation: 2 });
    const target = await run(new MemoryWork(world()), fruitSettings({ target: 0.3 }));
    expect(target.state.stop).toBe("target");
    expect(target.state.candidates.filter(({ mean }) => (mean ?? 0) >= 0.3)).not.toEqual([]);
  });

  test("takes turns over the components of a parent", async () => {
    const work = new MemoryWork(world());
    await run(
      work,
      fruitSettings({
        baseline: { system: "List fruit", user: "Go on" },
        initial_size: 5,
        num_generations: 1,
      }),
    );
    const asked = work.proposals
      .slice(0, 4)
      .sort((a, b) => a.replicate - b.replicate)
      .map(({ messages }) => /component ## \]\]\n(\w+)/.exec(messages.at(-1)?.content ?? "")?.[1]);
    expect(asked).toEqual(["system", "user", "system", "user"]);
  });

  test("keeps children whose rollouts fail out of the front, and goes on", async () => {
    const fails: ToyWorld["fails"] = (candidate) => (candidate.texts.system ?? "").includes("apple");
    const { results } = await run(new MemoryWork(world({ fails })), fruitSettings());
    const failing = results.candidates.filter(({ texts }) => texts.system?.includes("apple"));
    expect(failing.every(({ accepted, mean }) => !accepted || mean === 0)).toBe(true);
    expect(results.candidates.some(({ on_front, mean }) => on_front && (mean ?? 0) > 0)).toBe(true);
  });

  test("fails with the task app's own words when no rollout of the baseline works", async () => {
    const running = run(new MemoryWork(world({ fails: () => true })), fruitSettings());
    await expect(running).rejects.toThrow(BaselineFailedError);
    await expect(running).rejects.toThrow("the app fell over");
  });

  test("tells its story in the protocol's events", async () => {
    const work = new MemoryWork(world());
    await run(work, fruitSettings({ test_seeds: [40, 41] }));
    const told = types(work);
    expect(told[0]).toBe("phase.changed");
    expect(told[1]).toBe("gepa.baseline");
    for (const type of [
      "gepa.candidate.evaluated",
      "gepa.new_best",
      "gepa.frontier_updated",
      "gepa.generation.complete",
    ]) {
      expect(told).toContain(type);
    }
    const end = told.slice(told.indexOf("gepa.termination.triggered"));
    const held = (set: string, n: number) => [...Array(n).fill(`${set}.scored`), `${set}.summary`];
    expect(end).toEqual([
      "gepa.termination.triggered",
      "phase.changed",
      ...held("validation", 3),
      "phase.changed",
      ...held("test", 2),
      "phase.changed",
    ]);
  });
});

describe("limits on the length of texts", () => {
  const limited = (text: number): GepaSettings => ({
    ...fruitSettings({
      initial_size: 2,
      num_generations: 1,
      children_per_generation: 1,
      validation_seeds: [],
    }),
    modules: [
      {
        name: "",
        components: [{ name: "system", role: "" }],
        placeholders: [],
        limits: { prompt: null, fixed: 0, texts: null, text, counting_model: "gpt-4o" },
      },
    ],
  });
  const long = `\`\`\`\nList fruit${" apple".repeat(60)}\n\`\`\``;

  test("send a longer proposal back once, with what is wrong, and take the shorter one that comes", async () => {
    const propose = ({ messages }: { messages: { content: string }[] }) =>
      messages.at(-1)?.content.includes("cannot be used") ? "```\nList fruit apple\n```" : long;
    const work = new MemoryWork(world({ propose }));
    const { state } = await run(work, limited(20));
    expect(state.candidates[1]).toMatchObject({ texts: { system: "List fruit apple" }, accepted: true });
    expect(work.proposals[0]?.messages.at(-1)?.content).toContain("at most 20 tokens");
    expect(work.proposals[1]?.messages.at(-1)?.content).toContain("and 20 are allowed");
  });

  test("reject one that stays too long, before any rollout is spent on it", async () => {
    const work = new MemoryWork(world({ propose: () => long }));
    const { state } = await run(work, limited(20));
    for (const child of state.candidates.slice(1)) {
      expect(child).toMatchObject({ accepted: false, reject_reason: "over_token_limit" });
    }
    expect(work.calls.some(({ text }) => text.includes("apple"))).toBe(false);
  });
});
