// The end of a search that a cheap model scored: the best are run on the policy's model before they are ranked, so that what is ranked, and
// what is held out against it, rests on nothing predicted.

import type { CandidateRecord, EngineEvent, Evaluation, Work } from "../engine.ts";
import { ranked } from "./archive.ts";
import { heldOutCost } from "./heldout.ts";
import { raceLength } from "./planning.ts";
import { estimatesOf } from "./population.ts";
import { scoresOf } from "./scores.ts";
import type { GepaSettings, GepaState } from "./state.ts";

/** Rollouts kept back for it. */
export function proofCost(settings: GepaSettings, pool?: GepaState["pool"]): number {
  return (settings.proof ?? 0) * raceLength(settings, pool);
}

/** Whether a search has to be proven before it ends. */
export function needsProof({ candidates }: GepaState, settings: GepaSettings): boolean {
  return settings.proof !== undefined && candidates.some(({ accepted, proxied }) => accepted && proxied);
}

/** Runs the best on the policy's model, each on the seeds that it was scored on, as many as the budget holds. */
export async function proveBest(state: GepaState, settings: GepaSettings, work: Work): Promise<GepaState> {
  const chosen = affordable(state, settings, work);
  const answers = await Promise.all(
    chosen.map(async (candidate) => ({
      candidate,
      evaluations: await work.evaluate(candidate, seedsOf(candidate), "pareto", 0, "hi"),
    })),
  );
  const proven = new Map(answers.map(({ candidate, evaluations }) => [candidate.id, evaluations]));
  const candidates = state.candidates.map((candidate) =>
    withProof(candidate, proven.get(candidate.id), settings),
  );
  const { levels } = estimatesOf(candidates, state.partial);
  const estimated = candidates.map((candidate, at) =>
    candidate.accepted ? { ...candidate, estimate: levels[at] ?? 0 } : candidate,
  );
  for (const candidate of chosen) {
    const after = estimated.find(({ id }) => id === candidate.id);
    if (after) work.emit(provenEvent(candidate, after));
  }
  return { ...state, candidates: estimated };
}

/** The best by all that is known, of whose rewards some are predicted. */
function affordable(state: GepaState, settings: GepaSettings, work: Work): CandidateRecord[] {
  let left = work.remaining().rollouts - heldOutCost(settings);
  const chosen: CandidateRecord[] = [];
  for (const candidate of ranked(state.candidates).slice(0, settings.proof)) {
    if (!candidate.proxied) continue;
    left -= seedsOf(candidate).length;
    if (left < 0) break;
    chosen.push(candidate);
  }
  return chosen;
}

function seedsOf({ rewards }: CandidateRecord): number[] {
  return Object.keys(rewards).map(Number);
}

function withProof(
  candidate: CandidateRecord,
  evaluations: readonly Evaluation[] | undefined,
  settings: GepaSettings,
): CandidateRecord {
  if (evaluations === undefined) return candidate;
  const { proxied: _, ...rest } = candidate;
  return { ...rest, ...scoresOf(evaluations, settings.search.frontier_type) };
}

function provenEvent(before: CandidateRecord, after: CandidateRecord): EngineEvent {
  const [predicted, accuracy] = [before.mean ?? 0, after.mean ?? 0];
  return {
    type: "prompt.learning.gepa.candidate.proven",
    message: `${after.id} scores ${accuracy.toFixed(3)} on the policy's model; ${predicted.toFixed(3)} was predicted`,
    data: {
      candidate_id: after.id,
      accuracy,
      predicted,
      instance_scores: Object.values(after.rewards),
      seeds_evaluated: Object.keys(after.rewards).map(Number),
    },
  };
}
