// A batch of children: bred together, folded in the order of their planning, so that it does not matter whose
// answers came first.

import type { CandidateRecord, Work } from "../engine.ts";
import { randomFrom } from "../random.ts";
import { archived, candidateId, frontOf, ranked, rewardsOf } from "./archive.ts";
import { breed, type ChildPlan, type Offspring, planChildren, textsKey } from "./breeding.ts";
import * as told from "./events.ts";
import type { GepaSettings, GepaState } from "./state.ts";

interface Child {
  plan: ChildPlan;
  offspring: Offspring;
  record: CandidateRecord;
}

/** Breeds one child for each parent given and takes the outcome into the state. */
export async function breedTogether(
  state: GepaState,
  parents: readonly CandidateRecord[],
  gated: boolean,
  settings: GepaSettings,
  work: Work,
): Promise<GepaState> {
  const random = randomFrom(state.random);
  const from = { sampler: state.sampler, turns: state.turns, candidates: state.candidates };
  const { plans, sampler, turns } = planChildren(parents, gated, from, settings, random);
  const known = new Set(state.candidates.map(({ texts }) => textsKey(texts)));
  const bred = await Promise.all(
    plans.map(async (plan) => ({ plan, offspring: await breed(plan, known, settings, work) })),
  );
  const children = name(withoutTwins(bred), state);
  const unmarked = [...state.candidates, ...children.map(({ record }) => record)];
  const front = frontOf(unmarked, settings);
  const candidates = unmarked.map((candidate) => ({ ...candidate, on_front: front.has(candidate.id) }));
  tell(state, children, candidates, work);
  return {
    ...state,
    random: random.state(),
    sampler,
    turns,
    candidates,
    archive: archived(candidates, front, settings.archive_size),
  };
}

/** Of siblings with the same texts only the first stays; the others cost nothing more, their rollouts being the same. */
function withoutTwins(bred: readonly Omit<Child, "record">[]): Omit<Child, "record">[] {
  const seen = new Set<string>();
  return bred.map(({ plan, offspring }) => {
    const key = textsKey(offspring.texts);
    const twin = offspring.kind === "scored" && seen.has(key);
    seen.add(key);
    if (!twin) return { plan, offspring };
    const detail = "a sibling has the same texts";
    return { plan, offspring: { kind: "rejected", reason: "duplicate", detail, texts: offspring.texts } };
  });
}

function name(bred: readonly Omit<Child, "record">[], state: GepaState): Child[] {
  return bred.map(({ plan, offspring }, index) => {
    const born = {
      id: candidateId(state.candidates.length + index),
      texts: offspring.texts,
      parents: [plan.parent.id],
      generation: state.generation,
      operator: "reflection" as const,
      on_front: false,
    };
    const record: CandidateRecord =
      offspring.kind === "scored"
        ? { ...born, accepted: true, ...rewardsOf(offspring.evaluations) }
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
  candidates: readonly CandidateRecord[],
  work: Work,
): void {
  const marked = new Map(candidates.map((candidate) => [candidate.id, candidate]));
  let best = ranked(state.candidates)[0];
  for (const { plan, offspring, record } of children) {
    const candidate = marked.get(record.id) ?? record;
    const scored = offspring.kind === "scored";
    work.emit(
      told.candidateEvent(candidate, {
        component: plan.component,
        detail: scored ? undefined : offspring.detail,
        gate: offspring.gate,
        evaluations: scored ? offspring.evaluations : undefined,
      }),
    );
    if (best && (candidate.mean ?? Number.NEGATIVE_INFINITY) > (best.mean ?? 0)) {
      work.emit(told.newBestEvent(candidate, best.mean ?? 0));
      best = candidate;
    }
  }
  if (!best) return;
  const front = {
    now: candidates.filter(({ on_front }) => on_front),
    before: state.candidates.filter(({ on_front }) => on_front).map(({ id }) => id),
  };
  const records = children.map(({ record }) => record);
  for (const event of told.generationEvents(state.generation, records, best, front)) work.emit(event);
}
