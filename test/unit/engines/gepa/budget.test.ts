import { expect, test } from "vitest";
import type { Engine } from "../../../../src/engines/engine.ts";
import { gepaEngine } from "../../../../src/engines/gepa/gepa.ts";
import { referenceEngine } from "../../../../src/engines/gepa/reference.ts";
import { SEARCH_DEFAULTS } from "../../../../src/engines/gepa/search-settings.ts";
import type { GepaSettings } from "../../../../src/engines/gepa/state.ts";
import { type Random, randomFrom, seedRandom } from "../../../../src/engines/random.ts";
import { BreakError, BreakingWork } from "../../../support/breaking-work.ts";
import { fruitSettings, range } from "../../../support/fruit.ts";

const RUNS = 10_000;
const WORDS = ["red", "green", "blue", "pink"];

/** A small job with any options. */
function settingsOf(random: Random): GepaSettings {
  const pareto = 1 + random.below(4);
  const feedback = 1 + random.below(4);
  const held = random.below(2);
  return fruitSettings({
    strategy: random.pick(["generational", "reference"] as const),
    baseline: random.uniform() < 0.5 ? { system: "say red" } : { ask: "say", answer: "blue" },
    pareto_seeds: range(0, pareto),
    feedback_seeds: range(10, 10 + feedback),
    minibatch_size: 1 + random.below(4),
    initial_size: 1 + random.below(4),
    num_generations: 1 + random.below(4),
    children_per_generation: 1 + random.below(4),
    selection_pressure: random.pick([1, 2]),
    patience_generations: random.below(3),
    archive_size: 1 + random.below(4),
    rng_seed: random.below(1000),
    validation_seeds: range(20, 20 + held),
    validation_candidates: 1 + random.below(2),
    test_seeds: range(30, 30 + random.below(2)),
    search: {
      ...SEARCH_DEFAULTS,
      candidate_selection_strategy: random.pick([
        "pareto",
        "current_best",
        "epsilon_greedy",
        "top_k_pareto",
      ] as const),
      frontier_type: random.pick(["instance", "hybrid"] as const),
      module_selector: random.pick(["round_robin", "all"] as const),
      acceptance_criterion: random.pick(["strict_improvement", "improvement_or_equal"] as const),
      skip_perfect_score: random.uniform() < 0.5,
      use_merge: random.uniform() < 0.5,
      merge_val_overlap_floor: 1,
      reuse_evaluations: random.uniform() < 0.5,
      candidate_sampling: random.pick(["single", "same_parent", "independent", "grid"] as const),
      sampled_parents: 1 + random.below(2),
      sampled_proposals: 1 + random.below(3),
      proposal_selection: random.pick(["all", "best", "top_k"] as const),
      proposal_top_k: 1 + random.below(2),
      max_iterations: random.pick([null, null, 5]),
    },
  });
}

function engineOf(settings: GepaSettings): Engine<unknown> {
  return settings.strategy === "reference" ? referenceEngine(settings) : gepaEngine(settings);
}

/** The least that any job needs: its baseline and its held-out scores. */
function least(settings: GepaSettings): number {
  const { pareto_seeds, validation_seeds, validation_candidates, test_seeds } = settings;
  return pareto_seeds.length + validation_seeds.length * (validation_candidates + 1) + test_seeds.length * 2;
}

/** One job to its end, through any number of deaths. The rollouts that were started, and the budget. */
async function job(seed: number): Promise<{ started: number; budget: number }> {
  const random = randomFrom(seedRandom(seed));
  const settings = settingsOf(random);
  const budget = least(settings) + random.below(40);
  const deaths = random.pick([0, 0.02, 0.1]);
  const work = new BreakingWork({
    budget,
    evaluate: ({ texts }, at) => {
      const reward = Object.values(texts)
        .join(" ")
        .includes(WORDS[at % WORDS.length] ?? "")
        ? 1
        : 0;
      return { reward, metrics: { shortness: 1 / Object.values(texts).join("").length } };
    },
    propose: () => `\`\`\`\nsay ${random.sample(WORDS, 2).join(" ")}\n\`\`\``,
    delay: () => random.below(3),
    breaks: () => random.uniform() < deaths,
  });
  let engine = engineOf(settings);
  let state: unknown = engine.begin();
  for (let steps = 0; engine.verdict(state) === undefined; steps++) {
    if (steps > 2000) throw new Error("the job does not end");
    work.beginStep();
    const next = await lived(engine, state, work);
    if (random.uniform() < 0.2 || next.died) engine = engineOf(settings);
    state = JSON.parse(JSON.stringify(next.state));
  }
  return { started: work.started, budget };
}

/** A step, run again and again until it does not die. */
async function lived(engine: Engine<unknown>, state: unknown, work: BreakingWork) {
  for (let died = false; ; died = true) {
    try {
      return { state: await engine.step(state, work), died };
    } catch (error) {
      if (!(error instanceof BreakError)) throw error;
      await new Promise((resolve) => setImmediate(resolve));
      work.revive();
    }
  }
}

test(`${RUNS} random jobs never start one rollout too many, whatever the strategy, the options, the order of answers and the deaths`, async () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const { started, budget } = await job(seed).catch((error) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
    if (started > budget) expect.fail(`seed ${seed}: ${started} rollouts of ${budget}`);
  }
}, 600_000);
