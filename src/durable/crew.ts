// The crew of a slice: the gates and lanes through which a job's questions are answered.
// Owns: turning questions into orders, and settled attempts into answers. Does not own: retries, slots.

import type { CostRole } from "../config/job-limits.ts";
import { ROLLOUT_TIMEOUT_MS, SLOTS_PER_LANE } from "../config/limits.ts";
import { type ModelChoice, proposerFor } from "../config/models.ts";
import { demosOf, moduleSections, type PromptModule } from "../config/modules.ts";
import { sectionOf, validationPool } from "../config/section.ts";
import type { Candidate, Evaluation, Proposal, ProposalRequest } from "../engines/engine.ts";
import { type AttemptUsage, addUsage } from "../inference/attempt.ts";
import type { ProposalAnswer } from "../inference/proposer.ts";
import type { RolloutAnswer } from "../rollouts/answer.ts";
import type { Attempt, ModuleSheet, RolloutOrder } from "../rollouts/order.ts";
import type { JsonObject } from "../wire/json.ts";
import { Dispatcher, type Settled, type Tries } from "./dispatcher.ts";
import { proposalsTogether } from "./engines.ts";
import type { Trouble } from "./error-watch.ts";
import type { Execution, LaneKind } from "./execution.ts";
import type { JobFacts } from "./facts.ts";
import { Gate, type GateClock, SuspendedError } from "./gate.ts";
import { judgeOf, proposalOf } from "./judges.ts";
import type { AskedLane, ProposalOrder } from "./lane-api.ts";
import type { Metering } from "./metering.ts";
import { modelNamesOf } from "./model-names.ts";
import type { SliceMemory } from "./slice-memory.ts";
import type { Askers, Judge, ModelNames, RolloutQuestion } from "./work.ts";

const REAL_CLOCK: GateClock = {
  now: () => Date.now(),
  timer: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Who is told how questions end. */
export interface CrewGuard {
  memory: SliceMemory;
  /** Called when too many failed; the crew gives no more answers that are failures then. */
  onTrouble(trouble: Trouble): void;
  /** Reserves attempts under the job's limits; null where there are none. */
  metering: Metering | null;
  /** Called when attempts at a question were given up, and had spent this. */
  onWaste(role: CostRole, key: string, wasted: AttemptUsage): void;
}

const WATCHES = { policy: "rollouts", proposer: "proposals", verifier: "judgements" } as const;

/** Lanes and gates for one slice of a job. */
export class Crew implements Askers {
  readonly models: ModelNames;
  readonly #facts: JobFacts;
  readonly #guard: CrewGuard;
  readonly #execution: Execution;
  readonly #taskAppKey: string | null;
  readonly #proposer: ReturnType<typeof proposerFor>;
  readonly #rollouts: Line;
  readonly #proposals: Line;
  readonly #judgements: Line;
  /** Null where nobody judges. */
  readonly judge: Judge | null;

  /** `taskAppKey` is the job's key, opened; it lives as long as the crew. */
  constructor(facts: JobFacts, taskAppKey: string | null, execution: Execution, guard: CrewGuard) {
    this.#guard = guard;
    this.#facts = facts;
    this.#execution = execution;
    this.#taskAppKey = taskAppKey;
    this.#proposer = proposerFor(sectionOf(facts.config));
    this.models = modelNamesOf(facts);
    const { verifier, max_concurrent } = facts;
    this.#rollouts = line(execution, "lane", max_concurrent);
    this.#proposals = line(execution, "proposer", Math.min(proposalsTogether(facts), max_concurrent));
    this.#judgements = line(execution, "verifier", verifier?.sheet.concurrency ?? 0);
    this.judge = verifier
      ? judgeOf(verifier, {
          run: (key, attempt) =>
            this.#settled("verifier", key, (tries) =>
              this.#judgements.dispatcher.run(
                attempt,
                (wasted) => guard.onWaste("verifier", key, wasted),
                tries,
              ),
            ),
          send: (lane, order, key) => this.#call("verifier", lane, order, key),
        })
      : null;
  }

  async rollout(question: RolloutQuestion): Promise<Evaluation> {
    const { key, digest, seed } = question;
    const settled = await this.#settled("policy", key, (tries) => this.#run(question, tries), digest);
    const { wasted } = settled;
    if (settled.kind === "answer") {
      return { seed, ...settled.value, usage: addUsage(settled.value.usage, wasted) };
    }
    const { code, message } = settled;
    return { seed, reward: 0, error: { code, message }, usage: wasted };
  }

  #run(question: RolloutQuestion, tries?: Tries): Promise<Settled<RolloutAnswer>> {
    const { metering } = this.#guard;
    const { key, purpose } = question;
    const order = rolloutOrder(question, this.#facts, this.#taskAppKey);
    const held_out = purpose === "validation" || purpose === "test";
    return this.#rollouts.dispatcher.run(
      (lane) =>
        metering ? metering.rollout(order, { key, held_out }, (it) => lane.rollout(it)) : lane.rollout(order),
      (wasted) => this.#guard.onWaste("policy", key, wasted),
      tries,
    );
  }

  /** Whether a rollout is answered now. Its answer is not kept; what it spent is. */
  async answers(question: RolloutQuestion): Promise<boolean> {
    try {
      const settled = await this.#run(question);
      const usage =
        settled.kind === "answer" ? addUsage(settled.value.usage, settled.wasted) : settled.wasted;
      this.#guard.onWaste("policy", question.key, usage);
      return settled.kind === "answer";
    } catch (error) {
      if (error instanceof SuspendedError) return false;
      throw error;
    }
  }

  async proposal(request: ProposalRequest, key: string): Promise<Proposal> {
    const order = { ...this.#proposer, ...request };
    const settled = await this.#settled("proposer", key, (tries) =>
      this.#proposals.dispatcher.run(
        (lane) => this.#call("proposer", lane, order, key),
        (wasted) => this.#guard.onWaste("proposer", key, wasted),
        tries,
      ),
    );
    return proposalOf(settled);
  }

  /** One attempt at a proposal or a judgement. */
  #call(
    role: CostRole,
    lane: AskedLane,
    order: ProposalOrder,
    key: string,
  ): Promise<Attempt<ProposalAnswer>> {
    const { metering } = this.#guard;
    if (!metering) return lane.propose(order);
    const { provider, model, messages, max_tokens, extra } = order;
    const request = {
      ...extra,
      messages,
      ...(max_tokens === undefined ? {} : { max_completion_tokens: max_tokens }),
    };
    return metering.call(role, key, { provider, model, request }, () => lane.propose(order));
  }

  /**
   * How a question ended. @throws SuspendedError for a failure that says nothing about the candidate, because the other side is
   * down; what it had spent is not lost sight of.
   */
  async #settled<T>(
    role: CostRole,
    key: string,
    run: (tries: Tries) => Promise<Settled<T>>,
    of = key,
  ): Promise<Settled<T>> {
    const { memory } = this.#guard;
    const settled = await run(memory.triesAt(key));
    memory.settled(key);
    const watch = memory[WATCHES[role]];
    if (settled.kind === "answer") {
      watch.note({ failed: false });
      return settled;
    }
    const { code, message } = settled;
    const trouble = watch.note({ failed: true, of, error: { code, message } });
    if (trouble === undefined) return settled;
    this.#guard.onWaste(role, key, settled.wasted);
    this.#guard.onTrouble(trouble);
    throw new SuspendedError("too many questions failed");
  }

  /** Hands out no more work; what is in flight goes on. */
  close(): void {
    for (const { gate } of this.#lines) gate.close();
    this.#execution.close();
  }

  /** Breaks off what is in flight. A lane that cannot be reached has nothing in flight. */
  async stop(): Promise<void> {
    const busy = this.#lines.flatMap(({ dispatcher }) => dispatcher.busy);
    await Promise.allSettled(busy.map((lane) => lane.stop()));
  }

  get #lines(): Line[] {
    return [this.#rollouts, this.#proposals, this.#judgements];
  }
}

/** How questions of one kind are answered. */
interface Line {
  gate: Gate;
  dispatcher: Dispatcher<AskedLane>;
}

/** For so many questions at a time, or as many as there is room for. */
function line(execution: Execution, kind: LaneKind, places: number): Line {
  const lanes = execution.lanes(kind, places);
  const gate = new Gate(Math.min(places, lanes.length * SLOTS_PER_LANE), REAL_CLOCK);
  return { gate, dispatcher: new Dispatcher(gate, lanes, Math.random) };
}

/** The order for a rollout. Its id is made of the question alone, so that every attempt and every replay has the same. */
function rolloutOrder(
  question: RolloutQuestion,
  facts: JobFacts,
  task_app_api_key: string | null,
): RolloutOrder {
  const { config } = facts;
  const model = question.model === "lo" ? facts.proxy?.lo : facts.proxy?.hi;
  const policy = { ...config.policy, ...model };
  const section = sectionOf(config);
  const pool = question.purpose === "validation" ? validationPool(config) : undefined;
  const env_config: JsonObject = {
    ...config.env_config,
    ...section.env_config,
    ...(pool === undefined ? {} : { pool, split: pool }),
  };
  return {
    job_id: facts.job_id,
    rollout_id: `${facts.job_id}-${question.purpose}-${question.digest.slice(0, 12)}-s${question.seed}${again(question)}`,
    seed: question.seed,
    task_app_url: facts.task_app_url,
    task_app_api_key,
    env_name: section.env_name,
    env_config,
    policy: {
      provider: policy.provider,
      model: policy.model,
      temperature: policy.temperature,
      max_completion_tokens: policy.max_completion_tokens,
      policy_name: policy.policy_name ?? null,
      config: taskAppSettings(config),
    },
    prompt_id: config.initial_prompt.id ?? facts.job_id,
    modules: facts.modules.map((module) =>
      moduleSheet(module, question.candidate, modelOf(module, question, facts)),
    ),
    timeout_ms: ROLLOUT_TIMEOUT_MS,
    public_origin: facts.public_origin,
  };
}

/** Settings of the policy that mean something to the task app alone. */
function taskAppSettings({ policy, mipro }: JobFacts["config"]): JsonObject {
  const { max_steps, context_override, config } = policy;
  return {
    ...mipro?.policy_config,
    ...config,
    ...(max_steps === undefined ? {} : { max_steps }),
    ...(context_override === undefined ? {} : { context_override }),
  };
}

/** The model of a module where a proxy decides: the cheap one for all; the one that counts for those without a policy of their own. */
function modelOf(
  { policy }: PromptModule,
  { model }: RolloutQuestion,
  facts: JobFacts,
): ModelChoice | undefined {
  const { proxy, config } = facts;
  if (model === "lo") return proxy?.lo;
  const isOwn = policy.model !== config.policy.model || policy.provider !== config.policy.provider;
  return isOwn ? undefined : proxy?.hi;
}

function again({ replicate, model }: RolloutQuestion): string {
  return `${replicate === 0 ? "" : `-r${replicate}`}${model === "lo" ? "-lo" : ""}`;
}

function moduleSheet(
  module: PromptModule,
  { texts, demos }: Candidate,
  model: ModelChoice | undefined,
): ModuleSheet {
  return {
    name: module.name,
    baseline: moduleSections(module),
    candidate: moduleSections(module, texts),
    demos: demosOf(module, demos),
    policy: { ...module.policy, ...model },
    allowed_tools: module.allowed_tools,
  };
}
