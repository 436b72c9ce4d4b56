import { describe, expect, test } from "vitest";
import type { Engine, ProposalRequest } from "../../../../src/engines/engine.ts";
import type { Decision } from "../../../../src/engines/gepa/decisions.ts";
import { referenceEngine } from "../../../../src/engines/gepa/reference.ts";
import type { ReferenceState } from "../../../../src/engines/gepa/reference-state.ts";
import { DEFAULT_PROPOSER } from "../../../../src/engines/gepa/reflection.ts";
import { SEARCH_DEFAULTS, type SearchSettings } from "../../../../src/engines/gepa/search-settings.ts";
import { DEFAULT_BREEDING, type GepaSettings } from "../../../../src/engines/gepa/state.ts";
import { fruitSettings, range } from "../../../support/fruit.ts";
import { learnFromFeedback, MemoryWork, type ToyWorld } from "../../../support/memory-work.ts";

const FRUIT = ["apple", "plum", "pear", "fig", "kiwi", "lime"];

/** Seed n wants two fruits; which, depends on n. */
function wants(seed: number): string[] {
  return [FRUIT[seed % FRUIT.length] ?? "", FRUIT[(seed * 5 + 2) % FRUIT.length] ?? ""];
}

interface Outcome {
  state: ReferenceState;
  engine: Engine<ReferenceState>;
  work: MemoryWork;
  decisions: Decision[];
}

async function run(
  search: Partial<SearchSettings>,
  change: Partial<GepaSettings> = {},
  world: Partial<ToyWorld> = {},
): Promise<Outcome> {
  const decisions: Decision[] = [];
  const settings = fruitSettings({
    strategy: "reference",
    search: { ...SEARCH_DEFAULTS, max_iterations: 12, ...search },
    ...change,
  });
  const engine = referenceEngine(settings, { observe: (decision) => decisions.push(decision) });
  const work = new MemoryWork({ wants, ...world });
  let state = engine.begin();
  while (engine.verdict(state) === undefined) {
    work.beginStep();
    state = JSON.parse(JSON.stringify(await engine.step(state, work)));
  }
  return { state, engine, work, decisions };
}

/** A proposer that forgets: the text keeps its first words and the last that was added. */
function forgetful(request: ProposalRequest): string {
  const [, text = ""] = learnFromFeedback(request).split("```");
  const words = text.trim().split(" ");
  return `\`\`\`\n${[...words.slice(0, 2), ...words.slice(2).slice(-1)].join(" ")}\n\`\`\``;
}

const of = <K extends Decision["kind"]>(decisions: readonly Decision[], kind: K) =>
  decisions.filter((one): one is Extract<Decision, { kind: K }> => one.kind === kind);

describe("the reference's strategy", () => {
  test("improves the prompt, one proposal an iteration", async () => {
    const { engine, state, decisions } = await run({ max_iterations: 25 });
    const { candidates, ranking } = engine.results(state);
    const best = candidates.find(({ id }) => id === ranking[0]);
    expect(best?.mean ?? 0).toBeGreaterThan((candidates[0]?.mean ?? 0) + 0.3);
    expect(engine.verdict(state)).toBe("iterations");
    const perIteration = of(decisions, "proposed").map(({ iteration }) => iteration);
    expect(new Set(perIteration).size).toBe(perIteration.length);
  });

  test("scores the best and the baseline on held-out seeds at the end", async () => {
    const { state } = await run({}, { test_seeds: range(30, 34) });
    expect(state.validation.map(({ rank }) => rank)).toEqual([-1, 1, 2]);
    expect(state.test).toHaveLength(2);
  });

  test("ends with its budget, and never goes over it", async () => {
    for (const budget of [40, 57, 90, 133]) {
      const { engine, state, work } = await run({ max_iterations: null }, {}, { budget });
      expect(engine.verdict(state)).toBe("budget");
      expect(work.spent).toBeLessThanOrEqual(budget);
    }
  });

  test("ends when the target is reached", async () => {
    const { engine, state } = await run({}, { target: 0.3 });
    expect(engine.verdict(state)).toBe("target");
  });

  test("ends when the proposer has nothing new", async () => {
    const propose = () => "```\nList fruit\n```";
    const { engine, state } = await run({ max_iterations: null }, {}, { propose });
    expect(engine.verdict(state)).toBe("exhausted");
  });

  test("reuses answers, or asks each iteration anew", async () => {
    const seeds = { feedback_seeds: range(10, 19) };
    const reused = await run({ reuse_evaluations: true }, seeds);
    const anew = await run({ reuse_evaluations: false }, seeds);
    const seen = (outcome: Outcome) => outcome.work.calls.filter(({ as }) => as === "feedback").length;
    const minibatches = of(anew.decisions, "evaluated").length * 3;
    expect(seen(anew)).toBe(minibatches);
    expect(seen(reused)).toBeLessThan(of(reused.decisions, "evaluated").length * 3);
  });

  test("takes rollouts on shared seeds for both what they score and what they teach", async () => {
    const seeds = { feedback_seeds: range(0, 10), validation_seeds: [] };
    const apart = await run({}, seeds);
    const shared = await run({ shared_seeds: true }, seeds);
    expect(new Set(shared.work.calls.map(({ as }) => as))).toEqual(new Set(["pareto"]));
    expect(shared.work.spent).toBeLessThan(apart.work.spent);
    expect(shared.state.candidates.map(({ texts }) => texts)).toEqual(
      apart.state.candidates.map(({ texts }) => texts),
    );
  });

  test("passes over a parent without mistake, unless told not to", async () => {
    const perfect = { wants: () => ["fruit"] };
    const skipping = await run({}, {}, perfect);
    expect(of(skipping.decisions, "skipped")).toHaveLength(12);
    expect(skipping.work.proposals).toEqual([]);
    const asking = await run({ skip_perfect_score: false }, {}, perfect);
    expect(asking.work.proposals).toHaveLength(12);
  });

  test("takes perfect_score for the reward of a rollout without mistake", async () => {
    const { decisions } = await run({ perfect_score: 0 });
    expect(of(decisions, "skipped")).toHaveLength(12);
  });

  test("accepts a child that is only as good, where the criterion says so", async () => {
    const propose = (request: ProposalRequest) => `\`\`\`\nList fruit ${request.replicate}\n\`\`\``;
    const strict = await run({}, {}, { propose });
    const equal = await run({ acceptance_criterion: "improvement_or_equal" }, {}, { propose });
    expect(of(strict.decisions, "candidate_accepted")).toEqual([]);
    expect(of(equal.decisions, "candidate_accepted")).toHaveLength(12);
  });

  test("asks a child for min_local_improvement on top of its parent's sum", async () => {
    const gain = async (min_local_improvement: number) => {
      const breeding = { ...DEFAULT_BREEDING, min_local_improvement };
      const { decisions, engine, state } = await run({}, { breeding });
      const reasons = engine.results(state).candidates.map(({ reject_reason }) => reject_reason);
      return { accepted: of(decisions, "candidate_accepted").length, reasons };
    };
    expect((await gain(0)).accepted).toBeGreaterThan(0);
    const much = await gain(2);
    expect(much.accepted).toBe(0);
    expect(much.reasons).toContain("not_better");
  });

  test("scores a child on some of the Pareto seeds, drawn for each, where so many are asked for", async () => {
    const breeding = { ...DEFAULT_BREEDING, subsample_size: 6 };
    const { engine, state, work } = await run({}, { breeding }, { budget: 200 });
    const [baseline, ...children] = engine.results(state).candidates.filter(({ accepted }) => accepted);
    expect(Object.keys(baseline?.rewards ?? {})).toHaveLength(10);
    expect(children.length).toBeGreaterThan(1);
    const drawn = children.map(({ rewards }) => Object.keys(rewards));
    expect(drawn.every((seeds) => seeds.length === 6)).toBe(true);
    expect(new Set(drawn.map(String)).size).toBeGreaterThan(1);
    expect(work.spent).toBeLessThanOrEqual(200);
  });

  test("draws parents from all candidates alike with random, from the best alone with current_best", async () => {
    const parents = async (candidate_selection_strategy: "random" | "current_best") => {
      const { decisions } = await run({ candidate_selection_strategy, max_iterations: 40 });
      const children = of(decisions, "candidate_accepted").length;
      const selected = of(decisions, "candidate_selected").map(({ candidate }) => candidate);
      return { children, late: new Set(selected.slice(-15)).size };
    };
    const random = await parents("random");
    expect(random.children).toBeGreaterThan(3);
    expect(random.late).toBeGreaterThan(3);
    expect((await parents("current_best")).late).toBeLessThanOrEqual(3);
  });

  test("shows a reflection what was tried from its parent and turned down, with the scores", async () => {
    const propose = ({ replicate }: ProposalRequest) => `\`\`\`\nuseless ${replicate}\n\`\`\``;
    const { work } = await run({ max_iterations: 4 }, {}, { propose });
    const [first = "", , , last = ""] = work.proposals.map(({ messages }) => messages.at(-1)?.content ?? "");
    expect(first).not.toContain("Tried before");
    for (const n of [0, 1, 2]) expect(last).toContain(`useless ${n}`);
    expect(last).toMatch(/the child scores 0 on the minibatch, its parent 0/);
  });

  test("keeps to the reference's own form where the user gives the whole prompt", async () => {
    const propose = ({ replicate }: ProposalRequest) => `\`\`\`\nuseless ${replicate}\n\`\`\``;
    const proposer = { ...DEFAULT_PROPOSER, template: "<curr_param> and <side_info>" };
    const { work } = await run({ max_iterations: 4 }, { proposer }, { propose });
    const asked = work.proposals.map(({ messages }) => messages.map(({ content }) => content).join());
    expect(asked).toHaveLength(4);
    expect(asked.join()).not.toContain("useless");
  });

  test("changes one component after the other, or all of them", async () => {
    const baseline = { ask: "List fruit", answer: "Name fruit" };
    const turns = await run({}, { baseline });
    const changed = of(turns.decisions, "proposing").map(({ components }) => components);
    expect(changed.every((components) => components.length === 1)).toBe(true);
    expect(new Set(changed.flat())).toEqual(new Set(["ask", "answer"]));
    const all = await run({ module_selector: "all" }, { baseline });
    expect(of(all.decisions, "proposing").every(({ components }) => components.length === 2)).toBe(true);
  });

  test("merges candidates that have changed different components, and keeps both parents", async () => {
    const baseline = { ask: "List fruit", answer: "Name fruit" };
    const { engine, state, decisions } = await run(
      { use_merge: true, max_iterations: 60 },
      { baseline },
      { propose: forgetful },
    );
    const merged = of(decisions, "merge_accepted");
    expect(merged.length).toBeGreaterThan(0);
    const records = engine.results(state).candidates.filter(({ operator }) => operator === "merge");
    for (const { parents } of records) expect(parents).toHaveLength(2);
  });

  test("accepts no more merges than are due", async () => {
    const baseline = { ask: "List fruit", answer: "Name fruit" };
    const { decisions } = await run(
      { use_merge: true, max_merge_invocations: 0, max_iterations: 60 },
      { baseline },
      { propose: forgetful },
    );
    expect(of(decisions, "merge_attempted")).toEqual([]);
  });

  test("merges only candidates that share enough seeds", async () => {
    const baseline = { ask: "List fruit", answer: "Name fruit" };
    const { decisions } = await run(
      { use_merge: true, merge_val_overlap_floor: 11, max_iterations: 60 },
      { baseline },
      { propose: forgetful },
    );
    expect(of(decisions, "merge_attempted")).toEqual([]);
  });

  test.each([
    ["same_parent", { sampled_proposals: 3 }, [1, 3]],
    ["independent", { sampled_proposals: 3 }, [3, 3]],
    ["grid", { sampled_parents: 2, sampled_proposals: 2 }, [2, 4]],
  ] as const)(
    "makes several proposals an iteration with %s",
    async (candidate_sampling, counts, [, total]) => {
      const { decisions } = await run({ candidate_sampling, ...counts, max_iterations: 5 });
      const selected = of(decisions, "candidate_selected");
      expect(selected).toHaveLength(5 * total);
      const parents = selected.filter(({ iteration }) => iteration === 5).map(({ candidate }) => candidate);
      if (candidate_sampling === "same_parent") expect(new Set(parents).size).toBe(1);
      if (candidate_sampling === "grid") expect(parents[0]).toBe(parents[1]);
    },
  );

  test("keeps of several children all that pass, or those that gained most", async () => {
    const sampling = { candidate_sampling: "independent", sampled_proposals: 4, max_iterations: 3 } as const;
    const most = async (search: Partial<SearchSettings>) => {
      const { decisions } = await run({ ...sampling, ...search });
      const accepted = of(decisions, "candidate_accepted").map(({ iteration }) => iteration);
      return Math.max(...[1, 2, 3].map((one) => accepted.filter((iteration) => iteration === one).length));
    };
    expect(await most({ proposal_selection: "all" })).toBeGreaterThan(2);
    expect(await most({ proposal_selection: "best" })).toBe(1);
    expect(await most({ proposal_selection: "top_k", proposal_top_k: 2 })).toBe(2);
  });

  test("says of each child that was turned down why", async () => {
    const texts = ["List fruit apple", "", "List fruit {unknown}", "List fruit"];
    const propose = ({ replicate }: ProposalRequest) => `\`\`\`\n${texts[replicate % texts.length]}\n\`\`\``;
    const { engine, state } = await run({}, {}, { propose });
    const reasons = engine.results(state).candidates.flatMap(({ reject_reason }) => reject_reason ?? []);
    expect(new Set(reasons)).toEqual(new Set(["empty_proposal", "unknown_placeholder", "not_better"]));
  });

  test("keeps to the limits of a module", async () => {
    const limits = { prompt: null, fixed: 0, texts: null, text: 4, counting_model: "gpt-4" };
    const components = [{ name: "system", role: "" }];
    const modules = [{ name: "", components, placeholders: [], limits }];
    const propose = () => "```\nList fruit apple plum pear fig kiwi lime\n```";
    const { engine, state } = await run({ max_iterations: 3 }, { modules }, { propose });
    const [, ...children] = engine.results(state).candidates;
    expect(children.map(({ reject_reason }) => reject_reason)).toEqual(
      children.map(() => "over_token_limit"),
    );
    expect(children).toHaveLength(3);
  });

  test("selects by objectives that rollouts report as metrics", async () => {
    const withMetrics = new MetricWork({ wants, propose: learnFromFeedback });
    const settings = fruitSettings({
      strategy: "reference",
      search: { ...SEARCH_DEFAULTS, frontier_type: "objective", max_iterations: 8 },
    });
    const engine = referenceEngine(settings);
    let state = engine.begin();
    while (engine.verdict(state) === undefined) state = await engine.step(state, withMetrics);
    const accepted = engine.results(state).candidates.filter((one) => one.accepted);
    expect(accepted.every(({ objectives }) => objectives?.brevity !== undefined)).toBe(true);
    expect(accepted[0]?.on_front).toBe(true);
  });

  test("needs metrics where the frontier is of objectives", async () => {
    const error = await run({ frontier_type: "hybrid" }).catch((thrown) => thrown);
    expect(error.code).toBe("no_objectives");
    expect(error.message).toContain('frontier_type = "hybrid" needs objectives');
  });

  test("ends early for a reason from outside, with held-out scores or without", async () => {
    const { engine } = await run({});
    const { work } = await run({ max_iterations: 1 });
    let state = engine.begin();
    for (let n = 0; n < 3; n++) state = await engine.step(state, work);
    expect(engine.conclude(state, "stopped", true)).toMatchObject({ stop: "stopped", phase: "validation" });
    expect(engine.conclude(state, "stopped", false)).toMatchObject({ stop: "stopped", phase: "done" });
    expect(engine.conclude(engine.begin(), "time", true)).toMatchObject({ phase: "done" });
  });

  test("has the same result whatever order answers come in, and after any break", async () => {
    const plain = await run({ candidate_sampling: "independent", sampled_proposals: 3 });
    for (let seed = 1; seed <= 20; seed++) {
      const delay = (n: number) => (n * 7919 * seed) % 5;
      const other = await run({ candidate_sampling: "independent", sampled_proposals: 3 }, {}, { delay });
      expect(other.engine.results(other.state)).toEqual(plain.engine.results(plain.state));
    }
  });
});

/** Rollouts that report a metric: the shorter the text, the better. */
class MetricWork extends MemoryWork {
  override async evaluate(...[candidate, ...rest]: Parameters<MemoryWork["evaluate"]>) {
    const answers = await super.evaluate(candidate, ...rest);
    const length = Object.values(candidate.texts).join("").length;
    return answers.map((answer) => ({ ...answer, metrics: { brevity: 1 / length } }));
  }
}
