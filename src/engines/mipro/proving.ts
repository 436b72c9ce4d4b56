// New instructions put to the proof before they are offered (`meta_update.validate_on_batch`): each in the place of the best
// candidate's own, on the same seeds as that candidate. Those that do worse are retired.

import type { Work } from "../engine.ts";
import type { RandomSource } from "../random.ts";
import { fullReserved, leftForTrials } from "./budget.ts";
import { combinationOf, replaced, scoreOwn, unscored, withOwn, withRewards } from "./combinations.ts";
import * as told from "./events.ts";
import { drawMinibatch } from "./minibatches.ts";
import type { MiproSettings } from "./settings.ts";
import { slotsOf } from "./space.ts";
import type { Combination, MiproState, StageBank, TrialRow } from "./state.ts";

/** A new entry of a bank, and the combination that tries it. */
interface Newcomer {
  stage: number;
  slot: number;
  entry: number;
  combination: Combination;
}

/** The state once the entries that `before` did not have are proven, as many as the budget has room for; unproven ones stay. */
export async function proveNewcomers(
  before: MiproState,
  after: MiproState,
  settings: MiproSettings,
  source: RandomSource,
  work: Work,
): Promise<MiproState> {
  const size = settings.meta_update?.validate_on_batch ?? 0;
  const best = after.combinations.find(({ id }) => id === after.incumbent);
  if (size === 0 || best === undefined) return after;
  const random = source.from(after.random);
  const drawn = drawMinibatch(after.queue, after.online, { ...settings, batch_size: size }, random);
  const known = [...after.combinations];
  const newcomers = newcomersOf(before, after, best, known, settings);
  let left = leftForTrials(settings, fullReserved(after, settings), work) - unscored(best, drawn.seeds);
  const fitting = newcomers.filter(({ combination }) => {
    left -= unscored(combination, drawn.seeds);
    return left >= 0;
  });
  const state = { ...after, random: random.state(), queue: drawn.queue };
  if (fitting.length === 0) return state;
  const [own, ...scored] = await Promise.all(
    [best, ...fitting.map(({ combination }) => combination)].map((one) =>
      scoreOwn(one, drawn.seeds, state, settings, work),
    ),
  );
  const tried = { ...state, combinations: known.slice(0, after.combinations.length + fitting.length) };
  let at = own === undefined ? tried : withOwn(tried, best, own, settings);
  for (const [i, newcomer] of fitting.entries()) {
    const result = scored[i];
    if (result === undefined || own === undefined) continue;
    const combination = withRewards(newcomer.combination, result.evaluations);
    const row: TrialRow = {
      number: at.trials.length,
      iteration: at.iteration,
      kind: "proof",
      candidate_id: combination.id,
      choices: combination.choices,
      seeds: drawn.seeds,
      score: result.score,
      value: result.score,
      incumbent: false,
      error: result.error,
    };
    for (const event of told.trialEvents(row, combination)) work.emit(event);
    at = {
      ...at,
      trials: [...at.trials, row],
      combinations: replaced(at.combinations, combination),
      banks: result.score < own.score ? withoutEntry(at.banks, newcomer) : at.banks,
    };
  }
  return at;
}

function newcomersOf(
  before: MiproState,
  after: MiproState,
  best: Combination,
  known: Combination[],
  settings: MiproSettings,
): Newcomer[] {
  const slots = slotsOf(settings, after.banks);
  return after.banks.flatMap((bank, stage) =>
    bank.instructions.flatMap((entries, slot) => {
      const first = before.banks[stage]?.instructions[slot]?.length ?? 0;
      const place = slots.findIndex(
        (one) => one.stage === stage && one.kind === "instruction" && one.slot === slot,
      );
      return entries.slice(first).map((_, i): Newcomer => {
        const entry = first + i;
        const choices = best.choices.map((choice, at) => (at === place ? entry : choice));
        return { stage, slot, entry, combination: combinationOf(choices, after.iteration, known) };
      });
    }),
  );
}

function withoutEntry(banks: readonly StageBank[], { stage, slot, entry }: Newcomer): StageBank[] {
  return banks.map((bank, at) => ({
    ...bank,
    instructions: bank.instructions.map((entries, nth) =>
      at !== stage || nth !== slot
        ? entries
        : entries.map((one, i) => (i === entry ? { ...one, retired: true } : one)),
    ),
  }));
}
