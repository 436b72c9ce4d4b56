// Takes the picture of a job that its views are made of.

import { type JobStatus, TERMINAL_STATUSES } from "../wire/job.ts";
import { engineFor } from "./engines.ts";
import type { JobStore } from "./job-store.ts";
import type { Journal } from "./journal.ts";
import { stateOf } from "./runner.ts";
import type { JobPicture } from "./views.ts";

/** The job as it stands now; with `status`, as it will once it is in that status. */
export function pictureOf(store: JobStore, journal: Journal, now: number, status?: JobStatus): JobPicture {
  const facts = store.facts();
  const engine = engineFor(facts);
  const results = engine.results(stateOf(engine, store.snapshot<unknown>()?.state));
  const standing = store.standing();
  const hasEnded = TERMINAL_STATUSES.includes(status ?? standing.status);
  return {
    facts,
    standing: status ? { ...standing, status, finished_at: now } : standing,
    results,
    totals: hasEnded ? journal.totals() : journal.runningTotals(),
    now,
  };
}
