// Runs a job's engine in slices: from the last snapshot, step by step, until there is a verdict, the slice is used up,
// or somebody closes the gate. Owns the order "step, then commit". Does not own: alarms, statuses, answers.

import type { Engine, StopReason } from "../engines/engine.ts";
import { SuspendedError } from "./gate.ts";
import type { JobStore } from "./job-store.ts";
import type { JournaledWork } from "./work.ts";

/** How a slice ended. */
export type SliceEnd<State> =
  | { kind: "done"; stop: StopReason; state: State }
  /** There is more to do: by the clock, or because the gate closed. */
  | { kind: "unfinished" };

/** What a slice works with. */
export interface SliceParts<State> {
  store: JobStore;
  engine: Engine<State>;
  /** The work port for a step, with gates that are open. */
  workFor(step: number): JournaledWork;
  /** Whether the slice is to end before another step begins. */
  over(): boolean;
  /** Called with every state that is taken over. */
  onStep(state: State): void;
  now(): number;
}

/** Runs steps until the slice ends. Errors of the engine and of storage come through; nothing of the step is kept then but its answers. */
export async function runSlice<State>(parts: SliceParts<State>): Promise<SliceEnd<State>> {
  const { store, engine } = parts;
  const last = store.snapshot<State>();
  let step = last?.step ?? 0;
  let state = last?.state ?? engine.begin();
  for (;;) {
    const stop = engine.verdict(state);
    if (stop) return { kind: "done", stop, state };
    if (parts.over()) return { kind: "unfinished" };
    const work = parts.workFor(step + 1);
    const next = await finished(engine.step(state, work), work);
    if (next === undefined) return { kind: "unfinished" };
    step += 1;
    state = next;
    if (!store.commitStep({ step, state }, work.events, parts.now())) return { kind: "unfinished" };
    parts.onStep(state);
  }
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
