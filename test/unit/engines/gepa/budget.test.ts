import { expect, test } from "vitest";
import type { Engine } from "../../../../src/engines/engine.ts";
import { gepaEngine } from "../../../../src/engines/gepa/gepa.ts";
import { referenceEngine } from "../../../../src/engines/gepa/reference.ts";
import { mergeFits } from "../../../../src/engines/gepa/reference-cost.ts";
import { SEARCH_DEFAULTS } from "../../../../src/engines/gepa/search-settings.ts";
import { DEFAULT_BREEDING, type GepaSettings } from "../../../../src/engines/gepa/state.ts";
import { type PoolOptions, poolSettings } from "../../../../src/engines/pool/pool.ts";
import { openPool, type PoolPlan, scoringSeeds } from "../../../../src/engines/pool/scoring.ts";
import { type Random, randomFrom, seedRandom } from "../../../../src/engines/random.ts";
import { BreakError, BreakingWork } from "../../../support/breaking-work.ts";
import { fruitSettings, range } from "../../../support/fruit.ts";

/** `BUDGET_RUNS=10000` for the long form. */
const RUNS = Number(process.env.BUDGET_RUNS ?? 500);
const WORDS = ["red", "green", "blue", "pink"];
const SELECTIONS = ["pareto", "current_best", "epsilon_greedy", "top_k_pareto", "random"] as const;

/** How generations are bred, with any options. */
function breedingOf(random: Random): GepaSettings["breeding"] {
  return {
    selection: random.pick([null, null, ...SELECTIONS]),
    acceptance: random.pick([null, null, "strict_improvement", "improvement_or_equal"] as const),
    min_local_improvement: random.pick([0, 0, 0.5]),
    crossover_rate: random.pick([0, 0.5, 1]),
    mutation_rate: random.uniform(),
    min_score_threshold: random.pick([null, null, 0.3]),
    subsample_size: random.pick([null, null, 1, 2]),
  };
}

/** An adaptive pool of these seeds, or none. */
function poolOf(random: Random, seeds: readonly number[]): PoolPlan | undefined {
  if (random.uniform() < 0.6) return undefined;
  const pool_min_size = 1 + random.below(seeds.length);
  const options: PoolOptions = {
    anchor_size: random.below(pool_min_size + 1),
    pool_init_size: pool_min_size + random.below(seeds.length - pool_min_size + 1),
    pool_min_size,
    warmup_iters: random.below(2),
    anneal_stop_iter: 2 + random.below(3),
    pool_update_period: 1 + random.below(2),
    min_evals_per_example: 1 + random.below(2),
    k_info_prompts: random.below(4),
    info_buffer_factor: random.pick([0, 0.8, 1]),
    info_epsilon: 1e-6,
    anchor_selection_method: random.pick(["random", "clustering"] as const),
    exploration_strategy: random.pick(["random", "diversity"] as const),
    heatup_reserve_pool: range(40, 40 + random.below(3)),
    heatup_trigger: random.pick(["after_min_size", "immediate", "every_N_trials_after_min"] as const),
    heatup_size: 1 + random.below(3),
    heatup_cooldown_trials: random.below(4),
    heatup_schedule: random.pick(["repeat", "once"] as const),
  };
  return { settings: poolSettings(options, seeds.length), examples: seeds.map((seed) => ({ seed })) };
}

/** A small job with any options. */
function settingsOf(random: Random): GepaSettings {
  const pareto = 1 + random.below(6);
  const feedback = 1 + random.below(12);
  const held = random.below(2);
  const pool = poolOf(random, range(0, pareto));
  const proof = random.pick([0, 0, 1, 2]);
  const shared_seeds = random.uniform() < 0.2;
  return fruitSettings({
    ...(pool === undefined ? {} : { pool }),
    ...(proof === 0 ? {} : { proof }),
    pareto_eps: random.pick([1e-6, 0.6]),
    target: random.pick([null, null, 1]),
    breeding: breedingOf(random),
    strategy: random.pick(["generational", "reference"] as const),
    baseline: random.uniform() < 0.5 ? { system: "say red" } : { ask: "say", answer: "blue" },
    pareto_seeds: range(0, pareto),
    feedback_seeds: [...(shared_seeds ? range(0, pareto) : []), ...range(10, 10 + feedback)],
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
      candidate_selection_strategy: random.pick(SELECTIONS),
      frontier_type: random.pick(["instance", "hybrid"] as const),
      module_selector: random.pick(["round_robin", "all"] as const),
      acceptance_criterion: random.pick(["strict_improvement", "improvement_or_equal"] as const),
      skip_perfect_score: random.uniform() < 0.5,
      use_merge: random.uniform() < 0.5,
      max_merge_invocations: random.below(6),
      shared_seeds,
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
  const { pareto_seeds, validation_seeds, validation_candidates, test_seeds, pool, rng_seed } = settings;
  // The reference knows neither pools nor proxies.
  const opened = settings.strategy === "generational" ? openPool(pool, rng_seed) : null;
  return (
    scoringSeeds(opened, pareto_seeds).length +
    validation_seeds.length * (validation_candidates + 1) +
    test_seeds.length * 2
  );
}

/** One job to its end, through any number of deaths. The rollouts that were started, and the budget. */
async function job(seed: number): Promise<{ started: number; budget: number }> {
  const random = randomFrom(seedRandom(seed));
  const settings = settingsOf(random);
  const budget = least(settings) + random.below(60);
  const deaths = random.pick([0, 0.02, 0.1]);
  const work = new BreakingWork({
    budget,
    evaluate: ({ texts }, at) => {
      const reward = Object.values(texts)
        .join(" ")
        .includes(WORDS[at % WORDS.length] ?? "")
        ? 1
        : 0;
      const metrics = { shortness: 1 / Object.values(texts).join("").length };
      return { reward, metrics, ...(settings.proof === undefined ? {} : { proxied: at % 2 === 0 }) };
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

test(
  `${RUNS} random jobs never start one rollout too many, whatever the strategy, the options, the order of answers and the deaths`,
  async () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const { started, budget } = await job(seed).catch((error) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
      if (started > budget) expect.fail(`seed ${seed}: ${started} rollouts of ${budget}`);
    }
  },
  600_000 + 100 * RUNS,
);

test("a merge fits where its few seeds and all that it is scored on do, which may be the same ones", () => {
  const fits = (rollouts: number, reuse_evaluations: boolean, subsample_size: number | null) =>
    mergeFits(
      fruitSettings({
        search: { ...SEARCH_DEFAULTS, reuse_evaluations },
        breeding: { ...DEFAULT_BREEDING, subsample_size },
        validation_seeds: [],
      }),
      { rollouts },
    );
  expect([fits(9, true, null), fits(10, true, null)]).toEqual([false, true]);
  expect([fits(14, false, null), fits(15, false, null)]).toEqual([false, true]);
  expect([fits(8, true, 4), fits(9, true, 4)]).toEqual([false, true]);
});
