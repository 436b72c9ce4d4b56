// Candidates of the search and what their rollouts came to.

import type { Candidate, Evaluation, Purpose, Seed, Work } from "../engine.ts";
import { meanOf } from "./scores.ts";
import type { MiproSettings } from "./settings.ts";
import { candidateOf, slotsOf } from "./space.ts";
import type { Combination, MiproState } from "./state.ts";

/** Id of the n-th candidate of the search; the baseline is number 0. */
export function candidateId(number: number): string {
  return `trans_${String(number).padStart(5, "0")}`;
}

/** The candidate that a combination stands for. */
export function candidateFor(
  choices: readonly number[],
  state: MiproState,
  settings: MiproSettings,
): Candidate {
  return candidateOf(slotsOf(settings, state.banks), choices, settings, state.banks);
}

/** The combination of these choices: the known one, else a new one at the end of the list. */
export function combinationOf(
  choices: readonly number[],
  iteration: number,
  known: Combination[],
): Combination {
  const key = choices.join();
  const found = known.find((one) => one.choices.join() === key);
  if (found !== undefined) return found;
  const made: Combination = {
    id: candidateId(known.length),
    choices: [...choices],
    rewards: {},
    full_score: null,
    full_order: null,
    iteration,
  };
  known.push(made);
  return made;
}

/** The seeds on which a combination has no reward yet. */
export function unscoredSeeds(combination: Combination | undefined, seeds: readonly Seed[]): Seed[] {
  return seeds.filter((seed) => combination?.rewards[String(seed)] === undefined);
}

/** The seeds on which it has no reward of the model that counts. */
export function unprovenSeeds(combination: Combination | undefined, seeds: readonly Seed[]): Seed[] {
  const predicted = new Set(combination?.proxied);
  return seeds.filter((seed) => combination?.rewards[String(seed)] === undefined || predicted.has(seed));
}

/** How many of the seeds it has no reward of the model that counts on: what scoring it there costs. */
export function unscored(combination: Combination | undefined, seeds: readonly Seed[]): number {
  return unprovenSeeds(combination, seeds).length;
}

/** What the full evaluations are for in the journal: held-out seeds if there are some, else those of the trials. */
export function fullPurpose(settings: MiproSettings): Purpose {
  return settings.val_seeds.length > 0 ? "validation" : "online";
}

/** A combination scored: its mean on the seeds, and the first error where no rollout worked. */
export interface Scored {
  evaluations: Evaluation[];
  score: number;
  error: string | null;
}

/** Scores a candidate on seeds. */
export async function scoreOn(
  candidate: Candidate,
  seeds: readonly Seed[],
  as: Purpose,
  work: Work,
): Promise<Scored> {
  return scoredBy(await work.evaluate(candidate, seeds, as));
}

/** Scores a combination on seeds of the trials by the model that counts, where a cheap one may stand in for it. */
export function scoreOwn(
  combination: Combination,
  seeds: readonly Seed[],
  state: MiproState,
  settings: MiproSettings,
  work: Work,
): Promise<Scored> {
  const candidate = candidateFor(combination.choices, state, settings);
  return settings.proxied
    ? proofOn(candidate, seeds, new Set(combination.proxied), "online", work)
    : scoreOn(candidate, seeds, "online", work);
}

/**
 * Where a cheap model may stand in: the state with what the model that counts has said of a candidate, beside a trial, so that it is neither
 * asked of the cheap one nor proven again. Else as it was.
 */
export function withOwn(
  state: MiproState,
  { id }: Combination,
  { evaluations }: Scored,
  { proxied }: MiproSettings,
): MiproState {
  const known = state.combinations.find((one) => one.id === id);
  if (!proxied || known === undefined) return state;
  const newer = withRewards(known, evaluations);
  const rewards = state.full.flatMap((seed) => newer.rewards[String(seed)] ?? []);
  const isWhole = newer.full_score !== null && rewards.length === state.full.length;
  const own = isWhole ? { ...newer, full_score: meanOf(rewards) } : newer;
  return { ...state, combinations: replaced(state.combinations, own) };
}

/** Scores a candidate by the model that counts, on seeds of which the cheap one has answered `predicted` alone. */
export async function proofOn(
  candidate: Candidate,
  seeds: readonly Seed[],
  predicted: ReadonlySet<Seed>,
  as: Purpose,
  work: Work,
): Promise<Scored> {
  const [proofs, others] = await Promise.all([
    work.evaluate(
      candidate,
      seeds.filter((seed) => predicted.has(seed)),
      as,
      0,
      "proof",
    ),
    work.evaluate(
      candidate,
      seeds.filter((seed) => !predicted.has(seed)),
      as,
      0,
      "hi",
    ),
  ]);
  const bySeed = new Map([...proofs, ...others].map((answer) => [answer.seed, answer]));
  return scoredBy(seeds.flatMap((seed) => bySeed.get(seed) ?? []));
}

function scoredBy(evaluations: Evaluation[]): Scored {
  const failed = evaluations.length > 0 && evaluations.every(({ error }) => error !== undefined);
  return {
    evaluations,
    score: meanOf(evaluations.map(({ reward }) => reward)),
    error: failed ? (evaluations[0]?.error?.message ?? null) : null,
  };
}

/** The combination with further rewards. One of the model that counts takes the place of a predicted one. */
export function withRewards(combination: Combination, evaluations: readonly Evaluation[]): Combination {
  const { proxied: before, ...known } = combination;
  const predicted = new Set(before);
  for (const { seed, proxied } of evaluations) {
    if (proxied) predicted.add(seed);
    else predicted.delete(seed);
  }
  const news = Object.fromEntries(evaluations.map(({ seed, reward }) => [String(seed), reward]));
  return {
    ...known,
    rewards: { ...combination.rewards, ...news },
    ...(predicted.size === 0 ? {} : { proxied: [...predicted] }),
  };
}

/** The list with one of its combinations replaced by a newer version. */
export function replaced(combinations: readonly Combination[], newer: Combination): Combination[] {
  return combinations.map((one) => (one.id === newer.id ? newer : one));
}
