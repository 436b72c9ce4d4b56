// How long what rollouts showed is kept: it is dropped some days after a job's end, as many as the operator says. Results,
// events and costs stay until the job is deleted. Pure.

import { TERMINAL_STATUSES } from "../wire/job.ts";
import type { JobFacts } from "./facts.ts";
import type { JobStanding } from "./job-store.ts";
import type { Settings } from "./settings.ts";

const DAY_MS = 86_400_000;
/** What `TRACE_DAYS` is by default: long enough to look into a job and to verify it, and not for ever. */
const DEFAULT_DAYS = 30;
/** What an operator writes who wants all kept. */
const NEVER = "never";

/** When a job's traces are to be dropped, in milliseconds since 1970; null for never, not yet known, or done. */
export function tracesDue(
  env: Pick<Settings, "TRACE_DAYS">,
  { status, finished_at }: Pick<JobStanding, "status" | "finished_at">,
  { traces_dropped_at }: Pick<JobFacts, "traces_dropped_at">,
): number | null {
  const days = daysIn(env.TRACE_DAYS);
  if (days === null || finished_at === null || !TERMINAL_STATUSES.includes(status)) return null;
  return traces_dropped_at === undefined ? Math.ceil(finished_at + days * DAY_MS) : null;
}

/** Whether what an operator has set is neither a number of days nor `never`. Then nothing is dropped: a slip must not cost data. */
export function isOddTraceDays({ TRACE_DAYS = "" }: Pick<Settings, "TRACE_DAYS">): boolean {
  return TRACE_DAYS.trim() !== NEVER && daysIn(TRACE_DAYS) === null;
}

/** A number of days, 0 for the end itself; null where nothing is to be dropped. */
function daysIn(text = ""): number | null {
  const days = text.trim() === "" ? DEFAULT_DAYS : Number(text);
  return days >= 0 && days <= 36_500 ? days : null;
}
