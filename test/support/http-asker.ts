// Answers a toy job's questions over real HTTP, through the real dispatcher, gate and attempt; only waiting costs no time.

import { Dispatcher } from "../../src/durable/dispatcher.ts";
import { Gate, type GateClock } from "../../src/durable/gate.ts";
import type { Askers, RolloutQuestion } from "../../src/durable/work.ts";
import type { Evaluation } from "../../src/engines/engine.ts";
import { addUsage } from "../../src/inference/attempt.ts";
import type { RolloutOrder } from "../../src/rollouts/order.ts";
import { attemptRollout } from "../../src/rollouts/run.ts";
import { ToyJobWorld } from "./toy-job.ts";

/** In flight at a time. */
const AT_ONCE = 6;

const POLICY = { provider: "openai", model: "p", temperature: 0, max_completion_tokens: 9 } as const;

/** A clock on which every wait is over at once, and the time is later by as much. */
class HastyClock implements GateClock {
  #now = 0;

  now(): number {
    return this.#now;
  }

  timer(ms: number, callback: () => void): () => void {
    const due = this.#now + ms;
    const waiting = setImmediate(() => {
      this.#now = Math.max(this.#now, due);
      callback();
    });
    return () => clearImmediate(waiting);
  }
}

/** The asker, with the time limits of its attempts in the hands of the test. */
export class HttpAsker implements Askers {
  readonly proposal: Askers["proposal"];
  readonly #url: string;
  readonly #dispatcher: Dispatcher<null>;
  readonly #limits = new Map<string, () => void>();

  constructor(url: string) {
    const world = new ToyJobWorld();
    this.#url = url;
    this.#dispatcher = new Dispatcher(new Gate(AT_ONCE, new HastyClock()), [null], () => 0.5);
    this.proposal = (request) => world.proposal(request);
  }

  /** Time limits that are running. */
  get timers(): number {
    return this.#limits.size;
  }

  /** The time of the rollout's attempt is up. */
  expire(runId: string): void {
    this.#limits.get(runId)?.();
  }

  async rollout(question: RolloutQuestion): Promise<Evaluation> {
    const order = this.#orderOf(question);
    const setTimer = (run: () => void) => {
      this.#limits.set(order.rollout_id, run);
      return () => {
        this.#limits.delete(order.rollout_id);
      };
    };
    const means = {
      inference: { url: "https://cultivar.example/api/interceptor/v1/t", trace_correlation_id: "t" },
      ...{ fetch, calls: () => [], allow_local: true, now: () => 0, setTimer },
    };
    const settled = await this.#dispatcher.run(() => attemptRollout(order, means));
    const { seed } = question;
    if (settled.kind === "answer") {
      return { seed, ...settled.value, usage: addUsage(settled.value.usage, settled.wasted) };
    }
    const { code, message } = settled;
    return { seed, reward: 0, error: { code, message }, usage: settled.wasted };
  }

  #orderOf({ digest, seed, purpose, candidate }: RolloutQuestion): RolloutOrder {
    const section = (content: string) => [{ role: "system", name: "system", content, order: 0 }];
    const texts = { baseline: section("List fruit"), candidate: section(candidate.texts.system ?? "") };
    return {
      job_id: "job",
      rollout_id: `${purpose}-${digest.slice(0, 12)}-s${seed}`,
      seed,
      task_app_url: this.#url,
      task_app_api_key: "env-key-0123456789",
      env_name: "toy",
      env_config: {},
      policy: { ...POLICY, policy_name: null },
      prompt_id: "toy",
      modules: [{ name: "", policy: POLICY, allowed_tools: null, ...texts, demos: [] }],
      timeout_ms: 600_000,
      public_origin: "https://cultivar.example",
    };
  }
}
