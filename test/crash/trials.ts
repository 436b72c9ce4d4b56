// The ways in which a job is disturbed, and what must hold afterwards whatever was done to it.

import type { JsonObject } from "../../src/wire/json.ts";
import type { CrashLab, Outcome } from "./lab.ts";
import { ANY_POINT, type Plan } from "./plan.ts";

/** A job to disturb, and how it ends where nobody does. */
export interface Subject {
  name: string;
  config: JsonObject;
  concurrent: number;
  /** Whether its task app asks the policy's model. */
  asksModel?: boolean;
  /** Tokens that it may cost; absent for no limit. */
  tokenLimit?: number;
  undisturbed: Outcome;
  /** Points of the undisturbed run, each with how often it was passed. */
  points: Record<string, number>;
}

/** What came of one disturbed job. */
export interface Trial {
  name: string;
  kills: number;
  finished: boolean;
  /** What does not hold; empty when all does. */
  faults: string[];
  /** Calls of the task app beyond one for each rollout. */
  extraCalls: number;
  /** Rollouts that the job counts beyond those that were asked. */
  doubleCounts: number;
}

/** What came of a job, without how it was disturbed. */
type Verdict = Pick<Trial, "faults" | "extraCalls" | "doubleCounts">;

/** A job's name, its config and its concurrency, as `subject` takes them. */
export type Candidate = Pick<Subject, "name" | "config" | "concurrent" | "asksModel" | "tokenLimit">;

/** Runs a job undisturbed, to compare with. */
export async function subject(lab: CrashLab, candidate: Candidate): Promise<Subject> {
  const id = await lab.submit(candidate.config, candidate.asksModel);
  await lab.plan(undefined);
  await lab.start(id);
  const undisturbed = await lab.outcome(id);
  if (undisturbed.job.status !== "succeeded") throw new Error(undisturbed.job.error ?? "it did not succeed");
  if (undisturbed.unsound.length > 0) throw new Error(undisturbed.unsound.join("; "));
  return { ...candidate, undisturbed, points: await lab.points() };
}

/** Every point of a subject's run at every occurrence. */
export function everyPlan({ points }: Subject): Plan[] {
  return Object.entries(points).flatMap(([point, times]) =>
    Array.from({ length: times }, (_, index) => ({ point, occurrence: index + 1 })),
  );
}

/**
 * Every point once, shared out among jobs that are each killed at up to `kills` of them in turn. A job's points lie in the
 * order of its life, and each is waited for a share of its occurrences, so that the kills spread over the whole job.
 */
export function eachPointOnce({ points }: Pick<Subject, "points">, kills: number): Plan[][] {
  const plans = Object.entries(points).map(([point, times]) => {
    return { point, occurrence: Math.max(1, Math.floor(times / (kills + 1))) };
  });
  const jobs = Math.ceil(plans.length / kills);
  return Array.from({ length: jobs }, (_, job) => plans.filter((_, index) => index % jobs === job));
}

/** Kills the process at a point, and the next ones each at theirs; counts begin anew with each process. */
export function killedAt(lab: CrashLab, of: Subject, plan: Plan, then: readonly Plan[] = []): Promise<Trial> {
  const name = `${of.name} killed at ${[plan, ...then].map((at) => `${at.point} #${at.occurrence}`).join(", then ")}`;
  return disturbed(lab, of, name, async (id) => {
    await lab.plan(plan);
    await lab.start(id);
    for (const next of [...then, undefined]) {
      if (!(await lab.crashed(id))) break;
      await lab.kill(next);
    }
    return 0;
  });
}

/** So many points after the process has begun, whichever they are. */
export function pointsLater(counts: readonly number[]): Plan[] {
  return counts.map((occurrence) => ({ point: ANY_POINT, occurrence }));
}

/** Processes that a storm ends at most: then the job must come to its end in peace. */
const MOST_KILLS = 60;

/**
 * Kills process after process, each after as many points as `draw` says, until the job has ended. Where no draw is as much as
 * the longest commit has points, the job cannot get past it.
 */
export function storm(lab: CrashLab, of: Subject, seed: number, draw: () => number): Promise<Trial> {
  return disturbed(lab, of, `${of.name} in storm ${seed}`, async (id) => {
    await lab.plan({ point: ANY_POINT, occurrence: draw() });
    await lab.start(id);
    for (let kills = 0; kills < MOST_KILLS && (await lab.crashed(id)); kills++) {
      await lab.kill({ point: ANY_POINT, occurrence: draw() });
    }
    return 0;
  });
}

/** Does things to the job's object, each once the task app has had so many of the job's calls. */
export function meddled(
  lab: CrashLab,
  of: Subject,
  what: string,
  acts: readonly { at: number; act(id: string): Promise<void> }[],
): Promise<Trial> {
  return disturbed(lab, of, `${of.name}, ${what}`, async (id) => {
    await lab.plan(undefined);
    await lab.start(id);
    for (const { at, act } of acts) {
      await lab.reached(id, at);
      await act(id);
    }
    return acts.length;
  });
}

async function disturbed(
  lab: CrashLab,
  of: Subject,
  name: string,
  /** Answers how often it ended the object without killing the process. */
  disturb: (id: string) => Promise<number>,
): Promise<Trial> {
  const before = lab.kills;
  try {
    const id = await lab.submit(of.config, of.asksModel);
    const ends = await disturb(id);
    await lab.calm();
    const outcome = await lab.outcome(id);
    const kills = lab.kills - before;
    return { name, kills, finished: true, ...verdict(of, outcome, kills + ends) };
  } catch (error) {
    const faults = [error instanceof Error ? error.message : String(error)];
    await lab.kill();
    return { name, kills: lab.kills - before, finished: false, faults, extraCalls: 0, doubleCounts: 0 };
  }
}

/** What is wrong with a job whose process or object came to so many ends. */
export function verdict(of: Subject, outcome: Outcome, ends: number): Verdict {
  if (of.tokenLimit !== undefined) return limitedVerdict(of, outcome, of.tokenLimit);
  const { job, hash, calls, distinct, unsound } = outcome;
  const extraCalls = calls - distinct;
  const counted = job.progress.rollouts_completed;
  // What is in flight when the plug is pulled is asked again, and nothing else.
  const checks: [boolean, string][] = [
    [job.status === of.undisturbed.job.status, `it ended as ${job.status}: ${job.error}`],
    [hash === of.undisturbed.hash, "its results or events differ from those of the undisturbed run"],
    [counted === distinct, `${distinct} different rollouts were asked, and ${counted} counted`],
    [unsound.length === 0, unsound.join("; ")],
    [extraCalls <= ends * of.concurrent, `${extraCalls} calls were made again after ${ends} ends`],
  ];
  return {
    extraCalls,
    doubleCounts: Math.max(0, counted - distinct),
    faults: checks.filter(([holds]) => !holds).map(([, fault]) => fault),
  };
}

/** What was in flight at a kill counts as spent at its worst: such a job may end earlier, and never costs more. */
function limitedVerdict(of: Subject, outcome: Outcome, limit: number): Verdict {
  const { job, calls, distinct, unsound, tokens } = outcome;
  const counted = job.progress.rollouts_completed;
  const checks: [boolean, string][] = [
    [job.status === of.undisturbed.job.status, `it ended as ${job.status}: ${job.error}`],
    [tokens <= limit, `its models were asked for ${tokens} tokens, and its limit is ${limit}`],
    [counted <= distinct, `${distinct} different rollouts were asked, and ${counted} counted`],
    [unsound.length === 0, unsound.join("; ")],
  ];
  return {
    extraCalls: calls - distinct,
    doubleCounts: Math.max(0, counted - distinct),
    faults: checks.filter(([holds]) => !holds).map(([, fault]) => fault),
  };
}

/** Draws whole numbers from `least` to `most`, the same for the same seed. */
export function drawsOf(seed: number, least: number, most: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
}
