// Which engine runs a job.

import type { Engine } from "../engines/engine.ts";
import { gepaEngine } from "../engines/gepa/gepa.ts";
import type { GepaState } from "../engines/gepa/state.ts";
import type { JobFacts } from "./facts.ts";

/** The engine of a job, with the settings it was created with. */
export function engineFor(facts: JobFacts): Engine<GepaState> {
  return gepaEngine(facts.settings);
}
