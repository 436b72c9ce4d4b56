// What a job will need, estimated from its config before anything is spent: from what its search comes to in rollouts and
// proposals, which each algorithm knows best (engines/*/estimate.ts), to tokens, money and time. Pure: prices come in
// as a function.

import type { JobEstimate, ModelEstimate, Range } from "../wire/validate.ts";
import type { JobConfig } from "./job.ts";
import { type ModelChoice, proposerFor } from "./models.ts";
import { moduleSections, type PromptModule, promptModules } from "./modules.ts";
import { maxConcurrent, sectionOf } from "./section.ts";
import { placeholders } from "./template.ts";
import { estimateTokens } from "./tokens.ts";
import { judging } from "./verifier-calls.ts";

/** What the search of a job comes to. Phases are in their order. */
export interface SearchEstimate {
  by_phase: Record<string, Range>;
  /** Calls that propose texts, or describe what they are proposed for. */
  proposals: Range;
  /** What follows one after the other, for the time. */
  stretches: readonly Stretch[];
  /** The texts that are improved. */
  texts: readonly string[];
  /** Examples that a proposal is shown. */
  examples: Range;
  /** Examples that a prompt may come to show by itself. */
  demos: number;
  /** Model calls of one rollout. */
  calls_per_rollout: number;
  /** The budget from which a search can be expected to find something. */
  sensible_budget: number;
  /** What the low and the high end are, as sentences. */
  assumptions: readonly string[];
}

/** A part of a job, such as all of its generations. */
export interface Stretch {
  /** In all. */
  rollouts: Range;
  /** How many times it comes, one after the other. */
  times: Range;
  /** Rollouts that wait for each other in one of them. */
  steps: Range;
  /** Proposals that wait for each other in one of them. */
  proposals: Range;
}

/** Tokens of one call. */
interface CallTokens {
  prompt_tokens: number;
  completion_tokens: number;
}

/** US dollars of one call; null when the model's price is not known. */
export type PriceOf = (choice: ModelChoice, tokens: CallTokens) => number | null;

/** Seconds that one rollout, one proposal and one call of a verifier are assumed to take. */
export interface Latencies {
  rollout: Range;
  proposal: Range;
  verifier: Range;
}

const LATENCIES: Latencies = {
  rollout: { low: 1, high: 10 },
  proposal: { low: 3, high: 40 },
  verifier: { low: 1, high: 10 },
};
/** How many times longer than the baseline an improved prompt may get. */
const PROMPT_GROWTH = 4;
/** The most tokens that an example is assumed to put in the place of one placeholder. */
const FILLED_TOKENS = 500;
/** Tokens of a reflection beside the prompt and its examples. */
const REFLECTION_TOKENS = 250;
/** Tokens of feedback and headings for one example of a reflection. */
const EXAMPLE_TOKENS: Range = { low: 30, high: 500 };

/** What a job of this config will need. `limit` is its cap on rollouts; null for none. `slots`: the most rollouts in flight. */
export function estimateJob(
  config: JobConfig,
  search: SearchEstimate,
  limit: number | null,
  price: PriceOf,
  latencies: Latencies = LATENCIES,
  slots = maxConcurrent(config),
): JobEstimate {
  const by_phase = isProxied(config) ? askedOfBoth(config, search.by_phase) : search.by_phase;
  const sum = Object.values(by_phase).reduce(added);
  const total = limit === null ? sum : { low: Math.min(sum.low, limit), high: Math.min(sum.high, limit) };
  const policy = policyEstimate(config, search, total, price);
  const proposer = modelEstimate(
    proposerFor(sectionOf(config)),
    search.proposals,
    proposerTokens(config, search),
    price,
  );
  const judge = judging(config);
  const verifier =
    judge === undefined
      ? null
      : modelEstimate(
          judge.model,
          product(total, judge.calls),
          judgeTokens(config, search, judge.answer),
          price,
        );
  return {
    rollouts: { total, limit, by_phase },
    policy,
    proposer,
    verifier,
    usd: totalUsd([policy, proposer, verifier]),
    seconds: secondsOf(config, search, total, latencies, slots),
    sensible_budget: search.sensible_budget,
    assumptions: assumptions(config, search, latencies, slots),
  };
}

function totalUsd(models: readonly (ModelEstimate | null)[]): Range | null {
  const parts = models.flatMap((model) => (model === null ? [] : [model.usd]));
  return parts.reduce((sum, part) => sum && part && added(sum, part), exactly(0));
}

interface TokenRanges {
  prompt: Range;
  completion: Range;
}

/** All modules together: each makes one call of a rollout, to its own model. */
function policyEstimate(
  config: JobConfig,
  search: SearchEstimate,
  rollouts: Range,
  price: PriceOf,
): ModelEstimate {
  const each = promptModules(config).map((module) =>
    modelEstimate(module.policy, rollouts, moduleTokens(module, search.demos), price),
  );
  const distinct = (names: string[]) => [...new Set(names)].join(", ");
  const dollars = each.map(({ usd }) => usd).filter((usd) => usd !== null);
  return {
    provider: distinct(each.map(({ provider }) => provider)),
    model: distinct(each.map(({ model }) => model)),
    calls: each.map(({ calls }) => calls).reduce(added),
    prompt_tokens: each.map(({ prompt_tokens }) => prompt_tokens).reduce(added),
    completion_tokens: each.map(({ completion_tokens }) => completion_tokens).reduce(added),
    usd: dollars.length < each.length ? null : dollars.reduce(added),
  };
}

/** Of one call of a module. */
function moduleTokens(module: PromptModule, demos: number): TokenRanges {
  const sections = moduleSections(module);
  const names = sections.flatMap(({ content }) => placeholders(content));
  const fixed = sections.reduce((sum, { content }) => sum + tokensOf(content), 0);
  const filled = FILLED_TOKENS * names.length;
  const answer = module.policy.max_completion_tokens;
  return {
    prompt: { low: fixed, high: PROMPT_GROWTH * fixed + filled + demos * (filled + answer) },
    completion: { low: 1, high: answer },
  };
}

/** What an example of a rollout may hold: the longest question and the longest answer of its calls. */
function longestCall(config: JobConfig): { prompt: number; answer: number } {
  const each = promptModules(config).map((module) => moduleTokens(module, 0));
  return {
    prompt: Math.max(...each.map(({ prompt }) => prompt.high)),
    answer: Math.max(...each.map(({ completion }) => completion.high)),
  };
}

/** A proposal sees the text to improve, and examples with what the model made of them. */
function proposerTokens(config: JobConfig, search: SearchEstimate): TokenRanges {
  const lengths = search.texts.map(tokensOf);
  const [shortest, longest] = [Math.min(...lengths), Math.max(...lengths)];
  const section = sectionOf(config);
  const { max_tokens } = proposerFor(section);
  const spec = Math.min(tokensOf(section.spec_text ?? ""), section.spec_max_tokens);
  const call = longestCall(config);
  const shown = call.prompt + call.answer;
  return {
    prompt: {
      low: REFLECTION_TOKENS + shortest + search.examples.low * EXAMPLE_TOKENS.low,
      high:
        REFLECTION_TOKENS +
        PROMPT_GROWTH * longest +
        spec +
        search.examples.high * (EXAMPLE_TOKENS.high + shown),
    },
    completion: { low: Math.min(shortest, max_tokens), high: max_tokens },
  };
}

/** A judge sees what the model was asked and what it answered, and its rubric. */
function judgeTokens(config: JobConfig, search: SearchEstimate, answer: Range): TokenRanges {
  const calls = promptModules(config).map((module) => moduleTokens(module, search.demos));
  const shortest = Math.min(...calls.map(({ prompt }) => prompt.low));
  const longest = Math.max(...calls.map(({ prompt, completion }) => prompt.high + completion.high));
  return {
    prompt: {
      low: REFLECTION_TOKENS + shortest,
      high: REFLECTION_TOKENS + EXAMPLE_TOKENS.high + longest,
    },
    completion: answer,
  };
}

function tokensOf(text: string): number {
  return estimateTokens(text);
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

/** Stretches follow each other; within one, rollouts wait for a slot, and a candidate's own steps for each other. */
function secondsOf(
  config: JobConfig,
  search: SearchEstimate,
  total: Range,
  latencies: Latencies,
  slots: number,
): Range {
  const judge = judging(config);
  const judged = judge === undefined ? exactly(0) : product(judge.calls, latencies.verifier);
  const at = (end: keyof Range): number => {
    const rollout = latencies.rollout[end] + judged[end];
    const proposal = latencies.proposal[end];
    const sum = search.stretches.reduce(
      (all, part) => all + stretchSeconds(part, end, { slots, rollout, proposal }),
      0,
    );
    // A verifier that takes fewer calls at a time than there are rollouts holds them up.
    return judge === undefined ? sum : Math.max(sum, (total[end] * judged[end]) / judge.concurrency);
  };
  return { low: at("low"), high: at("high") };
}

function stretchSeconds(
  { rollouts, times, steps, proposals }: Stretch,
  end: keyof Range,
  { slots, rollout, proposal }: { slots: number; rollout: number; proposal: number },
): number {
  const count = times[end];
  const each = count === 0 ? 0 : rollouts[end] / count;
  const waves = each === 0 ? 0 : Math.max(steps[end], Math.ceil(each / slots));
  return count * (waves * rollout + proposals[end] * proposal);
}

function assumptions(
  config: JobConfig,
  search: SearchEstimate,
  latencies: Latencies,
  slots: number,
): string[] {
  const { rollout, proposal } = latencies;
  const { calls_per_rollout: calls } = search;
  return [
    ...search.assumptions,
    "Every proposal can be used, and nothing has to be tried again.",
    `A rollout makes ${calls === 1 ? "one model call" : `${calls} model calls`}; a better prompt is up to ${PROMPT_GROWTH} times as long, a filled placeholder up to ${FILLED_TOKENS} tokens.`,
    `An answer has 1 to ${config.policy.max_completion_tokens} tokens, a proposal up to ${proposerFor(sectionOf(config)).max_tokens}.`,
    `A rollout takes ${rollout.low} to ${rollout.high} s, a proposal ${proposal.low} to ${proposal.high} s; ${slots} rollouts run at a time.`,
    ...(judging(config) === undefined
      ? []
      : [
          "A verifier looks at every rollout with one rubric or two; a graph of more judges makes more calls.",
          `A call of the verifier takes ${latencies.verifier.low} to ${latencies.verifier.high} s.`,
        ]),
    ...(isProxied(config)
      ? [
          "High: every candidate is scored on both proxy models. Every rollout is counted at the price of the policy; what they save is not known before.",
        ]
      : []),
  ];
}

function isProxied(config: JobConfig): boolean {
  return (config.proxy_models ?? sectionOf(config).proxy_models) !== undefined;
}

/** Parts of a search in which a cheap model may score beside the policy's. */
const SCORED_BY_BOTH = { gepa: ["baseline", "population", "generations"], mipro: ["trials"] };

/** Never calibrated, a proxy is asked beside the policy's model throughout. */
function askedOfBoth(
  { algorithm }: JobConfig,
  phases: Readonly<Record<string, Range>>,
): Record<string, Range> {
  const most = ([phase, { low, high }]: [string, Range]): [string, Range] => [
    phase,
    { low, high: SCORED_BY_BOTH[algorithm].includes(phase) ? 2 * high : high },
  ];
  return Object.fromEntries(Object.entries(phases).map(most));
}

/** A range of one number. */
export function exactly(count: number): Range {
  return { low: count, high: count };
}

function added(a: Range, b: Range): Range {
  return { low: a.low + b.low, high: a.high + b.high };
}

function product(a: Range, b: Range): Range {
  return { low: a.low * b.low, high: a.high * b.high };
}
