// Where all optimisers of the benchmark meet: one simulated LLM, which counts what they really spend.

import type { ReviewedExample } from "../../examples/simulated-llm/reflection.ts";
import type { Example } from "../../examples/task-app-kit/dataset.ts";
import type { ModelChoice } from "../../src/engines/engine.ts";
import type { Problem } from "./problem.ts";

/** A prompt that shows worked examples. */
export interface ShowingPrompt {
  instruction: string;
  /** Messages that were asked, as the application asks them, each with its answer. */
  shown: readonly { asked: string; answer: string }[];
}

/** A simulated LLM in its two parts. Its answers depend on its arguments alone. */
export interface Simulator {
  /** The answer to a text under an instruction, or under one with worked examples. */
  answer(prompt: string | ShowingPrompt, text: string, labels: readonly string[]): string;
  /** A rewritten instruction, from the current one and examples; `key` is all its luck depends on. */
  rewrite(instruction: string, examples: readonly ReviewedExample[], key: string): string;
}

/** The outcome of one rollout. */
export interface Outcome {
  row: Example;
  output: string;
  /** 1 where the answer is the label and nothing else, 0 otherwise. */
  reward: number;
  /** What it cost; absent where nobody counts. */
  usd?: number;
}

/** The simulator and a problem, with the books. */
export class World {
  readonly problem: Problem;
  readonly budget: number;
  rollouts = 0;
  proposals = 0;
  readonly #simulator: Simulator;

  constructor(simulator: Simulator, problem: Problem, budget: number) {
    this.#simulator = simulator;
    this.problem = problem;
    this.budget = budget;
  }

  /** One rollout, counted. A world with one model answers with it, whichever is asked for. @throws over the budget */
  rollout(prompt: string | ShowingPrompt, row: Example, _model: ModelChoice = "hi"): Outcome {
    if (this.rollouts >= this.budget) throw new Error(`more than the budget of ${this.budget} rollouts`);
    this.rollouts += 1;
    return this.#outcome(prompt, row);
  }

  /** One call of the proposer model, counted. */
  rewrite(instruction: string, examples: readonly ReviewedExample[], key: string): string {
    this.proposals += 1;
    return this.#simulator.rewrite(instruction, examples, key);
  }

  /** Mean reward on rows, outside the budget: the benchmark's own measurement. */
  measure(prompt: string | ShowingPrompt, rows: readonly Example[]): number {
    return rows.reduce((sum, row) => sum + this.#outcome(prompt, row).reward, 0) / rows.length;
  }

  #outcome(prompt: string | ShowingPrompt, row: Example): Outcome {
    const output = this.#simulator.answer(prompt, row.text, this.problem.labels);
    return { row, output, reward: output.trim() === row.label ? 1 : 0 };
  }
}

/** An outcome as a reflection sees it. */
export function reviewed({ row, output, reward }: Outcome): ReviewedExample {
  return { input: row.text, output, expected: row.label, reward };
}

/** An optimiser: spends the world's budget and returns the instruction it thinks best, or the prompt with worked examples. */
export type Optimiser = (world: World, seed: number) => Promise<string | ShowingPrompt>;
