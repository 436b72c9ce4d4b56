// A work port in memory whose world breaks: a step may die at any question, and runs again with the answers that were in by then.
// It counts what reaches the world and refuses to be asked for more than was left, as the durable layer does.

import type {
  Candidate,
  EngineEvent,
  Evaluation,
  ModelChoice,
  Proposal,
  ProposalRequest,
  Purpose,
  Work,
} from "../../src/engines/engine.ts";

/** The step died. */
export class BreakError extends Error {}

/** The world behind the port. */
export interface BreakingWorld {
  budget: number;
  evaluate(candidate: Candidate, seed: number): Pick<Evaluation, "reward" | "metrics" | "error" | "proxied">;
  propose(request: ProposalRequest): string;
  /** Turns of the event loop that the next answer takes. */
  delay(): number;
  /** Whether the step dies at the next question. */
  breaks(): boolean;
}

const USAGE = { prompt_tokens: 1, completion_tokens: 1, llm_calls: 1, usd: 0 };

/** The port. Answers live as long as it does; a step begins with `beginStep`. */
export class BreakingWork implements Work {
  readonly #world: BreakingWorld;
  readonly #answers = new Map<string, Promise<Evaluation>>();
  readonly #proposals = new Map<string, string>();
  #left = 0;
  #dead = false;
  /** Rollouts that reached the world. */
  started = 0;

  constructor(world: BreakingWorld) {
    this.#world = world;
  }

  /** What is left is what was left when the step first began, however often it has died since. */
  beginStep(): void {
    this.#left = this.#world.budget - this.started;
  }

  /** The step begins again. Until then a dead step is answered nothing. */
  revive(): void {
    this.#dead = false;
  }

  evaluate(
    { texts }: Candidate,
    seeds: readonly number[],
    as: Purpose,
    replicate = 0,
    model?: ModelChoice,
  ): Promise<Evaluation[]> {
    return Promise.all(
      seeds.map((seed) => {
        const choice = model ?? (this.#world.evaluate({ texts }, seed).proxied ? "lo" : "hi");
        const key = JSON.stringify([texts, seed, as, replicate, choice]);
        const answer = this.#answers.get(key) ?? this.#ask({ texts }, seed, choice);
        this.#answers.set(key, answer);
        return answer.catch((error) => {
          this.#answers.delete(key);
          throw error;
        });
      }),
    );
  }

  async propose(request: ProposalRequest): Promise<Proposal> {
    const key = JSON.stringify(request);
    const text = this.#proposals.get(key) ?? this.#world.propose(request);
    this.#proposals.set(key, text);
    await turns(this.#world.delay());
    return { text, usage: USAGE };
  }

  remaining() {
    return { rollouts: this.#left };
  }

  emit(_event: EngineEvent): void {}

  async #ask(candidate: Candidate, seed: number, model: ModelChoice): Promise<Evaluation> {
    this.#dead ||= this.#world.breaks();
    if (this.#dead) throw new BreakError("the step died");
    this.started += 1;
    await turns(this.#world.delay());
    const { proxied, ...answer } = this.#world.evaluate(candidate, seed);
    return { seed, usage: USAGE, ...answer, ...(proxied && model === "lo" ? { proxied } : {}) };
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await null;
}
