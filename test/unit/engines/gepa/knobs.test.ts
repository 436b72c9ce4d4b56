// The protocol's knobs from the config to what they do in a run: read, turned into settings, and run on the toy problem.

import { describe, expect, test } from "vitest";
import { planBudget } from "../../../../src/config/budget.ts";
import { gepaEngine } from "../../../../src/engines/gepa/gepa.ts";
import type { GepaState } from "../../../../src/engines/gepa/state.ts";
import type { Json, JsonObject } from "../../../../src/wire/json.ts";
import { gepaSettings } from "../../../../src/worker/gepa-settings.ts";
import { MemoryWork, type ToyWorld } from "../../../support/memory-work.ts";
import { readGepa } from "../../../support/read-gepa.ts";

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];
const HALVES: ToyWorld["wants"] = (seed) => [WORDS[seed % 8] ?? "", WORDS[(seed * 3 + 1) % 8] ?? ""];

interface Run {
  state: GepaState;
  work: MemoryWork;
  /** The archive before each step. */
  archives: string[][];
}

/** A job of 30 training seeds with these tables in its `gepa` section, run to its end. */
async function run(gepa: Record<string, Json>, toy: Partial<ToyWorld> = {}): Promise<Run> {
  const { evaluation, ...tables } = gepa;
  const mapping: JsonObject = {
    algorithm: "gepa",
    task_app_url: "https://task.example.com",
    initial_prompt: { messages: [{ role: "system", pattern: "List fruit" }] },
    policy: { model: "gpt-4o-mini", provider: "openai" },
    gepa: {
      evaluation: { seeds: { start: 0, end: 30 }, ...(evaluation as JsonObject | undefined) },
      population: { initial_size: 3, num_generations: 6, patience_generations: 0 },
      ...tables,
    },
  };
  const { config } = readGepa({ mapping });
  const engine = gepaEngine(gepaSettings(config, planBudget(config)));
  const work = new MemoryWork({ wants: HALVES, ...toy });
  const archives: string[][] = [];
  let state = engine.begin();
  while (engine.verdict(state) === undefined) {
    work.beginStep();
    archives.push(state.archive);
    state = await engine.step(state, work);
  }
  return { state, work, archives };
}

const seedsOf = ({ work }: Run, as: string) =>
  new Set(work.calls.filter((call) => call.as === as).map(({ seed }) => seed));
const shown = ({ work }: Run) =>
  work.proposals.map(({ messages }) => messages.map(({ content }) => content).join("\n"));
describe("archive", () => {
  test("pareto_set_size: so many of the training seeds score candidates, the others are for feedback", async () => {
    const outcome = await run({ archive: { pareto_set_size: 12 } });
    expect([...seedsOf(outcome, "pareto")].sort((a, b) => a - b)).toEqual([...Array(12).keys()]);
    expect(Math.min(...seedsOf(outcome, "feedback"))).toBe(12);
  });

  test("feedback_fraction: that share of the training seeds is for feedback", async () => {
    const outcome = await run({ archive: { feedback_fraction: 0.4 } });
    expect(seedsOf(outcome, "pareto").size).toBe(18);
    expect(Math.min(...seedsOf(outcome, "feedback"))).toBe(18);
  });

  test("shared_seeds: the Pareto seeds are for feedback too, and what is paid for one serves for the other", async () => {
    const population = { initial_size: 4, num_generations: 3, patience_generations: 0 };
    const apart = await run({ population, archive: { pareto_set_size: 20 } });
    const shared = await run({ population, archive: { pareto_set_size: 30 }, shared_seeds: true });
    expect([...seedsOf(shared, "feedback")]).toEqual([]);
    expect(seedsOf(shared, "pareto").size).toBe(30);
    const baseline = (outcome: Run) => outcome.work.calls.filter(({ text }) => text === "List fruit");
    expect(baseline(shared)).toHaveLength(30);
    expect(baseline(apart).length).toBeGreaterThan(20);
    const examples = (outcome: Run) => new Set(shown(outcome)[0]?.match(/example \d+/g)).size;
    expect(examples(shared)).toBe(30);
    expect(examples(apart)).toBe(10);
  });

  test("shared_seeds: ten training seeds are enough, and all of them may be Pareto seeds", async () => {
    const ten = { seeds: { start: 0, end: 10 } };
    expect(seedsOf(await run({ evaluation: ten, shared_seeds: true }), "pareto").size).toBe(10);
    await expect(run({ evaluation: ten })).rejects.toThrow("at least 13 seeds");
    const nine = { seeds: { start: 0, end: 9 } };
    await expect(run({ evaluation: nine, shared_seeds: true })).rejects.toThrow(
      "at least 10 seeds (10 Pareto seeds)",
    );
  });

  test("pareto_eps: rewards that close to a seed's best hold its front too", async () => {
    const onFront = async (pareto_eps: number) =>
      (await run({ archive: { pareto_eps } })).state.candidates.filter((one) => one.on_front).length;
    // The toy's rewards are 0, a half and 1.
    expect(await onFront(0.6)).toBeLessThan(await onFront(0.4));
  });

  test.each<JsonObject>([
    { candidate_selection_strategy: "pareto" },
    { adaptive_batch: { candidate_selection_strategy: "random" } },
    {},
  ])("size: only its members are parents, with %j", async (how) => {
    const outcome = await run({ ...how, candidate_sampling: "independent", archive: { size: 2 } });
    const ids = outcome.state.candidates.filter(({ accepted }) => accepted).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(4);
    for (const { parents, generation } of outcome.state.candidates.slice(1)) {
      expect(outcome.archives[generation + 1]).toContain(parents[0]);
      expect(outcome.archives[generation + 1]?.length).toBeLessThanOrEqual(2);
    }
  });
});

describe("population", () => {
  test("selection_pressure: the higher, the more children come from the candidate that is best on most seeds", async () => {
    // Apples are wanted by more seeds than any other fruit.
    const wants = (seed: number) => [seed % 10 < 4 ? "apple" : (WORDS[1 + (seed % 3)] ?? "")];
    const propose: ToyWorld["propose"] = ({ replicate }) => `\`\`\`\nList ${WORDS[replicate % 4]}\n\`\`\``;
    const share = async (selection_pressure: number) => {
      const population = {
        initial_size: 8,
        num_generations: 12,
        patience_generations: 0,
        selection_pressure,
      };
      const { state } = await run({ population, candidate_sampling: "independent" }, { wants, propose });
      const apple = state.candidates.find(({ texts, accepted }) => accepted && texts.system === "List apple");
      const bred = state.candidates.filter(({ generation }) => generation > 0);
      return bred.filter(({ parents }) => parents[0] === apple?.id).length / bred.length;
    };
    expect(await share(1)).toBeLessThan(0.8);
    expect(await share(30)).toBeGreaterThan(0.95);
  });

  test("crossover_rate: that share of children has two parents", async () => {
    const merged = async (crossover_rate: number) => {
      const population = { initial_size: 6, num_generations: 8, patience_generations: 0, crossover_rate };
      const { state } = await run({ population, max_merge_invocations: 100 });
      return state.candidates.filter(({ operator }) => operator === "merge").length;
    };
    const [none, some, most] = [await merged(0), await merged(0.3), await merged(1)];
    expect(none).toBe(0);
    expect(some).toBeGreaterThan(0);
    expect(most).toBeGreaterThan(some);
  });

  test("max_merge_invocations and merge_val_overlap_floor: no more merges than that, of none that share fewer seeds", async () => {
    const merged = async (options: JsonObject) => {
      const population = { initial_size: 6, num_generations: 8, patience_generations: 0, crossover_rate: 1 };
      const { state } = await run({ population, ...options });
      return state.candidates.filter(({ operator }) => operator === "merge").length;
    };
    expect(await merged({ max_merge_invocations: 3 })).toBe(3);
    expect(await merged({ merge_val_overlap_floor: 20 })).toBeGreaterThan(0);
    expect(await merged({ merge_val_overlap_floor: 21 })).toBe(0);
  });

  test("patience_generations: so many generations without another best end the search", async () => {
    const propose = () => "```\nuseless\n```";
    const population = { num_generations: 20, patience_generations: 2 };
    const { state } = await run({ population }, { propose });
    expect(state).toMatchObject({ stop: "patience", generation: 2 });
  });
});

describe("evaluation", () => {
  test("validation_top_k: so many of the best are scored on the validation seeds, beside the baseline", async () => {
    const ranks = async (validation_top_k: number) => {
      const { state } = await run({ evaluation: { validation_seeds: [40, 41], validation_top_k } });
      return state.validation.map(({ rank }) => rank);
    };
    expect(await ranks(1)).toEqual([-1, 1]);
    expect(await ranks(3)).toEqual([-1, 1, 2, 3]);
  });

  test("test_pool: the best and the baseline are scored on it, and nothing else is", async () => {
    const outcome = await run({ evaluation: { test_pool: [50, 51] } });
    expect(outcome.state.test.map(({ rank }) => rank)).toEqual([-1, 1]);
    expect([...seedsOf(outcome, "test")]).toEqual([50, 51]);
    expect([...seedsOf(outcome, "pareto"), ...seedsOf(outcome, "feedback")].some((seed) => seed >= 30)).toBe(
      false,
    );
  });
});

describe("adaptive_batch", () => {
  const kept = ({ state }: Run) => state.candidates.slice(1).filter(({ accepted }) => accepted);

  test.each([
    ["NONE", 16, 16],
    ["LOW", 5, 5],
    ["MODERATE", 3, 3],
    ["HIGH", 2, 2],
  ])("level %s: minibatches of %d", async (level, first) => {
    const outcome = await run({
      adaptive_batch: { level },
      archive: { pareto_set_size: 12 },
      population: { initial_size: 2, num_generations: 1, children_per_generation: 1 },
    });
    expect(outcome.work.calls.filter(({ as }) => as === "feedback").length).toBeGreaterThanOrEqual(first);
    expect(outcome.work.calls.filter(({ as }) => as === "feedback").length).toBeLessThanOrEqual(2 * first);
  });

  test("val_evaluation_mode and val_subsample_size: children are scored on some of the Pareto seeds, or on all", async () => {
    const sizes = async (batch: JsonObject) =>
      new Set(kept(await run({ adaptive_batch: batch })).map(({ rewards }) => Object.keys(rewards).length));
    expect(await sizes({ val_subsample_size: 8 })).toEqual(new Set([8]));
    expect(await sizes({ val_subsample_size: 8, val_evaluation_mode: "full" })).toEqual(new Set([20]));
  });

  test("min_local_improvement: no child gets on that gains less", async () => {
    expect(kept(await run({ adaptive_batch: { min_local_improvement: 100 } }))).toEqual([]);
  });
});

describe("the proposer", () => {
  test("metaprompt and mutation.prompt are told to it", async () => {
    const outcome = await run({ metaprompt: "Prefer short words.", mutation: { prompt: "Mind the order." } });
    for (const text of shown(outcome)) expect(text).toMatch(/Prefer short words\.[\s\S]*Mind the order\./);
  });

  test("spec_text is shown to it, as far as spec_max_tokens goes", async () => {
    const spec_text = `Fruit is a seed-bearing structure. ${"More of it. ".repeat(200)}`;
    const lengths = async (spec_max_tokens: number) => {
      const texts = shown(await run({ proposer_type: "spec", spec_text, spec_max_tokens }));
      for (const text of texts) expect(text).toContain("seed-bearing");
      return Math.max(...texts.map((text) => text.length));
    };
    expect(await lengths(50)).toBeLessThan((await lengths(5000)) - 1000);
  });

  test("token.max_limit: a longer prompt is turned down, unless enforce_pattern_limit is off", async () => {
    const propose = () => `\`\`\`\nList fruit${" apple".repeat(60)}\n\`\`\``;
    const reasons = async (token: JsonObject) =>
      (await run({ token: { max_limit: 20, ...token } }, { propose })).state.candidates.map(
        ({ reject_reason }) => reject_reason,
      );
    expect(await reasons({})).toContain("over_token_limit");
    expect(await reasons({ enforce_pattern_limit: false })).not.toContain("over_token_limit");
  });
});
