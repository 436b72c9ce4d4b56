// MIPRO with a proxy model: which model scores what, that predicted scores are marked, and that the last word is the policy's.

import { describe, expect, test } from "vitest";
import { testCost } from "../../../../src/engines/mipro/budget.ts";
import { unprovenSeeds } from "../../../../src/engines/mipro/combinations.ts";
import { miproEngine } from "../../../../src/engines/mipro/mipro.ts";
import { toProve } from "../../../../src/engines/mipro/ranking.ts";
import { trialsSinceBest } from "../../../../src/engines/mipro/search.ts";
import type { MiproSettings } from "../../../../src/engines/mipro/settings.ts";
import type { MiproState } from "../../../../src/engines/mipro/state.ts";
import { type ProxiedState, proxiedEngine } from "../../../../src/engines/pool/proxied.ts";
import type { ProxySettings } from "../../../../src/engines/pool/proxy.ts";
import { range } from "../../../support/fruit.ts";
import type { ToyWorld } from "../../../support/memory-work.ts";
import { fruitTrials } from "../../../support/mipro-fruit.ts";
import {
  type Cheap,
  FailingLo,
  faithful,
  PROXY_SETTINGS,
  TwoModels,
  useless,
} from "../../../support/two-models.ts";

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];
const toy: ToyWorld = {
  wants: (seed) => [WORDS[seed % 8] ?? "", WORDS[(seed * 3 + 1) % 8] ?? ""],
  expected: (seed) => WORDS[seed % 8] ?? "",
  propose: ({ replicate }) =>
    `\`\`\`\nList fruit ${WORDS.filter((_, i) => ((replicate * 7 + i * 5) % 8) % 3 === 0).join(" ")} ${replicate}\n\`\`\``,
};
const mipro = (change: Partial<MiproSettings> = {}) =>
  fruitTrials({ num_iterations: 8, proxied: true, ...change });

async function run(work: TwoModels, proxy: Partial<ProxySettings> = {}, settings = mipro()) {
  const plan = {
    settings: { ...PROXY_SETTINGS, ...proxy },
    reserved: testCost(settings),
    algorithm: "mipro" as const,
  };
  const engine = proxiedEngine(miproEngine(settings), plan);
  let state: ProxiedState<MiproState> = engine.begin();
  while (!engine.verdict(state)) {
    work.beginStep();
    state = JSON.parse(JSON.stringify(await engine.step(state, work)));
  }
  return { state, results: engine.results(state) };
}

/** The cheap model finds whatever has kiwis in it perfect. */
class FondOfKiwis extends TwoModels {
  override async evaluate(...asked: Parameters<TwoModels["evaluate"]>) {
    const answers = await super.evaluate(...asked);
    const [candidate, , , , model] = asked;
    const likes = model === "lo" && JSON.stringify(candidate.texts).includes("kiwi");
    return answers.map((answer) => (likes ? { ...answer, reward: 1 } : answer));
  }
}

describe("MIPRO with a proxy", () => {
  test("runs trials on both models first, then on the cheap one alone", async () => {
    const work = new TwoModels(faithful, toy);
    const { state, results } = await run(work);
    expect(results.proxy).toMatchObject({ mode: "lo", given_up: false });
    expect(results.proxy?.evaluations.lo_only).toBeGreaterThan(0);
    expect(results.proxy?.net_gain_usd).toBeGreaterThan(0);
    const told = work.hi.events.filter(({ type }) => type === "prompt.learning.mipro.proxy.switched");
    expect(told.map(({ data }) => [data.mode, data.reason])).toEqual([["lo", "calibrated"]]);
    expect(work.lo.calls.every(({ as }) => as === "online")).toBe(true);
    expect(state.inner.stop).toBe("iterations");
    expect(results.test[1]?.mean).toBeGreaterThan((results.test[0]?.mean ?? 1) + 0.3);
  });

  test("marks trials and evaluations whose score is predicted, in the table and in what is told", async () => {
    const work = new TwoModels(faithful, toy);
    const { results } = await run(work);
    const marked = results.trials?.filter(({ proxied }) => proxied).map(({ trial }) => trial) ?? [];
    const told = work.hi.events.filter(
      ({ type, data }) =>
        ["mipro.trial.complete", "mipro.fulleval.complete"].includes(type) && data.proxied === true,
    );
    expect(marked.length).toBeGreaterThan(0);
    expect(told.map(({ data }) => data.trial)).toEqual(marked);
    expect(results.trials?.[0]?.proxied).toBeUndefined();
    const shown = (type: string) =>
      JSON.stringify(work.hi.events.filter((event) => event.type === type).map(({ data }) => data));
    const observed = [...shown("mipro.tpe.update").matchAll(/"trial":(\d+)[^{}]*"proxied":true/g)];
    expect(observed.length).toBeGreaterThan(0);
    for (const [, trial] of observed) expect(marked).toContain(Number(trial));
    expect(shown("mipro.tpe.rankings")).toContain('"proxied":true');
  });

  test.each([8, 24, null])(
    "with minibatches of %s, ranks what the policy's model has proven and nothing else, by what that says alone",
    async (batch_size) => {
      const work = new TwoModels(faithful, toy);
      const { state, results } = await run(work, {}, mipro({ batch_size }));
      const byId = new Map(results.candidates.map((candidate) => [candidate.id, candidate]));
      expect(results.ranking.length).toBeGreaterThan(3);
      expect(state.inner.incumbent).toBe(results.ranking[0]);
      for (const id of results.ranking) {
        const { texts = {}, demos, rewards = {}, proxied } = byId.get(id) ?? {};
        expect(proxied).toBeUndefined();
        const prompt = { texts, ...(demos ? { demos } : {}) };
        const truth = await work.hi.evaluate(prompt, state.inner.full, "online");
        for (const { seed, reward } of truth) expect(rewards[String(seed)]).toBe(reward);
      }
    },
  );

  test("takes no prediction for the target: where a proof does not bear it out, the search goes on", async () => {
    // What is halfway good looks better than it is.
    const flattering: Cheap = (reward) => reward ** 0.25;
    const work = new TwoModels(flattering, toy);
    const settings = mipro({ target: 0.51, num_iterations: 12 });
    const { state, results } = await run(work, { r2_thresh: 0.1, r2_stop: 0 }, settings);
    const best = results.candidates.find(({ id }) => id === results.ranking[0]);
    expect(best?.proxied).toBeUndefined();
    const { trials } = state.inner;
    const proof = trials.findIndex(({ number, kind, proxied }) => number > 0 && kind === "full" && !proxied);
    expect(trials.slice(proof).some(({ kind }) => kind === "minibatch")).toBe(true);
    expect(state.inner.stop).toBe("target");
    expect(best?.mean).toBeGreaterThanOrEqual(0.51);
    const ends = work.hi.events.filter(({ type }) => type === "mipro.termination.triggered");
    expect(ends.map(({ data }) => data.reason)).toEqual([state.inner.stop]);
    expect(state.inner.incumbent).toBe(best?.id);
  });

  test("shows the best that is proven as the best at every moment, whoever leads the search", async () => {
    const settings = mipro();
    const plan = { settings: PROXY_SETTINGS, reserved: testCost(settings), algorithm: "mipro" as const };
    const engine = proxiedEngine(miproEngine(settings), plan);
    const work = new TwoModels(faithful, toy);
    let state = engine.begin();
    let predictions = 0;
    while (!engine.verdict(state)) {
      state = await engine.step(state, work);
      const { candidates, ranking } = engine.results(state);
      expect(candidates.filter(({ on_front }) => on_front).map(({ id }) => id)).toEqual(ranking.slice(0, 1));
      if (state.inner.incumbent !== (ranking[0] ?? null)) predictions += 1;
    }
    expect(predictions).toBeGreaterThan(0);
  });

  test("ends by patience with a best that is proven, and goes on where what seemed the best is not borne out", async () => {
    const patience_trials = 6;
    let wentOn = 0;
    let leftOver = 0;
    for (const rng_seed of range(0, 12)) {
      // No full evaluation is due with every iteration: trials since the last one are left over.
      const settings = mipro({ num_iterations: 40, patience_trials, rng_seed, full_eval_every_k: 5 });
      const plan = { settings: { ...PROXY_SETTINGS, r2_stop: 0 }, reserved: 0, algorithm: "mipro" as const };
      const engine = proxiedEngine(miproEngine(settings), plan);
      const work = new FondOfKiwis(faithful, toy);
      let state = engine.begin();
      while (state.inner.stop === null) {
        const before = state.inner;
        state = await engine.step(state, work);
        if (before.phase !== "proof" || state.inner.phase === "proof" || state.inner.stop !== null) continue;
        wentOn += 1;
        leftOver += before.since_full;
        // It goes on as if the best had been known all along.
        expect(state.inner.stale).toBe(trialsSinceBest(state.inner));
        expect(state.inner.since_full).toBe(before.since_full);
      }
      if (state.inner.stop !== "patience") continue;
      const { trials, combinations, incumbent } = state.inner;
      expect(combinations.find(({ id }) => id === incumbent)?.proxied).toBeUndefined();
      const first = trials.findIndex(
        ({ kind, candidate_id }) => kind !== "minibatch" && candidate_id === incumbent,
      );
      const since = trials.slice(first).filter(({ kind }) => kind === "minibatch").length;
      expect(since).toBeGreaterThanOrEqual(patience_trials);
    }
    expect(wentOn).toBeGreaterThan(0);
    expect(leftOver).toBeGreaterThan(0);
  });

  test("goes on after a proof that does not bear the target out as if the best had been known all along", async () => {
    const work = new FondOfKiwis(faithful, toy);
    const settings = mipro({ target: 0.9, num_iterations: 12, full_eval_every_k: 2, rng_seed: 2 });
    const plan = { settings: { ...PROXY_SETTINGS, r2_stop: 0 }, reserved: 0, algorithm: "mipro" as const };
    const engine = proxiedEngine(miproEngine(settings), plan);
    const kept: { since_full: number; stale: number }[] = [];
    let state = engine.begin();
    while (!engine.verdict(state)) {
      const before = state.inner;
      state = await engine.step(state, work);
      if (before.phase !== "proof" || state.inner.stop !== null) continue;
      const { since_full, stale } = state.inner;
      expect(since_full).toBe(before.since_full);
      expect(stale).toBe(trialsSinceBest(state.inner));
      kept.push({ since_full, stale });
    }
    expect(kept.some(({ since_full }) => since_full > 0)).toBe(true);
    expect(kept.some(({ stale }) => stale > 0)).toBe(true);
  });

  test.each([
    ["proves who leads when patience would end the search, with room for that and for the last proof", 0],
    ["keeps the room of the last proof for the end of the search, and proves its best then", -1],
  ])("%s", async (_, more) => {
    const settings = mipro({ num_iterations: 40, patience_trials: 6, rng_seed: 0 });
    const plan = { settings: { ...PROXY_SETTINGS, r2_stop: 0 }, reserved: 0, algorithm: "mipro" as const };
    const engine = proxiedEngine(miproEngine(settings), plan);
    const work = new FondOfKiwis(faithful, toy);
    let state = engine.begin();
    while (state.inner.phase !== "proof") state = await engine.step(state, work);
    expect(state.inner.stop).toBeNull();
    const { full } = state.inner;
    const cost = toProve(state.inner, settings, 1).flatMap((one) => unprovenSeeds(one, full)).length;
    const before = work.spent;
    const rollouts = testCost(settings) + full.length + cost + more;
    work.remaining = () => ({ rollouts: rollouts - (work.spent - before) });
    state = await engine.step(state, work);
    expect(work.spent - before).toBe(more < 0 ? 0 : cost);
    expect(work.remaining().rollouts).toBeGreaterThanOrEqual(testCost(settings) + full.length);
    const proven = engine.results(state).ranking.length;
    while (!engine.verdict(state)) state = await engine.step(state, work);
    expect(state.inner.stop).toBe("patience");
    expect(engine.results(state).ranking.length).toBeGreaterThan(proven);
    expect(state.inner.test).toHaveLength(2);
  });

  test("is proven also when it is told to stop", async () => {
    const settings = mipro();
    const plan = { settings: PROXY_SETTINGS, reserved: testCost(settings), algorithm: "mipro" as const };
    const engine = proxiedEngine(miproEngine(settings), plan);
    const work = new TwoModels(faithful, toy);
    let state = engine.begin();
    while (!state.inner.combinations.some(({ proxied, full_score }) => proxied && full_score !== null)) {
      state = await engine.step(state, work);
    }
    state = engine.conclude(state, "stopped", true);
    while (!engine.verdict(state)) state = await engine.step(state, work);
    expect(engine.verdict(state)).toBe("stopped");
    const { ranking, candidates, test: scores } = engine.results(state);
    expect(candidates.find(({ id }) => id === ranking[0])?.proxied).toBeUndefined();
    expect(scores.length).toBeGreaterThan(1);
    expect(engine.verdict(engine.conclude(engine.begin(), "stopped", false))).toBe("stopped");
  });

  test("pays no (candidate, seed) twice of one model", async () => {
    const work = new TwoModels(faithful, toy);
    const { state } = await run(work, {}, mipro({ num_iterations: 20 }));
    const planned = state.proxy.ledger.both + state.proxy.ledger.lo_only;
    expect(work.lo.spent).toBe(planned);
    // What was proven in the end was not avoided.
    const { avoided_usd, lo_only, both } = state.proxy.ledger;
    expect(state.proxy.pairs.pairs).toBe(both);
    expect(avoided_usd).toBeCloseTo(0.001 * lo_only, 9);
  });

  test("takes no failure of the cheap model for a reward: where it failed, the policy's model has the last word", async () => {
    const work = new FailingLo((_, seed) => seed % 5 === 0, toy);
    const { state, results } = await run(work);
    const byId = new Map(results.candidates.map((candidate) => [candidate.id, candidate]));
    expect(results.proxy?.mode).toBe("lo");
    expect(results.ranking.length).toBeGreaterThan(3);
    for (const id of results.ranking) {
      const { texts = {}, demos, rewards = {} } = byId.get(id) ?? {};
      const prompt = { texts, ...(demos ? { demos } : {}) };
      const truth = await work.hi.evaluate(prompt, state.inner.full, "online");
      for (const { seed, reward } of truth) expect(rewards[String(seed)], `${id}, seed ${seed}`).toBe(reward);
    }
  });

  test("goes on with the policy's model alone where the cheap one tells nothing", async () => {
    const { results } = await run(new TwoModels(useless, toy));
    expect(results.proxy?.mode).toBe("hi");
    expect(results.trials?.some(({ proxied }) => proxied)).toBe(false);
  });

  test.each(range(60, 330).filter((n) => n % 43 === 0))(
    "never spends more than %i rollouts of both, and ends with the best so far",
    async (budget) => {
      for (const cheap of [faithful, useless]) {
        for (const verify_every of [0, 3]) {
          for (const patience_trials of [null, 4]) {
            const work = new TwoModels(cheap, toy, budget);
            const settings = mipro({ num_iterations: 60, patience_trials });
            const { state } = await run(work, { verify_every }, settings);
            expect(work.spent).toBeLessThanOrEqual(budget);
            expect(state.inner.incumbent).not.toBeNull();
            expect(state.inner.test.length).toBeGreaterThan(1);
          }
        }
      }
    },
  );

  test.each(range(60, 330).filter((n) => n % 43 === 0))(
    "never spends more than %i rollouts either while all of them run on both models",
    async (budget) => {
      const work = new TwoModels(useless, toy, budget);
      const { state } = await run(work, { r2_thresh: 1, r2_stop: 0 }, mipro({ num_iterations: 60 }));
      expect(state.proxy.mode).toBe("both");
      expect(work.spent).toBeLessThanOrEqual(budget);
    },
  );

  test("comes to the same result whatever the order of the answers", async () => {
    const proposals = { meta_update: null };
    const one = await run(new TwoModels(faithful, toy), { verify_every: 4 }, mipro(proposals));
    const scrambled = { ...toy, delay: (n: number) => (n * 7919) % 13 };
    const other = await run(new TwoModels(faithful, scrambled), { verify_every: 4 }, mipro(proposals));
    expect(other.state).toEqual(one.state);
  });

  test("proposals and proofs in the middle of a search rest on the policy's model", async () => {
    const meta_update = {
      every_iterations: 2,
      topk_success: 2,
      topk_failure: 4,
      validate_on_batch: 6,
      keep_k: 6,
      dedup_token_overlap: 0.95,
      regen_temperature_decay: 1,
    };
    const work = new TwoModels(faithful, toy, 900);
    const { state } = await run(work, {}, mipro({ meta_update }));
    const proofs = state.inner.trials.filter(({ kind }) => kind === "proof");
    expect(proofs.length).toBeGreaterThan(0);
    expect(proofs.every(({ proxied }) => proxied === undefined)).toBe(true);
    const scores = proofs.map(({ score }) => score * 12);
    for (const score of scores) expect(score).toBeCloseTo(Math.round(score), 9);
    // What they asked of it was not avoided.
    const { lo_only, avoided_usd } = state.proxy.ledger;
    expect(lo_only).toBe(work.loAlone());
    expect(avoided_usd).toBeCloseTo(0.001 * lo_only, 9);
  });
});
