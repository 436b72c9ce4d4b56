// The toy program of the recorded MIPROv2 runs, as a work port: predictors pass on a number modulo 13, and an instruction
// and demos act through their character codes and numbers.

import type { Candidate, Evaluation, Proposal, Seed, Work } from "../../src/engines/engine.ts";

const MODULUS = 13;
const NO_USAGE = { prompt_tokens: 0, completion_tokens: 0, llm_calls: 0, usd: null };

/** The port. `rollout_ids` are those of the recorded proposals, in the order of their making: the n-th answers `gen<n>`. */
export class ToyProgram implements Work {
  readonly tips: string[] = [];
  readonly rollout_ids: number[] = [];
  readonly #predictors: number;
  readonly #recorded: readonly number[];

  constructor(predictors: number, rollout_ids: readonly number[]) {
    this.#predictors = predictors;
    this.#recorded = rollout_ids;
  }

  async evaluate(candidate: Candidate, seeds: readonly Seed[]): Promise<Evaluation[]> {
    return seeds.map((seed) => this.#run(candidate, seed));
  }

  async propose({ replicate }: { replicate: number }): Promise<Proposal> {
    const nth = this.#recorded.indexOf(replicate);
    return { text: nth < 0 ? "COMPLETE" : `gen${nth + 1}`, usage: NO_USAGE };
  }

  remaining() {
    return { rollouts: Number.POSITIVE_INFINITY };
  }

  /** Notes what was drawn for each proposal, those too that are not asked for. */
  emit({ type, data }: { type: string; data: Record<string, unknown> }): void {
    if (type !== "mipro.stage_proposer.called" || !Array.isArray(data.proposals)) return;
    for (const { tip, proposal_id } of data.proposals) {
      this.tips.push(String(tip));
      this.rollout_ids.push(Number(proposal_id));
    }
  }

  #run({ texts, demos = {} }: Candidate, seed: Seed): Evaluation {
    const calls = [];
    let y = 0;
    for (let i = 0; i < this.#predictors; i++) {
      const module = String(i);
      const input = String(y);
      const shown = (demos[module] ?? []).map((demo) => demo.seed);
      y = (3 * y + seed * (i + 2) + pull(texts[module] ?? "", shown)) % MODULUS;
      calls.push({ module, values: {}, input, output: String(y) });
    }
    const trace = { input: String(seed), output: String(y), expected: String((2 * seed) % MODULUS), calls };
    return { seed, reward: y < 6 ? 1 : 0, trace, usage: NO_USAGE };
  }
}

/** How an instruction and demos act on a predictor. */
function pull(instruction: string, demos: readonly number[]): number {
  const codes = [...instruction].reduce((sum, char) => sum + char.charCodeAt(0), 0);
  const numbers = demos.reduce((sum, x) => sum + x, 0);
  return (codes % 7) + 3 * demos.length + (numbers % 5);
}
