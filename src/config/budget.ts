// How the rollout budget is divided. It is a hard cap over all rollouts of a job: the search, the validation of the
// best candidates and the baseline, and the test of the best one and the baseline.

import type { ConfigWarning } from "../wire/job.ts";
import { type ConfigIssue, toIssue, toWarning } from "./errors.ts";
import { type Finding, mustBe, remark } from "./findings.ts";
import type { GepaJobConfig } from "./job.ts";
import { SECTION } from "./path.ts";
import { searchSizes } from "./search-sizes.ts";
import { counted } from "./words.ts";

/** A job's rollouts, divided. */
export interface BudgetPlan {
  /** All rollouts of the job; null when the config sets no limit. */
  total: number | null;
  /** Rollouts of the search; null when there is no limit. */
  search: number | null;
  /** The best `candidates` and the baseline are scored on `seeds`, one rollout each. */
  validation: { candidates: number; seeds: number[] };
  /** The best `candidates` and the baseline are scored on `seeds`, one rollout each. In GEPA it is one candidate. */
  test: { candidates: number; seeds: number[] };
  warnings: ConfigWarning[];
  /** A job with issues cannot run. */
  issues: ConfigIssue[];
}

/** How much of a budget is held out: candidates besides the baseline, and the lengths of the seed lists. */
export interface HeldOut {
  candidates: number;
  validation: number;
  test: number;
}

/** What the search costs, in rollouts. */
export interface SearchCost {
  /** The baseline on the Pareto seeds. */
  baseline: number;
  /** At most, for one child: its parents on a minibatch, and itself on its Pareto seeds. */
  child: number;
}

/** Children that a search needs room for to be likely to accept one. */
export const FEW_CHILDREN = 3;
const EVALUATION = ["gepa", "evaluation"];

/**
 * Divide a job's rollout budget, the smaller of `gepa.rollout.budget` and `termination_config.max_rollouts`.
 *
 * Held-out scores get all they ask for, up to half of the budget and no more than leaves the search its baseline and
 * one child. Where that is too little, first fewer candidates are validated, then fewer seeds are used, with a warning.
 */
export function planBudget(config: GepaJobConfig): BudgetPlan {
  const { evaluation } = config.gepa;
  const wanted: HeldOut = {
    candidates: evaluation.validation_top_k,
    validation: evaluation.validation_seeds.length,
    test: evaluation.test_pool.length,
  };
  const limit = limitOf(config);
  if (limit === undefined) return planOf(config, null, wanted, []);
  const cost = searchCost(config);
  const least = leastBudget(cost, wanted);
  if (limit.total < least) {
    const reason = `the search needs ${cost.baseline + cost.child} rollouts for the baseline and one child`;
    const finding = mustBe(limit.path, `a whole number of at least ${least}`, limit.total);
    return planOf(config, limit.total, shrunk(wanted, 0), [
      {
        ...finding,
        says: `${finding.says}: ${reason}${wanted.validation + wanted.test > 0 ? ", held-out seeds the rest" : ""}`,
      },
    ]);
  }
  const share = Math.min(Math.floor(limit.total / 2), limit.total - cost.baseline - cost.child);
  const held = shrunk(wanted, share);
  const search = limit.total - rolloutsOf(held);
  return planOf(config, limit.total, held, [
    ...shrinkFindings(wanted, held, limit.total, cost),
    ...fewChildren(limit.path, search, cost, held),
  ]);
}

interface Limit {
  total: number;
  path: string[];
}

function limitOf(config: GepaJobConfig): Limit | undefined {
  const limits: Limit[] = [];
  const { budget } = config.gepa.rollout;
  const { max_rollouts } = config.termination_config;
  if (budget !== undefined) limits.push({ total: budget, path: ["gepa", "rollout", "budget"] });
  if (max_rollouts !== undefined) {
    limits.push({ total: max_rollouts, path: ["termination_config", "max_rollouts"] });
  }
  return limits.sort((a, b) => a.total - b.total)[0];
}

/** What the search of a job costs. */
export function searchCost({ gepa }: GepaJobConfig): SearchCost {
  const { pareto, child } = searchSizes(gepa);
  return { baseline: pareto.length, child };
}

function rolloutsOf({ candidates, validation, test }: HeldOut): number {
  return (candidates + 1) * validation + 2 * test;
}

/** The least budget that holds the baseline, one child, and one seed of each held-out list. */
function leastBudget(cost: SearchCost, wanted: HeldOut): number {
  const seeds = Math.min(wanted.validation, 1) + Math.min(wanted.test, 1);
  return cost.baseline + cost.child + 2 * seeds;
}

/** As much of `wanted` as fits into `share` rollouts: first fewer candidates, then fewer seeds. */
export function shrunk(wanted: HeldOut, share: number): HeldOut {
  if (rolloutsOf(wanted) <= share) return wanted;
  const { validation, test } = wanted;
  const affordable = validation === 0 ? 0 : Math.floor((share - 2 * test) / validation) - 1;
  if (affordable >= 1) return { ...wanted, candidates: affordable };
  const candidates = validation === 0 ? wanted.candidates : 1;
  // With one candidate each held-out seed costs two rollouts, in either list.
  const seats = Math.min(Math.floor(share / 2), validation + test);
  const proportional = Math.floor((seats * validation) / (validation + test));
  const least = Math.min(validation, seats, 1);
  const most = test > 0 && seats > 1 ? seats - 1 : seats;
  const kept = Math.min(Math.max(proportional, least), most);
  return { candidates, validation: kept, test: Math.min(seats - kept, test) };
}

function shrinkFindings(wanted: HeldOut, held: HeldOut, total: number, cost: SearchCost): Finding[] {
  const left = `a budget of ${total} leaves ${counted(rolloutsOf(held), "rollout")} for held-out scores`;
  const findings: Finding[] = [];
  if (held.candidates < wanted.candidates) {
    const enough = budgetFor(rolloutsOf(wanted), cost);
    const says = `is ${wanted.candidates}, but ${left}: the best ${held.candidates} will be validated; ${enough}`;
    findings.push(remark([...EVALUATION, "validation_top_k"], says));
  }
  const enough = budgetFor(rolloutsOf({ ...wanted, candidates: held.candidates }), cost);
  const lists = [
    { key: "validation_seeds", had: wanted.validation, has: held.validation },
    { key: "test_pool", had: wanted.test, has: held.test },
  ];
  for (const { key, had, has } of lists) {
    if (has === had) continue;
    const says = `has ${counted(had, "seed")}, but ${left}: the first ${has} will be used; ${enough}`;
    findings.push(remark([...EVALUATION, key], says));
  }
  return findings;
}

function budgetFor(heldOut: number, cost: SearchCost): string {
  return `all of it needs a budget of at least ${Math.max(2 * heldOut, heldOut + cost.baseline + cost.child)}`;
}

function fewChildren(path: string[], search: number, cost: SearchCost, held: HeldOut): Finding[] {
  const children = Math.floor((search - cost.baseline) / cost.child);
  if (children >= FEW_CHILDREN) return [];
  const enough = cost.baseline + FEW_CHILDREN * cost.child + rolloutsOf(held);
  const says =
    `leaves the search ${counted(search, "rollout")}, enough for the baseline and only ` +
    `${children === 1 ? "1 child" : `${children} children`}; ${FEW_CHILDREN} children need a budget of about ${enough}`;
  return [remark(path, says)];
}

function planOf(
  config: GepaJobConfig,
  total: number | null,
  held: HeldOut,
  findings: readonly Finding[],
): BudgetPlan {
  const { validation_seeds, test_pool } = config.gepa.evaluation;
  return {
    total,
    search: total === null ? null : Math.max(0, total - rolloutsOf(held)),
    validation: { candidates: held.candidates, seeds: validation_seeds.slice(0, held.validation) },
    test: { candidates: 1, seeds: test_pool.slice(0, held.test) },
    warnings: findings.filter((f) => f.level === "warning").map((f) => toWarning(f, [SECTION, ...f.path])),
    issues: findings.filter((f) => f.level === "error").map((f) => toIssue(f, [SECTION, ...f.path])),
  };
}
