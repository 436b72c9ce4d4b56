// `npm run crash`: kills the service under its reference jobs at every kind of point, and in worse ways, and says how many
// jobs came through. Several jobs share a process, so that one kill meets all of them.
//
//   --kills 500   how many times a job is to be killed; each job counts that lived when its process was
//   --seed 1      other draws
//   --only mipro  jobs whose name begins so
//   --mode inline jobs that make their calls by themselves
//   --each        instead, one job a kill: each point at each of its occurrences, which takes hours; --limit 50 for a part

import { parseArgs } from "node:util";
import { herd, killedTogether, plansFor } from "./herd.ts";
import { CrashLab } from "./lab.ts";
import {
  economicalGepaJob,
  economicalMiproJob,
  gepaJob,
  limitedJob,
  miproJob,
  TOKEN_LIMIT,
} from "./subjects.ts";
import {
  type Candidate,
  drawsOf,
  everyPlan,
  killedAt,
  meddled,
  pointsLater,
  type Subject,
  storm,
  subject,
  type Trial,
} from "./trials.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    kills: { type: "string", default: "500" },
    each: { type: "boolean", default: false },
    limit: { type: "string", default: "100000" },
    mode: { type: "string", default: "lanes" },
    storms: { type: "string", default: "2" },
    pairs: { type: "string", default: "6" },
  },
});
const seed = Number(values.seed);
const CANDIDATES: Candidate[] = [
  { name: "gepa", config: gepaJob(1), concurrent: 1 },
  { name: "mipro", config: miproJob(1), concurrent: 1 },
  { name: "gepa with 6 at once", config: gepaJob(6), concurrent: 6 },
  { name: "mipro with 6 at once", config: miproJob(6), concurrent: 6 },
  {
    name: "gepa with pool, proxy and verifier",
    config: economicalGepaJob(1),
    concurrent: 1,
    asksModel: true,
  },
  {
    name: "mipro with pool, proxy and verifier",
    config: economicalMiproJob(1),
    concurrent: 1,
    asksModel: true,
  },
  {
    name: "gepa with a limit",
    config: limitedJob(3),
    concurrent: 3,
    asksModel: true,
    tokenLimit: TOKEN_LIMIT,
  },
];
/** Kills that a herd of jobs suffers before it may come to its end. */
const KILLS_OF_A_HERD = 20;

const started = performance.now();
await using lab = await CrashLab.open({ EXECUTION_MODE: values.mode });
const trials: Trial[] = [];
console.log(`seed ${seed}, ${values.mode}`);
const subjects: Subject[] = [];
for (const candidate of CANDIDATES.filter(({ name }) => name.startsWith(values.only))) {
  const of = await subject(lab, candidate);
  console.log(`${of.name}: ${of.undisturbed.distinct} rollouts, ${everyPlan(of).length} points`);
  subjects.push(of);
}
if (!values.each) await runHerds(subjects.filter(({ tokenLimit }) => tokenLimit === undefined));
for (const of of subjects) {
  console.log(of.name);
  if (values.each) await run("each point at each occurrence", matrixOf(of));
  await run("two or three kills in a row, also during the return", pairsOf(of));
  await run("storms", stormsOf(of));
  await run("other misfortunes", othersOf(of));
}
const failed = trials.filter(({ faults }) => faults.length > 0);
console.log(`in all: ${summary(trials)}; ${lab.kills} processes killed, ${since(started)}`);
process.exit(failed.length > 0 ? 1 : 0);

type Attempt = () => Promise<Trial[]>;

/** Jobs of every kind together, again and again, until they were killed so many times in all. */
async function runHerds(members: readonly Subject[]): Promise<void> {
  if (members.length === 0 || Number(values.kills) <= 0) return;
  const of = await herd(lab, members);
  const kinds = Object.keys(of.points);
  let killed = 0;
  for (let round = 1; killed < Number(values.kills); round++) {
    const plans = plansFor(of, KILLS_OF_A_HERD, seed * 1_000 + round, lab.diedAt);
    const [done] = await run(`${members.length} jobs together, ${round}`, [
      () => killedTogether(lab, of, `of herd ${round}`, plans, KILLS_OF_A_HERD),
    ]);
    killed += done ?? 0;
    const met = kinds.filter((point) => lab.diedAt.has(point)).length;
    console.log(`  ${killed} kills so far, at ${met} of ${kinds.length} kinds of points`);
  }
}

/** Of a job with one call at a time all points; of others, where kills meet many at once, a part. */
function matrixOf(of: Subject): Attempt[] {
  const plans = everyPlan(of);
  const step = Math.max(1, Math.ceil(plans.length / Number(values.limit))) * (of.concurrent === 1 ? 1 : 5);
  return plans.filter((_, index) => index % step === 0).map((plan) => one(() => killedAt(lab, of, plan)));
}

function pairsOf(of: Subject): Attempt[] {
  const plans = everyPlan(of);
  const place = drawsOf(seed, 0, plans.length - 1);
  const later = drawsOf(seed + 1, 1, 30);
  return Array.from({ length: Number(values.pairs) }, (_, index) =>
    one(() => {
      const plan = plans[place()] ?? { point: "any", occurrence: 1 };
      return killedAt(lab, of, plan, pointsLater(index % 3 === 0 ? [later(), later()] : [later()]));
    }),
  );
}

function stormsOf(of: Subject): Attempt[] {
  const longest = Math.ceil(everyPlan(of).length / 4);
  return Array.from({ length: Number(values.storms) }, (_, index) =>
    one(() => {
      const own = seed * 1_000 + index;
      return storm(lab, of, own, drawsOf(own, 1, longest));
    }),
  );
}

function othersOf(of: Subject): Attempt[] {
  const total = of.undisturbed.distinct;
  const places = [0.1, 0.3, 0.5, 0.7, 0.9].map((share) => Math.max(1, Math.floor(share * total)));
  const each = (act: (id: string) => Promise<void>) => places.map((at) => ({ at, act }));
  const abort = (id: string) => lab.meddle(id, "abort");
  const ringTwice = async (id: string) => {
    await Promise.all([lab.meddle(id, "ring"), lab.meddle(id, "ring")]);
  };
  const loseAlarm = async (id: string) => {
    await lab.meddle(id, "lose-alarm");
    await lab.kill();
  };
  const breakAlarms = async () => {
    await lab.kill();
    await lab.plan(undefined, 3);
  };
  const lost = places.slice(1, 3).map((at) => ({ at, act: loseAlarm }));
  const broken = [{ at: places[2] ?? 1, act: breakAlarms }];
  return [
    one(() => meddled(lab, of, "its object aborted five times", each(abort))),
    one(() => meddled(lab, of, "its alarm ringing twice at a time, five times", each(ringTwice))),
    one(() => meddled(lab, of, "its alarm lost in a crash, twice", lost)),
    one(() => meddled(lab, of, "its alarm made to throw three times after a crash", broken)),
  ];
}

function one(trial: () => Promise<Trial>): Attempt {
  return async () => [await trial()];
}

/** Makes attempts, and answers how often a job was killed in each. */
async function run(title: string, attempts: readonly Attempt[]): Promise<number[]> {
  if (attempts.length === 0) return [];
  const done: Trial[] = [];
  const began = performance.now();
  const kills: number[] = [];
  for (const attempt of attempts) {
    const made = await attempt();
    for (const { name, faults } of made) for (const fault of faults) console.log(`  ${name}: ${fault}`);
    kills.push(made.reduce((sum, trial) => sum + trial.kills, 0));
    done.push(...made);
  }
  trials.push(...done);
  console.log(`  ${title}: ${summary(done)}, ${since(began)}`);
  return kills;
}

function summary(of: readonly Trial[]): string {
  const sum = (count: (trial: Trial) => number) => of.reduce((total, trial) => total + count(trial), 0);
  const finished = of.filter((trial) => trial.finished).length;
  const differ = of.filter(({ faults }) => faults.length > 0).length;
  const [kills, extra, twice] = [
    sum((trial) => trial.kills),
    sum((trial) => trial.extraCalls),
    sum((trial) => trial.doubleCounts),
  ];
  return `${of.length} jobs, ${kills} kills, ${finished} finished, ${differ} differed, ${extra} calls made again, ${twice} counted twice`;
}

function since(then: number): string {
  return `${((performance.now() - then) / 1000).toFixed(0)} s`;
}
