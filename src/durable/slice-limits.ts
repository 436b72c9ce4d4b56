// The limits of a job as a slice keeps them: what calls may spend, when the search has to end, and what is kept back for its
// held-out scores. Owns the ledger. Does not own: steps, timers, rows but those of the spending.

import { type JobLimits, jobLimits, limitsSpending } from "../config/job-limits.ts";
import type { Engine } from "../engines/engine.ts";
import { type AttemptUsage, type Charge, chargeOf, NO_CHARGE } from "../inference/attempt.ts";
import { engineFor, heldOutRollouts, proofRollouts } from "./engines.ts";
import type { JobFacts } from "./facts.ts";
import { type JobStore, ranMs } from "./job-store.ts";
import { type CapReachedError, Ledger } from "./ledger.ts";
import { Metering } from "./metering.ts";
import type { Ending } from "./runner.ts";
import { roomFor, Spending } from "./spending.ts";

/** Share of a limit that is kept back for held-out scores at most. Where they need more, nothing is. */
const MOST_KEPT_BACK = 0.5;
/** Held-out rollouts may take so much longer than the others did. */
const HELD_OUT_SLACK = 1.25;

/** The limits of one slice. */
export class SliceLimits {
  /** Null where spending is not limited. */
  readonly metering: Metering | null;
  readonly #facts: JobFacts;
  readonly #store: JobStore;
  readonly #limits: JobLimits;
  readonly #spending: Spending;
  readonly #engine: Engine<unknown>;
  readonly #ledger: Ledger | null;
  #dearest: Charge = NO_CHARGE;
  #rollouts = 0;
  #reached: Ending | undefined;

  constructor(facts: JobFacts, store: JobStore) {
    this.#facts = facts;
    this.#store = store;
    this.#limits = jobLimits(facts.config);
    this.#spending = new Spending(store.sql);
    this.#engine = engineFor(facts);
    this.#rollouts = this.#spending.rollouts();
    this.#ledger = limitsSpending(this.#limits) ? this.#openLedger() : null;
    this.metering = this.#ledger && new Metering(this.#ledger);
  }

  /** What is reserved for calls under way. */
  get reserved(): Charge {
    return this.#ledger?.reserved ?? NO_CHARGE;
  }

  /** Why the search of this state has to end; undefined while it may go on. */
  ending(state: unknown, now: number): Ending | undefined {
    return this.#reached ?? this.#timeIsUp(now) ?? this.#triedEnough(state);
  }

  /** Milliseconds until the search has to end, and until everything has; null for no limit. */
  timeLeft(now: number): { search: number; all: number } | null {
    const { seconds } = this.#limits;
    if (seconds === null) return null;
    const ran = ranMs(this.#store.standing(), now);
    const all = seconds.most * 1000;
    const each = this.#rollouts === 0 ? 0 : ran / this.#rollouts;
    const last = heldOutRollouts(this.#facts) + proofRollouts(this.#facts);
    const kept = Math.min(all * MOST_KEPT_BACK, last * each * HELD_OUT_SLACK);
    return { search: all - kept - ran, all: all - ran };
  }

  /** A question's answer is in a row. */
  recorded(key: string, usage: AttemptUsage, isRollout: boolean): void {
    this.#ledger?.recorded(key);
    if (!isRollout) return;
    this.#rollouts += 1;
    const { tokens, usd } = chargeOf(usage);
    this.#dearest = { tokens: Math.max(this.#dearest.tokens, tokens), usd: Math.max(this.#dearest.usd, usd) };
  }

  /** Attempts were given up, and had spent this. */
  wasted(role: "policy" | "proposer" | "verifier", key: string, usage: AttemptUsage): void {
    this.#spending.recordWaste(this.#store.step() + 1, role, usage);
    this.#ledger?.recorded(key);
  }

  /** A step was taken over. */
  stepped(): void {
    this.#ledger?.settleDown();
  }

  /** Turns away whoever waits for room. */
  close(): void {
    this.#ledger?.close();
  }

  #openLedger(): Ledger {
    // Whatever was under way when the last slice died.
    this.#spending.writeOff(this.#store.step() + 1, this.#limits);
    const before = this.#spending.before();
    this.#dearest = before.dearest;
    return new Ledger({
      limits: this.#limits,
      spent: before.by_role,
      keptBack: () => this.#keptBack(),
      onExposure: (outstanding) => this.#spending.expose(outstanding),
      onReached: (error) => this.#capReached(error),
    });
  }

  #keptBack(): Charge {
    const count = heldOutRollouts(this.#facts);
    const judging = this.#ledger?.spentBy("verifier") ?? NO_CHARGE;
    const share = count / Math.max(1, this.#rollouts);
    const kept = {
      tokens: count * this.#dearest.tokens + share * judging.tokens,
      usd: count * this.#dearest.usd + share * judging.usd,
    };
    const { tokens, usd, category_usd } = this.#limits;
    const isTooMuch =
      kept.tokens > MOST_KEPT_BACK * (tokens?.most ?? Number.POSITIVE_INFINITY) ||
      kept.usd >
        MOST_KEPT_BACK *
          Math.min(
            usd?.most ?? Number.POSITIVE_INFINITY,
            category_usd.policy?.most ?? Number.POSITIVE_INFINITY,
          );
    return isTooMuch ? NO_CHARGE : kept;
  }

  /** The first reason holds; a limit that held-out work came upon ends that too. */
  #capReached({ reason, held_out }: CapReachedError): void {
    const room = roomFor(this.#limits, this.#spending.before(), 0);
    const fits = !held_out && (room === null || room.rollouts >= heldOutRollouts(this.#facts));
    this.#reached = { reason: this.#reached?.reason ?? reason, held_out: fits };
  }

  #timeIsUp(now: number): Ending | undefined {
    const left = this.timeLeft(now);
    if (left === null || left.search > 0) return undefined;
    return { reason: "time", held_out: left.all > 0 };
  }

  #triedEnough(state: unknown): Ending | undefined {
    const { trials, trials_without_improvement: stale } = this.#limits;
    if (this.#facts.algorithm === "mipro" || (trials === null && stale === null)) return undefined;
    const { candidates, ranking } = this.#engine.results(state);
    const tried = candidates.length - 1;
    if (trials !== null && tried >= trials.most) return { reason: "trials", held_out: true };
    const best = candidates.findIndex(({ id }) => id === ranking[0]);
    const since = best < 0 ? 0 : tried - best;
    return stale !== null && since >= stale.most ? { reason: "patience", held_out: true } : undefined;
  }
}
