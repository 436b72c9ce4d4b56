// The wire types of a dry run: what a config comes to, and what a job of it would cost, before anything is spent.

import type { ConfigWarning } from "./job.ts";
import type { JsonObject } from "./json.ts";

/** An estimate: most jobs end between the two. */
export interface Range {
  low: number;
  high: number;
}

/**
 * Where a value of a config comes from: `file` (the config as it was sent), `override` (laid over it), `preset` (a
 * level that stands for a set of values), or `default`. To the service an override is what the SDK fills in; the SDK, which
 * knows better, says `environment` (variables of its own that the config, or what is laid over it, names) or `spec_file` (the file of a `spec_path`).
 */
export interface ValueOrigin {
  from: "default" | "preset" | "file" | "override" | "environment" | "spec_file";
  /** 1-based line in the TOML, for values of the file. */
  line?: number;
  /** Names of the variables, for `environment`. */
  variables?: string[];
}

/**
 * Rollouts by phase, in the order of the phases. GEPA: `baseline`, `population` (the first one), `generations`,
 * `validation`, `test`. MIPRO: `baseline`, `bootstrap`, `reference`, `trials`, `full_evaluations`, `test`.
 */
export type RolloutPhases = Record<string, Range>;

/** The calls of one model over a whole job. */
export interface ModelEstimate {
  provider: string;
  model: string;
  calls: Range;
  prompt_tokens: Range;
  completion_tokens: Range;
  /** US dollars; null when the model's price is not known. */
  usd: Range | null;
}

/** What a job is going to need. */
export interface JobEstimate {
  rollouts: {
    /** No more than `limit`. */
    total: Range;
    /** The hard cap of the config; null when it sets none. */
    limit: number | null;
    by_phase: RolloutPhases;
  };
  /** The model that runs the prompt. */
  policy: ModelEstimate;
  /** The model that proposes new texts. */
  proposer: ModelEstimate;
  /** The model that scores rollouts beside the task app; null where there is none. */
  verifier: ModelEstimate | null;
  /** US dollars of all of them; null when one is not known ("unknown" is never 0). */
  usd: Range | null;
  /** Seconds from start to end, at the config's `max_concurrent`, or with as many in flight as the service keeps. */
  seconds: Range;
  /** The rollout budget from which a search can be expected to find something; GEPA: held-out scores, the baseline, and three children. */
  sensible_budget: number;
  /** What the numbers take for granted, as sentences. */
  assumptions: string[];
}

/** Answer of `POST /api/prompt-learning/validate` to a config that can run. One that cannot is answered with a problem (422). */
export interface ValidationReport {
  valid: true;
  /** `{prompt_learning: …}` with every default filled in; secrets are not shown. */
  config: JsonObject;
  /** By dotted path, such as `prompt_learning.gepa.rollout.budget`: where each value of `config` comes from. */
  origins: Record<string, ValueOrigin>;
  warnings: ConfigWarning[];
  estimate: JobEstimate;
}
