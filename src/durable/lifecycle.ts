// The life of a job: which command leads from which status to which. Pure; the table is the whole rule.
//
//   pending -> queued -> running <-> paused -> succeeded | failed | cancelled

import type { JobStatus } from "../wire/job.ts";

/** What a caller can ask of a job. `stop` finishes early and keeps the best, `cancel` drops the job. */
export type Command = "start" | "pause" | "resume" | "stop" | "cancel";

/** How a job that is told to stop ends: its best candidate scored on the held-out seeds first, or as it stands. */
export type StopWish = "score" | "at_once";

/** The part of a job's standing that commands look at and change. */
export interface Life {
  status: JobStatus;
  /** Set once the job was told to stop. */
  stop_wish: StopWish | null;
}

/** What a command does: a change, nothing because it is so already, or a refusal. */
export type Transition = { kind: "change"; life: Life } | { kind: "keep" } | { kind: "refuse" };

/** Status and command to the status after it; where there is none the command is refused. */
const MOVES: Readonly<Record<JobStatus, Partial<Record<Command, JobStatus>>>> = {
  pending: { start: "queued", cancel: "cancelled" },
  queued: { start: "queued", pause: "paused", resume: "queued", stop: "queued", cancel: "cancelled" },
  running: { start: "running", pause: "paused", resume: "running", stop: "running", cancel: "cancelled" },
  // A paused job that is told to stop goes on, to its end.
  paused: { pause: "paused", resume: "queued", stop: "queued", cancel: "cancelled" },
  succeeded: {},
  failed: {},
  cancelled: { cancel: "cancelled" },
};

/** What a command does to a job. `wish` is how it is to stop, for that command. */
export function transition(life: Life, command: Command, wish: StopWish = "score"): Transition {
  const to = MOVES[life.status][command];
  // A job that ended because it was told to is what the second call wants.
  if (to === undefined && command === "stop" && life.status === "succeeded" && life.stop_wish) {
    return { kind: "keep" };
  }
  if (to === undefined) return { kind: "refuse" };
  const stop_wish = command === "stop" ? sooner(life.stop_wish, wish) : life.stop_wish;
  if (to === life.status && stop_wish === life.stop_wish) return { kind: "keep" };
  return { kind: "change", life: { status: to, stop_wish } };
}

function sooner(known: StopWish | null, wish: StopWish): StopWish {
  return known === "at_once" ? known : wish;
}
