// Whole runs of DSPy's MIPROv2: demo sets, tips, minibatches, trials, full evaluations and the best, made again by the
// product's engine. Where points of the sampler are equally good to within rounding, the recorded one of them is taken.

import * as z from "zod";
import type { CandidateRecord, Demo } from "../../src/engines/engine.ts";
import { miproEngine } from "../../src/engines/mipro/mipro.ts";
import { percent } from "../../src/engines/mipro/scores.ts";
import type { MiproState, TrialRow } from "../../src/engines/mipro/state.ts";
import { type Suggestion, suggest } from "../../src/engines/mipro/tpe.ts";
import { NUMPY_STREAMS, PYTHON_RANDOM } from "../support/mersenne-twister.ts";
import { differenceOf, firstDifference, firstOf } from "./compare.ts";
import type { Difference, ParityKind } from "./kinds.ts";
import { MiproRun, settingsOf } from "./mipro-file.ts";
import { ToyProgram } from "./mipro-world.ts";

const TOLERANCE = 1e-9;
/** A word that tells the reference's tips apart, by our key. */
const TIP_WORDS = {
  creative: /creative/,
  simple: /concise/,
  description: /descriptive/,
  high_stakes: /high stakes/,
  persona: /persona/,
};
/** What the reference says of a space in which everything was evaluated; the product ends the search there. */
const EXHAUSTED = /No valid program found/;

const MiproFile = z.object({ runs: z.array(MiproRun).min(1) });

export const miproKind: ParityKind = {
  name: "MIPROv2 runs",
  recognises: (file) => MiproFile.safeParse(file).success,
  cases: (file) => MiproFile.parse(file).runs.map((run) => ({ name: run.name, run: () => replay(run) })),
};

async function replay(run: MiproRun): Promise<Difference | undefined> {
  const guide = new Guide(run);
  const world = new ToyProgram(run.n_predictors, run.rollout_ids);
  const engine = miproEngine(settingsOf(run), {
    random: PYTHON_RANDOM,
    streams: NUMPY_STREAMS,
    suggest: (space, finished, ...rest) => guide.guided(suggest(space, finished, ...rest), finished.length),
  });
  let state = engine.begin();
  while (!engine.verdict(state) && guide.difference === undefined) {
    guide.state = state;
    state = await engine.step(state, world);
  }
  const { candidates } = engine.results(state);
  return firstOf(
    () => compareMaterial(run, state, world),
    () => guide.difference,
    () => compareTrials(run, state.trials, candidates),
    () => compareEnd(run, state, candidates, engine.verdict(state)),
    () =>
      run.tpe_near_ties_per_model_based_trial && run.error === null
        ? firstDifference("near ties", run.tpe_near_ties_per_model_based_trial, guide.near_ties)
        : undefined,
  );
}

/** Leads the engine along the recorded choices, each of which must be among the sampler's best. */
class Guide {
  state: MiproState | undefined;
  difference: Difference | undefined;
  readonly near_ties: number[] = [];
  readonly #run: MiproRun;

  constructor(run: MiproRun) {
    this.#run = run;
  }

  guided(found: Suggestion, at: number): Suggestion {
    if (found.considered.length === 0) return found;
    const best = Math.max(...found.considered.map(({ acquisition }) => acquisition));
    const near = found.considered.filter(({ acquisition }) => acquisition >= best - TOLERANCE);
    this.near_ties.push(near.length);
    const recorded = near.find(({ choices }) => this.#isRecorded(choices, at));
    if (recorded !== undefined) return { ...found, choices: recorded.choices };
    this.difference ??= {
      at: `the sampler's choice before trial ${at}`,
      expected: JSON.stringify(this.#run.evaluations[at] ?? "the end of the run"),
      found: `one of ${JSON.stringify(near.map(({ choices }) => choices))}`,
    };
    return found;
  }

  #isRecorded(choices: readonly number[], at: number): boolean {
    const { trial_logs, evaluations } = this.#run;
    const log = trial_logs?.[String(at + 1)];
    const names = namesOf(this.#run);
    if (log !== undefined) return names.every((name, i) => log[name] === choices[i]);
    const evaluation = evaluations[at];
    const banks = this.state?.banks ?? [];
    const perStage = names.length / Math.max(1, banks.length);
    return banks.every((bank, stage) => {
      const [instruction = 0, set = 0] = choices.slice(stage * perStage, (stage + 1) * perStage);
      const shown = (bank.demo_sets[set] ?? []).map((i) => bank.demos[i]?.seed);
      return (
        bank.instructions[0]?.[instruction]?.text === evaluation?.instructions[stage] &&
        shown.join() === (evaluation?.demos[stage] ?? []).join()
      );
    });
  }
}

function namesOf(run: MiproRun): string[] {
  const { stages } = settingsOf(run);
  return stages.flatMap(({ demo_slots }, i) => [
    `${i}_predictor_instruction`,
    ...(demo_slots > 0 ? [`${i}_predictor_demos`] : []),
  ]);
}

/** Demo sets, tips, rollout ids and instructions. */
function compareMaterial(run: MiproRun, state: MiproState, world: ToyProgram): Difference | undefined {
  const stages = Array.from({ length: run.n_predictors }, (_, i) => i);
  return firstOf(
    () =>
      firstOf(
        ...stages.map((i) => () => {
          const bank = state.banks[i];
          const sets =
            bank?.demo_sets.map((set) => set.flatMap((at) => bank.demos[at] ?? []).map(shorthand)) ?? [];
          return firstDifference(`demo set of predictor ${i},`, run.demo_sets[String(i)] ?? [], sets);
        }),
      ),
    () => firstDifference("tip", run.tips.map(tipKey), world.tips),
    () => firstDifference("rollout id", run.rollout_ids, world.rollout_ids),
    () =>
      firstOf(
        ...stages.map((i) => () => {
          const texts = state.banks[i]?.instructions[0]?.map(({ text }) => text) ?? [];
          return firstDifference(`instruction of predictor ${i},`, run.instructions[String(i)] ?? [], texts);
        }),
      ),
    () => (run.hyper ? firstDifference("validation seed", run.hyper.valset_ids, state.online) : undefined),
  );
}

function shorthand({ bootstrapped, seed }: Demo): string {
  return `${bootstrapped ? "A" : "L"}${seed}`;
}

function tipKey(tip: string): string {
  const found = Object.entries(TIP_WORDS).find(([, word]) => word.test(tip));
  return found?.[0] ?? (tip === "" ? "none" : tip);
}

/** Every evaluation in order, and the count of rollouts after each. */
function compareTrials(
  run: MiproRun,
  rows: readonly TrialRow[],
  candidates: readonly CandidateRecord[],
): Difference | undefined {
  const byId = new Map(candidates.map((one) => [one.id, one]));
  const pool = rows[0]?.seeds.length ?? 0;
  // Of a run that ended in an error of another kind, only the beginning is known.
  const told = run.error === null || EXHAUSTED.test(run.error) ? rows : rows.slice(0, run.evaluations.length);
  const found = told.map((row) => {
    const candidate = byId.get(row.candidate_id);
    return {
      // A minibatch as large as the validation set is recorded as a full evaluation.
      kind: row.seeds.length < pool ? "eval_minibatch" : "eval_full",
      ids: row.seeds,
      score: row.value,
      instructions: Object.values(candidate?.texts ?? {}),
      demos: seedsShown(candidate, run.n_predictors),
    };
  });
  let spent = 0;
  const totals = told.map(({ seeds }) => {
    spent += seeds.length;
    return spent;
  });
  const recorded = Object.values(run.trial_logs ?? {}).map((log) => log.total_eval_calls_so_far);
  return firstOf(
    () => firstDifference("evaluation", run.evaluations, found),
    () => (run.trial_logs ? firstDifference("rollouts after trial", recorded, totals) : undefined),
  );
}

function seedsShown(candidate: CandidateRecord | undefined, predictors: number): number[][] {
  return Array.from({ length: predictors }, (_, i) =>
    (candidate?.demos?.[String(i)] ?? []).map(({ seed }) => seed),
  );
}

function compareEnd(
  run: MiproRun,
  state: MiproState,
  candidates: readonly CandidateRecord[],
  stop: string | undefined,
): Difference | undefined {
  if (run.error !== null) {
    return EXHAUSTED.test(run.error) ? differenceOf("the end", "exhausted", stop) : undefined;
  }
  const best = candidates.find(({ id }) => id === state.incumbent);
  const shown = Array.from({ length: run.n_predictors }, (_, i) =>
    (best?.demos?.[String(i)] ?? []).map(shorthand),
  );
  return firstOf(
    () => differenceOf("the end", "iterations", stop),
    () => differenceOf("the best score", run.best_score ?? null, percent(best?.mean ?? 0)),
    () =>
      run.best
        ? differenceOf("the best program", run.best, {
            instructions: Object.values(best?.texts ?? {}),
            demos: shown,
          })
        : undefined,
  );
}
