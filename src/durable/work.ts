// The work port of a running step: journal first, then budget, gate and lanes.
// Owns: which questions are new. Does not own: how they are answered (the askers), what they mean (the engine).
// Invariants: an answer is in the journal before the engine sees it; a question in flight is asked once; a step never
// starts more rollouts than were left when it began.

import type {
  Budget,
  Candidate,
  EngineEvent,
  Evaluation,
  ModelChoice,
  Proposal,
  ProposalRequest,
  Purpose,
  Seed,
  Work,
} from "../engines/engine.ts";
import type { Episode } from "../rollouts/verifier/episode.ts";
import type { JudgeQuestion } from "../rollouts/verifier/verdict.ts";
import { candidateDigest, evaluationKey, type Journal, judgementKey, proposalKey } from "./journal.ts";
import { type JobVerifier, judged } from "./judging.ts";
import type { Room } from "./spending.ts";

/** A rollout to be answered. */
export interface RolloutQuestion {
  key: string;
  digest: string;
  candidate: Candidate;
  seed: Seed;
  purpose: Purpose;
  /** Tells apart rollouts that are meant to be run anew. */
  replicate: number;
  model: ModelChoice;
}

/** How new questions are answered; both settle failures into answers and throw only when suspended. */
export interface Askers {
  rollout(question: RolloutQuestion): Promise<Evaluation>;
  proposal(request: ProposalRequest, key: string): Promise<Proposal>;
}

/** A job's verifier, and how it is asked; as `Askers`. An answer that cannot be read as scores is asked for again. */
export interface Judge {
  verifier: JobVerifier;
  judgement(question: JudgeQuestion, episode: Episode, key: string): Promise<Proposal>;
}

/** Called when an answer is in the journal. */
export type AnswerListener = (key: string, answer: Evaluation | Proposal) => void;

/** The models of a job by what they do, for the keys of the journal. */
export interface ModelNames {
  policy: string;
  proposer: string;
  /** The cheap model that stands in for the policy's; absent where there is none. */
  proxy?: string;
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
  readonly #models: ModelNames;
  /** Rollouts that the step was told it may start, and that the budget has. */
  readonly #left: number;
  readonly #most: number;
  readonly #reason: Budget["reason"];
  readonly #trials: number | undefined;
  readonly #onAnswer: AnswerListener;
  readonly #inFlight = new Map<string, Promise<Evaluation>>();
  readonly #asking = new Map<string, Promise<Proposal>>();
  readonly #known = new Map<string, Evaluation>();
  readonly #judge: Judge | null;
  readonly #judged = new Map<string, Promise<Evaluation>>();
  readonly #digests = new Map<Candidate["texts"], Promise<string>>();
  #started = 0;

  constructor(parts: {
    journal: Journal;
    askers: Askers;
    step: number;
    /** The rollout budget of the job; Infinity for none. */
    budget: number;
    models: ModelNames;
    /** Who judges rollouts beside the task app; nobody when absent. */
    judge?: Judge | null;
    /** What limits on tokens and money leave of it; absent or null where they leave all. */
    room?: Room | null;
    /** Candidates that the step may try; any number when absent. */
    trials?: number | undefined;
    onAnswer?: AnswerListener;
  }) {
    this.#journal = parts.journal;
    this.#askers = parts.askers;
    this.#step = parts.step;
    this.#models = parts.models;
    this.#judge = parts.judge ?? null;
    const { before, since } = parts.journal.rolloutsAround(parts.step);
    const budget = parts.budget - before;
    const { room } = parts;
    this.#left = room ? Math.min(budget, room.rollouts) : budget;
    this.#reason = room && room.rollouts < budget ? room.reason : undefined;
    this.#trials = parts.trials;
    this.#most = budget;
    // What this step spent before a crash is its own spending still.
    this.#started = since;
    this.#onAnswer = parts.onAnswer ?? (() => {});
  }

  async evaluate(
    candidate: Candidate,
    seeds: readonly Seed[],
    as: Purpose,
    replicate = 0,
    asked: ModelChoice | "proof" = "hi",
  ): Promise<Evaluation[]> {
    const model: ModelChoice = asked === "lo" ? "lo" : "hi";
    const digest = await this.#digestOf(candidate);
    const name = model === "lo" ? (this.#models.proxy ?? this.#models.policy) : this.#models.policy;
    const questions = seeds.map((seed) => {
      const key = evaluationKey(as, digest, seed, replicate, name);
      return { key, digest, candidate, seed, purpose: as, replicate, model };
    });
    this.#recall(questions.map(({ key }) => key));
    return Promise.all(questions.map((question) => this.#evaluated(question)));
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
    await Promise.allSettled([...this.#inFlight.values(), ...this.#judged.values()]);
    await Promise.allSettled(this.#asking.values());
  }

  remaining(): Budget {
    return {
      rollouts: this.#left,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      ...(this.#trials === undefined ? {} : { trials: this.#trials }),
    };
  }

  emit(event: EngineEvent): void {
    this.events.push(event);
  }

  /** The rollout's own answer, or what the verifier makes of it: the journal keeps the two apart, so that neither is paid twice. */
  #evaluated(question: RolloutQuestion): Evaluation | Promise<Evaluation> {
    const known = this.#known.get(question.key);
    const judge = this.#judge;
    if (judge === null) return known ?? this.#ask(question);
    const before = this.#judged.get(question.key);
    if (before) return before;
    const answer = Promise.resolve(known ?? this.#ask(question)).then((evaluation) =>
      judged(evaluation, judge.verifier, (asked, episode) => this.#judgement(asked, episode, judge)),
    );
    this.#judged.set(question.key, answer);
    return answer;
  }

  async #judgement(question: JudgeQuestion, episode: Episode, judge: Judge): Promise<Proposal> {
    const { provider, model } = judge.verifier.sheet;
    const key = await judgementKey(question.messages, `${provider}/${model}`);
    const known = this.#journal.proposal(key);
    if (known) return known;
    const asking = this.#asking.get(key) ?? this.#askJudge(judge.judgement(question, episode, key), key);
    this.#asking.set(key, asking);
    return asking;
  }

  async #askJudge(answer: Promise<Proposal>, key: string): Promise<Proposal> {
    const judgement = this.#journal.recordJudgement(key, this.#step, await answer);
    this.#onAnswer(key, judgement);
    return judgement;
  }

  async #askProposer(request: ProposalRequest, key: string): Promise<Proposal> {
    const answer = await this.#askers.proposal(request, key);
    const proposal = this.#journal.recordProposal(key, this.#step, answer);
    this.#onAnswer(key, proposal);
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
    // Limits on tokens and money are the ledger's to keep: what they leave in rollouts is a guess.
    if (this.#started >= this.#most) {
      throw new BudgetOverrunError(`the step asked for more than the ${this.#most} rollouts that were left`);
    }
    this.#started += 1;
    const answer = this.#answer(question);
    this.#inFlight.set(question.key, answer);
    return answer;
  }

  async #answer(question: RolloutQuestion): Promise<Evaluation> {
    const answer = await this.#askers.rollout(question);
    const evaluation = this.#journal.recordEvaluation(question.key, this.#step, answer);
    this.#onAnswer(question.key, evaluation);
    return evaluation;
  }
}
