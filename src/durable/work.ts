// The work port of a running step: journal first, then budget, gate and lanes.
// Owns: which questions are new. Does not own: how they are answered (the askers), what they mean (the engine).
// Invariants: an answer is in the journal before the engine sees it; a question in flight is asked once; a step never
// starts more rollouts than were left when it began.

import type {
  Budget,
  Candidate,
  EngineEvent,
  Evaluation,
  Proposal,
  ProposalRequest,
  Purpose,
  Seed,
  Work,
} from "../engines/engine.ts";
import { candidateDigest, evaluationKey, type Journal, proposalKey } from "./journal.ts";

/** A rollout to be answered. */
export interface RolloutQuestion {
  key: string;
  digest: string;
  candidate: Candidate;
  seed: Seed;
  purpose: Purpose;
}

/** How new questions are answered; both settle failures into answers and throw only when suspended. */
export interface Askers {
  rollout(question: RolloutQuestion): Promise<Evaluation>;
  proposal(request: ProposalRequest, key: string): Promise<Proposal>;
}

/** An engine asked for more than was left: a defect of the engine, stopped before it costs anything. */
export class BudgetOverrunError extends Error {
  readonly code = "budget_overrun";
}

/** The work port for one step. */
export class JournaledWork implements Work {
  readonly events: EngineEvent[] = [];
  readonly #journal: Journal;
  readonly #askers: Askers;
  readonly #step: number;
  readonly #models: { policy: string; proposer: string };
  readonly #left: number;
  readonly #onAnswer: (evaluation: Evaluation | Proposal) => void;
  readonly #inFlight = new Map<string, Promise<Evaluation>>();
  readonly #asking = new Map<string, Promise<Proposal>>();
  readonly #known = new Map<string, Evaluation>();
  readonly #digests = new Map<Candidate["texts"], Promise<string>>();
  #started = 0;

  constructor(parts: {
    journal: Journal;
    askers: Askers;
    step: number;
    /** The rollout budget of the job; Infinity for none. */
    budget: number;
    models: { policy: string; proposer: string };
    onAnswer?: (answer: Evaluation | Proposal) => void;
  }) {
    this.#journal = parts.journal;
    this.#askers = parts.askers;
    this.#step = parts.step;
    this.#models = parts.models;
    const { before, since } = parts.journal.rolloutsAround(parts.step);
    this.#left = parts.budget - before;
    // What this step spent before a crash is its own spending still.
    this.#started = since;
    this.#onAnswer = parts.onAnswer ?? (() => {});
  }

  async evaluate(
    candidate: Candidate,
    seeds: readonly Seed[],
    as: Purpose,
    replicate = 0,
  ): Promise<Evaluation[]> {
    const digest = await this.#digestOf(candidate);
    const questions = seeds.map((seed) => {
      const key = evaluationKey(as, digest, seed, replicate, this.#models.policy);
      return { key, digest, candidate, seed, purpose: as };
    });
    this.#recall(questions.map(({ key }) => key));
    return Promise.all(questions.map((question) => this.#known.get(question.key) ?? this.#ask(question)));
  }

  async propose(request: ProposalRequest): Promise<Proposal> {
    const key = await proposalKey(request, this.#models.proposer);
    const known = this.#journal.proposal(key);
    if (known) return known;
    const answer = this.#asking.get(key) ?? this.#askProposer(request, key);
    this.#asking.set(key, answer);
    return answer;
  }

  /** Resolves when every question that was sent is answered and journaled, or given up. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#inFlight.values(), ...this.#asking.values()]);
  }

  remaining(): Budget {
    return { rollouts: this.#left };
  }

  emit(event: EngineEvent): void {
    this.events.push(event);
  }

  async #askProposer(request: ProposalRequest, key: string): Promise<Proposal> {
    const answer = await this.#askers.proposal(request, key);
    const proposal = this.#journal.recordProposal(key, this.#step, answer);
    this.#onAnswer(proposal);
    return proposal;
  }

  #digestOf(candidate: Candidate): Promise<string> {
    if (candidate.demos !== undefined) return candidateDigest(candidate);
    const digest = this.#digests.get(candidate.texts) ?? candidateDigest(candidate);
    this.#digests.set(candidate.texts, digest);
    return digest;
  }

  #recall(keys: readonly string[]): void {
    const unseen = keys.filter((key) => !this.#known.has(key) && !this.#inFlight.has(key));
    if (unseen.length === 0) return;
    for (const [key, evaluation] of this.#journal.evaluations(unseen)) this.#known.set(key, evaluation);
  }

  #ask(question: RolloutQuestion): Promise<Evaluation> {
    const asked = this.#inFlight.get(question.key);
    if (asked) return asked;
    if (this.#started >= this.#left) {
      throw new BudgetOverrunError(`the step asked for more than the ${this.#left} rollouts that were left`);
    }
    this.#started += 1;
    const answer = this.#answer(question);
    this.#inFlight.set(question.key, answer);
    return answer;
  }

  async #answer(question: RolloutQuestion): Promise<Evaluation> {
    const answer = await this.#askers.rollout(question);
    const evaluation = this.#journal.recordEvaluation(question.key, this.#step, answer);
    this.#onAnswer(evaluation);
    return evaluation;
  }
}
