// What each option of the generational strategy does, and that the order of answers does nothing.

import { describe, expect, test } from "vitest";
import type { CandidateRecord, Engine } from "../../../../src/engines/engine.ts";
import { archived } from "../../../../src/engines/gepa/archive.ts";
import { estimate, expectedGain } from "../../../../src/engines/gepa/estimates.ts";
import { gepaEngine } from "../../../../src/engines/gepa/gepa.ts";
import { SEARCH_DEFAULTS } from "../../../../src/engines/gepa/search-settings.ts";
import { DEFAULT_BREEDING, type GepaSettings, type GepaState } from "../../../../src/engines/gepa/state.ts";
import { randomFrom, seedRandom } from "../../../../src/engines/random.ts";
import { fruitSettings, range } from "../../../support/fruit.ts";
import { MemoryWork, type ToyWorld } from "../../../support/memory-work.ts";
import { naiveEstimate } from "../../../support/naive-estimates.ts";

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];
const world = (change: Partial<ToyWorld> = {}): ToyWorld => ({
  wants: (seed) => [WORDS[seed % 8] ?? "", WORDS[(seed * 3 + 1) % 8] ?? ""],
  ...change,
});

async function toTheEnd(engine: Engine<GepaState>, work: MemoryWork): Promise<GepaState> {
  let state = engine.begin();
  while (!engine.verdict(state)) {
    work.beginStep();
    state = JSON.parse(JSON.stringify(await engine.step(state, work)));
  }
  return state;
}

/** Rollouts of which those of the first child wait until another child is scored in full. */
class HeldWork extends MemoryWork {
  #first: string | undefined;
  #release = () => {};
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });
  readonly #seen = new Map<string, Set<number>>();
  /** Seeds that the other child was run on meanwhile. */
  heldWhile = 0;

  override async evaluate(...question: Parameters<MemoryWork["evaluate"]>) {
    const [{ texts }, seeds, as] = question;
    const text = texts.system ?? "";
    if (as !== "pareto" || text === "List fruit") return super.evaluate(...question);
    this.#first ??= text;
    if (text === this.#first) {
      await this.#released;
      return super.evaluate(...question);
    }
    const answers = await super.evaluate(...question);
    const seen = new Set([...(this.#seen.get(text) ?? []), ...seeds]);
    this.#seen.set(text, seen);
    if (seen.size === 10 && this.heldWhile === 0) {
      this.heldWhile = seen.size;
      this.#release();
    }
    return answers;
  }
}

/** Rollouts that report a metric: the shorter the text, the better. */
class BrevityWork extends MemoryWork {
  override async evaluate(...question: Parameters<MemoryWork["evaluate"]>) {
    const length = Object.values(question[0].texts).join("").length;
    const answers = await super.evaluate(...question);
    return answers.map((answer) => ({ ...answer, metrics: { brevity: 1 / length } }));
  }
}

async function run(
  change: Partial<GepaSettings> = {},
  toy: Partial<ToyWorld> = {},
): Promise<{ state: GepaState; work: MemoryWork }> {
  const work = new MemoryWork(world(toy));
  const state = await toTheEnd(gepaEngine(fruitSettings(change)), work);
  return { state, work };
}

const breeding = (change: Partial<GepaSettings["breeding"]>) => ({
  breeding: { ...DEFAULT_BREEDING, ...change },
});
const search = (change: Partial<GepaSettings["search"]>) => ({ search: { ...SEARCH_DEFAULTS, ...change } });
const childrenOf = ({ candidates }: GepaState) => candidates.slice(1);

test("the order in which answers come back changes nothing, over 200 orders", async () => {
  const plain = JSON.stringify((await run()).state);
  for (let order = 1; order <= 200; order++) {
    const delay = (seed: number) => (seed * 7919 * order + order) % 7;
    expect(JSON.stringify((await run({}, { delay })).state), `order ${order}`).toBe(plain);
  }
}, 120_000);

test("a child goes on to its full score while a sibling waits for its first seeds", async () => {
  const work = new HeldWork(world());
  await toTheEnd(gepaEngine(fruitSettings({ initial_size: 1, num_generations: 1 })), work);
  expect(work.heldWhile).toBe(10);
});

test.each(["objective", "hybrid", "cartesian"] as const)(
  "frontier_type %s: who is best at a metric holds a front, whatever the reward",
  async (frontier_type) => {
    const onFront = async (change: Partial<GepaSettings>) => {
      const work = new BrevityWork(world());
      const state = await toTheEnd(gepaEngine(fruitSettings(change)), work);
      return state.candidates[0]?.on_front;
    };
    // The baseline is the shortest text, and has the lowest reward on every seed.
    expect(await onFront({})).toBe(false);
    expect(await onFront(search({ frontier_type }))).toBe(true);
  },
);

describe("the options of generations", () => {
  test("initial_size: so many candidates before the first generation, the baseline among them", async () => {
    const { state } = await run({ initial_size: 4, num_generations: 1 });
    expect(state.candidates.filter(({ generation }) => generation === 0)).toHaveLength(4);
  });

  test("children_per_generation and num_generations: so many children, so often", async () => {
    const { state } = await run({ initial_size: 1, num_generations: 2, children_per_generation: 5 });
    expect(state.generation).toBe(2);
    expect(childrenOf(state)).toHaveLength(10);
  });

  test("minibatch_size: so many feedback seeds are run for each child, and its siblings see them too", async () => {
    const { work } = await run({
      initial_size: 1,
      num_generations: 1,
      children_per_generation: 2,
      minibatch_size: 3,
    });
    expect(work.calls.filter(({ as }) => as === "feedback")).toHaveLength(6);
    const shown = work.proposals.map(({ messages }) => messages.map(({ content }) => content).join("\n"));
    expect(shown.map((text) => new Set(text.match(/example 1\d/g)).size)).toEqual([6, 6]);
  });

  test("crossover_rate: children of two parents, as far as the front has pairs, up to max_merge_invocations", async () => {
    const { state } = await run({
      ...breeding({ crossover_rate: 1 }),
      ...search({ max_merge_invocations: 2 }),
    });
    const merged = childrenOf(state).filter(({ operator }) => operator === "merge");
    expect(merged).toHaveLength(2);
    expect(merged.every(({ parents }) => new Set(parents).size === 2)).toBe(true);
    const { state: none } = await run(breeding({ crossover_rate: 0 }));
    expect(childrenOf(none).every(({ operator }) => operator === "reflection")).toBe(true);
  });

  test("mutation.rate: merged components are rewritten as well, or not", async () => {
    const two = { baseline: { system: "List fruit", user: "Go on" }, initial_size: 7, num_generations: 8 };
    const inherited = async (mutation_rate: number) => {
      const { state } = await run({ ...two, ...breeding({ crossover_rate: 1, mutation_rate }) });
      const textsOf = (id: string) =>
        Object.values(state.candidates.find((one) => one.id === id)?.texts ?? {});
      return childrenOf(state)
        .filter(({ operator }) => operator === "merge")
        .map(({ texts, parents }) =>
          Object.values(texts).every((text) => parents.flatMap(textsOf).includes(text)),
        );
    };
    expect(new Set(await inherited(0))).toEqual(new Set([true]));
    expect(await inherited(1)).toContain(false);
  });

  test("min_score_threshold: a child below it is not kept, and says so", async () => {
    const { state } = await run(breeding({ min_score_threshold: 0.99 }));
    expect(childrenOf(state).some(({ reject_reason }) => reject_reason === "below_threshold")).toBe(true);
    expect(childrenOf(state).some(({ accepted }) => accepted)).toBe(false);
  });

  test("val_subsample_size: children are scored on so many Pareto seeds", async () => {
    const { state } = await run(breeding({ subsample_size: 6 }));
    const kept = childrenOf(state).filter(({ accepted }) => accepted);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.every(({ rewards }) => Object.keys(rewards).length === 6)).toBe(true);
  });

  test("min_local_improvement: a child needs that much more on its first seeds", async () => {
    const { state } = await run(breeding({ min_local_improvement: 100 }));
    expect(childrenOf(state).some(({ accepted }) => accepted)).toBe(false);
    expect(childrenOf(state).some(({ reject_reason }) => reject_reason === "not_better")).toBe(true);
  });

  test("acceptance_criterion: a child that is only as good is out, or goes on", async () => {
    const propose: ToyWorld["propose"] = ({ replicate }) => `\`\`\`\nuseless ${replicate}\n\`\`\``;
    const accepted = async (acceptance: "strict_improvement" | "improvement_or_equal") =>
      childrenOf((await run(breeding({ acceptance }), { propose })).state).filter((child) => child.accepted);
    expect(await accepted("strict_improvement")).toEqual([]);
    expect((await accepted("improvement_or_equal")).length).toBeGreaterThan(0);
  });

  test("archive.size: who is beyond it is no parent any more", () => {
    const record = (id: string, mean: number): CandidateRecord => ({
      id,
      mean,
      texts: {},
      parents: [],
      generation: 0,
      operator: "reflection",
      accepted: true,
      rewards: {},
      on_front: false,
    });
    expect(archived([record("a", 0.1), record("b", 0.9)], new Set(), 1)).toEqual(["b"]);
  });

  test("candidate_selection random, and candidate_sampling independent: children of several parents at a time", async () => {
    const parentsOf = async (change: Partial<GepaSettings>) => {
      const { state } = await run({ initial_size: 6, children_per_generation: 6, ...change });
      return Math.max(
        ...range(1, 7).map(
          (generation) =>
            new Set(
              state.candidates
                .filter((one) => one.generation === generation)
                .map(({ parents }) => parents[0]),
            ).size,
        ),
      );
    };
    expect(await parentsOf({})).toBe(1);
    const independent = search({ candidate_sampling: "independent" });
    expect(await parentsOf({ ...independent, ...breeding({ selection: "random" }) })).toBeGreaterThan(1);
  });

  test("module_selector all: a child has all components rewritten", async () => {
    const baseline = { system: "List fruit", user: "Go on" };
    const { work } = await run({
      baseline,
      initial_size: 1,
      num_generations: 1,
      children_per_generation: 1,
      ...search({ module_selector: "all" }),
    });
    expect(work.proposals).toHaveLength(2);
  });

  test("skip_perfect_score: a parent without mistakes is reflected on nevertheless, if so wished", async () => {
    const baseline = { system: WORDS.join(" ") };
    const { work } = await run({ baseline, num_generations: 1, ...search({ skip_perfect_score: false }) });
    expect(work.proposals.length).toBeGreaterThan(0);
  });

  test("reuse_evaluations off: a parent is run again on seeds that it was run on before", async () => {
    const spent = async (reuse_evaluations: boolean) => {
      const propose: ToyWorld["propose"] = () => "```\n```";
      const { work } = await run({ num_generations: 6, ...search({ reuse_evaluations }) }, { propose });
      return work.calls.filter(({ as }) => as === "feedback").length;
    };
    expect(await spent(true)).toBe(8);
    expect(await spent(false)).toBeGreaterThan(8);
  });
});

describe("estimates", () => {
  test("are those that going over every reward in every sweep comes to", () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = randomFrom(seedRandom(seed));
      const parts = [range(0, 12), range(3, 9), random.sample(range(0, 12), 5)];
      const candidates = range(0, 1 + random.below(12)).map((at) => ({
        parent: at === 0 ? null : random.below(at),
        round: at === 0 ? 0 : 1 + Math.floor(at / 3),
        rewards: Object.fromEntries(
          random.pick(parts).map((one) => [one, random.pick([0, 1, random.uniform()])]),
        ),
      }));
      const [found, plain] = [estimate(candidates), naiveEstimate(candidates)];
      for (const [at, level] of plain.levels.entries())
        expect(found.levels[at], `seed ${seed}`).toBeCloseTo(level, 9);
      for (const [at, gain] of plain.gains.entries()) expect(found.gains[at]).toBeCloseTo(gain, 9);
      for (const [one, ease] of plain.ease) expect(found.ease.get(one)).toBeCloseTo(ease, 9);
      expect(found.noise).toBeCloseTo(plain.noise, 9);
    }
  });

  const rewards = (values: readonly number[]) =>
    Object.fromEntries(values.map((value, seed) => [seed, value]));

  test("trust a high score less the fewer seeds are behind it", () => {
    const base = { parent: null, round: 0, rewards: rewards(range(0, 40).map((seed) => seed % 2)) };
    const child = (count: number) => ({ parent: 0, round: 1, rewards: rewards(Array(count).fill(1)) });
    const gain = (count: number) => {
      const { levels } = estimate([base, child(count)]);
      return (levels[1] ?? 0) - (levels[0] ?? 0);
    };
    expect(gain(40)).toBeGreaterThan(gain(4));
    expect(gain(4)).toBeGreaterThan(0);
  });

  test("give no merit for easy seeds", () => {
    const first = { parent: null, round: 0, rewards: rewards([1, 1, 1, 1, 0, 0, 0, 0]) };
    const easy = { parent: 0, round: 1, rewards: { 0: 1, 1: 1, 2: 1, 3: 1 } };
    const hard = { parent: 0, round: 1, rewards: { 4: 1, 5: 1, 6: 1, 7: 1 } };
    const { levels } = estimate([first, easy, hard]);
    expect(levels[2]).toBeGreaterThan(levels[1] ?? 0);
  });

  test("expect less of a new child where rewriting has not paid", () => {
    const base = { parent: null, round: 0, rewards: rewards(Array(30).fill(0.5)) };
    const after = (value: number) =>
      estimate([
        base,
        ...range(0, 6).map(() => ({ parent: 0, round: 1, rewards: rewards(Array(30).fill(value)) })),
      ]);
    const seen = new Map([["0", 0.5]]);
    const hope = (value: number) => expectedGain(after(value), { parent: 0, round: 2 }, seen).gain;
    expect(hope(0.2)).toBeLessThan(hope(0.8));
  });
});
