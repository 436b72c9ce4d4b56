// How the rollout budget of a MIPRO job is divided: a hard cap over the baseline, the bootstrap, the trials, full
// evaluations, and the test scores of the best few and the baseline.

import { type BudgetPlan, shrunk } from "./budget.ts";
import { toIssue, toWarning } from "./errors.ts";
import { type Finding, mustBe, remark } from "./findings.ts";
import type { MiproJobConfig } from "./job.ts";
import { SECTION } from "./path.ts";
import { proxySheet } from "./proxy-sheet.ts";
import { counted } from "./words.ts";

/** What the parts of a search cost, in rollouts, when nothing is known beforehand. */
interface MiproCost {
  /** One candidate on all seeds that decide: the validation seeds, else the online pool. The baseline's, or another's. */
  full: number;
  /** The baseline on the bootstrap and the reference seeds. */
  bootstrap: number;
  /** One candidate on the seeds of a trial. */
  trial: number;
  /** The trials of one iteration. */
  iteration: number;
}

/** The most of the search that the bootstrap gets; what is left are trials. */
const BOOTSTRAP_SHARE = 2;

/** Full evaluations that a search has room for at least: the baseline's and another's, and with a cheap model one that proves the best. */
export const LEAST_EVALUATIONS = { plain: 2, proxied: 3 } as const;

/** What decides how large full evaluations are. */
export interface SeatsNeeded extends Pick<MiproCost, "full" | "bootstrap" | "trial"> {
  /** Full evaluations that must fit. */
  evaluations: number;
  /** Up to how many seeds of a full evaluation every trial is one; 0 where none ever is. */
  trials_full: number;
}

/**
 * The seeds of a full evaluation in a search of `limit` rollouts: all of them, or as many as leave room for the full evaluations that must be,
 * and for a trial. In a small search (`small`) a trial has no more seeds than that either.
 */
export function fullSeats(limit: number, needed: SeatsNeeded): { seats: number; small: boolean } {
  const { full, bootstrap, trial, evaluations, trials_full } = needed;
  // The bootstrap gets half of what the full evaluations leave, and a trial must fit into the other half.
  const beside = trial + Math.min(bootstrap, Math.max(0, trial - 1));
  const large = Math.floor((limit - beside) / evaluations);
  const alike =
    trials_full > 0
      ? Math.min(Math.floor(limit / evaluations), trials_full)
      : Math.floor(limit / (evaluations + BOOTSTRAP_SHARE));
  const least = limit >= evaluations ? 1 : 0;
  const small = Math.max(alike, least);
  return { seats: Math.min(full, Math.max(large, small)), small: large < Math.min(full, small) };
}

/**
 * Divide a job's rollout budget, the smaller of `mipro.rollout_budget` and `termination_config.max_rollouts`.
 *
 * Test scores get all they ask for, up to half of the budget. Where that is too little, first fewer candidates are
 * tested, then on fewer seeds, with a warning.
 */
export function planMiproBudget(config: MiproJobConfig): BudgetPlan {
  const { mipro } = config;
  const seeds = mipro.test_pool ?? [];
  const limit = limitOf(config);
  if (limit === undefined) return planOf(null, mipro.test_top_k, seeds, []);
  const least = seeds.length > 0 ? 4 : 2;
  if (limit.total < least) {
    const finding = mustBe(limit.path, `a whole number of at least ${least}`, limit.total);
    const says = `${finding.says}: the baseline and another candidate need a rollout each${seeds.length > 0 ? ", and one each on a test seed" : ""}`;
    return planOf(limit.total, 0, [], [{ ...finding, says }]);
  }
  const wanted = { candidates: mipro.test_top_k, validation: seeds.length, test: 0 };
  const held = shrunk(wanted, Math.floor(limit.total / 2));
  const tested = seeds.slice(0, held.validation);
  const search = limit.total - (held.candidates + 1) * tested.length;
  return planOf(limit.total, held.candidates, tested, [
    ...testFindings(config, held.candidates, tested.length, limit.total),
    ...searchFindings(config, limit.path, search, limit.total - search),
  ]);
}

/** What the search of a job costs. */
function miproCost({ mipro }: MiproJobConfig): MiproCost {
  const online = mipro.online_pool?.length ?? 0;
  const pooled = Math.min(online, firstPool(mipro));
  const trial = Math.min(mipro.batch_size, pooled);
  return {
    full: mipro.val_seeds?.length || pooled,
    bootstrap: (mipro.bootstrap_train_seeds?.length ?? 0) + (mipro.reference_pool?.length ?? 0),
    trial,
    iteration: trial * mipro.num_evaluations_per_iteration,
  };
}

/** The most seeds of the first pool; Infinity without one. */
function firstPool({ adaptive_pool: pool, strategy }: MiproJobConfig["mipro"]): number {
  return pool === undefined || pool.level === "NONE" || strategy === "reference"
    ? Infinity
    : (pool.pool_init_size ?? Infinity);
}

/** The budget that holds all test scores, the baseline, the bootstrap in full, one iteration of trials, and a full evaluation. */
export function sensibleMiproBudget(config: MiproJobConfig): number {
  const { full, bootstrap, iteration } = miproCost(config);
  const { test_pool, test_top_k } = config.mipro;
  return (
    (test_pool?.length ?? 0) * (test_top_k + 1) +
    2 * full +
    Math.max(BOOTSTRAP_SHARE * bootstrap, bootstrap + iteration)
  );
}

function limitOf({
  mipro,
  termination_config,
}: MiproJobConfig): { total: number; path: string[] } | undefined {
  const limits = [
    { total: mipro.rollout_budget, path: ["mipro", "rollout_budget"] },
    { total: termination_config.max_rollouts, path: ["termination_config", "max_rollouts"] },
  ];
  return limits
    .flatMap(({ total, path }) => (total === undefined ? [] : [{ total, path }]))
    .sort((a, b) => a.total - b.total)[0];
}

function testFindings(
  { mipro }: MiproJobConfig,
  candidates: number,
  seeds: number,
  total: number,
): Finding[] {
  const had = mipro.test_pool?.length ?? 0;
  if (had === 0) return [];
  const left = `a budget of ${total} leaves ${counted((candidates + 1) * seeds, "rollout")} for test scores`;
  const enough = `all of it needs a budget of at least ${2 * had * (mipro.test_top_k + 1)}`;
  return [
    ...(candidates < mipro.test_top_k
      ? [
          remark(
            ["mipro", "test_top_k"],
            `is ${mipro.test_top_k}, but ${left}: the best ${candidates} will be tested; ${enough}`,
          ),
        ]
      : []),
    ...(seeds < had
      ? [
          remark(
            ["mipro", "test_pool"],
            `has ${counted(had, "seed")}, but ${left}: the first ${seeds} will be used; ${enough}`,
          ),
        ]
      : []),
  ];
}

/** A search needs the baseline, the bootstrap, a trial, and a full evaluation that makes something of them. */
function searchFindings(config: MiproJobConfig, path: string[], search: number, held: number): Finding[] {
  const { full, bootstrap, trial } = miproCost(config);
  const needs = 2 * full + Math.max(BOOTSTRAP_SHARE * bootstrap, bootstrap + trial);
  if (search >= needs) return [];
  const parts = `the baseline and one full evaluation take ${full} each, the bootstrap ${bootstrap}, a trial ${trial}`;
  const { seats } = fullSeats(search, {
    ...{ full, bootstrap, trial },
    ...leastOf(config),
  });
  const less =
    seats < full
      ? `full evaluations will see ${counted(seats, "seed")} only`
      : "the bootstrap or the trials will be cut short";
  const says = `leaves the search ${counted(search, "rollout")}, and ${parts}: ${less}; all of it needs a budget of at least ${needs + held}`;
  return [remark(path, says)];
}

function leastOf(config: MiproJobConfig): Pick<SeatsNeeded, "evaluations" | "trials_full"> {
  const { val_seeds, strategy, batch_size } = config.mipro;
  if (proxySheet(config)) return { evaluations: LEAST_EVALUATIONS.proxied, trials_full: 0 };
  const trials_full = strategy === "reference" ? batch_size - 1 : batch_size;
  return {
    evaluations: LEAST_EVALUATIONS.plain,
    trials_full: (val_seeds?.length ?? 0) > 0 ? 0 : trials_full,
  };
}

function planOf(
  total: number | null,
  candidates: number,
  seeds: number[],
  findings: readonly Finding[],
): BudgetPlan {
  return {
    total,
    search: total === null ? null : Math.max(0, total - (candidates + 1) * seeds.length),
    validation: { candidates: 0, seeds: [] },
    test: { candidates, seeds },
    warnings: findings.filter((f) => f.level === "warning").map((f) => toWarning(f, [SECTION, ...f.path])),
    issues: findings.filter((f) => f.level === "error").map((f) => toIssue(f, [SECTION, ...f.path])),
  };
}
