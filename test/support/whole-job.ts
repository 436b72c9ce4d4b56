// A whole job on Node's SQLite: the real life, slices, gates, ledger and rows of a job, over lanes that are played.

import { planJob } from "../../src/config/job-plan.ts";
import { promptModules } from "../../src/config/modules.ts";
import { proxySheet } from "../../src/config/proxy-sheet.ts";
import { readRunnable } from "../../src/config/read.ts";
import { maxConcurrent } from "../../src/config/section.ts";
import { type Execution, laneExecution } from "../../src/durable/execution.ts";
import type { JobFacts } from "../../src/durable/facts.ts";
import { JobLife } from "../../src/durable/job-life.ts";
import { JobSlice } from "../../src/durable/job-slice.ts";
import { JobStore } from "../../src/durable/job-store.ts";
import { Journal } from "../../src/durable/journal.ts";
import { SliceMemory } from "../../src/durable/slice-memory.ts";
import type { Sql } from "../../src/durable/sql.ts";
import { verification } from "../../src/durable/verification.ts";
import { jobResults, jobView } from "../../src/durable/views.ts";
import type { JobResults, JobView } from "../../src/wire/job.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import { algorithmFacts } from "../../src/worker/job-facts.ts";
import { nodeSql } from "./node-sql.ts";
import type { PlayedWorld } from "./played-lanes.ts";

/** Slices after which a job that does not end is taken to be stuck. */
const MOST_SLICES = 200;

/** A small GEPA job, with a budget, a population and limits as the test needs them. */
export function smallGepa(budget: number, population: JsonObject, limits: JsonObject): JsonObject {
  return {
    algorithm: "gepa",
    task_app_url: "https://task.example.com",
    initial_prompt: { messages: [{ role: "system", pattern: "List fruit." }] },
    policy: { model: "gpt-4.1-nano", provider: "openai", max_completion_tokens: 64 },
    gepa: {
      rollout: { budget, max_concurrent: 6, minibatch_size: 3 },
      evaluation: { seeds: { start: 0, end: 20 }, validation_seeds: [40, 41], validation_top_k: 1 },
      population,
      archive: { pareto_set_size: 10 },
      proposer_output_tokens: "RAPID",
    },
    termination_config: limits,
  };
}

/** What is known of a job before it begins. */
export async function factsOf(section: JsonObject, more: Partial<JobFacts> = {}): Promise<JobFacts> {
  const { config, warnings } = readRunnable({ mapping: section });
  const plan = planJob(config);
  const refused = () => Promise.reject(new Error("nobody is to be asked"));
  const proxy = proxySheet(config);
  const taskApp = { url: config.task_app_url, api_key: null, fetch: refused };
  return {
    job_id: "pl_0000000000000001",
    tenant: "alpha",
    ...(await algorithmFacts(config, plan, taskApp)),
    modules: promptModules(config),
    rollout_budget: plan.total,
    max_concurrent: maxConcurrent(config),
    task_app_url: config.task_app_url,
    task_app_api_key: { kind: "none" },
    ...(proxy
      ? {
          proxy: {
            hi: proxy.hi,
            lo: proxy.lo,
            plan: { settings: proxy.settings, reserved: 0, algorithm: config.algorithm },
          },
        }
      : {}),
    public_origin: "https://cultivar.example.org",
    warnings,
    metadata: {},
    created_at: 0,
    ...more,
  } as JobFacts;
}

/** One life of a job's object: what it holds in memory dies with it, its rows do not. */
export class WholeJob {
  readonly store: JobStore;
  readonly life: JobLife;
  readonly #journal: Journal;
  readonly #executionOf: () => Execution;
  #slice: JobSlice | undefined;
  #memory: SliceMemory | undefined;

  /** `executionOf` makes what a slice makes its calls by; absent for lanes of the world. */
  constructor(world: PlayedWorld, sql: Sql = nodeSql(), executionOf?: () => Execution) {
    this.#executionOf = executionOf ?? (() => laneExecution("alpha/job", () => world.lane));
    this.store = new JobStore(sql);
    this.#journal = new Journal(sql);
    this.life = new JobLife(
      this.store,
      this.#journal,
      () => Date.now(),
      () => this.#slice?.reserved ?? { tokens: 0, usd: 0 },
    );
  }

  /** Creates the job and runs it to its end. */
  async run(facts: JobFacts): Promise<this> {
    this.life.create(facts, true);
    return this.goOn();
  }

  /** Runs slices until the job has ended. Errors come through, as they would after the last strike. */
  async goOn(): Promise<this> {
    this.life.begin();
    for (let n = 0; this.store.standing().status === "running"; n++) {
      if (n === MOST_SLICES) throw new Error("the job does not end");
      await this.slice();
    }
    return this;
  }

  /** One slice. */
  async slice(): Promise<void> {
    const facts = this.store.facts();
    this.#memory ??= new SliceMemory(facts, this.#journal.hasSuccess());
    this.#slice = new JobSlice(facts, null, {
      memory: this.#memory,
      store: this.store,
      journal: this.#journal,
      execution: this.#executionOf(),
      beat: () => {},
      stepped: () => {},
      answered: () => {},
      troubled: (trouble) => this.life.troubled(trouble),
    });
    const end = await this.#slice.run();
    if (end.kind === "done") this.life.succeed(end.stop);
  }

  /** The time of the running slice is up. */
  close(): void {
    this.#slice?.close();
  }

  /** What is wrong when the job is run again from its journal; nothing where it comes to the same. */
  async faults(): Promise<string[]> {
    const found = await verification({
      store: this.store,
      journal: this.#journal,
      picture: this.life.picture(),
      alarm: null,
      // Nobody sets alarms here.
      working: true,
    });
    return found.checks.filter(({ outcome }) => outcome === "fails").map(({ detail }) => detail);
  }

  view(): JobView {
    return jobView(this.life.picture());
  }

  results(): JobResults {
    return jobResults(this.life.picture());
  }
}
