// A work port in memory, over a toy world: a text is a set of words, an example wants some words, and the reward is the
// share of them that the text has. Answers come back in an order that a test may scramble.

import type {
  Candidate,
  EngineEvent,
  Evaluation,
  Proposal,
  ProposalRequest,
  Purpose,
  Work,
} from "../../src/engines/engine.ts";

/** What a test may watch and change. */
export interface ToyWorld {
  /** Words that each seed wants. */
  wants(seed: number): string[];
  /** The proposer's answer. Default: the instruction with the first missing word that the feedback names. */
  propose?(request: ProposalRequest): string;
  /** Makes a rollout fail. */
  fails?(candidate: Candidate, seed: number): boolean;
  /** The answer that the task app wants; default none. */
  expected?(seed: number): string;
  /** How many turns of the event loop an answer takes; default 0. */
  delay?(seed: number): number;
  budget?: number;
}

const NO_USAGE = { prompt_tokens: 10, completion_tokens: 2, llm_calls: 1, usd: 0.001 };

/** The port, with a ledger of what reached the world. */
export class MemoryWork implements Work {
  readonly events: EngineEvent[] = [];
  readonly calls: { text: string; seed: number; as: Purpose }[] = [];
  readonly proposals: ProposalRequest[] = [];
  readonly #world: ToyWorld;
  readonly #answers = new Map<string, Promise<Evaluation>>();
  #atStepStart = 0;

  constructor(world: ToyWorld) {
    this.#world = world;
  }

  /** Rollouts that reached the world. */
  get spent(): number {
    return this.calls.length;
  }

  /** To be called before every step. */
  beginStep(): void {
    this.#atStepStart = this.spent;
  }

  evaluate(
    candidate: Candidate,
    seeds: readonly number[],
    as: Purpose,
    replicate = 0,
  ): Promise<Evaluation[]> {
    return Promise.all(seeds.map((seed) => this.#answer(candidate, seed, as, replicate)));
  }

  async propose(request: ProposalRequest): Promise<Proposal> {
    this.proposals.push(request);
    await turns(this.#world.delay?.(request.replicate) ?? 0);
    const text = this.#world.propose?.(request) ?? learnFromFeedback(request);
    return { text, usage: NO_USAGE };
  }

  remaining() {
    return { rollouts: (this.#world.budget ?? Number.POSITIVE_INFINITY) - this.#atStepStart };
  }

  emit(event: EngineEvent): void {
    this.events.push(event);
  }

  #answer(candidate: Candidate, seed: number, as: Purpose, replicate: number): Promise<Evaluation> {
    const key = JSON.stringify([candidate.texts, candidate.demos ?? null, seed, as, replicate]);
    const known = this.#answers.get(key);
    if (known) return known;
    const answer = this.#rollout(candidate, seed, as);
    this.#answers.set(key, answer);
    return answer;
  }

  async #rollout(candidate: Candidate, seed: number, as: Purpose): Promise<Evaluation> {
    const shown = Object.values(candidate.demos ?? {}).flatMap((demos) => demos.map(({ output }) => output));
    const text = [...Object.values(candidate.texts), ...shown].join("\n");
    this.calls.push({ text, seed, as });
    await turns(this.#world.delay?.(seed) ?? 0);
    if (this.#world.fails?.(candidate, seed)) {
      return { seed, reward: 0, error: { code: "http_500", message: "the app fell over" }, usage: NO_USAGE };
    }
    const wants = this.#world.wants(seed);
    const missing = wants.filter((word) => !words(text).has(word));
    return {
      seed,
      reward: (wants.length - missing.length) / wants.length,
      trace: {
        input: `example ${seed}`,
        output: "…",
        feedback: `missing: ${missing.join(" ")}`,
        ...(this.#world.expected ? { expected: this.#world.expected(seed) } : {}),
      },
      usage: NO_USAGE,
    };
  }
}

/** The fenced instruction of a reflection prompt, with the first word that feedback says is missing. */
export function learnFromFeedback(request: ProposalRequest): string {
  const content = request.messages.at(-1)?.content ?? "";
  const current = content.split("```")[1]?.trim() ?? "";
  const missing = /missing: (\w+)/.exec(content)?.[1];
  return `Here it is.\n\`\`\`\n${current}${missing ? ` ${missing}` : ""}\n\`\`\``;
}

function words(text: string): Set<string> {
  return new Set(text.split(/\W+/));
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
