// The two ports everything else plugs into: `Engine`, an algorithm as pure steps over plain data, and `Work`, the
// only way it can touch the world. The durable layer runs any Engine; tests run engines on a Work in memory.

import type { ProxyView } from "../wire/job.ts";
import type { JsonObject } from "../wire/json.ts";

/** A worked example shown to the model: what it was asked, with the values filled in, and the answer to imitate. */
export interface Demo {
  /** The values that filled the prompt's `{placeholders}`, by name; empty where they are not known. */
  readonly values: Readonly<Record<string, string>>;
  /** What the model was asked, the instructions not included. */
  readonly input: string;
  /** The answer to imitate. */
  readonly output: string;
  /** The seed it was made from. */
  readonly seed: Seed;
  /** Whether the answer is one that the model gave and the task app rewarded, and not the task app's own. */
  readonly bootstrapped: boolean;
}

/** A prompt: one text per component, in the order of the baseline prompt, and the demos that each module shows. */
export interface Candidate {
  /** Component name (such as `system`) to text, with its `{placeholders}`. */
  readonly texts: Readonly<Record<string, string>>;
  /** Module name to demos, in the order they are shown; absent where there are none. */
  readonly demos?: Readonly<Record<string, readonly Demo[]>>;
}

/** An index of the task app's dataset; one rollout runs one seed. */
export type Seed = number;

/**
 * What a score is for. It is part of the journal's key, so a training answer never stands in for a held-out one:
 * `pareto` and `feedback` are the two parts of GEPA's training seeds; `bootstrap` (for demos), `reference` (for the
 * proposer to see the task) and `online` (for trials) are MIPRO's; `validation` and `test` are held out.
 */
export type Purpose = "pareto" | "feedback" | "bootstrap" | "reference" | "online" | "validation" | "test";

/** One call of a module to its model, as the interceptor saw it. */
export interface ModuleCall {
  /** The module whose prompt was recognised; a prompt without modules has one, `""`. */
  module: string;
  /** The values of the `{placeholders}` in the prompt. */
  values: Record<string, string>;
  /** What the model was asked, the instructions not included. */
  input: string;
  output: string;
  /** What the task app says of this call alone, where it does: the answer it wanted, its remark, its reward. */
  expected?: string;
  feedback?: string;
  reward?: number;
}

/** What a rollout showed, cut to a size that fits a reflection prompt. */
export interface Trace {
  /** What the model was asked, without the instructions where they could be told apart. */
  input: string;
  /** What the model answered. */
  output: string;
  /** The answer the task app wanted, when it says. */
  expected?: string;
  /** What is said of it in words, by the task app and by a verifier, when they say anything. */
  feedback?: string;
  /** Of that, the verifier's part. */
  verdict?: string;
  /** The calls of the rollout by module, in order; absent where the service saw none. */
  calls?: ModuleCall[];
}

/** Tokens and money of one answer. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  llm_calls: number;
  /** US dollars; null when unknown, never 0 for lack of a price. */
  usd: number | null;
}

/** The answer to one (candidate, seed). A rollout that failed for good is an answer too: reward 0, with its error. */
export interface Evaluation {
  seed: Seed;
  /** Finite; higher is better; 1 is perfect by convention. */
  reward: number;
  error?: { code: string; message: string };
  trace?: Trace;
  /** Further objectives that the task app reports, each finite. */
  metrics?: Record<string, number>;
  /** Whether the reward is predicted from a cheap model's; absent where it is the policy's own. */
  proxied?: boolean;
  /** Of a predicted reward, how far off it may be. */
  doubt?: PredictionDoubt;
  usage: Usage;
}

/** Variances of a prediction: of the reward around the regression's line, anew for each reward, and of the line, alike for all of them. */
export interface PredictionDoubt {
  own: number;
  line: number;
}

/** Which model runs a rollout: the policy's, or the cheap one that stands in for it. */
export type ModelChoice = "hi" | "lo";

/** One message to the proposer model. */
export interface ProposalMessage {
  role: "system" | "user";
  content: string;
}

/** A question to the proposer model. Two requests with the same messages and replicate have the same answer. */
export interface ProposalRequest {
  messages: ProposalMessage[];
  /** Tells apart requests that are meant to be asked anew though their words agree. */
  replicate: number;
  /** Sampling temperature; the model's own where absent. */
  temperature?: number;
  /** The most tokens of the answer, reasoning included; the job's proposer setting where absent. */
  max_tokens?: number;
}

/** The proposer's answer; `error` when its retries were spent, with an empty text. */
export interface Proposal {
  text: string;
  error?: { code: string; message: string };
  usage: Usage;
}

/** What is left to spend. `Infinity` where the job sets no limit. */
export interface Budget {
  /** Rollouts that a step may start. Limits on tokens and money are in it already, as rollouts at the price seen so far. */
  rollouts: number;
  /** Which limit `rollouts` comes from, and so the reason to stop for when it has no room; `budget` where absent. */
  reason?: "budget" | "tokens" | "cost";
  /** Candidates or trials that a step may still try; no limit where absent. */
  trials?: number;
}

/** Something worth telling, in the protocol's words (§2.5). It becomes durable with the step that emits it. */
export interface EngineEvent {
  /** Full type, such as `prompt.learning.gepa.candidate.evaluated`. */
  type: string;
  message: string;
  level?: "info" | "warning" | "error";
  data: JsonObject;
}

/**
 * Why there is nothing more to do. `budget`, `tokens`, `cost`, `time` and `trials` are limits of the job; `exhausted` is a search space
 * with nothing new in it; `stopped` is a user's wish.
 */
export type StopReason =
  | "budget"
  | "generations"
  | "iterations"
  | "patience"
  | "target"
  | "tokens"
  | "cost"
  | "time"
  | "trials"
  | "exhausted"
  | "stopped";

/**
 * The engine's hands. Every answer is journaled before the engine sees it; asked again after a crash, the same
 * question has the same answer at once.
 *
 * Rules for engines: draw all random numbers of a step before starting its work, start work together, fold answers
 * in a fixed order, and ask for no more rollouts in a step than `remaining()` said at its start.
 */
export interface Work {
  /**
   * Score a candidate on seeds; answers in the order of `seeds`. A question already answered costs no rollout; another
   * `replicate` (0 where absent) makes it another question, and so does another model. Without `model` the policy's, or in a search with a proxy, whichever
   * the proxy chooses. `proof` is the policy's answer where the cheap model alone has answered before, and the proxy learns from both.
   */
  evaluate(
    candidate: Candidate,
    seeds: readonly Seed[],
    as: Purpose,
    replicate?: number,
    model?: ModelChoice | "proof",
  ): Promise<Evaluation[]>;
  /** Ask the proposer model. */
  propose(request: ProposalRequest): Promise<Proposal>;
  /** What was left when this step began. The same throughout a step and on every replay of it. */
  remaining(): Budget;
  /** Record an event with this step. */
  emit(event: EngineEvent): void;
}

/** An algorithm: pure functions over a state that is plain data. */
export interface Engine<State> {
  /** The state before the first step. */
  begin(): State;
  /**
   * One generation, stage or trial batch. Same state and same answers give the same next state. Every step emits at least one event: by
   * them an audit knows after which step a search was ended from outside.
   */
  step(state: State, work: Work): Promise<State>;
  /** Why there is nothing more to do; undefined while there is. */
  verdict(state: State): StopReason | undefined;
  /**
   * The state from which the run ends early for a reason from outside, with the best that is known: what is left to do is to prove the best
   * where a cheap model scored them, and the held-out scores; nothing where `heldOut` is false. A state that has ended its search
   * stays as it is, however often it is asked: a run that dies meanwhile goes on with its proof. With `proof` false, because there is no
   * room for it, the proof is left out, or broken off.
   */
  conclude(state: State, reason: StopReason, heldOut: boolean, proof?: boolean): State;
  /** What is known so far; complete once there is a verdict. */
  results(state: State): Results;
}

/** A candidate with what became of it. */
export interface CandidateRecord {
  /** `trans_00000` is the baseline; numbers rise in the order of proposal. */
  id: string;
  texts: Readonly<Record<string, string>>;
  parents: string[];
  generation: number;
  operator: "baseline" | "reflection" | "merge" | "transformation" | "trial";
  /** The demos it shows, by module. */
  demos?: Candidate["demos"];
  accepted: boolean;
  /** Why it was turned down; undefined when accepted. */
  reject_reason?: RejectReason;
  /** The same in a sentence, with scores where there are any. */
  reject_detail?: string;
  /** Rewards by Pareto seed; empty when it was never fully evaluated. */
  rewards: Record<string, number>;
  /** Mean of `rewards`; null when empty. */
  mean: number | null;
  /** How good it probably is, from all that is known of all candidates; absent where a search does not estimate. */
  estimate?: number;
  /** Means of the metrics that the rollouts report, where a search has fronts of them. */
  objectives?: Record<string, number>;
  /** The metrics by Pareto seed, where a search has fronts of each. */
  metrics?: Record<string, Record<string, number>>;
  on_front: boolean;
  /** Whether some of `rewards` are predicted from a cheap model's. Such a candidate is not ranked. */
  proxied?: boolean;
}

/** Why a proposed child was not evaluated, or not accepted. */
export type RejectReason =
  | "proposal_failed"
  | "empty_proposal"
  | "lost_placeholder"
  | "unknown_placeholder"
  | "over_token_limit"
  | "duplicate"
  | "not_better"
  | "not_selected"
  | "below_threshold"
  | "minibatch_perfect"
  | "not_evaluated_in_full";

/** The rank of the baseline among held-out scores. Not 0, which the protocol's clients take for the best prompt (§6). */
export const BASELINE_RANK = -1;

/** Scores of one candidate on held-out seeds. */
export interface HeldOutScore {
  id: string;
  /** The rank by training mean, from 1; BASELINE_RANK for the baseline. */
  rank: number;
  mean: number;
  rewards: Record<string, number>;
}

/** One trial of a search over combinations of instructions and demo sets (MIPROv2). */
export interface TrialRecord {
  /** Number of the trial in the job, from 0. */
  trial: number;
  /** Number of the iteration it belongs to, from 0. */
  iteration: number;
  /** The candidate it tried; trials of the same combination share one. */
  id: string;
  /** The choice in each slot of the search space, such as `{"default_stage_0.instruction": 2, "default_stage_0.demos": 5}`. */
  parameters: Record<string, number>;
  /** Mean reward on its minibatch; null when the trial failed. */
  minibatch_score: number | null;
  /** Mean reward on the whole pool; null when it was not fully evaluated. */
  full_score: number | null;
  /** Whether it was the best so far when it was scored. */
  is_incumbent: boolean;
  /** Whether its score rests on rewards predicted from a cheap model's; absent where it does not. */
  proxied?: boolean;
  /** The first error, when every rollout of it failed. */
  error?: string;
}

/** What a pool is like, to be told and shown. */
export interface PoolSummary {
  /** The iteration that it is for, from 0. */
  iteration: number;
  /** Seeds that candidates are scored on. */
  size: number;
  anchors: Seed[];
  /** The others, anchors and reserve aside. */
  exploration: Seed[];
  /** Those of the reserve. */
  heatup: Seed[];
}

/** What an engine knows of its search. */
export interface Results {
  /** Every candidate in the order of proposal, the baseline first. */
  candidates: CandidateRecord[];
  /** Ids of the fully evaluated candidates none of whose rewards are predicted, best first, ties by age: by estimate where there is one, else by mean. */
  ranking: string[];
  validation: HeldOutScore[];
  test: HeldOutScore[];
  /** Generations or iterations done. */
  generation: number;
  /** The trial table; absent where the algorithm has none. */
  trials?: TrialRecord[];
  /** The adaptive pool as it is now; absent where there is none. */
  pool?: PoolSummary;
  /** The proxy model; absent where there is none. */
  proxy?: ProxyView;
}
