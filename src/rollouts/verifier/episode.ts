// What a verifier looks at: one rollout as the service and its task app saw it.

import { MAX_TRACE_CHARS } from "../../config/limits.ts";
import { excerpt } from "../../inference/capped.ts";

/** One call of a module to its model. */
export interface EpisodeStep {
  /** The module, `""` where the prompt has none. */
  readonly module: string;
  readonly input: string;
  readonly output: string;
}

/** A rollout to be judged. */
export interface Episode {
  readonly input: string;
  readonly output: string;
  /** The answer that the task app wanted, where it says. */
  readonly expected?: string;
  /** The task app's remark. Its reward is not shown: the judge would only follow it. */
  readonly remark?: string;
  /** The steps, at least one. */
  readonly steps: readonly EpisodeStep[];
  /** Steps in the middle that were left out. */
  readonly omitted: number;
}

/** What the trace of a rollout holds of it. */
interface EpisodeTrace {
  readonly input: string;
  readonly output: string;
  readonly expected?: string;
  readonly feedback?: string;
  readonly calls?: readonly EpisodeStep[];
}

/** Steps that a judge is shown: half of them from the beginning, half from the end. */
const MAX_STEPS = 24;

/** The episode of a trace; undefined where the trace shows neither what was asked nor what was answered. */
export function episodeOf(trace: EpisodeTrace | undefined): Episode | undefined {
  if (trace === undefined || (trace.input.trim() === "" && trace.output.trim() === "")) return undefined;
  const { input, output, expected, feedback } = trace;
  const calls = trace.calls ?? [];
  const all = calls.length > 0 ? calls : [{ module: "", input, output }];
  const omitted = Math.max(0, all.length - MAX_STEPS);
  const shown = omitted === 0 ? all : [...all.slice(0, MAX_STEPS / 2), ...all.slice(-MAX_STEPS / 2)];
  return {
    input,
    output,
    ...(expected === undefined ? {} : { expected }),
    ...(feedback === undefined ? {} : { remark: feedback }),
    steps: shown.map((step) => ({
      module: step.module,
      input: excerpt(step.input, MAX_TRACE_CHARS),
      output: excerpt(step.output, MAX_TRACE_CHARS),
    })),
    omitted,
  };
}
