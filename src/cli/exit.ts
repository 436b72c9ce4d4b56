// What the exit status of `cultivar` says.

/** Exit statuses, stable: scripts rely on them. */
export const EXIT = {
  /** The job succeeded, or the command did what it was asked. */
  ok: 0,
  /** The job failed or was cancelled, or the service could not be used. */
  failed: 1,
  /** The command line or the config is wrong; nothing was created. */
  usage: 2,
  /** `--poll-timeout` passed; the job goes on. */
  timedOut: 3,
  /** Ctrl-C: 128 and the number of SIGINT. */
  interrupted: 130,
} as const;

/** The command line cannot be understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
