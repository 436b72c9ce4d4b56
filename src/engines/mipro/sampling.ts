// The choices of the next trials: what the sampler is told of those before, and how a batch of them spreads out.

import type { Random, RandomState } from "../random.ts";
import { mainEffects, tempered, thompson } from "./main-effects.ts";
import { estimates } from "./scores.ts";
import type { MiproSettings } from "./settings.ts";
import { entriesOf, positionsOf, type Slot } from "./space.ts";
import type { MiproState } from "./state.ts";
import { type Observation, type Suggestion, suggest, type TpeSettings, type TpeStreams } from "./tpe.ts";

/** The sampler, as a port: a replay of a recorded run puts the recorded choices behind it. */
export type Suggest = typeof suggest;

/** Where the sampler gets its streams from. */
export interface StreamSource {
  seed(seed: number): RandomState;
  from(state: RandomState): Pick<Random, "uniform" | "state">;
}

/** Trials before the model of main effects has a say. */
const LEAST_FOR_MODEL = 4;
/** Further draws of the sampler for one trial when a combination is under way already. */
const REDRAWS = 4;

/** Suggests `count` trials, as choices of the bank's entries, and gives the state with the streams drawn on. */
export function suggestTrials(
  state: MiproState,
  slots: readonly Slot[],
  count: number,
  parts: { settings: MiproSettings; streams: StreamSource; suggest: Suggest },
): { state: MiproState; trials: { choices: number[]; suggestion: Suggestion; duplicates: number }[] } {
  const { settings, streams } = parts;
  const startup = streams.from(state.tpe.startup);
  const model = streams.from(state.tpe.model);
  const finished = observations(state, slots, settings);
  const pending: number[][] = [];
  const done = state.trials.length;
  const trials = Array.from({ length: count }, (_, i) => {
    const draw = samplerOf(done + i, finished, settings, parts.suggest);
    const drawn = distinctSuggestion(slots, finished, pending, settings, { startup, model }, draw);
    pending.push(drawn.suggestion.choices);
    return { ...drawn, choices: entriesOf(drawn.suggestion.choices, slots) };
  });
  return { state: { ...state, tpe: { startup: startup.state(), model: model.state() } }, trials };
}

/** Who chooses a trial: the estimator, or in turn with it the model of main effects, once that has something to go by. */
export function samplerOf(
  trial: number,
  finished: readonly Observation[],
  { sampler, tpe }: Pick<MiproSettings, "sampler" | "tpe">,
  draw: Suggest = suggest,
): Suggest {
  const isModels = sampler === "mixed" && trial % 2 === 1 && finished.length >= LEAST_FOR_MODEL;
  if (!isModels || finished.length < tpe.n_startup_trials) return draw;
  return (space, known, settings, streams) => {
    const { epsilon } = settings;
    const isRandom = epsilon > 0 && streams.startup.uniform() < epsilon;
    return isRandom
      ? draw(space, known, { ...settings, epsilon: 1 }, streams)
      : thompson(space, known, streams.model);
  };
}

/** A suggestion that is not under way: the next best of the points considered, else another draw. */
function distinctSuggestion(
  slots: readonly Slot[],
  finished: readonly Observation[],
  pending: readonly number[][],
  { strategy, tpe }: MiproSettings,
  streams: TpeStreams,
  draw: Suggest,
): { suggestion: Suggestion; duplicates: number } {
  const waiting = new Set(pending.map((choices) => choices.join()));
  let duplicates = 0;
  let suggestion = draw(slots, finished, tpe, streams, pending);
  for (let redraw = 0; strategy === "parallel" && redraw <= REDRAWS; redraw++) {
    const fresh = bestOutside(suggestion, waiting);
    if (fresh !== undefined) return { suggestion: { ...suggestion, choices: fresh }, duplicates };
    duplicates += 1;
    if (redraw < REDRAWS) suggestion = draw(slots, finished, redrawn(tpe, redraw), streams, pending);
  }
  return { suggestion, duplicates };
}

/** The last redraws are at random. */
function redrawn(tpe: TpeSettings, redraw: number): TpeSettings {
  return redraw < 1 ? tpe : { ...tpe, epsilon: 1 };
}

function bestOutside(
  { choices, considered }: Suggestion,
  waiting: ReadonlySet<string>,
): number[] | undefined {
  const ranked = [...considered].sort((a, b) => b.acquisition - a.acquisition).map((point) => point.choices);
  return [choices, ...ranked].find((one) => !waiting.has(one.join()));
}

/**
 * What the sampler learns from. In the reference every trial is an observation, full evaluations too. Else every candidate
 * is one, with its estimate over all of its seeds, weighed by their number against that of a minibatch.
 */
function observations(
  state: MiproState,
  slots: readonly Slot[],
  { strategy, batch_size }: MiproSettings,
): Observation[] {
  if (strategy === "reference") {
    return state.trials.map(({ choices, value }) => ({ choices: positionsOf(choices, slots), value }));
  }
  const known = estimates(state.combinations);
  const usual = Math.min(batch_size ?? state.online.length, state.online.length) || 1;
  return state.combinations.flatMap(({ id, choices }) => {
    const estimate = known.get(id);
    if (estimate === undefined) return [];
    return [{ choices: positionsOf(choices, slots), value: estimate.mean, weight: estimate.count / usual }];
  });
}

/** The candidates' estimates, each drawn towards what its choices lead to expect, by id. */
export function promises(
  state: MiproState,
  slots: readonly Slot[],
  settings: MiproSettings,
): Map<string, number> {
  const known = observations(state, slots, settings);
  const model = mainEffects(slots, known);
  const scored = state.combinations.filter(({ rewards }) => Object.keys(rewards).length > 0);
  return new Map(scored.flatMap(({ id }, i) => (known[i] ? [[id, tempered(model, known[i])] as const] : [])));
}
