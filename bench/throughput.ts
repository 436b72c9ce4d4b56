// How fast a job runs its rollouts: (a) against a task app that takes 200 ms, beside the ideal of `max_concurrent / latency`;
// (b) against one that answers at once, beside a bare loop over the same lanes with no engine, journal or gate.

import type { RolloutOrder } from "../src/rollouts/order.ts";
import type { JobView } from "../src/wire/job.ts";
import { API_KEY, type Bench, jobOf, type Shape, USUAL, withStack } from "./stack.ts";

const CONCURRENT = 60;
/** All rollouts in one step, whose baseline reaches the target: the speed of the runner itself. */
const ONE_STEP: Shape = { paretoSeeds: 3_000, initialSize: 1, children: 1, target: 0 };
const HEADERS = { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" };

interface Figures {
  rollouts: number;
  rate: number;
  peak: number;
  lanePeak: number;
  rowsPerRollout: number;
}

/** Prints the figures of both parts. */
export async function throughput(): Promise<void> {
  const ideal = CONCURRENT / 0.2;
  const [step, usual] = await withStack(200, async (bench) => [
    await runJob(bench, 100_000, ONE_STEP),
    await runJob(bench, 3_000, USUAL),
  ]);
  console.log(`(a) 3,000 rollouts of 200 ms, max_concurrent ${CONCURRENT}`);
  print(step);
  console.log(`    of the ideal ${ideal}/s     ${percent(step.rate / ideal)} (aim 95 %)`);
  console.log(`    the same in a usual search of small generations: ${percent(usual.rate / ideal)}`);

  const { job, bare } = await withStack(0, async (bench) => {
    await runBare(bench, 500);
    const before = await runBare(bench, 5_000);
    const job = await runJob(bench, 10_000, USUAL);
    const after = await runBare(bench, 5_000);
    return { job, bare: (before + after) / 2 };
  });
  console.log(`(b) 10,000 rollouts answered at once, max_concurrent ${CONCURRENT}`);
  print(job);
  console.log(
    `    bare loop              ${bare.toFixed(0)} rollouts/s (mean of a run before and one after)`,
  );
  console.log(`    of the bare loop       ${percent(job.rate / bare)} (aim 70 %)`);
}

function print({ rollouts, rate, peak, lanePeak, rowsPerRollout }: Figures): void {
  console.log(`    rate                   ${rate.toFixed(1)} rollouts/s over ${rollouts} rollouts`);
  console.log(`    peak in flight         ${peak} (limit ${CONCURRENT}); of one lane ${lanePeak} (limit 6)`);
  console.log(`    rows written           ${rowsPerRollout.toFixed(3)} per rollout (aim at most 1.5)`);
}

/** A job with such a budget, from its own start to its own end. */
async function runJob(bench: Bench, budget: number, shape: Shape): Promise<Figures> {
  const { service, app } = bench;
  await fetch(`${app}/reset`);
  const config_body = jobOf(bench, budget, shape, CONCURRENT);
  const base = `${service}/api/prompt-learning/online/jobs`;
  const created = await fetch(base, {
    method: "POST",
    headers: HEADERS,
    body: JSON.stringify({ config_body }),
  });
  if (created.status !== 201) throw new Error(await created.text());
  const { job_id } = (await created.json()) as JobView;
  for (;;) {
    const job = (await (await fetch(`${base}/${job_id}`, { headers: HEADERS })).json()) as JobView;
    if (job.status === "failed") throw new Error(job.error ?? "failed");
    if (job.status === "succeeded") return figures(job, bench);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function figures(job: JobView, { service, app }: Bench): Promise<Figures> {
  const stats = (await (await fetch(`${app}/stats`)).json()) as { peak: number; lane_peak: number };
  const rows = (await (await fetch(`${service}/bench/rows/${job.job_id}`)).json()) as number;
  const rollouts = job.progress.rollouts_completed;
  return {
    rollouts,
    rate: rollouts / job.progress.elapsed_seconds,
    peak: stats.peak,
    lanePeak: stats.lane_peak,
    rowsPerRollout: rows / rollouts,
  };
}

const POLICY = {
  provider: "openai" as const,
  model: "gpt-4o-mini",
  temperature: 0,
  max_completion_tokens: 512,
};

/** Rollouts a second of the bare loop. */
async function runBare({ service, app }: Bench, rollouts: number): Promise<number> {
  const section = { role: "system", name: "system", content: "Answer well.", order: 0 };
  const order: RolloutOrder = {
    job_id: "bare",
    rollout_id: "bare",
    seed: 0,
    task_app_url: app,
    task_app_api_key: null,
    env_name: "bench",
    env_config: {},
    policy: { ...POLICY, policy_name: null },
    prompt_id: "bare",
    modules: [
      { name: "", baseline: [section], candidate: [section], demos: [], policy: POLICY, allowed_tools: null },
    ],
    timeout_ms: 60_000,
    public_origin: service,
  };
  const body = JSON.stringify({ order, rollouts, concurrency: CONCURRENT });
  const answer = await fetch(`${service}/bench/bare`, { method: "POST", body });
  return (await answer.json()) as number;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
