// Runs a job's engine in slices: from the last snapshot, step by step, until there is a verdict, the slice is used up,
// or somebody closes the gate. Owns the order "step, then commit". Does not own: alarms, statuses, answers.

import type { Engine, EngineEvent, StopReason } from "../engines/engine.ts";
import { SuspendedError } from "./gate.ts";
import type { JobStore } from "./job-store.ts";
import type { JournaledWork } from "./work.ts";

/** How a slice ended. */
export type SliceEnd<State> =
  | { kind: "done"; stop: StopReason; state: State }
  /** There is more to do: by the clock, or because the gate closed. */
  | { kind: "unfinished" };

/** Why a search ends early, and whether its best candidates are scored on held-out seeds all the same. */
export interface Ending {
  reason: StopReason;
  held_out: boolean;
  /** False where the best cannot be proven, because a limit broke that off; absent else. */
  proof?: false;
}

/** What a slice works with. */
export interface SliceParts<State> {
  store: JobStore;
  engine: Engine<State>;
  /** The work port for a step from this state, with gates that are open. */
  workFor(step: number, state: State): JournaledWork;
  /** Whether the slice is to end before another step begins. */
  over(): boolean;
  /** Why the search of this state has to end now; undefined while it may go on. Asked before every step. */
  ending(state: State): Ending | undefined;
  /** The events of a search that ends early. */
  onEnding(ending: Ending): EngineEvent[];
  /** Whether a step that is done may be taken over; false when its answers are not to be trusted. */
  sound(): Promise<boolean>;
  /** Called with every state that is taken over. */
  onStep(state: State): void;
  now(): number;
}

/** Runs steps until the slice ends. Errors of the engine and of storage come through; nothing of the step is kept then but its answers. */
export async function runSlice<State>(parts: SliceParts<State>): Promise<SliceEnd<State>> {
  const { store, engine } = parts;
  const last = store.snapshot<State>();
  let step = last?.step ?? 0;
  let state = stateOf(engine, last?.state);
  const take = (next: State, events: readonly EngineEvent[]): boolean => {
    step += 1;
    state = next;
    if (!store.commitStep({ step, state }, events, parts.now())) return false;
    parts.onStep(state);
    return true;
  };
  for (;;) {
    const ending = parts.ending(state);
    const concluded = ending && concludedBy(engine, state, ending);
    if (ending && concluded !== undefined && !take(concluded, parts.onEnding(ending))) {
      return { kind: "unfinished" };
    }
    const stop = engine.verdict(state);
    if (stop) return { kind: "done", stop, state };
    if (parts.over()) return { kind: "unfinished" };
    const work = parts.workFor(step + 1, state);
    const next = await finished(engine.step(state, work), work);
    if (next === undefined) {
      // A limit that is reached in the middle of a step ends the search, and not the slice.
      const reached = parts.over() ? undefined : parts.ending(state);
      const broken = reached && brokenOff(engine, state, reached);
      if (broken && take(broken.state, parts.onEnding(broken.ending))) continue;
      return { kind: "unfinished" };
    }
    if (!(await parts.sound())) return { kind: "unfinished" };
    if (!take(next, work.events)) return { kind: "unfinished" };
  }
}

/** The state to go on from. Fields that the release that stored it did not know yet are as in the beginning. */
export function stateOf<State>(engine: Engine<State>, stored: State | undefined): State {
  return stored === undefined ? engine.begin() : Object.assign({}, engine.begin(), stored);
}

/** The state after an early ending; undefined where it changes nothing, because the search is over already. */
export function concludedBy<State>(
  engine: Engine<State>,
  state: State,
  { reason, held_out, proof }: Ending,
): State | undefined {
  if (engine.verdict(state)) return undefined;
  const concluded = engine.conclude(state, reason, held_out, proof);
  return JSON.stringify(concluded) === JSON.stringify(state) ? undefined : concluded;
}

/** Where a search goes on whose step a limit broke off: to its end, and where it was there already, past the proof that has no room. */
function brokenOff<State>(
  engine: Engine<State>,
  state: State,
  reached: Ending,
): { state: State; ending: Ending } | undefined {
  for (const ending of [reached, { ...reached, proof: false as const }]) {
    const concluded = concludedBy(engine, state, ending);
    if (concluded !== undefined) return { state: concluded, ending };
  }
  return undefined;
}

/** The step's state, or undefined when it was suspended. Either way nothing is in flight when it returns. */
async function finished<State>(step: Promise<State>, work: JournaledWork): Promise<State | undefined> {
  try {
    return await step;
  } catch (error) {
    if (error instanceof SuspendedError) return undefined;
    throw error;
  } finally {
    await work.settled();
  }
}
