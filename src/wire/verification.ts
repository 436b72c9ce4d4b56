// The wire type of an audit: whether a job's results follow from its journal, and its rows keep the service's promises.

import type { JobStatus } from "./job.ts";

/** What is looked at. `skipped` is a check that a job of this status, or of this age, does not admit. */
export interface VerificationCheck {
  /**
   * `results`: the search run again from the journal gives the same state and results, byte for byte.
   * `events`: the log has no gap, tells what that search tells, and ends as the job did.
   * `budget`: at no commit were more rollouts paid for than the budget has.
   * `spending`: at no commit was more spent than the limits on tokens and US dollars allow, and no call counts fewer tokens than it used.
   * `alarm`: a job that is to go on will be woken.
   * `secrets`: a job that has ended keeps no key.
   */
  name: "results" | "events" | "budget" | "spending" | "alarm" | "secrets";
  outcome: "holds" | "fails" | "skipped";
  /** What was counted, or the first thing that is wrong. */
  detail: string;
}

/** Answer of `GET /api/prompt-learning/online/jobs/{id}/verification`. */
export interface Verification {
  job_id: string;
  status: JobStatus;
  /** Whether no check fails. */
  holds: boolean;
  /** Steps of the search that were run again. */
  steps: number;
  rollouts: number;
  /** The rollout budget; null for none. */
  rollouts_total: number | null;
  events: number;
  checks: VerificationCheck[];
}
