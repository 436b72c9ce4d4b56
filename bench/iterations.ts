// What a whole iteration of an engine costs, all but the answers to its questions: its plans, its races or gates, its fronts, its estimates
// and its events. Every child is kept, so that the pool grows by one candidate an iteration.

import type { Candidate, Engine, Evaluation, Purpose, Seed, Work } from "../src/engines/engine.ts";
import { gepaEngine } from "../src/engines/gepa/gepa.ts";
import { referenceEngine } from "../src/engines/gepa/reference.ts";
import { DEFAULT_PROPOSER } from "../src/engines/gepa/reflection.ts";
import { SEARCH_DEFAULTS } from "../src/engines/gepa/search-settings.ts";
import { DEFAULT_BREEDING, type GepaSettings } from "../src/engines/gepa/state.ts";

/** The engines by `gepa.strategy`. */
export const ENGINES: Readonly<Record<string, (settings: GepaSettings) => Engine<unknown>>> = {
  generational: gepaEngine,
  reference: referenceEngine,
};

const FEEDBACK = 50;
const USAGE = { prompt_tokens: 0, completion_tokens: 0, llm_calls: 1, usd: null };

/** Milliseconds of each iteration of an engine, until it has so many candidates. */
export async function iterationTimes(name: string, candidates: number, seeds: number): Promise<number[]> {
  const work = new InstantWork();
  const engine = ENGINES[name]?.(settingsOf(seeds));
  if (!engine) throw new RangeError(`there is no engine "${name}"`);
  let state = await engine.step(engine.begin(), work);
  const times: number[] = [];
  while (times.length < candidates) {
    work.spent = 0;
    const start = performance.now();
    state = await engine.step(state, work);
    times.push(performance.now() - start - work.spent);
  }
  return times;
}

function settingsOf(seeds: number): GepaSettings {
  return {
    strategy: "generational",
    baseline: { system: "0" },
    placeholders: [],
    proposer: DEFAULT_PROPOSER,
    pareto_seeds: Array.from({ length: seeds }, (_, seed) => seed),
    feedback_seeds: Array.from({ length: FEEDBACK }, (_, seed) => seeds + seed),
    minibatch_size: 3,
    initial_size: 1,
    num_generations: Number.MAX_SAFE_INTEGER,
    children_per_generation: 1,
    selection_pressure: 1,
    patience_generations: 0,
    pareto_eps: 1e-6,
    archive_size: Number.MAX_SAFE_INTEGER,
    target: null,
    rng_seed: 0,
    search: { ...SEARCH_DEFAULTS, acceptance_criterion: "improvement_or_equal", skip_perfect_score: false },
    breeding: {
      ...DEFAULT_BREEDING,
      selection: "pareto",
      acceptance: "improvement_or_equal",
      min_local_improvement: -seeds,
    },
    validation_seeds: [],
    validation_candidates: 0,
    test_seeds: [],
  };
}

/** Answers at once, and counts the time that it takes itself. The n-th text is "n". */
class InstantWork implements Work {
  spent = 0;
  #proposed = 0;

  async evaluate({ texts }: Candidate, seeds: readonly Seed[], _as: Purpose): Promise<Evaluation[]> {
    const start = performance.now();
    const number = Number(texts.system);
    const answers = seeds.map((seed) => ({
      seed,
      reward: draw(number, seed) < 0.5 ? 1 : 0,
      usage: USAGE,
    }));
    this.spent += performance.now() - start;
    return answers;
  }

  async propose() {
    this.#proposed += 1;
    return { text: `\`\`\`\n${this.#proposed}\n\`\`\``, usage: USAGE };
  }

  remaining() {
    return { rollouts: Number.POSITIVE_INFINITY };
  }

  emit(): void {}
}

/** A number from 0 to 1 that a candidate and a seed always have. */
function draw(candidate: number, seed: number): number {
  let hash = Math.imul(candidate + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}
