// One slice of a running job: its crew, its timers, and the loop of steps, until the work is done, the time of the slice
// is up, or somebody ends it. Owns the crew. Does not own: statuses, alarms, the end of the job.

import { MAX_SLICE_CALLS } from "../config/limits.ts";
import type { Charge } from "../inference/attempt.ts";
import { checkTaskApp } from "../rollouts/health.ts";
import { withinBudget } from "./call-budget.ts";
import { Crew } from "./crew.ts";
import { engineFor } from "./engines.ts";
import type { ErrorWatch, Trouble } from "./error-watch.ts";
import type { Execution } from "./execution.ts";
import type { JobFacts } from "./facts.ts";
import { endingEvent } from "./job-events.ts";
import type { JobStore } from "./job-store.ts";
import { candidateDigest, type Journal } from "./journal.ts";
import { concludedBy, type Ending, runSlice, type SliceEnd, stateOf } from "./runner.ts";
import { SliceLimits } from "./slice-limits.ts";
import type { SliceMemory } from "./slice-memory.ts";
import { StepLimits } from "./step-limits.ts";
import { HEARTBEAT_MS } from "./wake.ts";
import { JournaledWork } from "./work.ts";

/**
 * A slice begins no more calls after this long. The longest, of ten minutes, then still ends within an alarm's 15. A slice that is cut
 * off all the same, because a lane was still busy for one that had died, goes on from the journal.
 */
const SLICE_MS = 180_000;

/** What a slice needs of its job. */
export interface SliceHost {
  readonly store: JobStore;
  readonly journal: Journal;
  /** Who makes the calls. */
  readonly execution: Execution;
  /** What the slices before handed on. */
  readonly memory: SliceMemory;
  /** The slice lives. */
  beat(): void;
  /** A step was taken over. */
  stepped(): void;
  /** A question was answered. */
  answered(): void;
  /** Too many questions failed. */
  troubled(trouble: Trouble): void;
}

/** A slice of one job. */
export class JobSlice {
  readonly #facts: JobFacts;
  readonly #key: string | null;
  readonly #host: SliceHost;
  readonly #watch: ErrorWatch;
  readonly #crew: Crew;
  readonly #limits: SliceLimits;
  readonly #stepLimits: StepLimits;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #closed = false;

  /** `key` is the task app's, in the clear; it lives as long as the slice. */
  constructor(facts: JobFacts, key: string | null, host: SliceHost) {
    this.#facts = facts;
    this.#key = key;
    this.#host = host;
    this.#limits = new SliceLimits(facts, host.store);
    this.#stepLimits = new StepLimits(facts, host.store.sql);
    this.#watch = host.memory.rollouts;
    this.#watch.recall(host.journal.endsOf(host.store.step() + 1));
    const execution = withinBudget(host.execution, MAX_SLICE_CALLS, () => this.close());
    this.#crew = new Crew(facts, key, execution, {
      memory: host.memory,
      onTrouble: (trouble) => this.#troubled(trouble),
      metering: this.#limits.metering,
      onWaste: (role, key, wasted) => this.#limits.wasted(role, key, wasted),
    });
  }

  /** What is reserved for calls under way. */
  get reserved(): Charge {
    return this.#limits.reserved;
  }

  /** Runs steps until the slice ends; nothing of it is in flight then. */
  async run(): Promise<SliceEnd<unknown>> {
    const { store } = this.#host;
    const closing = setTimeout(() => this.close(), SLICE_MS);
    const heartbeat = setInterval(() => this.#host.beat(), HEARTBEAT_MS);
    this.#watchTime();
    try {
      return await runSlice({
        store,
        engine: engineFor(this.#facts),
        workFor: (step, state) => this.#workFor(step, state),
        over: () => this.#closed,
        ending: (state) => this.#ending(state),
        onEnding: (ending) => [endingEvent(this.#facts.algorithm, ending)],
        sound: () => this.#sound(),
        onStep: () => this.#stepped(),
        now: () => Date.now(),
      });
    } finally {
      clearTimeout(closing);
      clearInterval(heartbeat);
      for (const timer of this.#timers) clearTimeout(timer);
      this.close();
      // Nothing is under way any more.
      this.#limits.stepped();
    }
  }

  /** Hands out no more work; what is in flight goes on. */
  close(): void {
    this.#closed = true;
    this.#crew.close();
    this.#limits.close();
  }

  /** Hands out no more work and breaks off what is in flight. */
  async breakOff(): Promise<void> {
    this.close();
    await this.#crew.stop();
  }

  /** The job is to stop, or its time is up: the search is broken off. Held-out scores that are wanted go on. */
  async stop(): Promise<void> {
    const engine = engineFor(this.#facts);
    const state = stateOf(engine, this.#host.store.snapshot<unknown>()?.state);
    const ending = this.#ending(state);
    if (ending && concludedBy(engine, state, ending) !== undefined) await this.breakOff();
  }

  #workFor(step: number, state: unknown): JournaledWork {
    return new JournaledWork({
      journal: this.#host.journal,
      askers: this.#crew,
      step,
      budget: this.#facts.rollout_budget ?? Number.POSITIVE_INFINITY,
      ...this.#stepLimits.before(step, state),
      models: this.#crew.models,
      judge: this.#crew.judge,
      onAnswer: (key, answer) => {
        this.#limits.recorded(key, answer.usage, "reward" in answer);
        this.#host.answered();
      },
    });
  }

  /** A user's wish goes before the job's limits. */
  #ending(state: unknown): Ending | undefined {
    const { stop_wish } = this.#host.store.standing();
    const limit = this.#limits.ending(state, Date.now());
    if (stop_wish === null) return limit;
    return { reason: "stopped", held_out: stop_wish === "score" && limit?.held_out !== false };
  }

  #stepped(): void {
    this.#limits.stepped();
    this.#watchTime();
    this.#host.stepped();
  }

  /** Looks at the limit on time when it is due; how long held-out scores will take is known better after every step. */
  #watchTime(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    const left = this.#limits.timeLeft(Date.now());
    if (left === null) return;
    for (const ms of [left.search, left.all]) {
      if (ms > SLICE_MS) continue;
      this.#timers.add(setTimeout(() => void this.stop(), Math.max(0, ms)));
    }
  }

  /**
   * After failures no step is taken over before it is clear whose they are: the task app's when it is not well, or when a rollout
   * of the baseline that it answered before fails now; else the candidate's.
   */
  async #sound(): Promise<boolean> {
    if (!this.#watch.isSuspicious()) return true;
    const { ok, detail } = await checkTaskApp({
      url: this.#facts.task_app_url,
      api_key: this.#key,
      fetch: (input, init) => fetch(input, init),
    });
    if (ok && (await this.#answersBaseline())) return true;
    // Where the slice is over, nobody knows: the step runs again, and is looked at again.
    if (this.#closed) return false;
    this.#troubled({ ...this.#watch.seen(), health: detail });
    return false;
  }

  /** Whether a rollout of the baseline that was answered before is answered again. True where none ever was. */
  async #answersBaseline(): Promise<boolean> {
    const candidate = { texts: this.#facts.settings.baseline };
    const digest = await candidateDigest(candidate);
    const known = this.#host.journal.answeredRollout(digest);
    return known === null || this.#crew.answers({ ...known, digest, candidate, model: "hi" });
  }

  #troubled(trouble: Trouble): void {
    this.close();
    this.#host.troubled(trouble);
  }
}
