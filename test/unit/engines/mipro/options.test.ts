// Every option of a MIPRO run, each seen to act.

import { describe, expect, test } from "vitest";
import type { ProposalRequest, Results } from "../../../../src/engines/engine.ts";
import { miproEngine } from "../../../../src/engines/mipro/mipro.ts";
import type { MiproSettings } from "../../../../src/engines/mipro/settings.ts";
import type { MiproState } from "../../../../src/engines/mipro/state.ts";
import { range } from "../../../support/fruit.ts";
import { MemoryWork, type ToyWorld } from "../../../support/memory-work.ts";
import { fruitStage, fruitTrials } from "../../../support/mipro-fruit.ts";

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];
const world = (change: Partial<ToyWorld> = {}): ToyWorld => ({
  wants: (seed) => [WORDS[seed % 8] ?? "", WORDS[(seed * 3 + 1) % 8] ?? ""],
  expected: (seed) => WORDS[seed % 8] ?? "",
  propose: ({ replicate }) => `\`\`\`\nList fruit ${WORDS[replicate % 8]} ${replicate}\n\`\`\``,
  ...change,
});

interface Run {
  state: MiproState;
  results: Results;
  work: MemoryWork;
}

async function run(change: Partial<MiproSettings>, changed: Partial<ToyWorld> = {}): Promise<Run> {
  const work = new MemoryWork(world(changed));
  const engine = miproEngine(fruitTrials(change));
  let state = engine.begin();
  while (!engine.verdict(state)) {
    work.beginStep();
    state = await engine.step(state, work);
  }
  return { state, results: engine.results(state), work };
}

const asked = ({ work }: Run) => work.proposals.map(({ messages }) => messages[0]?.content ?? "");
const isProposal = ({ messages }: ProposalRequest) =>
  messages[0]?.content.includes("# What to write") === true;
const proposals = ({ work }: Run) => work.proposals.filter(isProposal);
const setsOf = ({ state }: Run) => state.banks[0]?.demo_sets ?? [];
const instructions = ({ state }: Run) => state.banks[0]?.instructions[0] ?? [];
const proposing = (change: Partial<MiproSettings["proposals"]>) => ({
  proposals: { ...fruitTrials().proposals, ...change },
});
const showing = (change: Partial<MiproSettings["demos"]>) => ({
  demos: { ...fruitTrials().demos, ...change },
});
const META = {
  every_iterations: 1,
  topk_success: 2,
  topk_failure: 3,
  validate_on_batch: 0,
  keep_k: 50,
  dedup_token_overlap: 1,
  regen_temperature_decay: 1,
};

describe("demos", () => {
  // The baseline is right about those that want apples.
  const base = { baseline: { system: "List apple" } };

  test("come from rollouts at the threshold or above", async () => {
    const from = async (few_shot_score_threshold: number) => {
      const { state } = await run({ ...base, few_shot_score_threshold });
      return state.banks[0]?.demos.filter(({ bootstrapped }) => bootstrapped).map(({ seed }) => seed);
    };
    const rewarded = range(0, 8).filter((seed) => world().wants(seed).includes("apple"));
    expect(await from(0.5)).toEqual(rewarded);
    expect(await from(0.9)).toEqual([]);
  });

  test("with the task app's own answers fill sets up", async () => {
    const { state } = await run({ ...base, ...showing({ max_labelled: 4, max_bootstrapped: 1 }) });
    const bank = state.banks[0];
    const sets = bank?.demo_sets.map((set) => set.map((i) => bank.demos[i]?.bootstrapped)) ?? [];
    expect(Math.max(...sets.map((set) => set.length))).toBe(4);
    expect(Math.max(...sets.map((set) => set.filter(Boolean).length))).toBe(1);
  });

  test("make as many sets of each size as are asked for, up to the most", async () => {
    const few = await run({ ...base, ...showing({ sets_per_size: 1 }) });
    const many = await run({ ...base, ...showing({ sets_per_size: 5 }) });
    expect(setsOf(many).length).toBeGreaterThan(setsOf(few).length);
    expect(setsOf(await run({ ...base, ...showing({ sets_per_size: 5, max_sets: 3 }) }))).toHaveLength(3);
  });

  test("are in every trial where a prompt without is not to be tried", async () => {
    const { results } = await run({ ...base, ...showing({ include_empty: false }) });
    const tried = results.candidates.slice(1);
    expect(tried.length).toBeGreaterThan(0);
    expect(tried.every(({ demos }) => (demos?.[""] ?? []).length > 0)).toBe(true);
  });

  test("are in no candidate of a stage without a slot for them", async () => {
    const { results } = await run({ ...base, stages: [fruitStage({ demo_slots: 0 })] });
    expect(results.candidates.every(({ demos }) => demos === undefined)).toBe(true);
  });

  test("of two slots are shown together, each seed once", async () => {
    const { results, state } = await run({ ...base, stages: [fruitStage({ demo_slots: 2 })] });
    expect(state.combinations[0]?.choices).toHaveLength(3);
    for (const { demos } of results.candidates) {
      const seeds = (demos?.[""] ?? []).map(({ seed }) => seed);
      expect(new Set(seeds).size).toBe(seeds.length);
    }
  });

  test("that are too few are told, where the bootstrap is not strict", async () => {
    const { work } = await run({ min_bootstrap_demos: 3 });
    expect(work.events.find(({ type }) => type === "mipro.bootstrap.progress")).toMatchObject({
      level: "warning",
      data: { demos_found: 0, min_bootstrap_demos: 3 },
    });
  });
});

describe("proposals", () => {
  test("are as many as are asked for, in as many calls as one may hold", async () => {
    expect(proposals(await run(proposing({ count: 5 })))).toHaveLength(5);
    const propose = ({ replicate }: ProposalRequest) =>
      [1, 2, 3].map((n) => `\`\`\`\nList ${replicate} ${n}\n\`\`\``).join("\nand\n");
    const batched = await run(proposing({ count: 6, per_call: 3 }), { propose });
    expect(proposals(batched)).toHaveLength(2);
    expect(instructions(batched)).toHaveLength(7);
  });

  test("have the temperature and the token limit of the settings", async () => {
    const [first] = proposals(await run(proposing({ temperature: 0.3, max_tokens: 77 })));
    expect(first).toMatchObject({ temperature: 0.3, max_tokens: 77 });
  });

  test("stop where the bank is full", async () => {
    expect(instructions(await run(proposing({ count: 9, max_bank: 4 })))).toHaveLength(4);
  });

  test("that are known already are asked for again, so many times", async () => {
    const propose = () => "```\nList fruit\n```";
    const { work, state } = await run(proposing({ count: 1, retries: 3 }), { propose });
    expect(work.proposals.filter(isProposal)).toHaveLength(4);
    expect(state.banks[0]?.instructions[0]).toHaveLength(1);
    const told = work.events.filter(({ type }) => type === "mipro.instruction.proposed");
    expect(told.map(({ data }) => data.reject_reason)).toEqual(Array(4).fill("duplicate"));
  });

  test("keep their placeholders", async () => {
    const change = { baseline: { system: "Pick of {choices}" }, placeholders: ["choices"] };
    const { work } = await run({ ...change, ...proposing({ count: 1, retries: 0 }) });
    const told = work.events.find(({ type }) => type === "mipro.instruction.proposed");
    expect(told?.data).toMatchObject({ accepted: false, reject_reason: "lost_placeholder" });
  });

  test("are made before the iterations that are named", async () => {
    const { work } = await run(proposing({ at_iterations: [0, 2], count: 2 }));
    const rounds = work.events.filter(({ type }) => type === "mipro.stage_proposer.called");
    expect(rounds.map(({ data }) => data.iteration)).toEqual([0, 2]);
    expect(work.events.some(({ type }) => type === "mipro.iteration.skip_generation")).toBe(true);
  });

  test("before a later iteration are shown what the best candidate did", async () => {
    const named = proposing({ at_iterations: [0, 3], count: 5 });
    const happened = await run({ ...named, full_eval_every_k: 1 });
    const last = proposals(happened).at(-1)?.messages[0]?.content ?? "";
    const seeds = [...last.matchAll(/example (\d+)/g)].map(([, seed]) => Number(seed));
    expect(seeds.length).toBeGreaterThan(0);
    expect(seeds.every((seed) => seed >= 8)).toBe(true);
    expect(last).toMatch(/### Reward\n(1|0\.5)\n/);
  });

  test("are told the metaprompt, the specification, the program, the stage and the data", async () => {
    const propose = (request: ProposalRequest) =>
      isProposal(request) ? "```\nList more\n```" : "The inputs are about fruit.";
    const happened = await run(
      {
        ...proposing({ metaprompt: "BE BOLD", spec: "THE SPEC" }),
        program_description: "IT NAMES FRUIT",
        stages: [fruitStage({ description: "THE ONLY STAGE" })],
        reference_seeds: [60, 61],
      },
      { propose },
    );
    const [first = ""] = asked(happened).filter((text) => text.includes("# What to write"));
    for (const part of ["BE BOLD", "THE SPEC", "IT NAMES FRUIT", "THE ONLY STAGE", "about fruit"]) {
      expect(first).toContain(part);
    }
    expect(asked(happened)[0]).toContain("example 60");
  });

  test("are for lines below the instruction where there are more slots", async () => {
    const { results, state } = await run({ stages: [fruitStage({ instruction_slots: 2, demo_slots: 0 })] });
    expect(state.banks[0]?.instructions[1]?.[0]?.text).toBe("");
    expect(results.candidates.some(({ texts }) => texts.system?.includes("\n"))).toBe(true);
  });
});

describe("new instructions during the search", () => {
  test("come every so many iterations, cooler each time, from what the best candidate did", async () => {
    const change = { ...META, every_iterations: 2, regen_temperature_decay: 0.5 };
    const happened = await run({ ...proposing({ temperature: 0.8, count: 1 }), meta_update: change });
    const [first, second] = proposals(happened);
    expect(proposals(happened)).toHaveLength(2);
    expect(first?.temperature).toBeCloseTo(0.8);
    expect(second?.temperature).toBeCloseTo(0.4);
    const shown = second?.messages[0]?.content.match(/### Reward\n[\d.]+/g) ?? [];
    expect(shown.length).toBeLessThanOrEqual(5);
    expect(second?.messages[0]?.content).toContain("# Tried before");
  });

  test("leave no more offered than are to be kept, the best one's among them", async () => {
    const happened = await run({ meta_update: { ...META, keep_k: 2 } });
    const offered = instructions(happened).filter(({ retired }) => !retired);
    expect(offered.length).toBeLessThanOrEqual(2 + fruitTrials().proposals.count);
    expect(instructions(happened).some(({ retired }) => retired)).toBe(true);
  });

  test("that say nearly the same as one before are turned down", async () => {
    const close = await run({ meta_update: { ...META, dedup_token_overlap: 0.3 } });
    const loose = await run({ meta_update: { ...META, dedup_token_overlap: 1 } });
    expect(instructions(close).length).toBeLessThan(instructions(loose).length);
  });

  test("are tried on a batch first, and those that do worse are never offered", async () => {
    const happened = await run({ meta_update: { ...META, validate_on_batch: 6 } });
    const proofs = happened.state.trials.filter(({ kind }) => kind === "proof");
    expect(proofs.length).toBeGreaterThan(0);
    expect(proofs.every(({ seeds }) => seeds.length === 6)).toBe(true);
    const worse = await run(
      { baseline: { system: WORDS.join(" ") }, meta_update: { ...META, validate_on_batch: 6 } },
      { propose: ({ replicate }) => `\`\`\`\nSay nothing ${replicate}\n\`\`\`` },
    );
    const newcomers = instructions(worse).filter(({ round }) => round > 0);
    expect(newcomers.length).toBeGreaterThan(0);
    expect(newcomers.every(({ retired }) => retired)).toBe(true);
  });
});

describe("the search", () => {
  test("has the trials, the minibatches and the full evaluations of the settings", async () => {
    const { state } = await run({
      num_iterations: 3,
      trials_per_iteration: 2,
      batch_size: 5,
      full_eval_every_k: 2,
    });
    const rows = (kind: string) => state.trials.filter((row) => row.kind === kind);
    expect(rows("minibatch")).toHaveLength(6);
    expect(rows("minibatch").every(({ seeds }) => seeds.length === 5)).toBe(true);
    expect(rows("full").length).toBeGreaterThanOrEqual(3);
    expect(rows("full").every(({ seeds }) => seeds.length === 24)).toBe(true);
  });

  test.each([
    [2, 5],
    [4, 3],
    [7, 3],
  ])("evaluates in full one candidate for each %i trials, of %i in an iteration", async (every, trials) => {
    const { state } = await run({
      ...proposing({ count: 7 }),
      num_iterations: 3,
      trials_per_iteration: trials,
      full_eval_every_k: every,
    });
    const last = state.trials.findLastIndex(({ kind }) => kind === "minibatch");
    const between = state.trials.slice(0, last).filter(({ kind }) => kind === "full");
    expect(between).toHaveLength(Math.floor((2 * trials) / every));
  });

  test("evaluates in full on the validation seeds where there are some, and gives their scores", async () => {
    const { state, results, work } = await run({ val_seeds: range(70, 76) });
    expect(state.full).toEqual(range(70, 76));
    expect(work.calls.filter(({ as }) => as === "validation").every(({ seed }) => seed >= 70)).toBe(true);
    expect(results.validation[0]).toMatchObject({ rank: -1, id: "trans_00000" });
    expect(results.validation.length).toBeGreaterThan(1);
  });

  test("ends with the trials, the target, or the patience that is given", async () => {
    expect((await run({ num_trials: 4 })).state).toMatchObject({ stop: "trials" });
    expect((await run({ target: 0.01 })).state.stop).toBe("target");
    expect((await run({ patience_trials: 3 }, { wants: () => ["nothing"] })).state.stop).toBe("patience");
  });

  test("ends when a small space is exhausted, with the best so far", async () => {
    const stages = [fruitStage({ demo_slots: 0 })];
    const { state } = await run({ stages, ...proposing({ count: 2 }), num_iterations: 50 });
    expect(state.stop).toBe("exhausted");
    expect(state.incumbent).not.toBeNull();
    expect(state.combinations.every(({ full_score }) => full_score !== null)).toBe(true);
  });

  test.each([
    ["that are named", proposing({ count: 1, at_iterations: [0, 3] })],
    [
      "that update",
      { ...proposing({ count: 1, max_bank: 3 }), meta_update: { ...META, every_iterations: 3 } },
    ],
  ])("of an exhausted space goes on with the new instructions of later iterations %s", async (_, change) => {
    const stages = [fruitStage({ demo_slots: 0 })];
    const small = { ...change, stages, batch_size: null, num_iterations: 20, trials_per_iteration: 2 };
    const { state, work } = await run(small);
    const rounds = work.events.filter(({ type }) => type === "mipro.stage_proposer.called");
    expect(rounds.map(({ data }) => data.iteration).slice(0, 2)).toEqual([0, 3]);
    expect(state.banks[0]?.instructions[0]).toHaveLength(3);
    expect(state.combinations).toHaveLength(3);
    expect(state.stop).toBe("exhausted");
  });

  test("of an exhausted space ends with the first round that brings nothing new", async () => {
    const propose = () => "```\nList more fruit\n```";
    const stages = [fruitStage({ demo_slots: 0 })];
    const { state, work } = await run(
      {
        stages,
        ...proposing({ count: 1, retries: 0 }),
        batch_size: null,
        num_iterations: 9,
        meta_update: META,
      },
      { propose },
    );
    expect(state.stop).toBe("exhausted");
    expect(work.proposals.filter(isProposal)).toHaveLength(2);
  });

  test("goes on past a trial that fails, and records the failure", async () => {
    const fails: ToyWorld["fails"] = ({ texts }) => (texts.system ?? "").includes("pear");
    const { results, state } = await run({ num_iterations: 6 }, { fails });
    const failed = results.trials?.filter(({ error }) => error !== undefined) ?? [];
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]).toMatchObject({ minibatch_score: null, error: "the app fell over" });
    expect(state.stop).toBe("iterations");
  });

  test("pays no (candidate, seed) twice", async () => {
    const { work } = await run({ num_iterations: 8 });
    const online = work.calls.filter(({ as }) => as === "online").map(({ text, seed }) => `${seed} ${text}`);
    expect(new Set(online).size).toBe(online.length);
  });

  test("gives another result for another seed, seed 0 being a seed of its own", async () => {
    const [zero, nine] = [await run({ rng_seed: 0 }), await run({ rng_seed: 9 })];
    expect(zero.state.trials.map(({ choices }) => choices)).not.toEqual(
      nine.state.trials.map(({ choices }) => choices),
    );
  });

  test("uses a random part of the pool where one is asked for", async () => {
    const { state } = await run({ online_sample: 10 });
    expect(state.online).toHaveLength(10);
    expect(state.online.every((seed) => seed >= 8 && seed < 32)).toBe(true);
  });

  test("scores as many of the best on the test seeds as are asked for", async () => {
    expect((await run({ test_candidates: 2 })).state.test.map(({ rank }) => rank)).toEqual([-1, 1, 2]);
  });
});

test("ended from outside, it has the test scores of the best so far, or none", async () => {
  const settings = fruitTrials();
  const engine = miproEngine(settings);
  const work = new MemoryWork(world());
  let state = engine.begin();
  for (let step = 0; step < 5; step++) {
    work.beginStep();
    state = await engine.step(state, work);
  }
  expect(engine.verdict(engine.conclude(state, "time", false))).toBe("time");
  let ending = engine.conclude(state, "stopped", true);
  while (!engine.verdict(ending)) ending = await engine.step(ending, work);
  expect(engine.verdict(ending)).toBe("stopped");
  expect(ending.test.length).toBeGreaterThan(1);
  expect(engine.verdict(engine.conclude(engine.begin(), "stopped", true))).toBe("stopped");
});

test("two stages each have their instructions and demos, and what one is for is asked", async () => {
  const stages = [
    fruitStage({ stage_id: "first", component: "first", demo_module: "first" }),
    fruitStage({ stage_id: "second", component: "second", demo_module: "second" }),
  ];
  const happened = await run({
    stages,
    baseline: { first: "List fruit", second: "Name it" },
    edges: [["first", "second"]],
  });
  const { results, state } = happened;
  expect(state.combinations[0]?.choices).toHaveLength(4);
  expect(Object.keys(results.trials?.[1]?.parameters ?? {})).toEqual([
    "first.instruction",
    "first.demos",
    "second.instruction",
    "second.demos",
  ]);
  expect(asked(happened).some((text) => text.includes('what the part "second" does'))).toBe(true);
  expect(asked(happened).some((text) => text.includes("first -> second"))).toBe(true);
});
