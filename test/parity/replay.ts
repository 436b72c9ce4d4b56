// Replays a recorded run of the reference: the product's engine, driven through its ports, in the world of the recording.

import type {
  Candidate,
  CandidateRecord,
  EngineEvent,
  Evaluation,
  Proposal,
  ProposalRequest,
  Purpose,
  Seed,
  Work,
} from "../../src/engines/engine.ts";
import type { Decision } from "../../src/engines/gepa/decisions.ts";
import { referenceEngine } from "../../src/engines/gepa/reference.ts";
import { SEARCH_DEFAULTS, type SearchSettings } from "../../src/engines/gepa/search-settings.ts";
import { DEFAULT_BREEDING, type GepaSettings } from "../../src/engines/gepa/state.ts";
import type { WalkOrder } from "../../src/engines/gepa/walk-order.ts";
import type { RandomSource } from "../../src/engines/random.ts";
import { ReferenceMeter } from "./meter.ts";

/** The text between the current instruction and the examples of a question to the proposer. */
const DIVIDER = "\u0000";

/** What a rollout shows. */
export interface Shown {
  reward: number;
  metrics?: Record<string, number>;
  trace?: Evaluation["trace"];
}

/** What the proposer is asked. */
export interface Asked {
  component: string;
  /** The current text. */
  text: string;
  seeds: readonly Seed[];
  /** The whole question. */
  content: string;
}

/** The world of a recorded run. */
export interface RecordedWorld {
  baseline: Candidate["texts"];
  trainSeeds: readonly Seed[];
  valSeeds: readonly Seed[];
  minibatch: number;
  seed: number;
  source: RandomSource;
  /** In which order sets were walked. */
  order: WalkOrder;
  search: Partial<SearchSettings>;
  /** Evaluations after which no further iteration begins; Infinity for none. */
  limit: number;
  cache: boolean;
  /** Whether training and validation set are one. */
  shared: boolean;
  /** A whole prompt to the proposer; by default one that only serves to take the question apart. */
  template?: string;
  rollout(texts: Candidate["texts"], seed: Seed, as: "train" | "val"): Shown;
  propose(asked: Asked): string;
}

/** A decision under the reference's name for it, with the reference's fields. */
export interface Row {
  name: string;
  fields: Readonly<Record<string, unknown>>;
}

/** What became of a replay. */
export interface Replayed {
  rows: Row[];
  /** The accepted candidates by age. */
  pool: PoolEntry[];
  calls: number;
  /** Draws that the engine's generator has made, as its state tells. */
  random: readonly number[];
}

/** An accepted candidate. */
export interface PoolEntry {
  record: CandidateRecord;
  /** Numbers of its parents. */
  parents: number[];
  /** Evaluations counted before its own. */
  discovered: number;
  /** Rewards in the order in which they were added up. */
  rewards: readonly (readonly [Seed, number])[];
}

/** Runs the engine to its end. */
export async function replay(world: RecordedWorld): Promise<Replayed> {
  const log = new ReplayLog(world);
  const ports = { source: world.source, order: world.order, fault: () => undefined, meter: log.meter };
  const engine = referenceEngine(settingsOf(world), {
    ...ports,
    observe: (decision) => log.observe(decision),
  });
  const work = new ReplayWork(world, log);
  let state = engine.begin();
  while (engine.verdict(state) === undefined) {
    // Through JSON, as the durable layer stores it.
    state = JSON.parse(JSON.stringify(await engine.step(state, work)));
  }
  const accepted = engine.results(state).candidates.filter((candidate) => candidate.accepted);
  const numbers = new Map(accepted.map(({ id }, number) => [id, number]));
  const pool = accepted.map((record, number) => ({
    record,
    parents: record.parents.map((id) => numbers.get(id) ?? Number.NaN),
    discovered: log.discovered[number] ?? Number.NaN,
    rewards: log.rewards[number] ?? [],
  }));
  return { rows: log.rows, pool, calls: log.meter.used, random: state.random };
}

function settingsOf(world: RecordedWorld): GepaSettings {
  return {
    strategy: "reference",
    baseline: world.baseline,
    placeholders: [],
    proposer: {
      type: "gepa-ai",
      template: world.template ?? `<curr_param>${DIVIDER}<side_info>`,
      instructions: "",
      specification: "",
      temperature: null,
      max_tokens: 10_000,
    },
    pareto_seeds: world.valSeeds,
    feedback_seeds: world.trainSeeds,
    minibatch_size: world.minibatch,
    initial_size: 1,
    num_generations: 0,
    children_per_generation: 1,
    selection_pressure: 1,
    patience_generations: 0,
    pareto_eps: 0,
    archive_size: Number.MAX_SAFE_INTEGER,
    target: null,
    rng_seed: world.seed,
    search: {
      ...SEARCH_DEFAULTS,
      ...world.search,
      reuse_evaluations: world.cache,
      shared_seeds: world.shared,
    },
    breeding: DEFAULT_BREEDING,
    validation_seeds: [],
    validation_candidates: 0,
    test_seeds: [],
  };
}

/** What the replay has seen: rows for comparison, and the questions that are open. */
class ReplayLog {
  readonly rows: Row[] = [];
  readonly discovered: number[] = [];
  readonly rewards: (readonly (readonly [Seed, number])[])[] = [];
  readonly meter: ReferenceMeter;
  /** Questions that the proposer is about to be asked, in order. */
  readonly open: { component: string; seeds: readonly Seed[] }[] = [];

  #best = Number.NEGATIVE_INFINITY;

  constructor({ limit, cache, shared }: RecordedWorld) {
    const counted = (iteration: number, used: number, delta: number) =>
      this.#row("budget_updated", { iteration, metric_calls_used: used, metric_calls_delta: delta });
    this.meter = new ReferenceMeter({ limit, cache, shared, counted });
  }

  observe(decision: Decision): void {
    if (decision.kind === "proposing") {
      const { seeds } = decision;
      this.open.push(...decision.components.map((component) => ({ component, seeds })));
    }
    if (decision.kind === "scored") {
      this.discovered.push(decision.candidate === 0 ? 0 : this.meter.before);
      this.rewards.push(decision.rewards);
    }
    const row = rowOf(decision);
    if (row) this.#row(...row);
    if (decision.kind === "scored") this.#markBest(decision.rewards);
  }

  /** Whether the candidate of the last row is the best so far; of equal ones the older is. */
  #markBest(rewards: readonly (readonly [Seed, number])[]): void {
    const mean = meanOf(rewards.map(([, reward]) => reward));
    const last = this.rows.pop();
    if (last) this.#row(last.name, { ...last.fields, is_best_program: mean > this.#best });
    this.#best = Math.max(this.#best, mean);
  }

  #row(name: string, fields: Readonly<Record<string, unknown>>): void {
    this.rows.push({ name, fields });
  }
}

/** A decision in the reference's words; undefined for one that it does not tell. */
function rowOf(decision: Decision): [string, Record<string, unknown>] | undefined {
  const { iteration } = decision;
  switch (decision.kind) {
    case "candidate_selected":
      return ["candidate_selected", { iteration, candidate_idx: decision.candidate, score: decision.score }];
    case "minibatch_sampled":
      return ["minibatch_sampled", { iteration, minibatch_ids: decision.seeds }];
    case "evaluated":
      return ["evaluation_end", { iteration, candidate_idx: decision.candidate, scores: decision.rewards }];
    case "skipped":
      return [
        "evaluation_skipped",
        { iteration, candidate_idx: decision.candidate, reason: decision.reason },
      ];
    case "proposed":
      return ["proposal_end", { iteration, new_instructions: decision.texts }];
    case "candidate_rejected":
      return ["candidate_rejected", { iteration, old_score: decision.parent, new_score: decision.child }];
    case "front_updated":
      return [
        "pareto_front_updated",
        { iteration, new_front: decision.front, displaced_candidates: decision.displaced },
      ];
    case "scored":
      return ["valset_evaluated", scoredFields(decision)];
    case "merge_attempted":
      return [
        "merge_attempted",
        { iteration, parent_ids: decision.parents, merged_candidate: decision.texts },
      ];
    case "merge_rejected":
      return ["merge_rejected", { iteration, parent_ids: decision.parents }];
    case "merge_accepted":
      return [
        "merge_accepted",
        { iteration, new_candidate_idx: decision.candidate, parent_ids: decision.parents },
      ];
    case "candidate_accepted":
      return [
        "candidate_accepted",
        {
          iteration,
          new_candidate_idx: decision.candidate,
          new_score: decision.score,
          parent_ids: decision.parents,
        },
      ];
    case "iteration_ended":
      return ["iteration_end", { iteration, proposal_accepted: decision.accepted }];
    case "proposing":
      return undefined;
  }
}

function scoredFields({ iteration, candidate, rewards }: Extract<Decision, { kind: "scored" }>) {
  const values = rewards.map(([, reward]) => reward);
  return {
    iteration,
    candidate_idx: candidate,
    scores: values,
    scores_by_val_id: Object.fromEntries(rewards),
    average_score: meanOf(values),
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The work port of a replay. Its rollouts are journaled by nobody: it is asked by what the engine decides. */
class ReplayWork implements Work {
  readonly #world: RecordedWorld;
  readonly #log: ReplayLog;

  constructor(world: RecordedWorld, log: ReplayLog) {
    this.#world = world;
    this.#log = log;
  }

  async evaluate(candidate: Candidate, seeds: readonly Seed[], as: Purpose): Promise<Evaluation[]> {
    const usage = { prompt_tokens: 0, completion_tokens: 0, llm_calls: 0, usd: 0 };
    const part = as === "feedback" || this.#world.shared ? "train" : "val";
    return seeds.map((seed) => ({ seed, usage, ...this.#world.rollout(candidate.texts, seed, part) }));
  }

  async propose(request: ProposalRequest): Promise<Proposal> {
    const content = request.messages.map((message) => message.content).join("\n");
    const question = this.#log.open.shift();
    if (!question) throw new Error("the proposer was asked for a text that no decision speaks of");
    const text = this.#world.propose({ ...question, content, text: content.split(DIVIDER)[0] ?? "" });
    return { text, usage: { prompt_tokens: 0, completion_tokens: 0, llm_calls: 1, usd: 0 } };
  }

  remaining() {
    return { rollouts: Number.POSITIVE_INFINITY };
  }

  emit(_event: EngineEvent): void {}
}
