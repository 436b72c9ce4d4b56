// An engine whose candidates are scored by a cheap model where that tells enough (protocol §1.7). Wraps another engine: what the search
// scores goes to the models that the proxy plans; everything else, held-out scores and what an engine asks of HI by name, to HI
// alone. Invariants: a step is planned by the state before it; its outcomes are folded in an order that no arrival changes.

import type { ProxyView } from "../../wire/job.ts";
import type { Budget, Candidate, Engine, Evaluation, ModelChoice, Purpose, Seed, Work } from "../engine.ts";
import {
  beginProxy,
  doubtOf,
  foldProxy,
  netGainUsd,
  type ProxyOutcome,
  type ProxySettings,
  type ProxyState,
  type ProxySwitch,
  planProxy,
  predicted,
  proxyLine,
} from "./proxy.ts";

/** What a proxy works by. Plain data. */
export interface ProxyPlan {
  readonly settings: ProxySettings;
  /** Rollouts that are set aside for held-out scores, which are HI's and asked once. */
  readonly reserved: number;
  /** The algorithm, for the names of events. */
  readonly algorithm: "gepa" | "mipro";
}

/** State of the engine inside, and of the proxy. */
export interface ProxiedState<State> {
  readonly inner: State;
  readonly proxy: ProxyState;
}

/** What LO may score: the search's own scores. What reflection learns from, demos and held-out scores are HI's. */
const PROXIED: readonly Purpose[] = ["pareto", "online"];

/** The engine, its search scored by way of a proxy. */
export function proxiedEngine<State>(inner: Engine<State>, plan: ProxyPlan): Engine<ProxiedState<State>> {
  return {
    begin: () => ({ inner: inner.begin(), proxy: beginProxy() }),
    step: (state, work) => step(state, inner, plan, work),
    verdict: (state) => inner.verdict(state.inner),
    conclude: (state, ...how) => ({ ...state, inner: inner.conclude(state.inner, ...how) }),
    results: (state) => ({ ...inner.results(state.inner), proxy: summaryOf(state.proxy) }),
  };
}

async function step<State>(
  state: ProxiedState<State>,
  inner: Engine<State>,
  plan: ProxyPlan,
  work: Work,
): Promise<ProxiedState<State>> {
  const port = new ProxiedWork(work, state.proxy, plan);
  const next = await inner.step(state.inner, port);
  const { state: proxy, switched } = foldProxy(state.proxy, port.outcomes(), plan.settings);
  if (switched !== null) work.emit(switchEvent(plan, proxy, switched));
  return { inner: next, proxy };
}

/** The work port of a step, with the models chosen by the proxy as it was before the step. */
class ProxiedWork implements Work {
  readonly #work: Work;
  readonly #proxy: ProxyState;
  readonly #plan: ProxyPlan;
  readonly #outcomes = new Map<string, ProxyOutcome>();

  constructor(work: Work, proxy: ProxyState, plan: ProxyPlan) {
    this.#work = work;
    this.#proxy = proxy;
    this.#plan = plan;
  }

  /** What came of the step's planned evaluations, each once, in the order of the questions' words. */
  outcomes(): ProxyOutcome[] {
    return [...this.#outcomes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, outcome]) => outcome);
  }

  async evaluate(
    candidate: Candidate,
    seeds: readonly Seed[],
    as: Purpose,
    replicate?: number,
    model?: ModelChoice | "proof",
  ): Promise<Evaluation[]> {
    if (model === "proof") return this.#proof(candidate, seeds, as, replicate);
    if (model !== undefined || !PROXIED.includes(as)) {
      return this.#work.evaluate(candidate, seeds, as, replicate, model);
    }
    const plans = planProxy(this.#proxy, seeds.length, this.#plan.settings);
    const ask = async (choice: ModelChoice, other: "lo" | "hi") => {
      const asked = seeds.filter((_, at) => plans[at] !== other);
      const answers = await this.#work.evaluate(candidate, asked, as, replicate, choice);
      return new Map(asked.map((seed, at) => [seed, answers[at]]));
    };
    const [hi, lo] = await Promise.all([ask("hi", "lo"), ask("lo", "hi")]);
    return seeds.map((seed) => this.#score(keyOf(candidate, seed, as), seed, hi.get(seed), lo.get(seed)));
  }

  /** What LO answered before costs nothing again. */
  async #proof(
    candidate: Candidate,
    seeds: readonly Seed[],
    as: Purpose,
    replicate: number | undefined,
  ): Promise<Evaluation[]> {
    const [hi, lo] = await Promise.all([
      this.#work.evaluate(candidate, seeds, as, replicate, "hi"),
      this.#work.evaluate(candidate, seeds, as, replicate, "lo"),
    ]);
    for (const [at, own] of hi.entries()) {
      const cheap = lo[at];
      const key = `proof ${keyOf(candidate, own.seed, as)}`;
      if (cheap) this.#outcomes.set(key, { hi: scoreOf(own), lo: scoreOf(cheap), proves: true });
    }
    return hi;
  }

  propose(...request: Parameters<Work["propose"]>): ReturnType<Work["propose"]> {
    return this.#work.propose(...request);
  }

  /** An evaluation on both models is two rollouts; what is set aside for HI alone is not. */
  remaining(): Budget {
    const budget = this.#work.remaining();
    const { settings, reserved } = this.#plan;
    const single = this.#proxy.given_up || (this.#proxy.mode !== "both" && settings.verify_every === 0);
    const free = budget.rollouts - reserved;
    return single || free <= 0 ? budget : { ...budget, rollouts: reserved + free / 2 };
  }

  emit(...event: Parameters<Work["emit"]>): void {
    this.#work.emit(...event);
  }

  #score(key: string, seed: Seed, hi: Evaluation | undefined, lo: Evaluation | undefined): Evaluation {
    this.#outcomes.set(key, { ...(hi ? { hi: scoreOf(hi) } : {}), ...(lo ? { lo: scoreOf(lo) } : {}) });
    if (hi) return hi;
    if (!lo) throw new Error(`neither model was asked for seed ${seed}`);
    // LO's further objectives stand for none of HI's.
    const { metrics: _, ...answer } = lo;
    // A failure of LO predicts nothing, and is no reward of HI's either.
    if (lo.error) return { ...answer, proxied: true };
    const reward = predicted(this.#proxy, lo.reward);
    return { ...answer, reward, proxied: true, doubt: doubtOf(this.#proxy) };
  }
}

function scoreOf({ reward, usage, error }: Evaluation) {
  return { reward, usage, failed: error !== undefined };
}

function keyOf({ texts, demos }: Candidate, seed: Seed, as: Purpose): string {
  return JSON.stringify([as, Object.entries(texts).sort(), demos ?? {}, seed]);
}

function summaryOf(proxy: ProxyState): ProxyView {
  const { slope, intercept, r2, variance } = proxyLine(proxy);
  const { both, lo_only, hi_only, avoided_usd, lo_usd } = proxy.ledger;
  return {
    mode: proxy.mode,
    given_up: proxy.given_up,
    pairs: proxy.pairs.pairs,
    r2,
    residual_variance: Number.isFinite(variance) ? variance : null,
    slope,
    intercept,
    evaluations: { both, lo_only, hi_only },
    avoided_usd,
    lo_usd,
    net_gain_usd: netGainUsd(proxy.ledger),
  };
}

const REASONS: Record<ProxySwitch, string> = {
  calibrated: "it predicts the other's well enough",
  r2_stop: "it no longer predicts the other's (R²)",
  sigma_stop: "it no longer predicts the other's (variance)",
  patience: "it costs more than it saves",
};

const SCORED_BY = {
  both: "both models",
  lo: "the cheap model alone",
  hi: "the model that counts alone",
} as const;

function switchEvent({ algorithm }: ProxyPlan, proxy: ProxyState, why: ProxySwitch) {
  const { evaluations, ...summary } = summaryOf(proxy);
  return {
    type: `prompt.learning.${algorithm}.proxy.switched`,
    message: `Candidates are scored by ${SCORED_BY[proxy.mode]} now: ${REASONS[why]}`,
    data: { reason: why, ...summary, evaluations: { ...evaluations } },
  };
}
