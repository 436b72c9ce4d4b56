// Runs a job's search again from its journal alone, step by step as it was committed, each step from a state that went
// through storage. Nothing is asked of anybody, and nothing is written.

import type { EngineEvent, StopReason } from "../engines/engine.ts";
import type { Algorithm } from "../wire/job.ts";
import { engineFor } from "./engines.ts";
import type { JobFacts } from "./facts.ts";
import { endingEvent } from "./job-events.ts";
import type { Journal } from "./journal.ts";
import { modelNamesOf } from "./model-names.ts";
import { concludedBy, type Ending, stateOf } from "./runner.ts";
import type { StepLimits } from "./step-limits.ts";
import { JournaledWork } from "./work.ts";

/** What can end a search from outside. */
const STOP_REASONS: readonly StopReason[] = [
  "stopped",
  "time",
  "tokens",
  "cost",
  "trials",
  "patience",
  "budget",
  "target",
];

/** A search asks for an answer that the journal does not have. */
class MissingAnswerError extends Error {
  readonly code = "missing_answer";
}

/** What to run again. */
export interface RecomputeParts {
  facts: JobFacts;
  journal: Journal;
  limits: StepLimits;
  /** Steps that were committed. */
  steps: number;
  /** What the search told in them, by the log: it says when the search was ended from outside. */
  told: readonly EngineEvent[];
}

/** A search that was run again. */
export interface Recomputed {
  /** Steps that could be. */
  steps: number;
  state: unknown;
  events: EngineEvent[];
  /** Why no more steps could be; null when all were. */
  fault: string | null;
}

/** Runs the committed steps again. */
export async function recomputed(parts: RecomputeParts): Promise<Recomputed> {
  const engine = engineFor(parts.facts);
  let state = engine.begin();
  const events: EngineEvent[] = [];
  for (let step = 1; step <= parts.steps; step++) {
    try {
      const next = await stepAgain(parts, step, state, parts.told[events.length]);
      state = stateOf(engine, JSON.parse(JSON.stringify(next.state)));
      events.push(...next.events);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { steps: step - 1, state, events, fault: `step ${step}: ${message}` };
    }
  }
  return { steps: parts.steps, state, events, fault: null };
}

/** One step. `told` is what the log tells first of it. */
async function stepAgain(
  { facts, journal, limits }: RecomputeParts,
  step: number,
  state: unknown,
  told: EngineEvent | undefined,
): Promise<{ state: unknown; events: EngineEvent[] }> {
  const engine = engineFor(facts);
  const ending = told && endingIn(facts.algorithm, told);
  const concluded = ending && concludedBy(engine, state, ending);
  if (told && concluded !== undefined) return { state: concluded, events: [told] };
  const work = new JournaledWork({
    journal,
    askers: {
      rollout: ({ key }) => Promise.reject(new MissingAnswerError(`the journal has no rollout ${key}`)),
      proposal: (_, key) => Promise.reject(new MissingAnswerError(`the journal has no proposal ${key}`)),
    },
    step,
    budget: facts.rollout_budget ?? Number.POSITIVE_INFINITY,
    ...limits.before(step, state),
    models: modelNamesOf(facts),
    judge: facts.verifier
      ? {
          verifier: facts.verifier,
          judgement: (_, __, key) =>
            Promise.reject(new MissingAnswerError(`the journal has no judgement ${key}`)),
        }
      : null,
  });
  try {
    return { state: await engine.step(state, work), events: work.events };
  } finally {
    await work.settled();
  }
}

/** The ending from outside that an event tells of; undefined where it tells of something else. */
function endingIn(algorithm: Algorithm, { message, data }: EngineEvent): Ending | undefined {
  const reason = STOP_REASONS.find((known) => known === data.reason);
  if (reason === undefined || typeof data.held_out !== "boolean") return undefined;
  const ending: Ending = {
    reason,
    held_out: data.held_out,
    ...(data.proof === false ? { proof: false } : {}),
  };
  return message === endingEvent(algorithm, ending).message ? ending : undefined;
}
