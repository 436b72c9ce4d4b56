// What a job will need, estimated from its config before anything is spent. Pure: prices come in as a function.
//
// The low ends are a search that finds nothing (no child of a generation gets past its minibatch, patience ends it),
// the high ends one that keeps every child; both take proposals that can be used, and no retries.

import type { JobEstimate, ModelEstimate, Range, RolloutPhases } from "../wire/validate.ts";
import { type BudgetPlan, FEW_CHILDREN, searchCost } from "./budget.ts";
import { promptComponents, promptSections } from "./components.ts";
import type { GepaJobConfig } from "./job.ts";
import { type ModelChoice, proposerFor } from "./models.ts";
import { searchSizes } from "./search-sizes.ts";
import { placeholders } from "./template.ts";

/** Tokens of one call. */
interface CallTokens {
  prompt_tokens: number;
  completion_tokens: number;
}

/** US dollars of one call; null when the model's price is not known. */
export type PriceOf = (choice: ModelChoice, tokens: CallTokens) => number | null;

/** Seconds that one rollout and one proposal are assumed to take. */
export interface Latencies {
  rollout: Range;
  proposal: Range;
}

const LATENCIES: Latencies = { rollout: { low: 1, high: 10 }, proposal: { low: 3, high: 40 } };
/** Characters of English text to a token. */
const CHARS_PER_TOKEN = 4;
/** How many times longer than the baseline an improved prompt may get. */
const PROMPT_GROWTH = 4;
/** The most tokens that an example is assumed to put in the place of one placeholder. */
const FILLED_TOKENS = 500;
/** Rollouts that a reflection is shown at most. */
const EVIDENCE_ROLLOUTS = 64;
/** Tokens of a reflection beside the prompt and its examples. */
const REFLECTION_TOKENS = 250;
/** Tokens of feedback and headings for one example of a reflection. */
const EXAMPLE_TOKENS: Range = { low: 30, high: 500 };

/** What a job of this config will need. `plan` is its `planBudget`; a plan with issues has no meaningful estimate. */
export function estimateJob(
  config: GepaJobConfig,
  plan: BudgetPlan,
  price: PriceOf,
  latencies: Latencies = LATENCIES,
): JobEstimate {
  const search = searchEstimate(config, plan);
  const { by_phase, proposals } = search;
  const sum = Object.values(by_phase).reduce(added);
  const limit = plan.total;
  const total = limit === null ? sum : { low: Math.min(sum.low, limit), high: Math.min(sum.high, limit) };
  const policy = modelEstimate(policyChoice(config), total, policyTokens(config), price);
  const proposer = modelEstimate(proposerFor(config.gepa), proposals, proposerTokens(config), price);
  return {
    rollouts: { total, limit, by_phase },
    policy,
    proposer,
    usd: policy.usd && proposer.usd && added(policy.usd, proposer.usd),
    seconds: secondsOf(config, search, latencies),
    sensible_budget: sensibleBudget(config),
    assumptions: assumptions(config, latencies),
  };
}

interface SearchEstimate {
  by_phase: RolloutPhases;
  proposals: Range;
  generations: Range;
}

function searchEstimate(config: GepaJobConfig, plan: BudgetPlan): SearchEstimate {
  const { gepa, termination_config } = config;
  const { initial_size, num_generations, children_per_generation, patience_generations } = gepa.population;
  const cost = searchCost(config);
  const { minibatch, race, firstPart, feedback } = searchSizes(gepa);
  const room = (plan.search ?? Infinity) - cost.baseline;
  // The baseline may reach the target, and then there is no search.
  const sure = termination_config.target_score === undefined ? 1 : 0;

  const newborn = Math.max(0, Math.min(initial_size - 1, Math.floor(room / 2 / cost.child)));
  // All of them reflect on the baseline, whose rollouts are asked once.
  const learnt = Math.min(newborn * minibatch, feedback.length);
  const born = { low: learnt + newborn * firstPart, high: learnt + newborn * race };
  // The range of what the generations get: what is left after an expensive and after a cheap first population.
  const left = { low: room - born.high, high: room - born.low };
  const patient =
    patience_generations === 0 ? num_generations : Math.min(patience_generations, num_generations);
  const fewest = patient * children_per_generation;
  const most = num_generations * children_per_generation;
  const bred = {
    low: left.low < cost.child ? 0 : Math.min(fewest * firstPart, left.low),
    high: left.high < cost.child ? 0 : Math.min(most * cost.child, left.high),
  };
  const children = {
    low: Math.max(0, Math.min(fewest, Math.floor(left.low / cost.child))),
    high: left.high < cost.child ? 0 : Math.min(most, Math.floor(left.high / firstPart)),
  };
  return {
    by_phase: {
      baseline: exactly(cost.baseline),
      population: { low: sure * born.low, high: born.high },
      generations: { low: sure * bred.low, high: bred.high },
      ...heldOut(plan, 1),
    },
    proposals: { low: sure * (newborn + children.low), high: newborn + children.high },
    generations: {
      low: sure * Math.min(patient, Math.ceil(children.low / children_per_generation)),
      high: Math.min(num_generations, Math.ceil(children.high / children_per_generation)),
    },
  };
}

/** The baseline may be among the best, and is scored once then. `scored`: candidates there are at least. */
function heldOut(
  { validation, test }: BudgetPlan,
  scored: number,
): Pick<RolloutPhases, "validation" | "test"> {
  const seeds = validation.seeds.length;
  return {
    validation: {
      low: Math.min(validation.candidates, scored) * seeds,
      high: (validation.candidates + 1) * seeds,
    },
    test: { low: test.seeds.length, high: 2 * test.seeds.length },
  };
}

function sensibleBudget(config: GepaJobConfig): number {
  const cost = searchCost(config);
  const { validation_seeds, validation_top_k, test_pool } = config.gepa.evaluation;
  const held = (validation_top_k + 1) * validation_seeds.length + 2 * test_pool.length;
  return cost.baseline + FEW_CHILDREN * cost.child + held;
}

interface TokenRanges {
  prompt: Range;
  completion: Range;
}

function policyTokens({ initial_prompt, policy }: GepaJobConfig): TokenRanges {
  const sections = promptSections(initial_prompt);
  const names = sections.flatMap(({ content }) => placeholders(content));
  const fixed = sections.reduce((sum, { content }) => sum + tokensOf(content), 0);
  return {
    prompt: { low: fixed, high: PROMPT_GROWTH * fixed + FILLED_TOKENS * names.length },
    completion: { low: 1, high: policy.max_completion_tokens },
  };
}

/** A reflection holds the text to improve and a minibatch of examples with what the model made of them. */
function proposerTokens(config: GepaJobConfig): TokenRanges {
  const components = Object.values(promptComponents(config.initial_prompt)).map(tokensOf);
  const { minibatch } = searchSizes(config.gepa);
  // What siblings pay for is shown to each of them.
  const shown = Math.max(minibatch, Math.min(EVIDENCE_ROLLOUTS, feedbackOf(config)));
  const answer = config.policy.max_completion_tokens;
  const example = policyTokens(config).prompt;
  const [shortest, longest] = [Math.min(...components), Math.max(...components)];
  return {
    prompt: {
      low: REFLECTION_TOKENS + shortest + minibatch * EXAMPLE_TOKENS.low,
      high:
        REFLECTION_TOKENS + PROMPT_GROWTH * longest + shown * (EXAMPLE_TOKENS.high + example.high + answer),
    },
    completion: {
      low: Math.min(shortest, proposerFor(config.gepa).max_tokens),
      high: proposerFor(config.gepa).max_tokens,
    },
  };
}

function feedbackOf({ gepa }: GepaJobConfig): number {
  return searchSizes(gepa).feedback.length;
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

function policyChoice({ policy }: GepaJobConfig): ModelChoice {
  return { provider: policy.provider, model: policy.model };
}

function modelEstimate(
  { provider, model }: ModelChoice,
  calls: Range,
  { prompt, completion }: TokenRanges,
  price: PriceOf,
): ModelEstimate {
  const choice = { provider, model };
  // By the call, since some prices depend on its length.
  const low = price(choice, { prompt_tokens: prompt.low, completion_tokens: completion.low });
  const high = price(choice, { prompt_tokens: prompt.high, completion_tokens: completion.high });
  return {
    ...choice,
    calls,
    prompt_tokens: product(calls, prompt),
    completion_tokens: product(calls, completion),
    usd: low === null || high === null ? null : product(calls, { low, high }),
  };
}

/** Phases follow each other; within one, rollouts wait for a slot, and a child's own steps for each other. */
function secondsOf(config: GepaJobConfig, search: SearchEstimate, latencies: Latencies): Range {
  return {
    low: secondsAt("low", config, search, latencies),
    high: secondsAt("high", config, search, latencies),
  };
}

function secondsAt(
  end: keyof Range,
  { gepa }: GepaJobConfig,
  { by_phase, generations }: SearchEstimate,
  { rollout, proposal }: Latencies,
): number {
  const slots = gepa.rollout.max_concurrent;
  const waves = (rollouts: number, steps: number) =>
    rollouts === 0 ? 0 : Math.max(steps, Math.ceil(rollouts / slots)) * rollout[end];
  const count = generations[end];
  const population = by_phase.population[end];
  const each = count === 0 ? 0 : by_phase.generations[end] / count;
  // A child of a generation: its parent on the minibatch (perhaps known), itself, and in full when it is better.
  const steps = end === "low" ? 1 : 3;
  return (
    waves(by_phase.baseline[end], 1) +
    waves(population, 2) +
    (population === 0 ? 0 : proposal[end]) +
    count * (waves(each, steps) + proposal[end]) +
    waves(by_phase.validation[end], 1) +
    waves(by_phase.test[end], 1)
  );
}

function assumptions({ policy, gepa }: GepaJobConfig, { rollout, proposal }: Latencies): string[] {
  return [
    "Low: no child gets past the first part of its Pareto seeds, and patience ends the search. High: every child is accepted.",
    "Every proposal can be used, and nothing has to be tried again.",
    `A rollout makes one model call; ${CHARS_PER_TOKEN} characters are a token; a better prompt is up to ${PROMPT_GROWTH} times as long, a filled placeholder up to ${FILLED_TOKENS} tokens.`,
    `An answer has 1 to ${policy.max_completion_tokens} tokens, a proposal up to ${proposerFor(gepa).max_tokens}.`,
    `A rollout takes ${rollout.low} to ${rollout.high} s, a proposal ${proposal.low} to ${proposal.high} s; ${gepa.rollout.max_concurrent} rollouts run at a time.`,
  ];
}

function exactly(count: number): Range {
  return { low: count, high: count };
}

function added(a: Range, b: Range): Range {
  return { low: a.low + b.low, high: a.high + b.high };
}

function product(a: Range, b: Range): Range {
  return { low: a.low * b.low, high: a.high * b.high };
}
