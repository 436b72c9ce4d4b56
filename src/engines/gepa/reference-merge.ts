// The merge of an iteration, where one is due (system-aware crossover, GEPA paper, algorithms 3 and 4).

import type { CandidateRecord } from "../engine.ts";
import { sumOf } from "./acceptance.ts";
import * as told from "./events.ts";
import { findMerge, type Merge, overlap } from "./merge.ts";
import { mergeSeeds } from "./merge-seeds.ts";
import { mergeFits } from "./reference-cost.ts";
import type { Iteration } from "./reference-iteration.ts";

/** Whether a merge was accepted; undefined where none was tried, and a reflection has its turn. */
export async function tryMerge(iteration: Iteration): Promise<boolean | undefined> {
  const { settings, ports, work } = iteration.parts;
  const { merges } = iteration.draft;
  const wanted = settings.search.use_merge && merges.due > 0 && merges.fresh;
  iteration.draft.merges = { ...merges, fresh: false };
  if (!wanted || !(ports.meter || mergeFits(settings, work.remaining()))) return undefined;
  const merge = proposeMerge(iteration);
  return merge && judge(iteration, merge);
}

function proposeMerge(iteration: Iteration): Merge | undefined {
  const { settings, ports, pool } = iteration.parts;
  const { order } = ports;
  const survivors = pool.fronts
    .survivors(order)
    .flatMap(({ candidate, fronts }) => Array<number>(fronts).fill(candidate));
  const rules = { overlapFloor: settings.search.merge_val_overlap_floor, order };
  const { memory } = iteration.draft.merges;
  const found = findMerge(pool, order.unique(survivors), memory, rules, iteration.random);
  iteration.draft.merges = { ...iteration.draft.merges, memory: found.memory };
  return found.merge;
}

/** Compares the merge with its parents on a few seeds, and scores it in full if it is no worse than the better one. */
async function judge(iteration: Iteration, merge: Merge): Promise<boolean> {
  const { ports, pool } = iteration.parts;
  const [first, second] = merge.parents;
  const common = overlap(pool, first, second, ports.order);
  const reward = (parent: number) => (seed: number) => pool.reward(parent, seed);
  const seeds = mergeSeeds(common, reward(first), reward(second), iteration.random);
  const rewards = (await iteration.onFewSeeds(merge, seeds)).map((one) => one.reward);
  const at = { iteration: iteration.number };
  ports.observe({ ...at, kind: "evaluated", candidate: null, rewards });
  ports.meter?.scored(iteration.number, merge.texts, seeds);
  ports.observe({ ...at, kind: "merge_attempted", parents: merge.parents, texts: merge.texts });
  const own = sumOf(rewards);
  const best = Math.max(...merge.parents.map((parent) => sumOf(seeds.map(reward(parent)))));
  if (own < best) {
    reject(iteration, merge, { parent: best, child: own });
    ports.observe({ ...at, kind: "merge_rejected", parents: merge.parents });
    return false;
  }
  const number = await keep(iteration, merge, { parent: best, child: own });
  ports.observe({ ...at, kind: "merge_accepted", candidate: number, parents: merge.parents });
  ports.observe({ ...at, kind: "candidate_accepted", candidate: number, score: own, parents: merge.parents });
  return true;
}

async function keep(
  iteration: Iteration,
  merge: Merge,
  gate: { parent: number; child: number },
): Promise<number> {
  const { ports, settings, work } = iteration.parts;
  const evaluations = await iteration.inFull(merge);
  ports.meter?.scored(iteration.number, merge.texts, settings.pareto_seeds);
  const { number, record } = iteration.accept(childOf(iteration, merge), evaluations);
  const { merges } = iteration.draft;
  iteration.draft.merges = { ...merges, due: merges.due - 1, accepted: merges.accepted + 1 };
  iteration.draft.idle = 0;
  work.emit(told.candidateEvent(record, { component: "", gate, evaluations }));
  return number;
}

function reject(iteration: Iteration, merge: Merge, gate: { parent: number; child: number }): void {
  const detail = `on a few seeds the merge scores ${gate.child}, the better of its parents ${gate.parent}`;
  const record: CandidateRecord = {
    ...childOf(iteration, merge),
    generation: iteration.number,
    accepted: false,
    reject_reason: "not_better",
    reject_detail: detail,
    on_front: false,
    rewards: {},
    mean: null,
  };
  iteration.draft.candidates.push(record);
  iteration.parts.work.emit(told.candidateEvent(record, { component: "", detail, gate }));
}

function childOf(iteration: Iteration, merge: Merge) {
  const { pool } = iteration.parts;
  return {
    id: iteration.nextId(),
    texts: merge.texts,
    operator: "merge" as const,
    parents: merge.parents.map((parent) => pool.member(parent).id),
  };
}
