// Proxy models (protocol §1.7): when the rewards of a cheap model (LO) predict those of the model that counts (HI), LO runs alone,
// and its rewards, through a regression, stand in for HI's. A state machine over plain data; it asks nothing itself.
// Invariants: a score that is predicted is marked; a switch follows from the scores alone, in the order they were planned.

import type { ProxyModelsConfig } from "../../config/proxy.ts";
import type { PredictionDoubt, Usage } from "../engine.ts";
import { type Line, lineOf, NO_PAIRS, type PairSums, withPair } from "./regression.ts";

/** When LO may stand in; see the options of the same names. */
export type ProxySettings = Pick<
  ProxyModelsConfig,
  "n_min_hi" | "r2_thresh" | "r2_stop" | "sigma_max" | "sigma_stop" | "verify_every" | "proxy_patience_usd"
>;

/** Which models score: both to calibrate, LO alone, or HI alone because LO does not tell enough. */
export type ProxyMode = "both" | "lo" | "hi";

/** Why the mode changed. */
export type ProxySwitch = "calibrated" | "r2_stop" | "sigma_stop" | "patience";

/** What the proxy saved and cost. USD is null once a price was unknown. */
export interface ProxyLedger {
  /** Evaluations by what was asked for them. */
  readonly both: number;
  readonly lo_only: number;
  readonly hi_only: number;
  /** What HI runs cost, those whose price is known. */
  readonly hi_usd: number;
  readonly hi_priced: number;
  /** What HI would have cost where LO ran alone, at its mean price so far. */
  readonly avoided_usd: number | null;
  /** What LO cost, runs beside HI included. */
  readonly lo_usd: number | null;
}

/** A proxy between two batches of evaluations. Plain data. */
export interface ProxyState {
  readonly mode: ProxyMode;
  readonly pairs: PairSums;
  /** Evaluations on one model alone since both were last asked. */
  readonly alone: number;
  /** The least and the largest reward seen of HI; null before the first. Predictions stay within. */
  readonly range: readonly [number, number] | null;
  /** Whether the proxy cost more than it may, and is off for good. */
  readonly given_up: boolean;
  readonly ledger: ProxyLedger;
}

/** What to ask for one evaluation. */
export type ProxyPlan = ProxyMode;

/** One answer of a model. */
interface ModelScore {
  readonly reward: number;
  readonly usage: Pick<Usage, "usd">;
  /** Whether the rollout failed: its reward 0 then tells nothing of the models. */
  readonly failed: boolean;
}

/** What came of a planned evaluation: the answers of the models that were asked. */
export interface ProxyOutcome {
  readonly hi?: ModelScore;
  readonly lo?: ModelScore;
  /** Whether LO had answered before, alone, and stood in for HI until now. */
  readonly proves?: true;
}

/** A line through fewer pairs than this fits whatever they are. */
const FEWEST_PAIRS = 3;
/** Pairs below which a poor fit may be chance, and calls nothing off. */
const FEWEST_TO_STOP = 20;

/** Before any score: both models are asked. */
export function beginProxy(): ProxyState {
  const ledger = { both: 0, lo_only: 0, hi_only: 0, hi_usd: 0, hi_priced: 0, avoided_usd: 0, lo_usd: 0 };
  return { mode: "both", pairs: NO_PAIRS, alone: 0, range: null, given_up: false, ledger };
}

/** What to ask for the next `count` evaluations: what the mode says, and both models every `verify_every` evaluations on one alone. */
export function planProxy(state: ProxyState, count: number, settings: ProxySettings): ProxyPlan[] {
  const every = state.given_up || state.mode === "both" ? 0 : settings.verify_every;
  let { alone } = state;
  return Array.from({ length: count }, () => {
    const verifies = every > 0 && alone >= every;
    alone = verifies ? 0 : alone + 1;
    return verifies ? "both" : state.mode;
  });
}

/**
 * The state after a batch of evaluations, in the order of the plan, and why the mode changed if it did.
 *
 * LO runs alone once there are `n_min_hi` pairs, R² is at least `r2_thresh` and the residual variance at most `sigma_max`. HI runs
 * alone when R² falls below `r2_stop` or the variance rises over `sigma_stop`; with `verify_every`, pairs still come in, and
 * LO may earn its place again. A net gain below `proxy_patience_usd` ends it for good.
 */
export function foldProxy(
  state: ProxyState,
  outcomes: readonly ProxyOutcome[],
  settings: ProxySettings,
): { state: ProxyState; switched: ProxySwitch | null } {
  const folded = outcomes.reduce(foldOne, state);
  const verdict = judge(folded, settings);
  if (verdict === null) return { state: folded, switched: null };
  const given_up = verdict.why === "patience";
  if (verdict.mode === state.mode) return { state: { ...folded, given_up }, switched: null };
  return { state: { ...folded, mode: verdict.mode, given_up, alone: 0 }, switched: verdict.why };
}

/** HI's reward as LO's predicts it, within the rewards seen of HI. */
export function predicted(state: ProxyState, lo: number): number {
  const { slope, intercept } = proxyLine(state);
  const [low, high] = state.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return Math.min(high, Math.max(low, intercept + slope * lo));
}

/** How far off a prediction may be. */
export function doubtOf({ pairs }: ProxyState): PredictionDoubt {
  const { variance } = lineOf(pairs);
  return { own: variance, line: variance / pairs.weight };
}

/** The regression as it stands. */
export function proxyLine(state: ProxyState): Line {
  return lineOf(state.pairs);
}

/** What was saved so far less what it cost, in USD; null where a price is unknown. */
export function netGainUsd({ avoided_usd, lo_usd }: ProxyLedger): number | null {
  return avoided_usd === null || lo_usd === null ? null : avoided_usd - lo_usd;
}

function foldOne(state: ProxyState, outcome: ProxyOutcome): ProxyState {
  const { hi, lo } = outcome;
  const isPair = hi !== undefined && lo !== undefined && !hi.failed && !lo.failed;
  return {
    ...state,
    pairs: isPair ? withPair(state.pairs, lo.reward, hi.reward) : state.pairs,
    alone: hi !== undefined && lo !== undefined ? 0 : state.alone + 1,
    range: hi === undefined || hi.failed ? state.range : widened(state.range, hi.reward),
    ledger: entered(state.ledger, outcome),
  };
}

function widened(range: ProxyState["range"], reward: number): readonly [number, number] {
  return range === null ? [reward, reward] : [Math.min(range[0], reward), Math.max(range[1], reward)];
}

function entered(ledger: ProxyLedger, { hi, lo, proves }: ProxyOutcome): ProxyLedger {
  const usd = hi?.usage.usd ?? null;
  const priced =
    usd === null ? ledger : { ...ledger, hi_usd: ledger.hi_usd + usd, hi_priced: ledger.hi_priced + 1 };
  if (proves) return proven(priced);
  const lo_usd = lo === undefined ? ledger.lo_usd : sum(ledger.lo_usd, lo.usage.usd);
  if (hi !== undefined && lo !== undefined) return { ...priced, lo_usd, both: ledger.both + 1 };
  if (hi !== undefined) return { ...priced, hi_only: ledger.hi_only + 1 };
  if (lo === undefined) return ledger;
  const price = ledger.hi_priced === 0 ? null : ledger.hi_usd / ledger.hi_priced;
  return { ...priced, lo_usd, avoided_usd: sum(ledger.avoided_usd, price), lo_only: ledger.lo_only + 1 };
}

/** What had been avoided was not, after all, and is taken back at the mean of what was entered for it; LO's part is in the ledger already. */
function proven(priced: ProxyLedger): ProxyLedger {
  const { both, lo_only, avoided_usd } = priced;
  const entry = avoided_usd === null || lo_only === 0 ? null : avoided_usd / lo_only;
  const left = sum(avoided_usd, entry === null ? null : -entry);
  return { ...priced, both: both + 1, lo_only: lo_only - 1, avoided_usd: lo_only === 1 ? 0 : left };
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function judge(state: ProxyState, settings: ProxySettings): { mode: ProxyMode; why: ProxySwitch } | null {
  if (state.given_up) return null;
  const gain = netGainUsd(state.ledger);
  if (gain !== null && gain < settings.proxy_patience_usd) return { mode: "hi", why: "patience" };
  const { pairs, yy } = state.pairs;
  const { r2, variance } = proxyLine(state);
  // Where HI has always given the same reward, as a weak baseline may get, there was nothing to predict yet.
  if (yy > 0 && pairs >= FEWEST_TO_STOP && pairs >= settings.n_min_hi) {
    if (r2 < settings.r2_stop) return { mode: "hi", why: "r2_stop" };
    if (variance > settings.sigma_stop) return { mode: "hi", why: "sigma_stop" };
  }
  const enough = pairs >= Math.max(settings.n_min_hi, FEWEST_PAIRS);
  if (state.mode === "lo" || !enough || r2 < settings.r2_thresh || variance > settings.sigma_max) return null;
  return { mode: "lo", why: "calibrated" };
}
