// GEPA with a proxy model: which model scores what, what it costs, and that the last word is the policy's.

import { describe, expect, test } from "vitest";
import { ranked } from "../../../../src/engines/gepa/archive.ts";
import { gepaEngine } from "../../../../src/engines/gepa/gepa.ts";
import { heldOutCost } from "../../../../src/engines/gepa/heldout.ts";
import { deviationOf, proveLeading, withOwnEstimates } from "../../../../src/engines/gepa/proof.ts";
import type { GepaSettings, GepaState } from "../../../../src/engines/gepa/state.ts";
import { type ProxiedState, proxiedEngine } from "../../../../src/engines/pool/proxied.ts";
import type { ProxySettings } from "../../../../src/engines/pool/proxy.ts";
import { fruitSettings, range } from "../../../support/fruit.ts";
import type { ToyWorld } from "../../../support/memory-work.ts";
import {
  type Cheap,
  FailingLo,
  faithful,
  PROXY_SETTINGS,
  TwoModels,
  useless,
} from "../../../support/two-models.ts";

const WORDS = Array.from({ length: 24 }, (_, i) => `word${String.fromCharCode(97 + i)}`);
const word = (number: number) => WORDS[number % 24] ?? "";
/** Proposals say half of the words or so: many are about as good, and few lead. */
const toy: ToyWorld = {
  wants: (seed) => [word(seed), word(seed * 5 + 3), word(seed * 7 + 11), word(seed * 11 + 6)],
  propose: ({ replicate }) => {
    const said = WORDS.filter((_, i) => Math.sin(replicate * 12.9898 + i * 78.233) > -0.1);
    return `\`\`\`\nsay ${said.join(" ")}\n\`\`\``;
  },
};
const twoModels = (cheap = faithful, budget?: number, world = toy) => new TwoModels(cheap, world, budget);

const NOTHING = {
  reward: 0,
  usage: { prompt_tokens: 0, completion_tokens: 0, llm_calls: 0, usd: 0 },
};

const gepa = (change: Partial<GepaSettings> = {}) =>
  fruitSettings({
    pareto_seeds: range(0, 20),
    feedback_seeds: range(20, 30),
    validation_seeds: range(40, 46),
    num_generations: 8,
    proof: 3,
    ...change,
  });

/** The cheap model's answers are brief, and the other's are not. */
class BriefLo extends TwoModels {
  override async evaluate(...asked: Parameters<TwoModels["evaluate"]>) {
    const answers = await super.evaluate(...asked);
    return answers.map((answer) => ({ ...answer, metrics: { brevity: asked[4] === "lo" ? 1 : 0 } }));
  }
}

async function run(work: TwoModels, proxy: Partial<ProxySettings> = {}, settings = gepa()) {
  const plan = {
    settings: { ...PROXY_SETTINGS, ...proxy },
    reserved: heldOutCost(settings),
    algorithm: "gepa" as const,
  };
  const engine = proxiedEngine(gepaEngine(settings), plan);
  let state: ProxiedState<GepaState> = engine.begin();
  while (!engine.verdict(state)) {
    work.beginStep();
    state = JSON.parse(JSON.stringify(await engine.step(state, work)));
  }
  return { state, results: engine.results(state) };
}

describe("GEPA with a proxy", () => {
  test("scores by both models first, then by the cheap one alone, and saves money", async () => {
    const plain = twoModels(faithful);
    const engine = gepaEngine(gepa({ proof: undefined }));
    let state = engine.begin();
    while (!engine.verdict(state)) state = await engine.step(state, plain);
    const work = twoModels(faithful);
    const { results } = await run(work);
    expect(results.proxy).toMatchObject({ mode: "lo", given_up: false });
    expect(results.proxy?.r2).toBeGreaterThan(0.9);
    expect(results.proxy?.net_gain_usd).toBeGreaterThan(0);
    // The baseline on both; later candidates on the cheap one; the best few on the policy's again.
    expect(work.hiFor("pareto")).toBeLessThan(0.75 * plain.hiFor("pareto"));
    const told = work.hi.events.filter(({ type }) => type === "prompt.learning.gepa.proxy.switched");
    expect(told.map(({ data }) => [data.mode, data.reason])).toEqual([["lo", "calibrated"]]);
  });

  test("predicts scores on the scale of the policy's, and marks them", async () => {
    const { state } = await run(twoModels(faithful), {}, gepa({ num_generations: 3 }));
    const marked = state.inner.candidates.filter(({ proxied }) => proxied);
    expect(marked.length).toBeGreaterThan(0);
    for (const { rewards } of marked) {
      for (const reward of Object.values(rewards))
        expect([0, 0.25, 0.5, 0.75, 1].some((r) => Math.abs(r - reward) < 0.05)).toBe(true);
    }
  });

  test("ranks none that the policy's model has not proven, and holds out its scores alone", async () => {
    const work = twoModels(faithful);
    const { state, results } = await run(work);
    const byId = new Map(state.inner.candidates.map((candidate) => [candidate.id, candidate]));
    expect(results.ranking.length).toBeGreaterThan(3);
    for (const id of results.ranking) expect(byId.get(id)?.proxied).toBeUndefined();
    expect(results.candidates.some(({ accepted, proxied }) => accepted && proxied)).toBe(true);
    for (const { id } of results.validation) expect(byId.get(id)?.proxied).toBeUndefined();
    expect(work.lo.calls.every(({ as }) => as === "pareto")).toBe(true);
    const best = byId.get(results.ranking[0] ?? "");
    const truth = await work.hi.evaluate({ texts: best?.texts ?? {} }, range(0, 20), "pareto");
    for (const { seed, reward } of truth) {
      const known = best?.rewards[String(seed)];
      if (known !== undefined) expect(known).toBe(reward);
    }
  });

  test("ranks in the end by rewards of the policy's model alone: predictions pull no proven candidate's level", async () => {
    const { state, results } = await run(twoModels(faithful), {}, gepa({ num_generations: 12 }));
    const { candidates } = state.inner;
    expect(candidates.some(({ accepted, proxied }) => accepted && proxied)).toBe(true);
    const misled = candidates.map((one) =>
      one.proxied ? { ...one, rewards: Object.fromEntries(range(0, 20).map((seed) => [seed, 1])) } : one,
    );
    const byId = new Map(withOwnEstimates(misled).map((one) => [one.id, one.estimate]));
    for (const { id, estimate } of results.candidates.filter(({ id }) => results.ranking.includes(id)))
      expect(byId.get(id)).toBe(estimate);
  });

  test("is led by a candidate that is proven, after every step, and breeds from it", async () => {
    const settings = gepa({ num_generations: 20 });
    const plan = { settings: PROXY_SETTINGS, reserved: heldOutCost(settings), algorithm: "gepa" as const };
    const engine = proxiedEngine(gepaEngine(settings), plan);
    const work = twoModels(faithful);
    let state = engine.begin();
    while (!engine.verdict(state)) {
      state = await engine.step(state, work);
      const [leader] = ranked(state.inner.candidates);
      expect(leader?.proxied).toBeUndefined();
      expect(engine.results(state).ranking[0]).toBe(leader?.id);
    }
    const told = work.hi.events.map(({ type }) => type);
    expect(told.indexOf("prompt.learning.gepa.candidate.proven")).toBeGreaterThan(0);
    expect(told.indexOf("prompt.learning.gepa.candidate.proven")).toBeLessThan(
      told.lastIndexOf("prompt.learning.gepa.generation.complete"),
    );
  });

  test("proves a newcomer too that may lead by the doubt of its prediction, and leaves others be", async () => {
    // 100 rewards around a line that is off itself for all of them: half a standard deviation is 0.014.
    const evaluations = range(0, 100).map((seed) => ({
      ...NOTHING,
      seed,
      doubt: { own: 0.04, line: 0.0004 },
    }));
    expect(deviationOf(evaluations)).toBeCloseTo(Math.sqrt(0.04 / 100 + 0.0004), 12);
    const rewards = Object.fromEntries(range(0, 100).map((seed) => [String(seed), seed % 2]));
    const candidates = [0.6, 0.59, 0.58].map((estimate, at) => ({
      ...{ id: `trans_${at}`, texts: { system: `${at}` }, parents: at === 0 ? [] : ["trans_0"] },
      ...{ generation: at === 0 ? 0 : 1, operator: "reflection" as const, accepted: true, on_front: true },
      ...{ rewards, mean: 0.5, estimate, ...(at === 0 ? {} : { proxied: true }) },
    }));
    const settings = gepa({ pareto_seeds: range(0, 100) });
    const state = { ...gepaEngine(settings).begin(), candidates };
    const asked: string[] = [];
    const work = twoModels(faithful);
    work.evaluate = async ({ texts }, seeds) => {
      if (seeds.length > 0) asked.push(texts.system ?? "");
      return seeds.map((seed) => ({ ...NOTHING, seed, reward: 0 }));
    };
    const newcomers = ["trans_1", "trans_2"].map((id) => ({ id, evaluations }));
    expect((await proveLeading(state, newcomers, 99, settings, work)).events).toEqual([]);
    const { events } = await proveLeading(state, newcomers, 10_000, settings, work);
    expect(asked[0]).toBe("1");
    expect(events[0]?.data).toMatchObject({ candidate_id: "trans_1", accuracy: 0, predicted: 0.5 });
  });

  test("learns from proofs, and takes back what they had saved", async () => {
    const work = twoModels(faithful);
    const { results } = await run(work, {}, gepa({ num_generations: 12 }));
    const { pairs, evaluations, avoided_usd, lo_usd } = results.proxy ?? {};
    expect(pairs).toBe(evaluations?.both);
    expect(work.hiFor("pareto")).toBe(evaluations?.both);
    expect(work.lo.spent).toBe((evaluations?.both ?? 0) + (evaluations?.lo_only ?? 0));
    expect(avoided_usd).toBeCloseTo(0.001 * (evaluations?.lo_only ?? 0), 9);
    expect(lo_usd).toBeCloseTo(0.0001 * work.lo.spent, 9);
  });

  test("takes no prediction for the target: the search ends when the policy's model reaches it", async () => {
    const flattering: Cheap = (reward) => reward;
    const settings = gepa({ target: 0.6, num_generations: 40 });
    const { state } = await run(twoModels(flattering), {}, settings);
    expect(state.inner.stop).toBe("target");
    const reached = state.inner.candidates.filter(({ accepted, mean }) => accepted && (mean ?? 0) >= 0.6);
    expect(reached.some(({ proxied }) => !proxied)).toBe(true);
  });

  test("with shared seeds, shows a proposer what the policy's model did and no prediction", async () => {
    // No line predicts it without fault: a prediction is no quarter.
    const cheap: Cheap = (reward) => 0.1 + 0.8 * reward ** 2;
    const { search, breeding } = gepa();
    const settings = gepa({
      feedback_seeds: range(0, 20),
      search: { ...search, shared_seeds: true, candidate_sampling: "independent" },
      // Any candidate may be a parent, those that the cheap model alone has scored too.
      breeding: { ...breeding, selection: "random" },
      num_generations: 16,
    });
    const work = twoModels(cheap);
    const { state } = await run(work, {}, settings);
    const { candidates, paid } = state.inner;
    const shown = work.hi.proposals
      .flatMap(({ messages }) => messages.map(({ content }) => content))
      .join("\n");
    const rewards = [...shown.matchAll(/### Reward\n(.+)/g)].map(([, reward]) => Number(reward));
    expect(rewards.length).toBeGreaterThan(0);
    for (const reward of rewards) expect(Number.isInteger(reward * 4), `a reward of ${reward}`).toBe(true);
    // What it was asked for was not avoided.
    expect(state.proxy.ledger.lo_only).toBe(work.loAlone());
    // A prediction is no rollout that was paid for either, to be shown again.
    const parents = new Set(candidates.flatMap((one) => one.parents));
    const unproven = candidates.filter(({ id, proxied }) => proxied && parents.has(id));
    expect(unproven.length).toBeGreaterThan(0);
    for (const { id, texts } of unproven) {
      const ran = work.hi.calls.filter(({ text }) => text === texts.system).map(({ seed }) => seed);
      expect(ran.sort()).toEqual([...(paid[id] ?? [])].sort());
    }
  });

  test("counts as saved what the policy's model never ran, merges and what they are shown included", async () => {
    const { search, breeding } = gepa();
    const merged = await Promise.all(
      // In these runs a candidate has the texts of a merge that a proposer is shown at work.
      [7, 10, 18].map(async (rng_seed) => {
        const settings = gepa({
          baseline: { system: "say", user: "go", third: "on" },
          feedback_seeds: range(0, 20),
          search: { ...search, shared_seeds: true, candidate_sampling: "independent" },
          breeding: { ...breeding, selection: "random", crossover_rate: 1, mutation_rate: 0.5 },
          validation_seeds: [],
          num_generations: 16,
          rng_seed,
        });
        const work = twoModels(faithful);
        const { state } = await run(work, {}, settings);
        expect(state.proxy.ledger.lo_only).toBe(work.loAlone());
        return state.inner.candidates.filter(({ operator }) => operator === "merge");
      }),
    );
    expect(merged.flat().length).toBeGreaterThan(0);
  });

  test("goes on with the policy's model alone where the cheap one tells nothing", async () => {
    const work = twoModels(useless);
    const { results } = await run(work);
    expect(results.proxy?.mode).toBe("hi");
    expect(results.candidates.some(({ proxied }) => proxied)).toBe(false);
  });

  test("takes no failure of the cheap model for a reward: a candidate that it failed on is not proven", async () => {
    // Whoever is proposed is accepted.
    const breeding = { ...gepa().breeding, min_local_improvement: -100 };
    const settings = gepa({ num_generations: 12, breeding });
    // It fails on about every other candidate, whatever the seed: those of an even number of words.
    const work = new FailingLo(({ texts }) => (texts.system ?? "").split(" ").length % 2 === 0, toy);
    const { state, results } = await run(work, {}, settings);
    const byId = new Map(state.inner.candidates.map((candidate) => [candidate.id, candidate]));
    expect(results.proxy?.mode).toBe("lo");
    for (const id of results.ranking) {
      const { texts = {}, rewards = {} } = byId.get(id) ?? {};
      const truth = await work.hi.evaluate({ texts }, Object.keys(rewards).map(Number), "pareto");
      for (const { seed, reward } of truth) expect(rewards[String(seed)], `${id}, seed ${seed}`).toBe(reward);
    }
  });

  test("takes nothing that the cheap model's rollouts report for an objective of the policy's", async () => {
    const search = { ...gepa().search, frontier_type: "hybrid" as const };
    const { state } = await run(new BriefLo(faithful, toy), {}, gepa({ search, num_generations: 12 }));
    const accepted = state.inner.candidates.filter((candidate) => candidate.accepted);
    expect(accepted.some(({ proxied }) => proxied)).toBe(true);
    for (const { objectives, proxied } of accepted) expect(objectives).toEqual(proxied ? {} : { brevity: 0 });
  });

  test("asks both again now and then with verify_every", async () => {
    const { results } = await run(twoModels(faithful), { verify_every: 5 });
    const { both = 0, lo_only = 0 } = results.proxy?.evaluations ?? {};
    expect(both).toBeGreaterThan(25);
    expect(lo_only).toBeGreaterThan(0);
  });

  test.each(range(100, 420).filter((n) => n % 29 === 0))(
    "never spends more than %i rollouts of both",
    async (budget) => {
      for (const cheap of [faithful, useless]) {
        for (const verify_every of [0, 3]) {
          const work = twoModels(cheap, budget);
          const { state } = await run(work, { verify_every }, gepa({ num_generations: 60 }));
          expect(work.spent).toBeLessThanOrEqual(budget);
          expect(state.inner.validation.length).toBeGreaterThan(0);
        }
      }
    },
  );

  test.each(range(100, 420).filter((n) => n % 41 === 0))(
    "never spends more than %i rollouts either while all of them run on both models",
    async (budget) => {
      const work = twoModels(useless, budget);
      const settings = gepa({ num_generations: 60, proof: 0 });
      const { state } = await run(work, { r2_thresh: 1, r2_stop: 0 }, settings);
      expect(state.proxy.mode).toBe("both");
      expect(work.spent).toBeLessThanOrEqual(budget);
    },
  );

  test("spends its budget on the policy's model once the proxy is given up", async () => {
    const work = twoModels(faithful, 700);
    const { state } = await run(
      work,
      { proxy_patience_usd: 0, verify_every: 3 },
      gepa({ num_generations: 60, proof: 0 }),
    );
    expect(state.proxy.given_up).toBe(true);
    expect(state.inner.stop).toBe("budget");
    // What is left would not hold a child: three rollouts of its parent, and twenty of its own.
    expect(work.spent).toBeGreaterThan(700 - 23);
  });

  test("comes to the same result whatever the order of the answers", async () => {
    const one = await run(twoModels(faithful), { verify_every: 4 });
    const scrambled = { ...toy, delay: (n: number) => (n * 7919) % 13 };
    const other = await run(twoModels(faithful, undefined, scrambled), { verify_every: 4 });
    expect(other.state).toEqual(one.state);
  });

  test("is proven also when it is told to stop", async () => {
    const settings = gepa();
    const plan = { settings: PROXY_SETTINGS, reserved: heldOutCost(settings), algorithm: "gepa" as const };
    const engine = proxiedEngine(gepaEngine(settings), plan);
    const work = twoModels(faithful);
    let state = engine.begin();
    for (let i = 0; i < 4; i++) state = await engine.step(state, work);
    expect(state.inner.candidates.some(({ proxied }) => proxied)).toBe(true);
    state = engine.conclude(state, "stopped", true);
    while (!engine.verdict(state)) state = await engine.step(state, work);
    expect(state.inner.stop).toBe("stopped");
    const first = engine.results(state).ranking[0];
    expect(state.inner.candidates.find(({ id }) => id === first)?.proxied).toBeUndefined();
  });
});
