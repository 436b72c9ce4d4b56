// The limits of a job, from its config: each limit once, whatever the names it is given under; the stricter one holds.

import { DEFAULT_CONSECUTIVE_ERRORS } from "./limits.ts";
import type { Path } from "./path.ts";
import { type StoredConfig, sectionOf } from "./section.ts";

/** Who spends: rollouts, proposals, judgements. */
export type CostRole = "policy" | "proposer" | "verifier";
/** Every role. */
export const COST_ROLES: readonly CostRole[] = ["policy", "proposer", "verifier"];

/** A limit, and the option that it comes from, below `[prompt_learning]`. */
export interface Limit {
  most: number;
  path: Path;
}

/** What a job may spend; null for no limit. */
export interface JobLimits {
  /** Tokens of all model calls of all roles. */
  tokens: Limit | null;
  /** US dollars of all roles. */
  usd: Limit | null;
  /** US dollars of one role. */
  category_usd: Partial<Record<CostRole, Limit>>;
  /** Running time, pauses left out. */
  seconds: Limit | null;
  /** Candidates or trials, the baseline left out. */
  trials: Limit | null;
  /** Candidates or trials since the best was found. */
  trials_without_improvement: Limit | null;
  /** Whether a step is planned at the price of the dearest rollout so far, and not at the mean. */
  pessimistic: boolean;
}

/** When rollouts that fail pause the job; null for never. */
export interface ErrorLimits {
  /** Failed rollouts in a row. */
  consecutive: number | null;
  /** Share of the latest rollouts, from 0 to 1. */
  rate: number | null;
}

/** The limits of a checked config. */
export function jobLimits(config: StoredConfig): JobLimits {
  const { termination_config: limits } = config;
  const minutes = limits.max_duration_minutes;
  return {
    tokens: strictest([
      ...sectionTokens(config),
      [limits.max_total_tokens, ["termination_config", "max_total_tokens"]],
      [limits.max_tokens, ["termination_config", "max_tokens"]],
    ]),
    usd: strictest([
      ...sectionUsd(config),
      [config.max_cost_usd, ["max_cost_usd"]],
      [config.max_spend_usd, ["max_spend_usd"]],
      [limits.max_spend_usd, ["termination_config", "max_spend_usd"]],
      [limits.max_total_spend_usd, ["termination_config", "max_total_spend_usd"]],
      [limits.max_cost_usd, ["termination_config", "max_cost_usd"]],
    ]),
    category_usd: categories(limits.max_category_costs_usd ?? {}),
    seconds: strictest([
      [sectionOf(config).max_wall_clock_seconds, [config.algorithm, "max_wall_clock_seconds"]],
      [limits.max_time_seconds, ["termination_config", "max_time_seconds"]],
      [limits.max_wall_clock_seconds, ["termination_config", "max_wall_clock_seconds"]],
      [minutes === undefined ? undefined : 60 * minutes, ["termination_config", "max_duration_minutes"]],
      [limits.max_seconds, ["termination_config", "max_seconds"]],
    ]),
    trials: strictest([
      [limits.max_trials_allowed, ["termination_config", "max_trials_allowed"]],
      [limits.max_trials, ["termination_config", "max_trials"]],
    ]),
    trials_without_improvement: strictest([
      [limits.max_trials_without_improvement, ["termination_config", "max_trials_without_improvement"]],
    ]),
    pessimistic: limits.pessimism_enabled ?? true,
  };
}

/** The config with its limits under the names where readers of a config look for them, in `termination_config`. */
export function withLimits<Config extends StoredConfig>(config: Config): Config {
  const { usd, seconds, trials } = jobLimits(config);
  const found = { max_cost_usd: usd?.most, max_seconds: seconds?.most, max_trials: trials?.most };
  const given = Object.fromEntries(Object.entries(found).filter(([, most]) => most !== undefined));
  return { ...config, termination_config: { ...config.termination_config, ...given } };
}

/** Whether anything that costs is limited, so that every call must be reserved before it is made. */
export function limitsSpending({ tokens, usd, category_usd }: JobLimits): boolean {
  return tokens !== null || usd !== null || Object.keys(category_usd).length > 0;
}

/** What `max_consecutive_errors` and `max_error_rate` come to. */
export function errorLimits({ termination_config }: Pick<StoredConfig, "termination_config">): ErrorLimits {
  const { max_consecutive_errors = DEFAULT_CONSECUTIVE_ERRORS, max_error_rate } = termination_config;
  return {
    consecutive: max_consecutive_errors === 0 ? null : max_consecutive_errors,
    rate: max_error_rate ?? null,
  };
}

type Candidate = [number | undefined, Path];

function sectionTokens(config: StoredConfig): Candidate[] {
  if (config.algorithm === "gepa") {
    const { max_total_tokens, token } = config.gepa;
    return [
      [max_total_tokens, ["gepa", "max_total_tokens"]],
      [token.max_total_tokens, ["gepa", "token", "max_total_tokens"]],
    ];
  }
  const { max_total_tokens, max_token_limit, enforce_token_limit } = config.mipro;
  return [
    [max_total_tokens, ["mipro", "max_total_tokens"]],
    [enforce_token_limit ? max_token_limit : undefined, ["mipro", "max_token_limit"]],
  ];
}

function sectionUsd(config: StoredConfig): Candidate[] {
  if (config.algorithm === "mipro") return [[config.mipro.max_spend_usd, ["mipro", "max_spend_usd"]]];
  const { max_cost_usd, token } = config.gepa;
  return [
    [max_cost_usd, ["gepa", "max_cost_usd"]],
    [token.max_spend_usd, ["gepa", "token", "max_spend_usd"]],
  ];
}

function categories(given: Readonly<Record<string, number>>): JobLimits["category_usd"] {
  return Object.fromEntries(
    COST_ROLES.filter((role) => given[role] !== undefined).map((role) => [
      role,
      { most: given[role], path: ["termination_config", "max_category_costs_usd", role] },
    ]),
  );
}

/** The least of those that are given; the first where two are the same, since a config that was checked has the least of all names under the last. */
function strictest(candidates: readonly Candidate[]): Limit | null {
  let least: Limit | null = null;
  for (const [most, path] of candidates) {
    if (most !== undefined && (least === null || most < least.most)) least = { most, path };
  }
  return least;
}
