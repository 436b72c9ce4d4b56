// The operator's choice of who makes the calls of a job. Pure.

import { MAX_CONCURRENT_ROLLOUTS, SLOTS_PER_LANE } from "../config/limits.ts";

/** `lanes`: objects of their own, six calls each. `inline`: the job's object by itself, six calls in all. */
const EXECUTION_MODES = ["lanes", "inline"] as const;

/** Who makes the calls of a job. */
export type ExecutionMode = (typeof EXECUTION_MODES)[number];

/** The choice, or what is wrong with it. */
export type ModeReading = { kind: "mode"; mode: ExecutionMode } | { kind: "odd"; message: string };

/** What is used where nothing is set, or nothing that can be understood. */
export const DEFAULT_MODE: ExecutionMode = "lanes";

/** Reads the variable `EXECUTION_MODE`. */
export function readExecutionMode(text = ""): ModeReading {
  if (text.trim() === "") return { kind: "mode", mode: DEFAULT_MODE };
  const mode = EXECUTION_MODES.find((known) => known === text.trim());
  if (mode !== undefined) return { kind: "mode", mode };
  const words = EXECUTION_MODES.map((known) => `"${known}"`).join(" or ");
  const found = JSON.stringify(text.slice(0, 50));
  return {
    kind: "odd",
    message: `the variable EXECUTION_MODE ([vars] of wrangler.toml) must be ${words}, and is ${found}`,
  };
}

/** The most rollouts of one job that a mode keeps in flight. */
export function mostInFlight(mode: ExecutionMode): number {
  return mode === "inline" ? SLOTS_PER_LANE : MAX_CONCURRENT_ROLLOUTS;
}
