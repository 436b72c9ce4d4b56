// `npm run crash`: kills the service at every point of its reference jobs, at every occurrence, and in worse ways, and says
// how many jobs came through. `-- --limit 50` for a part of it, `-- --only mipro` for a kind of job, `-- --seed 7` for other draws,
// `-- --mode inline` for jobs that make their calls by themselves.

import { parseArgs } from "node:util";
import { CrashLab } from "./lab.ts";
import { gepaJob, limitedJob, miproJob, TOKEN_LIMIT } from "./subjects.ts";
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
    limit: { type: "string", default: "100000" },
    storms: { type: "string", default: "20" },
    mode: { type: "string", default: "lanes" },
    pairs: { type: "string", default: "60" },
  },
});
const seed = Number(values.seed);
const CANDIDATES: Candidate[] = [
  { name: "gepa", config: gepaJob(1), concurrent: 1 },
  { name: "mipro", config: miproJob(1), concurrent: 1 },
  { name: "gepa with a limit", config: limitedJob(3), concurrent: 3, tokenLimit: TOKEN_LIMIT },
  { name: "gepa with 6 at once", config: gepaJob(6), concurrent: 6 },
];

await using lab = await CrashLab.open({ EXECUTION_MODE: values.mode });
const trials: Trial[] = [];
console.log(`seed ${seed}, ${values.mode}`);
for (const candidate of CANDIDATES.filter(({ name }) => name.startsWith(values.only))) {
  const of = await subject(lab, candidate);
  console.log(`${of.name}: ${of.undisturbed.distinct} rollouts, ${everyPlan(of).length} points`);
  await run("each point at each occurrence", matrixOf(of));
  await run("two or three kills in a row, also during the return", pairsOf(of));
  await run("storms", stormsOf(of));
  await run("other misfortunes", othersOf(of));
}
const failed = trials.filter(({ faults }) => faults.length > 0);
console.log(`in all: ${summary(trials)}`);
process.exit(failed.length > 0 ? 1 : 0);

type Attempt = () => Promise<Trial>;

/** Of a job with one call at a time all points; of others, where kills meet many at once, a part. */
function matrixOf(of: Subject): Attempt[] {
  const plans = everyPlan(of);
  const step = Math.max(1, Math.ceil(plans.length / Number(values.limit))) * (of.concurrent === 1 ? 1 : 5);
  return plans.filter((_, index) => index % step === 0).map((plan) => () => killedAt(lab, of, plan));
}

function pairsOf(of: Subject): Attempt[] {
  const plans = everyPlan(of);
  const place = drawsOf(seed, 0, plans.length - 1);
  const later = drawsOf(seed + 1, 1, 30);
  return Array.from({ length: Number(values.pairs) }, (_, index) => () => {
    const plan = plans[place()] ?? { point: "any", occurrence: 1 };
    return killedAt(lab, of, plan, pointsLater(index % 3 === 0 ? [later(), later()] : [later()]));
  });
}

function stormsOf(of: Subject): Attempt[] {
  const longest = Math.ceil(everyPlan(of).length / 4);
  return Array.from({ length: Number(values.storms) }, (_, index) => () => {
    const own = seed * 1_000 + index;
    return storm(lab, of, own, drawsOf(own, 1, longest));
  });
}

function othersOf(of: Subject): Attempt[] {
  const total = of.undisturbed.distinct;
  const places = [0.1, 0.3, 0.5, 0.7, 0.9].map((share) => Math.max(1, Math.floor(share * total)));
  const each = (act: (id: string) => Promise<void>) => places.map((at) => ({ at, act }));
  return [
    () =>
      meddled(
        lab,
        of,
        "its object aborted five times",
        each((id) => lab.meddle(id, "abort")),
      ),
    () =>
      meddled(
        lab,
        of,
        "its alarm ringing twice at a time, five times",
        each(async (id) => void (await Promise.all([lab.meddle(id, "ring"), lab.meddle(id, "ring")]))),
      ),
    () =>
      meddled(
        lab,
        of,
        "its alarm lost in a crash, twice",
        places.slice(1, 3).map((at) => ({
          at,
          act: async (id) => {
            await lab.meddle(id, "lose-alarm");
            await lab.kill();
          },
        })),
      ),
    () =>
      meddled(lab, of, "its alarm made to throw three times after a crash", [
        {
          at: places[2] ?? 1,
          act: async () => {
            await lab.kill();
            await lab.plan(undefined, 3);
          },
        },
      ]),
  ];
}

async function run(title: string, attempts: readonly Attempt[]): Promise<void> {
  const done: Trial[] = [];
  const started = performance.now();
  for (const attempt of attempts) {
    const trial = await attempt();
    done.push(trial);
    for (const fault of trial.faults) console.log(`  ${trial.name}: ${fault}`);
  }
  trials.push(...done);
  console.log(`  ${title}: ${summary(done)}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

function summary(of: readonly Trial[]): string {
  const kills = of.reduce((sum, trial) => sum + trial.kills, 0);
  const extra = of.reduce((sum, trial) => sum + trial.extraCalls, 0);
  const finished = of.filter((trial) => trial.finished).length;
  const differ = of.filter(({ faults }) => faults.length > 0).length;
  return `${of.length} jobs, ${kills} kills, ${finished} finished, ${differ} differed, ${extra} calls made again`;
}
