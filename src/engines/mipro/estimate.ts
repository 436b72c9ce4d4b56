// What the search of a MIPRO job comes to, before it runs. The low end is a search that finds little (half of its trials repeat
// what is known, no example is good enough to be shown), the high end one in which nothing is known beforehand.

import type { BudgetPlan } from "../../config/budget.ts";
import { exactly, type SearchEstimate, type Stretch } from "../../config/estimate.ts";
import type { MiproJobConfig } from "../../config/job.ts";
import { sensibleMiproBudget } from "../../config/mipro-budget.ts";
import type { Range } from "../../wire/validate.ts";
import { miproSettings } from "./from-config.ts";
import { EXAMPLES_PER_LOOK, MAX_LOOKS } from "./grounding.ts";
import { trialsAreFull } from "./minibatches.ts";
import { FINALISTS } from "./mipro.ts";
import { roundDue, SHOWN_BAD, SHOWN_GOOD } from "./rounds.ts";
import { trialsPlanned } from "./search.ts";
import { seatsOf } from "./seats.ts";
import type { MiproSettings } from "./settings.ts";

const NONE = exactly(0);
const ONE = exactly(1);

/** The search of a job. `plan` is its `planMiproBudget`; a plan with issues has no meaningful estimate. */
export function estimateMipro(config: MiproJobConfig, plan: BudgetPlan): SearchEstimate {
  const settings = miproSettings(config, { test: plan.test });
  const spent = rolloutsOf(settings, plan.search ?? Infinity);
  const asked = proposalsOf(settings, spent.bootstrap.high + spent.reference.high);
  const test = {
    low: plan.test.seeds.length,
    high: (plan.test.candidates + 1) * plan.test.seeds.length,
  };
  const { baseline, bootstrap, reference, trials, full_evaluations } = spent;
  const stretches: Stretch[] = [
    { rollouts: baseline, times: ONE, steps: ONE, proposals: NONE },
    { rollouts: sum(bootstrap, reference), times: ONE, steps: ONE, proposals: NONE },
    { rollouts: NONE, times: asked.rounds, steps: ONE, proposals: ONE },
    {
      rollouts: NONE,
      times: { low: Math.min(1, asked.rounds.low), high: Math.min(1, asked.rounds.high) },
      steps: ONE,
      proposals: asked.looks,
    },
    { rollouts: trials, times: spent.batches, steps: ONE, proposals: NONE },
    { rollouts: full_evaluations, times: spent.fulls, steps: ONE, proposals: NONE },
    { rollouts: test, times: ONE, steps: ONE, proposals: NONE },
  ];
  return {
    by_phase: { baseline, bootstrap, reference, trials, full_evaluations, test },
    proposals: asked.calls,
    stretches,
    texts: settings.stages.map(({ component }) => settings.baseline[component] ?? ""),
    examples: { low: 0, high: SHOWN_GOOD + SHOWN_BAD },
    demos: Math.max(...settings.stages.map(({ demo_slots }) => demo_slots)) * settings.demos.max_labelled,
    calls_per_rollout: Math.max(
      1,
      config.mipro.modules?.reduce((all, { stages }) => all + stages.length, 0) ?? 1,
    ),
    sensible_budget: sensibleMiproBudget(config),
    assumptions: [
      "Low: half of the trials repeat what is known, no example is good enough to be shown, and patience ends the search. High: every trial is a new candidate on seeds that are new to it.",
    ],
  };
}

interface Spending {
  baseline: Range;
  bootstrap: Range;
  reference: Range;
  trials: Range;
  full_evaluations: Range;
  /** Batches of trials, one after the other, and stretches of full evaluations. */
  batches: Range;
  fulls: Range;
}

/** The rollouts of each phase, within a limit that holds the test scores no more. */
function rolloutsOf(settings: MiproSettings, limit: number): Spending {
  const online = Math.min(settings.online_sample ?? Infinity, settings.online_seeds.length);
  const pools = poolSizes(settings, online);
  const had = { full: settings.val_seeds.length || pools.first, online: pools.first };
  const { full, online: pool } = seatsOf(limit, had, settings);
  const afterBaseline = limit - full;
  const boot = bootstrapOf(settings, Math.floor(Math.max(0, afterBaseline - full) / 2));
  const left = afterBaseline - boot.bootstrap.low - boot.reference.low;
  return {
    baseline: exactly(full),
    ...boot,
    ...trialsOf(settings, { ...pools, full, pool, left: Math.max(0, left) }),
  };
}

/** The sizes of the adaptive pool: the first, the last without a heat-up, and the largest. Without a pool, all are the online seeds. */
function poolSizes(
  { pool }: MiproSettings,
  online: number,
): { first: number; last: number; largest: number } {
  if (pool === undefined) return { first: online, last: online, largest: online };
  const { pool_init_size, pool_min_size, heatup_reserve_pool, heatup_size, heatup_trigger } = pool.settings;
  const hot = Math.min(heatup_size, heatup_reserve_pool.length);
  const cold = Math.min(online, pool_init_size);
  return {
    first: heatup_trigger === "immediate" ? cold + hot : cold,
    last: Math.min(cold, pool_min_size),
    largest: cold + hot,
  };
}

function bootstrapOf(settings: MiproSettings, allowance: number): Pick<Spending, "bootstrap" | "reference"> {
  const sure = settings.target === null ? 1 : 0;
  const bootstrap = Math.min(settings.bootstrap_seeds.length, allowance);
  const reference = Math.min(settings.reference_seeds.length, allowance - bootstrap);
  // The reference looks through the seeds again for every set.
  const again = settings.strategy === "reference" ? settings.demos.max_sets * bootstrap : 0;
  return {
    bootstrap: { low: sure * bootstrap, high: Math.min(bootstrap + again, allowance - reference) },
    reference: { low: sure * reference, high: reference },
  };
}

interface Room {
  /** Seeds of a full evaluation, and of all trials. */
  full: number;
  pool: number;
  /** Sizes of the pools that trials may be on. */
  first: number;
  last: number;
  largest: number;
  /** Rollouts after baseline and bootstrap. */
  left: number;
}

function trialsOf(
  settings: MiproSettings,
  { full, pool, first, last, largest, left }: Room,
): Omit<Spending, "baseline" | "bootstrap" | "reference"> {
  const { patience_trials, target, trials_per_iteration, strategy } = settings;
  const isFull = trialsAreFull(settings, pool);
  const size = Math.min(settings.batch_size ?? pool, pool);
  const heated = largest - first;
  const least = isFull ? Math.min(size, last) : size;
  const planned = trialsPlanned(settings);
  const patient = Math.min(planned, patience_trials ?? planned);
  const reserve = isFull ? 0 : full;
  const room = Math.max(0, left - reserve);
  const most = Math.min(planned * (isFull ? size + heated : size), room);
  // A trial that does not fit is not begun.
  const fitting = size === 0 ? 0 : Math.floor(room / size) * size;
  const repeated = Math.min(
    Math.floor(patient / 2) * least,
    combinations(settings) * Math.min(pool, last),
    fitting,
  );
  const fewest = target === null ? repeated : 0;
  const perBatch = strategy === "reference" ? 1 : trials_per_iteration;
  const fulls = isFull ? 0 : fullEvaluations(settings, planned);
  const ends = isFull || strategy === "reference" ? 0 : FINALISTS;
  const most_full = settings.val_seeds.length > 0 ? full : full + heated;
  return {
    trials: { low: fewest, high: most },
    // Of candidates whose seeds are all known from trials, a full evaluation costs nothing.
    full_evaluations: { low: 0, high: Math.min((fulls + ends) * most_full, left) },
    batches: {
      low: size === 0 ? 0 : Math.ceil(fewest / (size * perBatch)),
      high: size === 0 ? 0 : Math.ceil(most / (size * perBatch)),
    },
    fulls: { low: 0, high: fulls + Math.min(ends, 1) },
  };
}

/** Full evaluations between the trials. */
function fullEvaluations({ strategy, full_eval_every_k: every }: MiproSettings, trials: number): number {
  if (strategy === "reference") return Math.floor(trials / every) + 1 + (trials % every === 0 ? 0 : 1);
  return Math.floor(trials / every);
}

/** Candidates beside the baseline that a search has to choose from where no example can be shown. */
function combinations({ stages, proposals }: MiproSettings): number {
  const slots = stages.reduce((all, { instruction_slots }) => all + instruction_slots, 0);
  return Math.min((1 + proposals.count) ** slots, Number.MAX_SAFE_INTEGER) - 1;
}

/** Calls to the proposer, rounds of them, and looks at the data that wait for each other before the first. */
function proposalsOf(
  settings: MiproSettings,
  examples: number,
): { calls: Range; rounds: Range; looks: Range } {
  const { stages, proposals, num_iterations, target } = settings;
  const rounds = Array.from({ length: num_iterations }, (_, at) => roundDue(at, settings)).filter(
    (due) => due !== undefined,
  ).length;
  const looks = Math.min(MAX_LOOKS, Math.ceil(examples / EXAMPLES_PER_LOOK));
  const summary = examples > EXAMPLES_PER_LOOK ? 1 : 0;
  const roles = stages.length === 1 ? 0 : stages.filter(({ description }) => description === null).length;
  const each = callsOfRound(settings);
  const sure = target === null && proposals.at_iterations.includes(0) ? 1 : 0;
  const first = rounds === 0 ? 0 : 1;
  return {
    calls: { low: sure * (each + roles), high: rounds * each + first * (looks + summary + roles) },
    rounds: { low: sure, high: rounds },
    looks: { low: 0, high: looks + summary },
  };
}

function callsOfRound({ strategy, stages, proposals, demos }: MiproSettings): number {
  if (strategy === "reference")
    return stages.length * Math.max(0, Math.min(proposals.count, demos.max_sets) - 1);
  const slots = stages.reduce((all, { instruction_slots }) => all + instruction_slots, 0);
  return slots * Math.ceil(Math.min(proposals.count, proposals.max_bank - 1) / proposals.per_call);
}

function sum(a: Range, b: Range): Range {
  return { low: a.low + b.low, high: a.high + b.high };
}
