// A toy world with two models, for tests of engines with a proxy.

import type { Candidate, Evaluation, ModelChoice, Purpose, Work } from "../../src/engines/engine.ts";
import type { ProxySettings } from "../../src/engines/pool/proxy.ts";
import { MemoryWork, type ToyWorld } from "./memory-work.ts";

/** When the cheap model may stand in, with the defaults of the config. */
export const PROXY_SETTINGS: ProxySettings = {
  n_min_hi: 5,
  r2_thresh: 0.5,
  r2_stop: 0.2,
  sigma_max: 1e6,
  sigma_stop: 1e9,
  verify_every: 0,
  proxy_patience_usd: -100,
};

/** What the cheap model makes of the policy's reward. */
export type Cheap = (reward: number, seed: number) => number;
export const faithful: Cheap = (reward) => 0.2 + 0.5 * reward;
export const useless: Cheap = (_, seed) => (seed * 7919) % 2;

/** The toy world with two models, the cheap one at a tenth of the price. Counts what reached each. */
export class TwoModels implements Work {
  readonly hi: MemoryWork;
  readonly lo: MemoryWork;
  readonly #budget: number;
  readonly #cheap: Cheap;
  #atStepStart = 0;

  constructor(cheap: Cheap, world: ToyWorld, budget = Number.POSITIVE_INFINITY) {
    this.hi = new MemoryWork(world);
    this.lo = new MemoryWork(world);
    this.#cheap = cheap;
    this.#budget = budget;
  }

  get spent(): number {
    return this.hi.spent + this.lo.spent;
  }

  beginStep(): void {
    this.#atStepStart = this.spent;
  }

  async evaluate(
    candidate: Candidate,
    seeds: readonly number[],
    as: Purpose,
    replicate = 0,
    model: ModelChoice = "hi",
  ): Promise<Evaluation[]> {
    if (model === "hi") return this.hi.evaluate(candidate, seeds, as, replicate);
    const answers = await this.lo.evaluate(candidate, seeds, as, replicate);
    return answers.map((answer) => ({
      ...answer,
      reward: this.#cheap(answer.reward, answer.seed),
      usage: { ...answer.usage, usd: 0.0001 },
    }));
  }

  propose(...request: Parameters<Work["propose"]>) {
    return this.hi.propose(...request);
  }

  remaining() {
    return { rollouts: this.#budget - this.#atStepStart };
  }

  emit(...event: Parameters<Work["emit"]>): void {
    this.hi.emit(...event);
  }

  /** Rollouts of the policy's model by purpose. */
  hiFor(as: Purpose): number {
    return this.hi.calls.filter((call) => call.as === as).length;
  }

  /** What the cheap model alone has scored, of all that was ever asked. */
  loAlone(): number {
    const key = ({ text, seed, as }: MemoryWork["calls"][number]) => JSON.stringify([text, seed, as]);
    const own = new Set(this.hi.calls.map(key));
    return this.lo.calls.filter((call) => !own.has(key(call))).length;
  }
}

/** The same, but the cheap model fails wherever `fails` says so, as a provider does that has a bad hour. */
export class FailingLo extends TwoModels {
  readonly #fails: (candidate: Candidate, seed: number) => boolean;

  constructor(fails: (candidate: Candidate, seed: number) => boolean, world: ToyWorld) {
    super(faithful, world);
    this.#fails = fails;
  }

  override async evaluate(...asked: Parameters<TwoModels["evaluate"]>): Promise<Evaluation[]> {
    const answers = await super.evaluate(...asked);
    const [candidate, , , , model] = asked;
    if (model !== "lo") return answers;
    const error = { code: "http_500", message: "the cheap model fell over" };
    return answers.map((answer) =>
      this.#fails(candidate, answer.seed) ? { ...answer, reward: 0, error } : answer,
    );
  }
}
