// The words for where a job stands, and which ids and events mean what (protocol §2.2, §2.4).

import { type JobStatus, TERMINAL_STATUSES } from "../wire/job.ts";
import { InvalidJobIdError } from "./errors.ts";

const STATUS_WORDS: Readonly<Record<string, JobStatus>> = {
  pending: "pending",
  queued: "queued",
  running: "running",
  in_progress: "running",
  paused: "paused",
  succeeded: "succeeded",
  success: "succeeded",
  completed: "succeeded",
  complete: "succeeded",
  failed: "failed",
  failure: "failed",
  error: "failed",
  cancelled: "cancelled",
  canceled: "cancelled",
  cancel: "cancelled",
};

/** The canonical status for any of its synonyms; what is not known counts as `pending`. */
export function normaliseStatus(status: unknown): JobStatus {
  if (typeof status !== "string") return "pending";
  const word = status.trim().toLowerCase();
  return Object.hasOwn(STATUS_WORDS, word) ? (STATUS_WORDS[word] ?? "pending") : "pending";
}

/** Whether the job will never change again. */
export function isTerminalStatus(status: JobStatus): boolean {
  return TERMINAL_STATUSES.includes(status);
}

const TERMINAL_PREFIXES = [
  "prompt.learning.gepa.",
  "prompt.learning.mipro.",
  "prompt.learning.",
  "gepa.",
  "mipro.",
];
const TERMINAL_WORDS: readonly string[] = [
  "complete",
  "completed",
  "finished",
  "succeeded",
  "failed",
  "error",
  "cancelled",
  "canceled",
];

/** Whether an event of this type is the last one of its job (protocol §2.4). */
export function isTerminalEvent(type: string): boolean {
  return TERMINAL_PREFIXES.some(
    (prefix) => type.startsWith(prefix) && TERMINAL_WORDS.includes(type.slice(prefix.length)),
  );
}

const ID_PREFIX = "pl_";
const ID_DIGITS = 16;

/** @throws InvalidJobIdError unless it is `pl_` and 16 hexadecimal digits. */
export function checkJobId(jobId: string): string {
  const digits = jobId.slice(ID_PREFIX.length);
  const isHex = [...digits].every((digit) => "0123456789abcdef".includes(digit));
  if (!jobId.startsWith(ID_PREFIX) || digits.length !== ID_DIGITS || !isHex)
    throw new InvalidJobIdError(jobId);
  return jobId;
}
