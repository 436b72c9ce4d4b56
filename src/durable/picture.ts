// Takes the picture of a job that its views are made of.

import { addUsage, type Charge } from "../inference/attempt.ts";
import { type JobStatus, TERMINAL_STATUSES } from "../wire/job.ts";
import { engineFor } from "./engines.ts";
import type { JobStore } from "./job-store.ts";
import type { Journal, JournalTotals } from "./journal.ts";
import { stateOf } from "./runner.ts";
import { Spending } from "./spending.ts";
import type { JobPicture } from "./views.ts";

/** What is known beside the rows. */
export interface Moment {
  /** Milliseconds since 1970. */
  now: number;
  /** Set aside for calls under way. */
  reserved: Charge;
}

/** The job as it stands now; with `status`, as it will once it is in that status. */
export function pictureOf(
  store: JobStore,
  journal: Journal,
  { now, reserved }: Moment,
  status?: JobStatus,
): JobPicture {
  const spending = new Spending(store.sql);
  const facts = store.facts();
  const engine = engineFor(facts);
  const results = engine.results(stateOf(engine, store.snapshot<unknown>()?.state));
  const standing = store.standing();
  const hasEnded = TERMINAL_STATUSES.includes(status ?? standing.status);
  return {
    facts,
    standing: status ? { ...standing, status, finished_at: now } : standing,
    results,
    totals: withWaste(hasEnded ? journal.totals() : journal.runningTotals(), spending),
    reserved,
    written_off: spending.writtenOff(),
    now,
  };
}

/** Attempts that led to no answer cost money too. */
function withWaste(totals: JournalTotals, spending: Spending): JournalTotals {
  const sum = { ...totals };
  for (const { role, usage } of spending.wasted()) sum[role] = addUsage(sum[role], usage);
  return sum;
}
