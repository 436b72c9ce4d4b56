// How often a job's verifier is asked (protocol §1.6), and which model it is; for the estimate.

import type { Range } from "../wire/validate.ts";
import type { JobConfig } from "./job.ts";
import { type ModelChoice, PROPOSER_MODELS } from "./models.ts";
import { ProviderName } from "./policy.ts";
import { sectionOf } from "./section.ts";

/** The most steps of a rollout that are judged where the policy says nothing of steps. */
const ASSUMED_STEPS = 4;
/** Tokens of a verdict: scores and a remark. */
const VERDICT_TOKENS: Range = { low: 20, high: 500 };

/** The verifier of a job, as far as it costs anything. */
interface Judging {
  model: ModelChoice;
  /** Calls for one rollout. */
  calls: Range;
  /** Tokens of one answer. */
  answer: Range;
  concurrency: number;
}

/** The verifier of a job; undefined where none scores anything. The job's own goes before that of its section. */
export function judging(config: JobConfig): Judging | undefined {
  const verifier = config.verifier ?? sectionOf(config).verifier;
  if (verifier === undefined || !verifier.enabled || verifier.reward_source === "task_app") return undefined;
  const isFused = verifier.reward_source === "fused";
  const outcome = verifier.backend_outcome_enabled && (!isFused || verifier.weight_outcome > 0);
  const events = verifier.backend_event_enabled && (!isFused || verifier.weight_event > 0);
  const steps = events ? { low: 1, high: config.policy.max_steps ?? ASSUMED_STEPS } : { low: 0, high: 0 };
  const provider = ProviderName.safeParse(verifier.backend_provider);
  const own = provider.success && verifier.backend_model !== "";
  return {
    model: own ? { provider: provider.data, model: verifier.backend_model } : PROPOSER_MODELS.LOW,
    calls: { low: steps.low + Number(outcome), high: steps.high + Number(outcome) },
    answer: VERDICT_TOKENS,
    concurrency: verifier.concurrency,
  };
}
