// What a cheap model scored, and the policy's model has to prove: whoever leads the search, as soon as it does, so that parents are chosen
// and the best is told by scores that are real where it matters; and the best few when the search ends, before they are ranked.

import type { CandidateRecord, EngineEvent, Evaluation, Seed, Work } from "../engine.ts";
import { provenRanked, ranked, rankedBy } from "./archive.ts";
import { seedsDiffer } from "./comparison.ts";
import * as told from "./events.ts";
import { heldOutCost } from "./heldout.ts";
import { estimatesOf } from "./levels.ts";
import { raceLength } from "./planning.ts";
import { poolFor } from "./pool.ts";
import { scoresOf } from "./scores.ts";
import type { GepaSettings, GepaState } from "./state.ts";

/** Standard deviations of its prediction by which a newcomer may be behind the best, and is proven all the same. */
const DOUBT = 0.5;

/** A candidate of this generation whose rewards are predicted. */
export interface Newcomer {
  id: string;
  evaluations: readonly Evaluation[];
}

/** Rollouts kept back for the end of a search. */
export function proofCost(settings: GepaSettings, pool?: GepaState["pool"]): number {
  return (settings.proof ?? 0) * raceLength(settings, pool);
}

/** Whether a search has to be proven before it ends. */
export function needsProof({ candidates }: GepaState, settings: GepaSettings): boolean {
  return settings.proof !== undefined && candidates.some(({ accepted, proxied }) => accepted && proxied);
}

/**
 * Proves whoever may well be the best, one after the other, the most promising first: the candidate that is estimated best of all, and
 * newcomers whose level is no further than DOUBT standard deviations of its prediction below the best proven one's. So the best that a search
 * knows, which is whom it breeds from and what it measures progress by, rests on nothing predicted, and a prediction that is a little
 * too low hides no better one. As long as `room` rollouts hold it.
 */
export async function proveLeading(
  state: GepaState,
  newcomers: readonly Newcomer[],
  room: number,
  settings: GepaSettings,
  work: Work,
): Promise<{ state: GepaState; events: EngineEvent[] }> {
  const doubts = new Map(newcomers.map(({ id, evaluations }) => [id, deviationOf(evaluations)]));
  const events: EngineEvent[] = [];
  let [at, left] = [state, room];
  for (;;) {
    const chosen = fitting(leadingOf(at, doubts), left).slice(0, 1);
    if (chosen.length === 0) return { state: at, events };
    left -= cost(chosen);
    const proven = await proved(at, chosen, settings, work);
    at = proven.state;
    events.push(...proven.events);
  }
}

/** Those that may be the best, the most promising first. `doubts` are the standard deviations of this generation's predicted levels. */
function leadingOf({ candidates }: GepaState, doubts: ReadonlyMap<string, number>): CandidateRecord[] {
  const [best] = provenRanked(candidates);
  const least = best === undefined ? Number.NEGATIVE_INFINITY : rankedBy(best);
  return ranked(candidates).filter((one, at) => {
    const deviation = doubts.get(one.id);
    return at === 0 || (deviation !== undefined && rankedBy(one) + DOUBT * deviation > least);
  });
}

/** The standard deviation of a mean of rewards, some of which one line predicts. */
export function deviationOf(evaluations: readonly Pick<Evaluation, "doubt">[]): number {
  const doubts = evaluations.flatMap(({ doubt }) => doubt ?? []);
  const own = doubts.reduce((sum, doubt) => sum + doubt.own, 0);
  const line = doubts.reduce((sum, doubt) => sum + Math.sqrt(doubt.line), 0);
  return Math.sqrt(own + line ** 2) / Math.max(1, evaluations.length);
}

/** The best are proven, each on the seeds that it was scored on, as many as the budget holds; then what is proven has its ranks, by its own rewards alone, and its front. */
export async function proveBest(state: GepaState, settings: GepaSettings, work: Work): Promise<GepaState> {
  const room = work.remaining().rollouts - heldOutCost(settings);
  const chosen = fitting(ranked(state.candidates).slice(0, settings.proof), room);
  const { state: proven, events } = await proved(state, chosen, settings, work);
  for (const event of events) work.emit(event);
  const candidates = withOwnEstimates(proven.candidates);
  const [before, best] = [provenRanked(state.candidates)[0], provenRanked(candidates)[0]];
  const previous = candidates.find(({ id }) => id === before?.id);
  if (previous && best && best.id !== previous.id) work.emit(told.newBestEvent(best, previous));
  return { ...proven, candidates: withProvenFront(candidates, settings) };
}

/**
 * What is proven with estimates that rest on nothing predicted: a predicted child says nothing of its parent, nor of how easy a seed is. Nor do
 * rejected candidates, of whose rewards it is not known which were predicted.
 */
export function withOwnEstimates(candidates: readonly CandidateRecord[]): CandidateRecord[] {
  const own = candidates.map((one) => (one.proxied ? { ...one, rewards: {} } : one));
  const { levels } = estimatesOf(own, {});
  return candidates.map((one, at) =>
    one.accepted && !one.proxied ? { ...one, estimate: levels[at] ?? 0 } : one,
  );
}

/** Those of whose rewards some are predicted, the first that have room. */
function fitting(candidates: readonly CandidateRecord[], room: number): CandidateRecord[] {
  let left = room;
  const chosen: CandidateRecord[] = [];
  for (const candidate of candidates) {
    if (!candidate.proxied) continue;
    left -= cost([candidate]);
    if (left < 0) break;
    chosen.push(candidate);
  }
  return chosen;
}

/** Runs candidates on the policy's model, and takes their own rewards in the place of predicted ones. */
async function proved(
  state: GepaState,
  chosen: readonly CandidateRecord[],
  settings: GepaSettings,
  work: Work,
): Promise<{ state: GepaState; events: EngineEvent[] }> {
  const answers = await Promise.all(
    chosen.map(async (one): Promise<[string, Evaluation[]]> => [one.id, await own(one, state, work)]),
  );
  const proofs = new Map(answers);
  const candidates = state.candidates.map((one) => withProof(one, proofs.get(one.id), settings));
  const { levels } = estimatesOf(candidates, state.partial);
  const estimated = candidates.map((candidate, at) =>
    candidate.accepted ? { ...candidate, estimate: levels[at] ?? 0 } : candidate,
  );
  const byId = new Map(estimated.map((one) => [one.id, one]));
  const events = chosen.map((before) => told.provenEvent(before, byId.get(before.id) ?? before));
  const predicted = Object.entries(state.predicted ?? {}).filter(([id]) => !proofs.has(id));
  const rest = state.predicted ? { predicted: Object.fromEntries(predicted) } : {};
  return { state: { ...state, ...rest, candidates: estimated }, events };
}

/** A candidate's rewards of the policy's model. A state of an older release does not know which seeds the cheap model answered alone. */
async function own(candidate: CandidateRecord, { predicted }: GepaState, work: Work): Promise<Evaluation[]> {
  const seeds = seedsOf(candidate);
  const alone = new Set<Seed>(predicted?.[candidate.id]);
  const ask = (some: readonly Seed[], how: "proof" | "hi") =>
    work.evaluate(candidate, some, "pareto", 0, how);
  const answers = await Promise.all([
    ask(
      seeds.filter((seed) => alone.has(seed)),
      "proof",
    ),
    ask(
      seeds.filter((seed) => !alone.has(seed)),
      "hi",
    ),
  ]);
  const bySeed = new Map(answers.flat().map((answer) => [answer.seed, answer]));
  return seeds.flatMap((seed) => bySeed.get(seed) ?? []);
}

function cost(candidates: readonly CandidateRecord[]): number {
  return candidates.reduce((sum, one) => sum + seedsOf(one).length, 0);
}

function seedsOf({ rewards }: CandidateRecord): Seed[] {
  return Object.keys(rewards).map(Number);
}

function withProof(
  candidate: CandidateRecord,
  evaluations: readonly Evaluation[] | undefined,
  settings: GepaSettings,
): CandidateRecord {
  if (evaluations === undefined) return candidate;
  const { proxied: _, ...rest } = candidate;
  return { ...rest, ...scoresOf(evaluations, settings.search.frontier_type, seedsDiffer(settings)) };
}

function withProvenFront(candidates: readonly CandidateRecord[], settings: GepaSettings): CandidateRecord[] {
  const pool = poolFor(settings);
  pool.follow(candidates.filter(({ proxied }) => !proxied));
  const front = pool.survivors();
  return candidates.map((one) => ({ ...one, on_front: front.has(one.id) }));
}
