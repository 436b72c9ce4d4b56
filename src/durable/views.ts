// What the outside sees of a job, made from its rows and its engine's results. Pure.

import { promptText } from "../config/components.ts";
import { jobLimits } from "../config/job-limits.ts";
import { moduleSections, type PromptModule, shownSections } from "../config/modules.ts";
import {
  BASELINE_RANK,
  type Candidate,
  type CandidateRecord,
  type HeldOutScore,
  type Results,
  type TrialRecord,
} from "../engines/engine.ts";
import { addUsage, type Charge } from "../inference/attempt.ts";
import {
  type AttemptedCandidate,
  type ExampleInjection,
  type JobCost,
  type JobLimitsView,
  type JobProgress,
  type JobResults,
  type JobSummary,
  type JobView,
  type PromptView,
  TERMINAL_STATUSES,
  type TextReplacement,
  type TopPrompt,
  type TrialResult,
  type ValidationResult,
} from "../wire/job.ts";
import { roundsOf } from "./engines.ts";
import type { JobFacts } from "./facts.ts";
import { byRank } from "./final-results.ts";
import { type JobStanding, ranMs } from "./job-store.ts";
import type { JournalTotals } from "./journal.ts";

/** How many prompts the results rank in full. */
const TOP_PROMPTS = 10;

/** All that the views are made of. */
export interface JobPicture {
  facts: JobFacts;
  standing: JobStanding;
  results: Results;
  totals: JournalTotals;
  /** Set aside for calls under way. */
  reserved: Charge;
  /** Of calls that were under way when an object died. */
  written_off: Charge;
  /** Milliseconds since 1970. */
  now: number;
}

/** The answer to a status request. */
export function jobView(picture: JobPicture): JobView {
  const { facts, standing, results } = picture;
  const best = bestOf(results);
  return {
    ...jobSummary(picture),
    started_at: iso(standing.started_at),
    best_prompt: best ? promptView(facts, best) : null,
    progress: jobProgress(picture),
    cost: jobCost(picture),
    limits: limitsView(facts),
    finish_reason: standing.finish_reason,
    pause_reason: standing.pause_reason,
    stopping: standing.stop_wish !== null && !TERMINAL_STATUSES.includes(standing.status),
    error: standing.error,
    warnings: facts.warnings,
    metadata: facts.metadata,
  };
}

/** A line of the job list. */
export function jobSummary({ facts, standing, results }: JobPicture): JobSummary {
  return {
    job_id: facts.job_id,
    algorithm: facts.algorithm,
    status: standing.status,
    created_at: new Date(facts.created_at).toISOString(),
    finished_at: iso(standing.finished_at),
    best_score: bestOf(results)?.mean ?? null,
    baseline_score: results.candidates[0]?.mean ?? null,
  };
}

/** How far the job is. */
export function jobProgress({ facts, standing, results, totals, now }: JobPicture): JobProgress {
  const total = facts.rollout_budget;
  const elapsed = ranMs(standing, now) / 1000;
  const share = total === null ? null : Math.min(1, totals.rollouts / total);
  const running = standing.status === "running" && share !== null && share > 0;
  return {
    rollouts_completed: totals.rollouts,
    rollouts_total: total,
    percent_overall: standing.status === "succeeded" ? 1 : share,
    generation: results.generation,
    generations_total: roundsOf(facts),
    candidates_tried: results.candidates.length,
    trials_completed: results.trials?.length ?? Math.max(0, results.candidates.length - 1),
    elapsed_seconds: elapsed,
    eta_seconds: running ? (elapsed / share) * (1 - share) : null,
  };
}

/** What was spent, by role. */
export function jobCost({ totals, reserved, written_off }: JobPicture): JobCost {
  const { policy, proposer, verifier } = totals;
  const all = [proposer, verifier].reduce(addUsage, policy);
  return {
    total_usd: all.usd,
    policy_usd: policy.usd,
    proposer_usd: proposer.usd,
    verifier_usd: verifier.usd,
    prompt_tokens: all.prompt_tokens,
    completion_tokens: all.completion_tokens,
    llm_calls: all.llm_calls,
    category_costs: { policy: policy.usd, proposer: proposer.usd, verifier: verifier.usd },
    reserved,
    written_off,
  };
}

function limitsView({ config, rollout_budget }: JobFacts): JobLimitsView {
  const { tokens, usd, category_usd, seconds, trials, trials_without_improvement } = jobLimits(config);
  return {
    rollouts: rollout_budget,
    tokens: tokens?.most ?? null,
    usd: usd?.most ?? null,
    category_usd: Object.fromEntries(Object.entries(category_usd).map(([role, { most }]) => [role, most])),
    seconds: seconds?.most ?? null,
    trials: trials?.most ?? null,
    trials_without_improvement: trials_without_improvement?.most ?? null,
  };
}

/** The answer to a results request: complete for a finished job, what is known so far for another. */
export function jobResults(picture: JobPicture): JobResults {
  const { facts, standing, results, totals } = picture;
  const best = bestOf(results);
  const ranks = new Map(results.ranking.map((id, index) => [id, index + 1]));
  const attempted = results.candidates.map((candidate) =>
    attemptedCandidate(candidate, ranks.get(candidate.id) ?? null, facts),
  );
  return {
    job_id: facts.job_id,
    status: standing.status,
    finish_reason: standing.finish_reason,
    best_prompt: best ? promptView(facts, best) : null,
    best_score: best?.mean ?? null,
    baseline_prompt: promptView(facts, { texts: {} }),
    baseline_score: results.candidates[0]?.mean ?? null,
    top_prompts: topPrompts(facts, results),
    // Candidates that are not ranked are none of the best.
    optimized_candidates: byRank(attempted.filter(({ is_pareto, rank }) => is_pareto && rank !== null)),
    attempted_candidates: attempted,
    validation_results: results.validation.map(heldOut),
    test_results: results.test.map(heldOut),
    trials: results.trials?.map(trialResult) ?? null,
    rollouts: totals.rollouts,
    cost: jobCost(picture),
    ...(results.pool ? { pool: results.pool } : {}),
    ...(results.proxy ? { proxy: results.proxy } : {}),
  };
}

/** The best prompts in full, rank 1 first. */
function topPrompts(facts: JobFacts, results: Results): TopPrompt[] {
  const byId = new Map(results.candidates.map((candidate) => [candidate.id, candidate]));
  return results.ranking
    .slice(0, TOP_PROMPTS)
    .flatMap((id) => byId.get(id) ?? [])
    .map((candidate, index) => {
      const { sections, full_text } = promptView(facts, candidate);
      return {
        rank: index + 1,
        candidate_id: candidate.id,
        train_accuracy: candidate.mean ?? 0,
        val_accuracy: scoreOf(results.validation, candidate.id),
        test_accuracy: scoreOf(results.test, candidate.id),
        template: { sections },
        full_text,
      };
    });
}

/** The prompt with a candidate's texts in the place of its components, and its demos. */
function promptView({ modules }: JobFacts, candidate: Candidate): PromptView {
  const sections = shownSections(modules, candidate);
  return { sections, full_text: promptText(sections) };
}

/** One candidate as the protocol lists it. */
function attemptedCandidate(
  candidate: CandidateRecord,
  rank: number | null,
  facts: JobFacts,
): AttemptedCandidate {
  return {
    candidate_id: candidate.id,
    rank,
    generation: candidate.generation,
    parent_ids: candidate.parents,
    mutation_type: candidate.operator,
    accepted: candidate.accepted,
    reject_reason: candidate.reject_reason ?? null,
    accuracy: candidate.mean,
    is_pareto: candidate.on_front,
    instance_scores: candidate.rewards,
    ...(candidate.proxied ? { proxied: true } : {}),
    object: {
      text_replacements: facts.modules.flatMap((module) => replacementsIn(module, candidate)),
      ...exampleInjections(candidate),
    },
  };
}

/** The messages of a module that a candidate changes. */
function replacementsIn(module: PromptModule, { texts }: Candidate): TextReplacement[] {
  const before = moduleSections(module);
  return moduleSections(module, texts).flatMap(({ role, content }, i) => {
    const old_text = before[i]?.content ?? "";
    if (content === old_text) return [];
    const owner = module.name === "" ? {} : { module: module.name };
    return [{ new_text: content, old_text, apply_to_role: role, ...owner }];
  });
}

/** The demos as the protocol lists them; nothing where there are none. */
function exampleInjections({ demos = {} }: Candidate): { example_injections?: ExampleInjection[] } {
  const shown = Object.entries(demos).filter(([, list]) => list.length > 0);
  if (shown.length === 0) return {};
  return {
    example_injections: shown.map(([module, list]) => ({
      ...(module === "" ? {} : { module }),
      insert_after_role: "system",
      examples: list.map(({ input, output }) => ({ input, output })),
    })),
  };
}

function bestOf(results: Results): CandidateRecord | undefined {
  return results.candidates.find(({ id }) => id === results.ranking[0]);
}

function trialResult({ id, error, ...trial }: TrialRecord): TrialResult {
  return { ...trial, candidate_id: id, error: error ?? null };
}

function heldOut(score: HeldOutScore): ValidationResult {
  return {
    rank: score.rank,
    candidate_id: score.id,
    is_baseline: score.rank === BASELINE_RANK,
    accuracy: score.mean,
    seeds: Object.keys(score.rewards).map(Number),
    instance_scores: score.rewards,
  };
}

function scoreOf(scores: readonly HeldOutScore[], id: string): number | null {
  return scores.find((score) => score.id === id)?.mean ?? null;
}

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
