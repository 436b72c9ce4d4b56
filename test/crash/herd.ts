// Several jobs in one process, so that one kill meets all of them: starting a process again takes as long as a whole job.

import type { CrashLab, Outcome } from "./lab.ts";
import { ANY_POINT, type Plan } from "./plan.ts";
import { drawsOf, type Subject, type Trial, verdict } from "./trials.ts";

/** Jobs that are run together, and the points that they pass where nobody disturbs them. */
export interface Herd {
  members: readonly Subject[];
  points: Record<string, number>;
}

/** Runs subjects together undisturbed. @throws Error where one does not end as it does alone */
export async function herd(lab: CrashLab, members: readonly Subject[]): Promise<Herd> {
  const ids = await submitted(lab, members);
  await lab.plan(undefined);
  await Promise.all(ids.map((id) => lab.start(id)));
  for (const [index, id] of ids.entries()) {
    const of = members[index];
    const faults = of && verdict(of, await lab.outcome(id), 0).faults;
    if (faults?.length !== 0) throw new Error(`${of?.name}, beside others: ${faults?.join("; ")}`);
  }
  return { members, points: await lab.points() };
}

/** One process in so many dies while its jobs come back, after at most so many points. */
const RETURN_EVERY = 4;
const RETURN_POINTS = 40;

/**
 * Plans without end for a herd that is to be killed `kills` times: the kinds of points in turn, those first that were not
 * `met` yet, in an order that the seed draws, each at a random one of its occurrences. A kind that comes no more ends the
 * process after a while all the same. Between them are kills in a row.
 */
export function* plansFor(
  { points }: Herd,
  kills: number,
  seed: number,
  met: ReadonlySet<string>,
): Generator<Plan, never> {
  const share = (times: number) => Math.max(1, Math.ceil(times / kills));
  const latest = 2 * share(Object.values(points).reduce((sum, times) => sum + times, 0));
  const drawn = shuffled(Object.entries(points), seed);
  const kinds = [...drawn.filter(([point]) => !met.has(point)), ...drawn.filter(([point]) => met.has(point))];
  const draw = drawsOf(seed, 0, 1_000_000);
  let planned = 0;
  for (;;) {
    for (const [point, times] of kinds) {
      planned += 1;
      if (planned % RETURN_EVERY === 0) yield { point: ANY_POINT, occurrence: 1 + (draw() % RETURN_POINTS) };
      yield { point, occurrence: 1 + (draw() % share(times)), latest };
    }
  }
}

/** Runs a herd and kills its process up to `kills` times; a trial for each member, with the kills that met it. */
export async function killedTogether(
  lab: CrashLab,
  { members }: Herd,
  name: string,
  plans: Iterator<Plan>,
  kills: number,
): Promise<Trial[]> {
  const met = new Map<string, number>();
  const ids = await submitted(lab, members);
  const next = () => plans.next().value as Plan;
  await lab.plan(next());
  await Promise.all(ids.map((id) => lab.start(id)));
  for (let kill = 1; kill <= kills; kill++) {
    const { isDead, live } = await lab.crashedUnder(ids);
    if (!isDead) break;
    for (const id of live) met.set(id, (met.get(id) ?? 0) + 1);
    await lab.kill(kill === kills ? undefined : next());
  }
  await lab.calm();
  const trials: Trial[] = [];
  for (const [index, id] of ids.entries()) {
    const of = members[index];
    if (of) trials.push(await trialOf(lab, of, `${of.name} ${name}`, id, met.get(id) ?? 0));
  }
  return trials;
}

async function trialOf(lab: CrashLab, of: Subject, name: string, id: string, kills: number): Promise<Trial> {
  try {
    const outcome: Outcome = await lab.outcome(id);
    return { name, kills, finished: true, ...verdict(of, outcome, kills) };
  } catch (error) {
    const faults = [error instanceof Error ? error.message : String(error)];
    return { name, kills, finished: false, faults, extraCalls: 0, doubleCounts: 0 };
  }
}

async function submitted(lab: CrashLab, members: readonly Subject[]): Promise<string[]> {
  const ids: string[] = [];
  for (const { config, asksModel } of members) ids.push(await lab.submit(config, asksModel));
  return ids;
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const draw = drawsOf(seed, 0, 1_000_000);
  return items
    .map((item) => ({ item, place: draw() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
