// A generation of children: bred together, folded in the order of their planning, so that it does not matter whose answers came first.

import type { CandidateRecord, EngineEvent, Seed, Work } from "../engine.ts";
import { RANDOM } from "../random.ts";
import { archived, candidateId, provenRanked } from "./archive.ts";
import { asked, breed, type Offspring, textsKey } from "./breeding.ts";
import { allScores, seedsDiffer } from "./comparison.ts";
import * as told from "./events.ts";
import { estimatesOf, roundOf } from "./levels.ts";
import { type ChildPlan, planChildren } from "./planning.ts";
import type { CandidatePool } from "./pool.ts";
import { type Newcomer, proveLeading } from "./proof.ts";
import { scoresOf } from "./scores.ts";
import type { GepaSettings, GepaState } from "./state.ts";

interface Child {
  plan: ChildPlan;
  offspring: Offspring;
  record: CandidateRecord;
}

/** What generations are bred with. */
export interface Breeding {
  settings: GepaSettings;
  /** Follows the candidates of the state; kept from step to step, so that fronts need not be made anew. */
  pool: CandidatePool;
}

/** Breeds `count` children and takes the outcome into the state. Those that lead then, or may well, are proven, in `room` rollouts. */
export async function breedTogether(
  state: GepaState,
  count: number,
  { settings, pool, room }: Breeding & { room: number },
  work: Work,
): Promise<GepaState> {
  pool.follow(state.candidates);
  const { plans, from } = planChildren(state, count, pool, settings, RANDOM.from(state.random));
  const estimates = estimatesOf(state.candidates, state.partial);
  const scores = allScores(state);
  const known = new Set(state.candidates.map(({ texts }) => textsKey(texts)));
  const bred = await Promise.all(
    plans.map(async (plan) => {
      const parent = state.candidates.findIndex(({ id }) => id === plan.parent.id);
      const replicate = settings.search.reuse_evaluations ? 0 : state.generation + 1;
      const { predicted = {}, generation } = state;
      const child = { parent, round: roundOf(generation), replicate };
      const by = { settings, estimates, scores, known, predicted, ...child };
      return { plan, offspring: await breed(plan, by, work) };
    }),
  );
  const children = name(withoutTwins(bred), state, settings);
  const shown = withoutShown(state.predicted, plans, settings);
  const scored = withEstimates({ ...state, ...from, ...(shown ? { predicted: shown } : {}) }, children);
  const { state: next, events } = await proveLeading(scored, newcomersOf(children), room, settings, work);
  const marked = withFronts(next, pool, settings);
  tell(state, children, { candidates: marked.candidates, proofs: events }, work);
  return marked;
}

function withEstimates(state: GepaState, children: readonly Child[]): GepaState {
  const partial = { ...state.partial };
  for (const { offspring, record } of children) {
    if (offspring.kind === "scored" || offspring.evaluations.length === 0) continue;
    partial[record.id] = scoresOf(offspring.evaluations, "instance").rewards;
  }
  const candidates = [...state.candidates, ...children.map(({ record }) => record)];
  const { levels } = estimatesOf(candidates, partial);
  const predicted = { ...state.predicted, ...predictedIn(children) };
  return {
    ...state,
    partial,
    ...(Object.keys(predicted).length === 0 ? {} : { predicted }),
    candidates: candidates.map((candidate, at) =>
      candidate.accepted ? { ...candidate, estimate: levels[at] ?? 0 } : candidate,
    ),
  };
}

/** By id of a candidate, the seeds on which its rewards are predicted. */
function predictedIn(children: readonly Child[]): Record<string, Seed[]> {
  const seeds = children.map(({ offspring, record }): [string, Seed[]] => [
    record.id,
    offspring.kind === "scored"
      ? offspring.evaluations.filter(({ proxied }) => proxied).map(({ seed }) => seed)
      : [],
  ]);
  return Object.fromEntries(seeds.filter(([, { length }]) => length > 0));
}

/** The same without what the policy's model was asked for as evidence: the cheap one has no longer answered there alone. */
function withoutShown(
  predicted: GepaState["predicted"],
  plans: readonly ChildPlan[],
  { search }: GepaSettings,
): GepaState["predicted"] {
  if (predicted === undefined || !search.shared_seeds || !search.reuse_evaluations) return predicted;
  const shown = plans.flatMap((plan) => asked(plan).map(({ id, seeds }) => ({ id, seeds: new Set(seeds) })));
  const left = Object.entries(predicted).map(([id, seeds]): [string, Seed[]] => [
    id,
    seeds.filter((seed) => !shown.some((one) => one.id === id && one.seeds.has(seed))),
  ]);
  return Object.fromEntries(left);
}

function newcomersOf(children: readonly Child[]): Newcomer[] {
  return children.flatMap(({ offspring, record }) =>
    offspring.kind === "scored" && record.proxied
      ? [{ id: record.id, evaluations: offspring.evaluations }]
      : [],
  );
}

function withFronts(state: GepaState, pool: CandidatePool, settings: GepaSettings): GepaState {
  pool.follow(state.candidates);
  const front = pool.survivors();
  const candidates = state.candidates.map((candidate) => ({
    ...candidate,
    on_front: front.has(candidate.id),
  }));
  return { ...state, candidates, archive: archived(candidates, front, settings.archive_size) };
}

/** Of siblings with the same texts only the first stays; the others cost nothing more, their rollouts being the same. */
function withoutTwins(bred: readonly Omit<Child, "record">[]): Omit<Child, "record">[] {
  const seen = new Set<string>();
  return bred.map(({ plan, offspring }) => {
    const { texts } = offspring;
    const key = textsKey(texts);
    const raced = offspring.kind === "scored" || offspring.evaluations.length > 0;
    const twin = raced && seen.has(key);
    if (raced) seen.add(key);
    if (!twin) return { plan, offspring };
    const detail = "a sibling has the same texts";
    return {
      plan,
      offspring: { kind: "rejected", reason: "duplicate", detail, texts, evaluations: [] },
    };
  });
}

function name(bred: readonly Omit<Child, "record">[], state: GepaState, settings: GepaSettings): Child[] {
  return bred.map(({ plan, offspring }, index) => {
    const born = {
      id: candidateId(state.candidates.length + index),
      texts: offspring.texts,
      parents: [plan.parent, ...(plan.partner ? [plan.partner] : [])].map(({ id }) => id),
      generation: state.generation,
      operator: operatorOf(plan),
      on_front: false,
    };
    const record: CandidateRecord =
      offspring.kind === "scored"
        ? {
            ...born,
            accepted: true,
            ...scoresOf(offspring.evaluations, settings.search.frontier_type, seedsDiffer(settings)),
            ...(offspring.evaluations.some(({ proxied }) => proxied) ? { proxied: true } : {}),
          }
        : {
            ...born,
            accepted: false,
            reject_reason: offspring.reason,
            reject_detail: offspring.detail,
            rewards: {},
            mean: null,
          };
    return { plan, offspring, record };
  });
}

function tell(
  state: GepaState,
  children: readonly Child[],
  { candidates, proofs }: { candidates: readonly CandidateRecord[]; proofs: readonly EngineEvent[] },
  work: Work,
): void {
  const marked = new Map(candidates.map((candidate) => [candidate.id, candidate]));
  for (const { plan, offspring, record } of children) {
    work.emit(
      told.candidateEvent(
        { ...record, on_front: marked.get(record.id)?.on_front ?? false },
        {
          component: plan.components[0] ?? changedIn(record, plan) ?? "",
          detail: offspring.kind === "scored" ? undefined : offspring.detail,
          gate: offspring.gate,
          evaluations: offspring.evaluations,
        },
      ),
    );
  }
  for (const event of proofs) work.emit(event);
  const before = provenRanked(state.candidates)[0];
  const best = provenRanked(candidates)[0];
  if (!best) return;
  const previous = before && marked.get(before.id);
  if (previous && best.id !== previous.id) work.emit(told.newBestEvent(best, previous));
  const front = {
    now: candidates.filter(({ on_front }) => on_front),
    before: state.candidates.filter(({ on_front }) => on_front).map(({ id }) => id),
  };
  const records = children.map(({ record }) => marked.get(record.id) ?? record);
  for (const event of told.generationEvents(state.generation, records, best, front)) work.emit(event);
}

function operatorOf({ partner, made }: ChildPlan): CandidateRecord["operator"] {
  if (partner) return "merge";
  return made ? "transformation" : "reflection";
}

/** The first text that differs from the parent's. */
function changedIn({ texts }: CandidateRecord, { parent }: ChildPlan): string | undefined {
  const names = Object.keys(texts);
  return names.find((name) => texts[name] !== parent.texts[name]) ?? names[0];
}
